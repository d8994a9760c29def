"""Raising, releasing and reopening holds. Every change is audited and settles the check's state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.checks.standing import settle
from kazasu.db import Session, new_id
from kazasu.keyset import Keyset
from kazasu.problems import ProblemError
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.placing import Place, facility_kind, place_of_check, place_of_entry, weigh
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.sync.feed import publish

__all__ = [
    "Subject",
    "close_decided",
    "decisions_of",
    "find_hold",
    "follow_patient",
    "holds_for",
    "holds_of",
    "list_holds",
    "lock_hold",
    "open_holds",
    "open_holds_of_many",
    "raise_hold",
    "release",
    "release_one",
    "reopen",
]

_OPEN = (HoldState.OPEN, HoldState.WAITING)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is held: a check, or an entry that is none (yet); `device` hears of it by its feed."""

    check: str | None = None
    entry: int | None = None
    visit: str | None = None
    device: str | None = None
    log: str | None = None
    """A log as a whole; `place` tells its troubles apart."""
    place: str = ""

    def key(self, reason: HoldReason) -> str:
        """By which the same reason for the same thing is found while it is open."""
        if self.log is not None:
            return f"log:{self.log}:{self.place}:{reason}"
        return f"check:{self.check}:{reason}" if self.check else f"entry:{self.entry}:{reason}"


async def raise_hold(
    session: Session,
    reason: HoldReason,
    subject: Subject,
    *,
    evidence: Mapping[str, Any],
    at: datetime,
    proposal: Decision | None = None,
) -> HoldRow:
    """Holds it for this reason, once: raised again while open, the first hold stands. The decision proposed is the
    reason's usual one where none is given."""
    key = subject.key(reason)
    present = await session.scalar(select(HoldRow).where(HoldRow.open_key == key))
    if present is not None:
        return present
    about = REASONS[reason]
    place = await _place(session, reason, subject, at)
    row = HoldRow(
        id=new_id(),
        reason=reason,
        state=HoldState.OPEN,
        check=subject.check,
        entry=subject.entry,
        visit=subject.visit,
        open_key=key,
        evidence=dict(evidence),
        proposal=proposal or about.proposal,
        raised_at=at,
        closed_at=None,
        released_because=None,
        reopened_at=None,
        reopened_because=None,
        severity=place.severity,
        deadline=place.deadline,
        rank=place.rank,
        month=place.month,
        patient=place.patient,
        staff=place.staff,
        device=place.device,
    )
    session.add(row)
    await session.flush()
    await weigh(session, [(place.patient, place.month)])
    await _audit(session, row, None, audit.SYSTEM, at)
    if subject.device is not None:
        say = {"ja": about.means.ja + about.to_do.ja, "en": f"{about.means.en} {about.to_do.en}"}
        data = {"check": subject.check, "visit": subject.visit, "reason": reason.value, "say": say}
        await publish(session, subject.device, "hold", data, at=at)
    await _settle(session, subject.check, actor=audit.SYSTEM, at=at)
    return row


async def find_hold(session: Session, hold: str) -> HoldRow | None:
    """The hold of this id."""
    return await session.get(HoldRow, hold)


async def open_holds(session: Session, check: str) -> Sequence[HoldRow]:
    """What still holds a check."""
    found = await session.scalars(
        select(HoldRow).where(HoldRow.check == check, HoldRow.state.in_(_OPEN)).order_by(HoldRow.raised_at, HoldRow.id)
    )
    return found.all()


async def open_holds_of_many(session: Session, checks: Iterable[str]) -> Sequence[HoldRow]:
    """What still holds these checks."""
    found = await session.scalars(
        select(HoldRow)
        .where(HoldRow.check.in_(list(checks)), HoldRow.state.in_(_OPEN))
        .order_by(HoldRow.raised_at, HoldRow.id)
    )
    return found.all()


async def holds_for(session: Session, checks: Iterable[str], reason: HoldReason) -> Mapping[str, Sequence[HoldRow]]:
    """Every hold for this reason that these checks ever had, by check; a check that had none is not named."""
    found = await session.scalars(
        select(HoldRow)
        .where(HoldRow.check.in_(list(checks)), HoldRow.reason == reason)
        .order_by(HoldRow.raised_at, HoldRow.id)
    )
    by_check: dict[str, list[HoldRow]] = {}
    for hold in found:
        by_check.setdefault(hold.check or "", []).append(hold)
    return by_check


async def holds_of(session: Session, check: str) -> Sequence[HoldRow]:
    """Every hold that a check ever had."""
    found = await session.scalars(select(HoldRow).where(HoldRow.check == check).order_by(HoldRow.raised_at, HoldRow.id))
    return found.all()


async def release(
    session: Session,
    reasons: Iterable[HoldReason],
    *,
    check: str | None = None,
    entry: int | None = None,
    because: str,
    at: datetime,
) -> int:
    """Closes open holds whose reason is gone (an answer came, the key returned); says how many."""
    about = HoldRow.check == check if check is not None else HoldRow.entry == entry
    found = await session.scalars(
        select(HoldRow).where(about, HoldRow.state.in_(_OPEN), HoldRow.reason.in_(list(reasons)))
    )
    rows = found.all()
    for row in rows:
        await _release(session, row, because, at)
    if rows:
        await _settle(session, check, actor=audit.SYSTEM, at=at)
    return len(rows)


async def release_one(session: Session, row: HoldRow, *, because: str, at: datetime) -> None:
    """Closes this one open hold, whose reason is gone."""
    await _release(session, row, because, at)
    await _settle(session, row.check, actor=audit.SYSTEM, at=at)


async def _release(session: Session, row: HoldRow, because: str, at: datetime) -> None:
    present, row.state = row.state, HoldState.RELEASED
    row.open_key, row.closed_at, row.released_because = None, at, because
    await session.flush()
    await _audit(session, row, present, audit.SYSTEM, at)


async def reopen(
    session: Session,
    row: HoldRow,
    *,
    because: str,
    actor: str,
    at: datetime,
    evidence: Mapping[str, Any] | None = None,
    proposal: Decision | None = None,
    state: HoldState = HoldState.OPEN,
) -> None:
    """Opens a decided or waiting hold again, on what is known now where that is given; problem `conflict` where the
    same reason is held anew already."""
    key = Subject(check=row.check, entry=row.entry).key(row.reason) if row.open_key is None else row.open_key
    other = await session.scalar(select(HoldRow.id).where(HoldRow.open_key == key, HoldRow.id != row.id))
    if other is not None:
        raise ProblemError("conflict")
    present, row.state = row.state, state
    row.open_key, row.closed_at, row.reopened_at, row.reopened_because = key, None, at, because
    if evidence is not None:
        row.evidence = dict(evidence)
    row.proposal = proposal or row.proposal
    await session.flush()
    await weigh(session, [(row.patient, row.month)])
    await _audit(session, row, present, actor, at, because=because)
    await _settle(session, row.check, actor=actor, at=at)


async def close_decided(session: Session, row: HoldRow, state: HoldState, *, actor: str, at: datetime) -> None:
    """A decision was made: the hold is closed by it, or waits."""
    present, row.state = row.state, state
    if state is HoldState.DECIDED:
        row.open_key, row.closed_at = None, at
    await session.flush()
    await _audit(session, row, present, actor, at)
    await _settle(session, row.check, actor=actor, at=at)


async def follow_patient(session: Session, check: CheckRow) -> None:
    """Whose the check is has become known, or is not known any more: its holds are that patient's."""
    await session.execute(update(HoldRow).where(HoldRow.check == check.id).values(patient=check.patient))
    await weigh(session, [(check.patient, check.checked_on)])


async def lock_hold(session: Session, hold: str) -> HoldRow | None:
    """The hold, for whoever is about to decide it."""
    return await session.scalar(select(HoldRow).where(HoldRow.id == hold).with_for_update())


async def decisions_of(session: Session, holds: Iterable[str]) -> Sequence[DecisionRow]:
    """The decisions about these holds, oldest first."""
    found = await session.scalars(
        select(DecisionRow).where(DecisionRow.hold.in_(list(holds))).order_by(DecisionRow.decided_at, DecisionRow.id)
    )
    return found.all()


async def list_holds(
    session: Session,
    *,
    after: Keyset | None,
    limit: int,
    state: HoldState | None = None,
    reason: HoldReason | None = None,
    check: str | None = None,
) -> Sequence[HoldRow]:
    """The newest first, older than `after`."""
    wanted = select(HoldRow).order_by(HoldRow.raised_at.desc(), HoldRow.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(HoldRow.state == state)
    if reason is not None:
        wanted = wanted.where(HoldRow.reason == reason)
    if check is not None:
        wanted = wanted.where(HoldRow.check == check)
    if after is not None:
        older = and_(HoldRow.raised_at == after.at, HoldRow.id < after.id)
        wanted = wanted.where(or_(HoldRow.raised_at < after.at, older))
    return (await session.scalars(wanted)).all()


async def _place(session: Session, reason: HoldReason, subject: Subject, at: datetime) -> Place:
    kind = await facility_kind(session)
    check = await session.get(CheckRow, subject.check) if subject.check is not None else None
    if check is None:
        return place_of_entry(kind, reason, device=subject.device, at=at)
    return place_of_check(kind, reason, {name: getattr(check, name) for name in CheckRow.__mapper__.columns.keys()})  # noqa: SIM118


async def _audit(
    session: Session, row: HoldRow, present: HoldState | None, actor: str, at: datetime, because: str | None = None
) -> None:
    if present is row.state:
        return
    details = {
        "from": present.value if present else None,
        "to": row.state.value,
        "reason": row.reason.value,
        "check": row.check,
        "entry": row.entry,
    }
    if because is not None:
        details["because"] = because
    await audit.append(session, actor, "hold_state", "hold", row.id, details, at)


async def _settle(session: Session, check: str | None, *, actor: str, at: datetime) -> None:
    row = await session.get(CheckRow, check) if check is not None else None
    if row is not None:
        await settle(session, row, actor=actor, at=at)
