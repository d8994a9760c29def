"""The shipped private keys of the exercise: the test CA's and the synthetic people's. Must never load any other key."""

from functools import cache
from importlib.resources import files

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ExerciseKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def load(name: str) -> ExerciseKey:
    """The key of that name, the same in every process and run; see data/README.md."""
    pem = files(__package__).joinpath("data", "key", f"{name}.pem").read_bytes()
    # These keys are ours and tested once; the check costs as much as a signature and would run in every process.
    key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError(name)
    return key


def load_rsa(name: str) -> rsa.RSAPrivateKey:
    """The RSA key of that name."""
    key = load(name)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(name)
    return key
