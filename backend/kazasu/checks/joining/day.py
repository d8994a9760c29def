"""A patient's day judged anew whenever a check comes, is explained, is taken back, or somebody decides. Imports no SQL.

The whole day at once, so that it comes to the same in whatever order devices sync. Joined checks keep their entries,
proofs, consents and assurance; what a visit has once is the inquiry, the answer and its place in counts and claims,
and that is with its first check, or with the one that went out already.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

import msgspec

from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.joining.service import (
    add_decision,
    add_join,
    asked_among,
    decided_pairs,
    end_join,
    joins_into,
    joins_of,
    met_on,
    move_answer_holds,
    move_inquiries,
)
from kazasu.checks.models import CheckRow
from kazasu.checks.service import attributes_of, find_check, sealed_attributes
from kazasu.checks.standing import settle
from kazasu.checks.state import CheckState
from kazasu.context import Context
from kazasu.db import Session
from kazasu.exports.standing import exported_among, is_exported
from kazasu.gateway import Answer
from kazasu.inquiries.listed import latest_answer
from kazasu.problems import ProblemError
from kazasu.reconciliation.comparing import hold_differences
from kazasu.reconciliation.placing import weigh
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import (
    Subject,
    follow_patient,
    holds_for,
    open_holds_of_many,
    raise_hold,
    release,
    release_one,
)
from kazasu.reconciliation.state import HoldState
from kazasu.rules.same_visit import Day, Meeting, Why, judge_day, judge_pair
from kazasu.sync.feed import publish

__all__ = ["decide_visit", "join_day", "meeting_of", "part_voided"]

_ASKING = (HoldReason.CANNOT_BE_ASKED, HoldReason.NOT_KNOWN_FOR_MOBILE, HoldReason.DOCUMENT_NUMBER_NOT_VALID)
_ANSWER = (
    *(reason for reason in HoldReason if reason.value.startswith("answer_")),
    HoldReason.EXPORTED_ANSWER_CHANGED,
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Met:
    """The day's checks that may be joined, by id."""

    rows: dict[str, CheckRow]
    together: set[frozenset[str]]
    apart: set[frozenset[str]]


async def join_day(session: Session, context: Context, check: CheckRow, *, actor: str, at: datetime) -> None:
    """Joins and parts what belongs together on the check's day; every visit, joined or not, is asked about once."""
    rows = await met_on(session, check)
    changed = {check.id, check.repeat_of}
    if len(rows) > 1:
        changed |= await _join(session, context, rows, actor=actor, at=at)
    else:
        rows = [check]
    asked = await asked_among(session, [row.id for row in rows])
    for root in rows:
        if root.repeat_of is not None:
            continue
        if root.id not in asked:
            await ask_about(session, context, root, actor=actor, at=at)
            changed.add(root.id)
        if len(rows) > 1 and root.id in changed:
            await settle(session, root, actor=actor, at=at)
    if len(rows) > 1:
        await weigh(session, [(row.patient, row.checked_on) for row in rows])


async def part_voided(session: Session, check: CheckRow, *, actor: str, at: datetime) -> list[CheckRow]:
    """A check of a visit is taken back: the others stand for themselves until the day is judged again."""
    parted = []
    for row in await joins_into(session, check.id):
        if row.standing is not None:
            parted.append(await end_join(session, row, because="void", actor=actor, at=at))
    await _forget_moved_answers(session, parted)
    return [member for member in parted if member.state is not CheckState.VOID]


async def decide_visit(
    session: Session, context: Context, check: str, other: str, *, is_one: bool, reason: str, staff: str
) -> None:
    """A person says that two checks are one visit, or two. Problems `not-found`, `request-not-valid` where they are not
    of one person and day, `decision-exported` where what went out would not stand."""
    at = context.clock.now()
    found = [await _own(session, id_) for id_ in (check, other)]
    one, two = found
    if one is None or two is None:
        raise ProblemError("not-found")
    met = {row.id for row in await met_on(session, one)}
    if two.id not in met or one.id == two.id:
        raise ProblemError("request-not-valid", errors=[{"field": "other", "message": "not of this person and day"}])
    roots = {one.repeat_of or one.id, two.repeat_of or two.id}
    out = [root for root in roots if await is_exported(session, root)]
    # Two that went out both cannot become one behind their backs; one that went out as one cannot become two.
    if (is_one and len(out) > 1) or (not is_one and len(roots) == 1 and out):
        raise ProblemError("decision-exported")
    first, second = sorted((one, two), key=lambda row: (row.checked_at, row.id))
    await add_decision(session, first.id, second.id, is_one=is_one, reason=reason, staff=staff, at=at)
    await join_day(session, context, one, actor=audit.staff_actor(staff), at=at)


def meeting_of(row: CheckRow) -> Meeting:
    """The check as the rule looks at it."""
    return Meeting(
        row.id, row.checked_on, row.checked_at, row.setting, row.check_type, row.device, row.staff, row.visit
    )


async def _join(
    session: Session, context: Context, rows: Sequence[CheckRow], *, actor: str, at: datetime
) -> set[str | None]:
    """The checks that something was changed about, and those that they are or were joined into."""
    joined = {row.check: row for row in await joins_of(session, [row.id for row in rows])}
    met = await _met(session, rows, set(joined))
    day = judge_day([meeting_of(row) for row in met.rows.values()], together=met.together, apart=met.apart)
    wanted = await _roots(session, day)
    asked_anew = []
    changed: set[str | None] = set()
    for member, join in joined.items():
        if wanted.get(member) != join.into:
            changed |= {member, join.into}
            parted = await end_join(session, join, because="judged_again", actor=actor, at=at)
            if member not in wanted:
                asked_anew.append(parted)
    for member, root in sorted(wanted.items()):
        if member not in joined or joined[member].standing is None:
            await _add(session, context, met, member, root, actor=actor, at=at)
            changed |= {member, root}
    await _forget_moved_answers(session, asked_anew)
    await _hold_unclear(session, met, day, wanted, at=at)
    return changed


async def _forget_moved_answers(session: Session, parted: Sequence[CheckRow]) -> None:
    """An answer that is with the visit is not the parted check's any more: it is asked about for itself."""
    asked = await asked_among(session, [one.id for one in parted]) if parted else set()
    for one in parted:
        if one.id not in asked:
            one.result = one.is_simulated = None


async def _met(session: Session, rows: Sequence[CheckRow], joined: set[str]) -> _Met:
    """Without repeats of the same touch, and without those whose person or right is in doubt."""
    holds = await open_holds_of_many(session, [row.id for row in rows])
    doubtful = {hold.check for hold in holds if REASONS[hold.reason].stops_asking}
    able = {row.id: row for row in rows if row.id not in doubtful and (row.repeat_of is None or row.id in joined)}
    together, apart = await decided_pairs(session, list(able))
    return _Met(able, together, apart)


async def _roots(session: Session, day: Day) -> dict[str, str]:
    """By member, the check that its visit is asked and counted with: the first, or what went out already."""
    wanted: dict[str, str] = {}
    joined = [visit for visit in day.visits if len(visit) > 1]
    exported = await exported_among(session, [one for visit in joined for one in visit]) if joined else set()
    for visit in joined:
        out = [one for one in visit if one in exported]
        root = out[0] if out else visit[0]
        wanted.update({one: root for one in visit if one != root and one not in out})
    return wanted


async def _add(
    session: Session, context: Context, met: _Met, member_id: str, root_id: str, *, actor: str, at: datetime
) -> None:
    member, root = met.rows[member_id], met.rows[root_id]
    is_decided = frozenset((member_id, root_id)) in met.together
    why = Why.DECIDED if is_decided else judge_pair(meeting_of(member), meeting_of(root)).why
    await add_join(session, member, root, why, actor=actor, at=at)
    await _fill(session, context, root, member)
    if await move_inquiries(session, member, root, actor=actor, at=at):
        root.result, root.is_simulated = member.result, member.is_simulated
        await move_answer_holds(session, member, root, _ANSWER, actor=actor, at=at)
    await release(session, (*_ASKING, *_ANSWER), check=member.id, because="joined", at=at)
    if root.result is not None:
        await hold_differences(session, context, root, at=at)
    await _tell(session, root, member, at=at)


async def _fill(session: Session, context: Context, root: CheckRow, member: CheckRow) -> None:
    """What the one has and the other lacks serves the inquiry that both have; nothing is overwritten."""
    storage = context.keys.storage
    if root.attributes is None and member.attributes is not None:
        root.attributes = sealed_attributes(storage, root.id, attributes_of(storage, member))
    await session.flush()
    if root.patient is None and member.patient is not None:
        root.patient = member.patient
        await follow_patient(session, root)


async def _tell(session: Session, root: CheckRow, member: CheckRow, *, at: datetime) -> None:
    """The other device gets the answer that is there already."""
    from kazasu.inquiries.answering import feed_data

    found = await latest_answer(session, root.id)
    if found is None:
        return
    answer = msgspec.convert(found.content, Answer)
    for one in (root, member):
        await publish(session, one.device, "answer", feed_data(one.id, answer), at=at)


async def _hold_unclear(session: Session, met: _Met, day: Day, wanted: dict[str, str], *, at: datetime) -> None:
    """A pair that a person has to look at is noted at the later visit, once for the visit closest before it."""
    about: dict[str, str] = {}
    for earlier, later in day.unclear:
        first, second = wanted.get(earlier, earlier), wanted.get(later, later)
        if first != second:
            about[second] = first
    holds = await holds_for(session, met.rows, HoldReason.PERHAPS_ONE_VISIT)
    for row in met.rows.values():
        held = holds.get(row.id, ())
        evidence = {"with": about[row.id], "why": Why.SOME_TIME_APART.value} if row.id in about else None
        for hold in held:
            if hold.state.is_open and hold.evidence != evidence:
                await release_one(session, hold, because="judged_again", at=at)
        known = [hold for hold in held if hold.state is not HoldState.RELEASED and hold.evidence == evidence]
        if evidence is not None and not known:
            subject = Subject(check=row.id, visit=row.visit, device=row.device)
            await raise_hold(session, HoldReason.PERHAPS_ONE_VISIT, subject, evidence=evidence, at=at)


async def _own(session: Session, check: str) -> CheckRow | None:
    """The check itself, or the one whose touch it repeats."""
    row = await find_check(session, check)
    if row is None or row.repeat_of is None or await joins_of(session, [row.id]):
        return row
    return await find_check(session, row.repeat_of)
