"""Which consents a patient gave, and which of them can be taken back; what they open is the guard's to say."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from kazasu.checks.models import CheckRow, ConsentRow
from kazasu.checks.state import CheckState
from kazasu.db import Session

__all__ = ["checks_with_consents", "consents_by_check", "consents_to_withdraw"]

_LISTED = 100


async def checks_with_consents(session: Session, patient: str) -> Sequence[CheckRow]:
    """The patient's checks that carry consents, the newest first; the latest hundred."""
    found = await session.scalars(
        select(CheckRow)
        .where(CheckRow.patient == patient, CheckRow.state != CheckState.VOID)
        .where(select(ConsentRow.id).where(ConsentRow.check == CheckRow.id).exists())
        .order_by(CheckRow.checked_at.desc(), CheckRow.id.desc())
        .limit(_LISTED)
    )
    return found.all()


async def consents_by_check(session: Session, checks: Collection[str], patient: str) -> Sequence[ConsentRow]:
    """The consents that these checks carry, and those that the patient gave apart from any check."""
    apart = and_(ConsentRow.check.is_(None), ConsentRow.patient == patient)
    found = await session.scalars(
        select(ConsentRow)
        .where(or_(ConsentRow.check.in_(list(checks)), apart))
        .order_by(ConsentRow.given_at.desc(), ConsentRow.kind)
    )
    return found.all()


async def consents_to_withdraw(
    session: Session, *, patient: str | None, check: str | None, kinds: Collection[str] | None
) -> Sequence[ConsentRow]:
    """What of a patient, or of one check, was given and not taken back; locked until the transaction ends."""
    whose: ColumnElement[bool] = ConsentRow.check == check
    if patient is not None:
        # A check may have come to its patient after its consents were stored.
        theirs = select(CheckRow.id).where(CheckRow.patient == patient)
        whose = or_(ConsentRow.patient == patient, ConsentRow.check.in_(theirs))
    wanted = select(ConsentRow).where(whose, ConsentRow.is_given, ConsentRow.withdrawn_at.is_(None))
    if kinds is not None:
        wanted = wanted.where(ConsentRow.kind.in_(list(kinds)))
    return (await session.scalars(wanted.order_by(ConsentRow.given_at, ConsentRow.id).with_for_update())).all()
