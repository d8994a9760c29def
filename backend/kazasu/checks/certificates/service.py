"""Keeping and finding certificates; the serial number that names a person stands nowhere in clear."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from kazasu import audit
from kazasu.checks.models import CertificateRow, CheckRow
from kazasu.db import Session, new_id
from kazasu.keys import StorageKey
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.sync.models import DeviceLogRow

__all__ = [
    "certificate_octets",
    "certificate_of_check",
    "certificate_values",
    "find_certificate",
    "forgettable_certificates",
    "keep_certificate",
    "link_certificate",
    "unlink_certificate",
]

_PURPOSE = "certificate"


async def find_certificate(session: Session, storage: StorageKey, sha256: str) -> CertificateRow | None:
    """The certificate of this fingerprint, if this facility has seen it."""
    keyed = storage.keyed_hash(bytes.fromhex(sha256), purpose=_PURPOSE)
    return await session.scalar(select(CertificateRow).where(CertificateRow.keyed_hash == keyed))


async def keep_certificate(session: Session, storage: StorageKey, octets: bytes, *, at: datetime) -> CertificateRow:
    """The certificate's row, made at its first sight."""
    present = await find_certificate(session, storage, hashlib.sha256(octets).hexdigest())
    if present is not None:
        return present
    row = CertificateRow(**certificate_values(storage, octets, at=at))
    session.add(row)
    await session.flush()
    return row


def certificate_values(storage: StorageKey, octets: bytes, *, at: datetime) -> dict[str, Any]:
    """The columns of the row of a certificate that is seen for the first time."""
    id_ = new_id()
    return {
        "id": id_,
        "keyed_hash": storage.keyed_hash(hashlib.sha256(octets).digest(), purpose=_PURPOSE),
        "octets": storage.encrypt(octets, purpose=_PURPOSE, subject=id_),
        "patient": None,
        "linked_by": None,
        "first_seen_at": at,
    }


def certificate_octets(storage: StorageKey, row: CertificateRow) -> bytes:
    """The certificate's bytes."""
    return storage.decrypt(row.octets, purpose=_PURPOSE, subject=row.id)


async def certificate_of_check(session: Session, storage: StorageKey, check: str) -> bytes | None:
    """The bytes of the certificate that a check was made with."""
    row = await session.scalar(
        select(CertificateRow).join(CheckRow, CheckRow.certificate == CertificateRow.id).where(CheckRow.id == check)
    )
    return certificate_octets(storage, row) if row is not None else None


async def forgettable_certificates(session: Session, storage: StorageKey, patient: str) -> list[bytes]:
    """The patient's certificates that a device may be told of as known: a check that brought one is forgettable, so
    that a verified backup holds it, and a configured root vouches for it: what came damaged is read again.
    """
    in_doubt = exists().where(
        HoldRow.check == CheckRow.id,
        HoldRow.reason == HoldReason.CERTIFICATE_NOT_TRUSTED,
        HoldRow.state != HoldState.RELEASED,
    )
    rows = await session.scalars(
        select(CertificateRow)
        .where(
            CertificateRow.patient == patient,
            exists().where(
                CheckRow.certificate == CertificateRow.id,
                CheckRow.log == DeviceLogRow.log,
                CheckRow.entry_number <= DeviceLogRow.forgettable,
                ~in_doubt,
            ),
        )
        .order_by(CertificateRow.first_seen_at)
    )
    return [certificate_octets(storage, row) for row in rows.all()]


async def link_certificate(session: Session, row: CertificateRow, patient: str, *, check: str, at: datetime) -> None:
    """From now on this card is known to be this patient's; a link that stands is never changed here."""
    if row.patient is not None:
        return
    row.patient, row.linked_by = patient, check
    await session.flush()
    details = {"patient": patient, "check": check}
    await audit.append(session, audit.SYSTEM, "certificate_linked", "certificate", row.id, details, at)


async def unlink_certificate(session: Session, check: str, *, actor: str, at: datetime) -> None:
    """The check that made a link was taken back: whose the card is, is not known any more."""
    for row in (await session.scalars(select(CertificateRow).where(CertificateRow.linked_by == check))).all():
        patient, row.patient, row.linked_by = row.patient, None, None
        await session.flush()
        details = {"patient": patient, "check": check}
        await audit.append(session, actor, "certificate_unlinked", "certificate", row.id, details, at)
