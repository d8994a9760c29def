"""Looks up what checks name, for all of them at once: a check is judged by this alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from checksync import CheckBody, IntentFields, PatientSubject, VisitSubject
from kazasu.checks.models import CertificateRow
from kazasu.db import Base, Session
from kazasu.devices.models import DeviceRow, DutyPassRow
from kazasu.keys import StorageKey
from kazasu.patients.models import PatientRow
from kazasu.visits.models import VisitRow

__all__ = ["Known", "Named", "find_known"]

_PURPOSE = "certificate"

R = TypeVar("R", bound=Base)

Named = tuple[CheckBody, IntentFields]
"""A check that names things."""


@dataclass(frozen=True, slots=True)
class Known:
    """By the ids that checks name; what is not in here is not known."""

    revoked_at: datetime | None
    """Since when the device is revoked."""
    duty_passes: Mapping[str, DutyPassRow]
    certificates: Mapping[str, CertificateRow]
    """By SHA-256, in hexadecimal."""
    visits: Mapping[str, VisitRow]
    patients: Mapping[str, PatientRow]


async def find_known(session: Session, storage: StorageKey, device: str, checks: Collection[Named]) -> Known:
    """Everything that these checks of one device name: a handful of queries, however many checks they are."""
    row = await session.get(DeviceRow, device)
    passes = {intent.duty_pass for _, intent in checks}
    passes |= {body.attestation.duty_pass for body, _ in checks if body.attestation is not None}
    hashes = {
        storage.keyed_hash(bytes.fromhex(sha256), purpose=_PURPOSE): sha256
        for sha256 in {body.card.certificate_sha256 for body, _ in checks}
    }
    seen = (await session.scalars(select(CertificateRow).where(CertificateRow.keyed_hash.in_(list(hashes))))).all()
    subjects = [intent.subject for _, intent in checks]
    visits = await _by_id(session, VisitRow, (of.id for of in subjects if isinstance(of, VisitSubject)))
    wanted = {of.id for of in subjects if isinstance(of, PatientSubject)}
    wanted |= {visit.patient for visit in visits.values()}
    wanted |= {certificate.patient for certificate in seen if certificate.patient is not None}
    return Known(
        row.revoked_at if row is not None else None,
        await _by_id(session, DutyPassRow, passes),
        {hashes[certificate.keyed_hash]: certificate for certificate in seen},
        visits,
        await _by_id(session, PatientRow, wanted),
    )


async def _by_id(session: Session, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    id_of = kind.__mapper__.c.id
    found = await session.scalars(select(kind).where(id_of.in_(wanted)))
    return {getattr(row, "id"): row for row in found.all()}  # noqa: B009 - every table asked for has an id
