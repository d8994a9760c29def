"""The card-face application (券面事項確認AP, "Visual AP") and the small ones beside it: all there to be refused.

The pictures are real PNG files without likeness; the face photo is only the signature box of a JPEG 2000 file:
synthetic people have no face.
"""

import struct
import zlib
from typing import Final

from .application import FREE, Application, ElementaryFile, Secret
from .person import Person
from .profile_application import NUMBER_TRIES, filler
from .tlv_encoder import encode, encode_record

AID: Final = bytes.fromhex("D3921000310001010402")
RESIDENT_AID: Final = bytes.fromhex("D3921000310001010401")
COMMON_AID: Final = bytes.fromhex("D3921000310001010100")
ISSUER_DOMAIN_AID: Final = bytes.fromhex("A0000001510000")

FACE: Final = 0x02
NUMBER_PICTURE: Final = 0x05
BIRTH_DATE_KEY: Final = 0x11
NUMBER_B: Final = 0x12
NUMBER_A: Final = 0x13

_JPEG_2000_SIGNATURE: Final = bytes.fromhex("0000000C6A5020200D0A870A")


def face_application(person: Person) -> Application:
    """Card face record, number picture and the numbers that open them."""
    birth_date = f"{person.birth_date:%Y%m%d}".encode()
    key = filler("face key", 270)
    signature = filler("face signature", 256)
    face = encode_record(
        0xFF20,
        0xDF21,
        [
            (0xDF22, birth_date),
            (0xDF23, person.sex.encode()),
            (0xDF24, key),
            (0xDF25, picture(person.name, 264, 24)),
            (0xDF26, picture(person.address, 264, 72)),
            (0xDF27, _JPEG_2000_SIGNATURE if person.has_face_photo else b""),
            (0xDF28, signature),
            (0xDF29, f"{person.card_expires_on:%Y%m%d}".encode()),
            (0xDF2A, picture(person.security_code, 24, 12)),
        ],
    )
    age = encode(0xFF10, encode(0xDF11, birth_date) + encode(0xDF12, key) + encode(0xDF13, signature))
    number = encode(
        0xFF40,
        encode(0xDF41, picture(person.individual_number, 72, 12)) + encode(0xDF42, key) + encode(0xDF43, signature),
    )
    info = encode(
        0xFF30,
        encode(0xDF31, bytes(4))
        + encode(0xDF32, filler("key id", 16))
        + encode(0xDF33, b"\x01")
        + encode(0xDF34, person.municipality_code.encode())
        + encode(0xDF35, filler("ap info", 128)),
    )
    files = {
        0x01: ElementaryFile(age, frozenset({BIRTH_DATE_KEY}), 640),
        FACE: ElementaryFile(face, frozenset({NUMBER_A, NUMBER_B}), max(8192, len(face))),
        0x03: ElementaryFile(info, FREE, 256),
        0x04: ElementaryFile(encode(0x7F21, encode(0x5F4E, filler("cv body", 297))), FREE, 640),
        NUMBER_PICTURE: ElementaryFile(number, frozenset({NUMBER_A}), 1024),
    }
    files |= {file_id: ElementaryFile(b"", None) for file_id in (0x06, 0x1A, 0x1C, 0x1E)}
    return Application(
        name="Visual",
        aid=AID,
        files=files,
        secrets={
            BIRTH_DATE_KEY: Secret(person.birth_date_on_face.encode(), NUMBER_TRIES, NUMBER_TRIES),
            NUMBER_B: Secret(person.number_b.encode(), NUMBER_TRIES, NUMBER_TRIES),
            NUMBER_A: Secret(person.individual_number.encode(), NUMBER_TRIES, NUMBER_TRIES),
        },
    )


def resident_application() -> Application:
    """住基AP: it answers SELECT; nothing inside is known."""
    return Application(name="Resident register", aid=RESIDENT_AID)


def common_application(person: Person) -> Application:
    """共通カードAP: record 1 gives card serial, municipality and expiry without any PIN: a stable card identifier."""
    serial = f"{int.from_bytes(filler('card ' + person.short_name, 6), 'big') % 10**15:015d}"
    record = f"{serial}{person.municipality_code}{person.card_expires_on:%Y%m%d}".encode()
    return Application(name="Common card", aid=COMMON_AID, records=(record,))


def issuer_domain() -> Application:
    """GlobalPlatform's issuer security domain: it answers SELECT and no more."""
    return Application(name="Issuer domain", aid=ISSUER_DOMAIN_AID)


def picture(text: str, width: int, height: int) -> bytes:
    """A valid 1-bit PNG of that size whose pixels depend on the text and cannot be read as it."""
    row_size = (width + 7) // 8
    pixels = filler(text, row_size * height)
    rows = b"".join(b"\x00" + pixels[row * row_size : (row + 1) * row_size] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
