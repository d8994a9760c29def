"""Checks and consents in the database."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, or_, select

from checksync import Attributes, ConsentChoice
from kazasu import audit
from kazasu.checks.models import CheckRow, ConsentRow, VisitJoinRow
from kazasu.checks.state import CheckState
from kazasu.db import Session, new_id
from kazasu.journal import Journal, JournalKind
from kazasu.journal.service import find_mark
from kazasu.keys import StorageKey
from kazasu.keyset import Keyset
from kazasu.rules import CheckType, Setting
from kazasu.sync.feed import publish

__all__ = [
    "REPEAT_WITHIN",
    "add_check",
    "add_consents",
    "attributes_of",
    "check_of_entry",
    "claimable_checks",
    "consents_of",
    "find_check",
    "find_checks",
    "find_repeated",
    "list_checks",
    "repeats_of",
    "sealed_attributes",
    "withdraw_consent",
    "withdraw_kinds",
]

REPEAT_WITHIN = timedelta(minutes=15)
_PURPOSE = "check-attributes"


async def find_check(session: Session, check: str) -> CheckRow | None:
    """The check of this id."""
    return await session.get(CheckRow, check)


async def find_checks(session: Session, checks: Iterable[str]) -> Sequence[CheckRow]:
    """The checks of these ids."""
    return (await session.scalars(select(CheckRow).where(CheckRow.id.in_(list(checks))))).all()


async def check_of_entry(session: Session, log: str, number: int) -> CheckRow | None:
    """The check that was made from this entry."""
    return await session.scalar(select(CheckRow).where(CheckRow.log == log, CheckRow.entry_number == number))


async def add_check(session: Session, check: CheckRow, *, actor: str, at: datetime) -> None:
    """Stores a new check; its first state is the first of its audit."""
    session.add(check)
    await session.flush()
    details = {"from": None, "to": check.state.value, "assurance": check.assurance.value, "repeat_of": check.repeat_of}
    await audit.append(session, actor, "check_state", "check", check.id, details, at)


async def find_repeated(
    session: Session,
    *,
    certificate: str,
    device: str,
    setting: Setting,
    check_type: CheckType,
    at: datetime,
    not_check: str,
) -> CheckRow | None:
    """The check that a touch of the same card repeats: same device, setting and type, at most 15 minutes before. One
    that belongs to another device's visit is found too."""
    joined = CheckRow.id.in_(select(VisitJoinRow.standing).where(VisitJoinRow.standing.is_not(None)))
    return await session.scalar(
        select(CheckRow)
        .where(
            CheckRow.certificate == certificate,
            CheckRow.device == device,
            CheckRow.setting == setting,
            CheckRow.check_type == check_type,
            CheckRow.checked_at >= at - REPEAT_WITHIN,
            CheckRow.checked_at <= at,
            or_(CheckRow.repeat_of.is_(None), joined),
            CheckRow.state != CheckState.VOID,
            CheckRow.id != not_check,
        )
        .order_by(CheckRow.checked_at.desc())
        .limit(1)
    )


async def repeats_of(session: Session, check: str) -> Sequence[CheckRow]:
    """The checks that repeat this one, oldest first."""
    found = await session.scalars(
        select(CheckRow).where(CheckRow.repeat_of == check).order_by(CheckRow.checked_at, CheckRow.id)
    )
    return found.all()


async def claimable_checks(session: Session, patient: str, *, today: date) -> Sequence[CheckRow]:
    """The patient's checks, oldest first, whose claim is still to go out, this month or with the next 10th."""
    month_before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = await session.scalars(
        select(CheckRow)
        .where(
            CheckRow.patient == patient,
            CheckRow.checked_on >= month_before,
            CheckRow.repeat_of.is_(None),
            CheckRow.state != CheckState.VOID,
        )
        .order_by(CheckRow.checked_at, CheckRow.id)
    )
    return found.all()


def sealed_attributes(storage: StorageKey, check: str, attributes: Attributes | None) -> bytes | None:
    """The four attributes, readable for this check alone."""
    if attributes is None:
        return None
    return storage.encrypt(msgspec.json.encode(attributes), purpose=_PURPOSE, subject=check)


def attributes_of(storage: StorageKey, check: CheckRow) -> Attributes | None:
    """The four attributes as the card gave them."""
    if check.attributes is None:
        return None
    octets = storage.decrypt(check.attributes, purpose=_PURPOSE, subject=check.id)
    return msgspec.json.decode(octets, type=Attributes)


async def add_consents(
    session: Session,
    choices: Iterable[ConsentChoice],
    *,
    consent: str,
    check: str | None,
    visit: str | None,
    patient: str | None,
    at: datetime,
) -> None:
    """Stores each kind once; a consent that came before stands as it came."""
    known = set(await session.scalars(select(ConsentRow.kind).where(ConsentRow.consent == consent)))
    withdrawn = await find_mark(session, JournalKind.CONSENT_WITHDRAWN, consent)
    for choice in choices:
        if choice.kind in known:
            continue
        known.add(choice.kind)
        withdrawn_kind = withdrawn or await find_mark(
            session, JournalKind.CONSENT_WITHDRAWN, kind_of_consent(consent, choice.kind)
        )
        session.add(
            ConsentRow(
                id=new_id(),
                consent=consent,
                kind=choice.kind,
                is_given=choice.given,
                text=choice.text,
                check=check,
                visit=visit,
                patient=patient,
                given_at=at,
                # By the journal, where the server was restored to a time before both.
                withdrawn_at=withdrawn_kind.at if withdrawn_kind else None,
                withdrawn_by_entry=None,
            )
        )
    await session.flush()


async def consents_of(session: Session, check: str) -> Sequence[ConsentRow]:
    """The consents that a check carries."""
    found = await session.scalars(select(ConsentRow).where(ConsentRow.check == check).order_by(ConsentRow.kind))
    return found.all()


async def withdraw_consent(
    session: Session, consent: str, *, entry: int, actor: str, journal: Journal, at: datetime
) -> bool:
    """Notes the withdrawal of every kind of it; False where the consent is not here.

    It is in the journal before, also where the consent is still to come.
    """
    rows = (await session.scalars(select(ConsentRow).where(ConsentRow.consent == consent))).all()
    if not rows or any(row.withdrawn_at is None for row in rows):
        journal.append(JournalKind.CONSENT_WITHDRAWN, consent, at)
    for row in rows:
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by_entry = at, entry
            await session.flush()
            details: dict[str, Any] = {"kind": row.kind, "check": row.check, "entry": entry}
            await audit.append(session, actor, "consent_withdrawn", "consent", row.id, details, at)
    if rows:
        await _tell_withdrawn(session, consent, [row.kind for row in rows], at=at)
    return bool(rows)


async def withdraw_kinds(
    session: Session, rows: Sequence[ConsentRow], *, actor: str, because: str, journal: Journal, at: datetime
) -> None:
    """Notes at the office what a patient takes back: these kinds, each in the journal first, then told to devices."""
    told: dict[str, list[str]] = {}
    for row in rows:
        journal.append(JournalKind.CONSENT_WITHDRAWN, kind_of_consent(row.consent, row.kind), at)
    for row in rows:
        row.withdrawn_at = at
        told.setdefault(row.consent, []).append(row.kind)
        await session.flush()
        details: dict[str, Any] = {"kind": row.kind, "check": row.check, "because": because}
        await audit.append(session, actor, "consent_withdrawn", "consent", row.id, details, at)
    for consent, kinds in told.items():
        await _tell_withdrawn(session, consent, kinds, at=at)


def kind_of_consent(consent: str, kind: str) -> str:
    """How the journal names one kind of a consent; the consent alone stands for all of its kinds."""
    return f"{consent}:{kind}"


async def _tell_withdrawn(session: Session, consent: str, kinds: Sequence[str], *, at: datetime) -> None:
    """Every device: whoever has something open closes it and asks again. Whose consent it is stands nowhere in it."""
    await publish(session, None, "consent_withdrawn", {"consent": consent, "kinds": sorted(kinds)}, at=at)


async def list_checks(
    session: Session,
    *,
    after: Keyset | None,
    limit: int,
    state: CheckState | None = None,
    patient: str | None = None,
) -> Sequence[CheckRow]:
    """The newest first, older than `after`."""
    wanted = select(CheckRow).order_by(CheckRow.received_at.desc(), CheckRow.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(CheckRow.state == state)
    if patient is not None:
        wanted = wanted.where(CheckRow.patient == patient)
    if after is not None:
        older = and_(CheckRow.received_at == after.at, CheckRow.id < after.id)
        wanted = wanted.where(or_(CheckRow.received_at < after.at, older))
    return (await session.scalars(wanted)).all()
