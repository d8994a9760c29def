"""The input-support application (券面事項入力補助AP, "Text AP") of one person's card.

It holds what the library must refuse as well: the Individual Number (here a made-up one) and its hash.
"""

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from . import exercise_key
from .application import FREE, Application, ElementaryFile, Secret
from .card_kind import CardKind
from .faults import Faults
from .people import PEOPLE
from .person import Person
from .tlv_encoder import encode, encode_record

AID: Final = bytes.fromhex("D3921000310001010408")

INDIVIDUAL_NUMBER: Final = 0x01
ATTRIBUTES: Final = 0x02
ISSUER_SIGNATURE: Final = 0x03
PIN: Final = 0x11
BLOCKED_REFERENCE: Final = 0x12
NUMBER_A: Final = 0x14
NUMBER_B: Final = 0x15

PIN_TRIES: Final = 3
# Of 照合番号A nothing is known; presumed as B.
NUMBER_TRIES: Final = 10

_UNKNOWN_FILES: Final = (0x08, 0x10, 0x1C, 0x1E)


def profile_application(person: Person, kind: CardKind, faults: Faults) -> Application:
    """The application as it is on a new card."""
    number = encode(0xFF10, person.individual_number.encode())
    attributes = _attributes(person, faults)
    by_pin_or_number = frozenset({PIN, NUMBER_A, NUMBER_B})
    session_key = filler("session key", 270)
    files = {
        INDIVIDUAL_NUMBER: ElementaryFile(number, frozenset({PIN, NUMBER_A}), 17),
        ATTRIBUTES: ElementaryFile(
            bytes(faults.bytes_before_profile) + attributes, frozenset({PIN, NUMBER_B}), max(1024, len(attributes) + 16)
        ),
        ISSUER_SIGNATURE: ElementaryFile(_issuer_signature(number, attributes), by_pin_or_number, 384),
        0x04: ElementaryFile(
            encode(0x7F21, encode(0x5F4E, filler("cv body", 297)) + encode(0x5F37, filler("cv signature", 256))),
            FREE,
            640,
        ),
        # The second byte of DF41 declares extended length.
        0x05: ElementaryFile(
            encode(
                0xFF40,
                encode(0xDF41, bytes.fromhex("00010000"))
                + encode(0xDF42, filler("key id", 16))
                + encode(0xDF43, filler("ap info", 128)),
            ),
            FREE,
            256,
        ),
        0x06: ElementaryFile(session_key, by_pin_or_number, 320),
        0x07: ElementaryFile(session_key + filler("signed session key", 256), by_pin_or_number, 640),
    }
    files |= {file_id: ElementaryFile(b"", None) for file_id in _UNKNOWN_FILES}
    return Application(
        name="Text",
        aid=AID,
        files=files,
        secrets={
            PIN: Secret(person.text_pin.encode(), PIN_TRIES, 0 if kind == "pinless" else PIN_TRIES),
            BLOCKED_REFERENCE: Secret(b"", PIN_TRIES, 0),
            NUMBER_A: Secret(person.individual_number.encode(), NUMBER_TRIES, NUMBER_TRIES),
            NUMBER_B: Secret(person.number_b.encode(), NUMBER_TRIES, NUMBER_TRIES),
        },
    )


def filler(label: str, size: int) -> bytes:
    """Bytes that look like a key or a signature, always the same, and are none."""
    return hashlib.shake_128(f"exercise filler {label}".encode()).digest(size)


def _attributes(person: Person, faults: Faults) -> bytes:
    address = PEOPLE["yamamoto"].address if faults.long_address else person.address
    name = person.name.encode()
    if faults.damaged_profile == "text":
        name = name[:-1] + b"\xc0"
    objects = [
        (0xDF22, name),
        (0xDF23, address.encode()),
        (0xDF24, f"{person.birth_date:%Y%m%d}".encode()),
        (0xDF25, person.sex.encode()),
    ]
    if faults.damaged_profile == "missing":
        del objects[0]
    record = encode_record(0xFF20, 0xDF21, objects)
    if faults.damaged_profile == "length":
        return encode(0xFF20, record[-40:] + b"\xdf\x25\x82\x7f\xff")
    return record


def _issuer_signature(number: bytes, attributes: bytes) -> bytes:
    # An unsalted hash over twelve digits is as good as the digits: this file has to be refused like the number.
    digests = encode(0xDF31, hashlib.sha256(number).digest()) + encode(0xDF32, hashlib.sha256(attributes).digest())
    signature = exercise_key.load_rsa("root-authentication-3").sign(
        hashlib.sha256(digests).digest(), padding.PKCS1v15(), Prehashed(hashes.SHA256())
    )
    return encode(0xFF30, digests + encode(0xDF33, signature))
