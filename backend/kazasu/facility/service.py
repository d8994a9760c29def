"""Making and loading the one facility."""

import re
from datetime import date, datetime

from sqlalchemy import select

from kazasu import audit
from kazasu.db import Session, new_id
from kazasu.facility.facility import Facility
from kazasu.facility.institution_code import proven_institution_code
from kazasu.facility.kind import FacilityKind, FacilityMode
from kazasu.facility.models import FacilityRow


class FacilityExistsError(Exception):
    """This database has its facility already; it is never made over."""


class NoFacilityError(Exception):
    """This database has no facility; `kazasu init` makes one."""


async def create_facility(
    session: Session,
    *,
    name: str,
    mode: FacilityMode,
    kind: FacilityKind,
    institution_code: str,
    transitional_until: date | None,
    at: datetime,
) -> Facility:
    """The database's facility, for good; `InstitutionCodeError` where the code does not fit the mode."""
    if await session.scalar(select(FacilityRow.id)) is not None:
        raise FacilityExistsError
    row = FacilityRow(
        id=new_id(),
        single=1,
        name=re.sub(r"\s+", " ", name).strip(),
        mode=mode,
        kind=kind,
        institution_code=proven_institution_code(institution_code, mode),
        transitional_until=transitional_until,
        epoch=new_id(),
        made_at=at,
    )
    session.add(row)
    await session.flush()
    details = {"mode": mode, "kind": kind, "institution_code": row.institution_code, "epoch": row.epoch}
    await audit.append(session, audit.SHELL, "facility_made", "facility", row.id, details, at)
    return _facility(row)


async def load_facility(session: Session) -> Facility:
    """The facility, its institution code proven once more: an exercise never goes out under a real code."""
    row = await session.scalar(select(FacilityRow))
    if row is None:
        raise NoFacilityError
    proven_institution_code(row.institution_code, row.mode)
    return _facility(row)


def _facility(row: FacilityRow) -> Facility:
    return Facility(
        id=row.id,
        name=row.name,
        mode=row.mode,
        kind=row.kind,
        institution_code=row.institution_code,
        epoch=row.epoch,
        transitional_until=row.transitional_until,
    )
