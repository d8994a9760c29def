"""The known card: recognising a card whose certificate the device holds, by the serial number at the head of the file.

The serial is a hint only. Pure; imports no transport and no storage.
"""

import hashlib
from collections.abc import Iterable

from checksync.encoding import PrivateRecord
from checksync.feed import ListedCertificate


class ReadCertificate(PrivateRecord, frozen=True, kw_only=True):
    """A certificate that this device read itself, and the entry that carries it whole."""

    serial: str
    certificate: bytes
    log: str
    number: int


class KnownCertificate(PrivateRecord, frozen=True, kw_only=True):
    """A certificate to recognise a card by. Its serial is a hint only: the card's signature must verify with it.

    Only where `is_listed` may an entry leave the octets out: the server has them, past forgettable.
    """

    sha256: str
    certificate: bytes
    is_listed: bool


def _serial_number(serial: str) -> int | None:
    try:
        return int(serial, 16)
    except ValueError:
        return None


def find_certificate(
    serial: int, listed: Iterable[ListedCertificate], read: Iterable[ReadCertificate]
) -> KnownCertificate | None:
    """A certificate with that serial number: one that the server listed, before one that this device read itself."""
    for row in listed:
        if _serial_number(row.serial) == serial and _is_itself(row):
            return KnownCertificate(sha256=row.sha256, certificate=row.certificate, is_listed=True)
    for own in read:
        if _serial_number(own.serial) == serial:
            digest = hashlib.sha256(own.certificate).hexdigest()
            return KnownCertificate(sha256=digest, certificate=own.certificate, is_listed=False)
    return None


def _is_itself(row: ListedCertificate) -> bool:
    return hashlib.sha256(row.certificate).hexdigest() == row.sha256
