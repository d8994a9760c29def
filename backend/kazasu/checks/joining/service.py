"""Who was met on a day, which checks are joined, and moving what a visit has only once: its inquiry and its answer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import and_, or_, select

from kazasu import audit
from kazasu.checks.models import CheckRow, VisitDecisionRow, VisitJoinRow
from kazasu.checks.state import CheckState
from kazasu.db import Session, new_id
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.state import OPEN, InquiryState
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.rules.same_visit import Why

__all__ = [
    "add_decision", "add_join", "asked_among", "decided_pairs", "end_join", "find_met", "joins_into", "joins_of",
    "met_on", "move_answer_holds", "move_inquiries",
]  # fmt: skip

_JOINED = "visit_joined"


async def met_on(session: Session, check: CheckRow) -> Sequence[CheckRow]:
    """Every check of that day of the same patient, or of the same card, this one among them; taken-back ones not."""
    same = [CheckRow.id == check.id]
    if check.patient is not None:
        same.append(CheckRow.patient == check.patient)
    if check.certificate is not None:
        same.append(CheckRow.certificate == check.certificate)
    found = await session.scalars(
        select(CheckRow)
        .where(or_(*same), CheckRow.checked_on == check.checked_on, CheckRow.state != CheckState.VOID)
        .order_by(CheckRow.checked_at, CheckRow.id)
    )
    return found.all()


async def find_met(
    session: Session, *, patients: Collection[str], certificates: Collection[str], since: date, until: date
) -> Sequence[CheckRow]:
    """The checks of these patients or cards on these days: a check of the same person and day may be of their visit."""
    if not patients and not certificates:
        return []
    found = await session.scalars(
        select(CheckRow).where(
            or_(CheckRow.patient.in_(list(patients)), CheckRow.certificate.in_(list(certificates))),
            CheckRow.checked_on >= since,
            CheckRow.checked_on <= until,
            CheckRow.state != CheckState.VOID,
        )
    )
    return found.all()


async def joins_of(session: Session, checks: Iterable[str]) -> Sequence[VisitJoinRow]:
    """The standing joins of these checks, each into another."""
    found = await session.scalars(select(VisitJoinRow).where(VisitJoinRow.standing.in_(list(checks))))
    return found.all()


async def joins_into(session: Session, check: str) -> Sequence[VisitJoinRow]:
    """Every join into a check or of it, parted ones among them, oldest first."""
    found = await session.scalars(
        select(VisitJoinRow)
        .where(or_(VisitJoinRow.into == check, VisitJoinRow.check == check))
        .order_by(VisitJoinRow.joined_at, VisitJoinRow.id)
    )
    return found.all()


async def decided_pairs(session: Session, checks: Collection[str]) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """The pairs that a person called one visit, and those called two; the last word counts."""
    wanted = list(checks)
    found = await session.scalars(
        select(VisitDecisionRow)
        .where(and_(VisitDecisionRow.first.in_(wanted), VisitDecisionRow.second.in_(wanted)))
        .order_by(VisitDecisionRow.decided_at, VisitDecisionRow.id)
    )
    last = {frozenset((row.first, row.second)): row.is_one for row in found}
    return {pair for pair, is_one in last.items() if is_one}, {pair for pair, is_one in last.items() if not is_one}


async def add_decision(
    session: Session, first: str, second: str, *, is_one: bool, reason: str, staff: str, at: datetime
) -> VisitDecisionRow:
    """Keeps who said so and why. Of two decisions of one moment the later row has to be the later: time moves on."""
    last = await session.scalar(
        select(VisitDecisionRow.decided_at)
        .where(VisitDecisionRow.first == first, VisitDecisionRow.second == second)
        .order_by(VisitDecisionRow.decided_at.desc())
        .limit(1)
    )
    if last is not None and last >= at:
        at = last.replace(microsecond=last.microsecond + 1) if last.microsecond < 999_999 else last
    row = VisitDecisionRow(
        id=new_id(), first=first, second=second, is_one=is_one, reason=reason, staff=staff, decided_at=at
    )
    session.add(row)
    await session.flush()
    details = {"first": first, "second": second, "is_one": is_one}
    await audit.append(session, audit.staff_actor(staff), "visit_decided", "visit_decision", row.id, details, at)
    return row


async def add_join(session: Session, member: CheckRow, root: CheckRow, why: Why, *, actor: str, at: datetime) -> None:
    """From here on the check is asked and counted with the root, and its repeats with it."""
    repeats = (await session.scalars(select(CheckRow).where(CheckRow.repeat_of == member.id))).all()
    for repeat in repeats:
        repeat.repeat_of = root.id
    member.repeat_of = root.id
    session.add(
        VisitJoinRow(
            id=new_id(), check=member.id, into=root.id, standing=member.id, why=why.value,
            moved=[repeat.id for repeat in repeats], joined_at=at, parted_at=None, parted_because=None,
        )
    )  # fmt: skip
    await session.flush()
    details = {"into": root.id, "why": why.value}
    await audit.append(session, actor, _JOINED, "check", member.id, details, at)


async def end_join(session: Session, row: VisitJoinRow, *, because: str, actor: str, at: datetime) -> CheckRow:
    """The check stands for itself again, and its repeats with it."""
    member = await session.get_one(CheckRow, row.check)
    member.repeat_of = None
    moved = select(CheckRow).where(CheckRow.id.in_(row.moved), CheckRow.repeat_of == row.into)
    for repeat in (await session.scalars(moved)).all():
        repeat.repeat_of = member.id
    row.standing, row.parted_at, row.parted_because = None, at, because
    await session.flush()
    details = {"into": row.into, "because": because}
    await audit.append(session, actor, "visit_parted", "check", member.id, details, at)
    return member


async def move_inquiries(session: Session, member: CheckRow, root: CheckRow, *, actor: str, at: datetime) -> bool:
    """What was asked for the one is the visit's: moved where the root has not asked by that key itself, else withdrawn.
    True where the answer moved with it."""
    of_root = set(await session.scalars(select(InquiryRow.key).where(InquiryRow.check == root.id)))
    moved = False
    for row in (await session.scalars(select(InquiryRow).where(InquiryRow.check == member.id))).all():
        if row.key not in of_root:
            row.check = root.id
            moved = moved or row.state is InquiryState.ANSWERED
            await session.flush()
            details = {"from": member.id, "to": root.id}
            await audit.append(session, actor, "inquiry_moved", "inquiry", row.id, details, at)
        elif row.state in OPEN:
            present, row.state = row.state, InquiryState.WITHDRAWN
            row.leased_by = row.leased_until = None
            await session.flush()
            about = {"from": present.value, "to": row.state.value, "check": member.id, "key": row.key.value}
            await audit.append(session, actor, "inquiry_state", "inquiry", row.id, about, at)
    return moved


async def asked_among(session: Session, checks: Iterable[str]) -> set[str]:
    """Those of the checks that were asked about, or are being."""
    found = select(InquiryRow.check).where(
        InquiryRow.check.in_(list(checks)), InquiryRow.state != InquiryState.WITHDRAWN
    )
    return {check for check in await session.scalars(found.distinct()) if check is not None}


async def move_answer_holds(
    session: Session, member: CheckRow, root: CheckRow, reasons: Collection[HoldReason], *, actor: str, at: datetime
) -> None:
    """Holds about the answer that moved, decided ones among them, go with it; where the root is held so, it stays."""
    taken = set(
        await session.scalars(select(HoldRow.reason).where(HoldRow.check == root.id, HoldRow.closed_at.is_(None)))
    )
    found = await session.scalars(
        select(HoldRow).where(
            HoldRow.check == member.id, HoldRow.reason.in_(list(reasons)), HoldRow.state != HoldState.RELEASED
        )
    )
    for row in found.all():
        if row.state.is_open and row.reason in taken:
            continue
        row.check = root.id
        if row.open_key is not None:
            row.open_key = f"check:{root.id}:{row.reason}"
        await session.flush()
        details = {"from": member.id, "to": root.id}
        await audit.append(session, actor, "hold_moved", "hold", row.id, details, at)
