"""Signing keys, P-256: the device's and the server's. Imports no transport and no storage but the key's own file."""

import os
import secrets
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_PUBLIC_MEMBERS: Final = ("kty", "crv", "x", "y")


class KeyFormError(ValueError):
    """Not a P-256 key of the form asked for."""


class VerifyingKey:
    """The public half: verifies statements and names its owner by thumbprint."""

    def __init__(self, public_key: ec.EllipticCurvePublicKey) -> None:
        if not isinstance(public_key.curve, ec.SECP256R1):
            raise KeyFormError("the key is not on P-256")
        self.jose: ECKey = ECKey.import_key(public_key)
        self.thumbprint: str = self.jose.thumbprint()

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> Self:
        """Only kty, crv, x and y are read: a private part that someone sends by mistake is dropped unread."""
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise KeyFormError("the JWK is not a P-256 key")
        public: dict[str, str | list[str]] = {name: str(jwk.get(name)) for name in _PUBLIC_MEMBERS}
        try:
            key = ECKey.import_key(public)
            return cls(key.public_key)
        except (JoseError, ValueError, TypeError, KeyError):
            raise KeyFormError("the JWK is not a P-256 key") from None

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK: kty, crv, x, y."""
        return {name: str(value) for name, value in self.jose.as_dict(private=False).items() if name in _PUBLIC_MEMBERS}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VerifyingKey) and self.thumbprint == other.thumbprint

    def __hash__(self) -> int:
        return hash(self.thumbprint)

    def __repr__(self) -> str:
        return f"<VerifyingKey {self.thumbprint}>"


class SigningKey:
    """The private half; its repr shows the thumbprint alone."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self.verifying_key = VerifyingKey(private_key.public_key())
        self.jose: ECKey = ECKey.import_key(private_key)

    @classmethod
    def generate(cls) -> Self:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        try:
            private_key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            raise KeyFormError("not an unencrypted private key in PEM") from None
        if not isinstance(private_key, ec.EllipticCurvePrivateKey):
            raise KeyFormError("the key is not on P-256")
        return cls(private_key)

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls.from_pem(path.read_bytes())

    @property
    def thumbprint(self) -> str:
        return self.verifying_key.thumbprint

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK."""
        return self.verifying_key.jwk

    def to_pem(self) -> bytes:
        """PKCS #8, unencrypted: for a file of the owner's alone."""
        key = self.jose.private_key
        if key is None:  # pragma: no cover - a SigningKey is made of a private key only
            raise KeyFormError("no private key")
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def save(self, path: Path) -> None:
        """Durable when it returns, readable by the owner only; an existing file is never overwritten
        (`FileExistsError`).
        """
        # Written whole beside its place and linked there, so that no half-written key is ever found under the name.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self.to_pem())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            draft.unlink()
        if os.name == "posix":  # pragma: no branch - Windows cannot open a directory
            directory = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def __repr__(self) -> str:
        return f"<SigningKey {self.thumbprint}>"
