"""The JPKI application (公的個人認証AP) of one person's card: which file holds what and what opens it."""

from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from . import credential, test_ca
from .application import FREE, Application, ElementaryFile, Secret, SigningKey
from .card_kind import PHONES, TOKEN_LABEL, CardKind
from .faults import Faults
from .person import Person

AID: Final = bytes.fromhex("D392F000260100000001")

SIGNATURE_CERTIFICATE: Final = 0x01
SIGNATURE_CA: Final = 0x02
TOKEN: Final = 0x06
PRESENCE: Final = 0x08
CERTIFICATE: Final = 0x0A
AUTHENTICATION_CA: Final = 0x0B
KEY: Final = 0x17
PIN: Final = 0x18
SIGNATURE_KEY: Final = 0x1A
SIGNATURE_PASSWORD: Final = 0x1B

PIN_TRIES: Final = 3
PASSWORD_TRIES: Final = 5

# Sizes of the physical files are not known; what matters is that they are longer than the content.
_CERTIFICATE_FILE_SIZE: Final = 2048
_CA_FILE_SIZE: Final = 1280
# Files whose existence, and nothing else, is known.
_UNKNOWN_FILES: Final = (0x05, 0x09, 0x10, 0x16, 0x19, 0x1C, 0x1E)


def jpki_application(person: Person, kind: CardKind, faults: Faults) -> Application:
    """The application as it is on a new card of that kind."""
    on_phone = kind in PHONES
    authentication = credential.authentication(person.short_name, on_phone=on_phone)
    # A card without PIN is issued without a signature certificate; so is a child's.
    signature = None if kind == "pinless" else credential.signature(person.short_name)
    certificate = damaged(authentication.der, faults)

    files = {
        SIGNATURE_CERTIFICATE: ElementaryFile(
            signature.der if signature else b"", frozenset({SIGNATURE_PASSWORD}), _CERTIFICATE_FILE_SIZE
        ),
        SIGNATURE_CA: _ca_file(test_ca.root(3, "signature").public_bytes(Encoding.DER)),
        TOKEN: ElementaryFile(token_info(kind), FREE, 160),
        PRESENCE: ElementaryFile(_presence(signature is not None), FREE, 3),
        CERTIFICATE: ElementaryFile(
            certificate,
            frozenset({PIN}) if on_phone else FREE,
            len(certificate) if faults.damaged_certificate == "truncated" else _CERTIFICATE_FILE_SIZE,
        ),
        AUTHENTICATION_CA: _ca_file(test_ca.root(person.generation).public_bytes(Encoding.DER)),
    }
    files |= {file_id: ElementaryFile(b"", None) for file_id in _UNKNOWN_FILES}

    keys = {KEY: SigningKey(authentication.key, PIN)}
    if signature is not None:
        keys[SIGNATURE_KEY] = SigningKey(signature.key, SIGNATURE_PASSWORD)
    password = (person.signature_password or "").encode()
    return Application(
        name="JPKI",
        aid=AID,
        files=files,
        secrets={
            PIN: Secret(person.jpki_pin.encode(), PIN_TRIES, 0 if kind == "pinless" else PIN_TRIES),
            SIGNATURE_PASSWORD: Secret(password, PASSWORD_TRIES, PASSWORD_TRIES if signature else 0),
        },
        keys=keys,
    )


def damaged(der: bytes, faults: Faults) -> bytes:
    """The certificate as the faults leave it."""
    match faults.damaged_certificate:
        case "length":
            return der[:2] + b"\xff\xf0" + der[4:]
        case "truncated":
            return der[: len(der) // 2]
        case "bit":
            return der[:-1] + bytes([der[-1] ^ 0x01])
        case _:
            return der


def token_info(kind: CardKind) -> bytes:
    """160 bytes like a PKCS#11 token info: label 32, manufacturer 32, model 16, serial 16, numbers. One source."""
    label = TOKEN_LABEL.get(kind, "")
    text = label.ljust(32) + "EXERCISE".ljust(32) + "EMULATOR".ljust(16) + "0".ljust(16)
    return text.encode().ljust(160, b"\x00")


def _presence(has_signature: bool) -> bytes:
    # 8F 8F 00 is both (one source); which byte stands for which certificate is a guess.
    return bytes([0x8F if has_signature else 0x00, 0x8F, 0x00])


def _ca_file(der: bytes) -> ElementaryFile:
    return ElementaryFile(der, FREE, _CA_FILE_SIZE)
