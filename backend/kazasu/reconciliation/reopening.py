"""A later answer against the decisions that stand: those that it leaves as they are, and those that it opens again.

A decision stands on the answer of its day. Asked again and answered the same, nothing is raised anew and nobody is
bothered; answered otherwise, the hold opens by itself. What went out already stays out, and is held for that. No SQL.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.db import Session
from kazasu.exports.standing import is_exported
from kazasu.gateway import Answer, Result
from kazasu.inquiries.listed import find_answer
from kazasu.reconciliation.decided import mark_undone, standing_decisions
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, holds_of, raise_hold, release_one, reopen
from kazasu.reconciliation.state import HoldState

__all__ = ["ANSWER_CHANGED", "follow_answer", "reopen_decided", "same_facts"]

ANSWER_CHANGED = "answer_changed"
_ABOUT_THE_ANSWER = frozenset(
    {
        HoldReason.CANNOT_BE_ASKED,
        HoldReason.NOT_KNOWN_FOR_MOBILE,
        HoldReason.DOCUMENT_NUMBER_NOT_VALID,
        HoldReason.CONSENT_NOT_FOUND,
        HoldReason.CONSENT_SEVERAL_MATCH,
        HoldReason.ANSWER_INVALID,
        HoldReason.ANSWER_INVALID_NEWER_EXISTS,
        HoldReason.ANSWER_NOT_FOUND,
        HoldReason.ANSWER_SEVERAL_MATCH,
        HoldReason.ANSWER_REFUSED,
        HoldReason.ANSWER_WITHOUT_QUALIFICATION,
    }
)
_FACTS = (
    "kind", "insurer_number", "symbol", "number", "branch", "name", "name_kana", "birth_date", "sex", "qualified_on",
    "disqualified_on", "valid_from", "valid_until", "share", "reason_of_loss",
)  # fmt: skip


def same_facts(before: Answer | None, after: Answer) -> bool:
    """Whether two answers come to the same for a claim: result, person, number, from when until when, share."""
    return before is not None and _facts(before) == _facts(after)


async def follow_answer(
    session: Session, check: CheckRow, before: Answer | None, answer: Answer, reason: HoldReason | None, *, at: datetime
) -> bool:
    """Called with a new answer before anything is raised for it. `reason`: for what it is held, None where it is clean.
    True where a decision about that very reason stands on the same facts: then it is not raised again."""
    stands = False
    if before is not None and not same_facts(before, answer) and await is_exported(session, check.id):
        await _hold_exported(session, check, at=at)
    for hold in await holds_of(session, check.id):
        if hold.state is not HoldState.DECIDED or hold.reason not in _ABOUT_THE_ANSWER:
            continue
        made = await standing_decisions(session, hold.id)
        if not made:
            continue
        found = await find_answer(session, made[-1].answer) if made[-1].answer is not None else None
        before = msgspec.convert(found.content, Answer) if found is not None else None
        if same_facts(before, answer):
            stands = stands or hold.reason is reason
            continue
        proposal = Decision.CURRENT_QUALIFICATION if answer.result is Result.VALID else None
        evidence = {"result": answer.result.value, "code": answer.code, "simulated": answer.simulated}
        if not await reopen_decided(session, check, hold, evidence=evidence, proposal=proposal, at=at):
            stands = stands or hold.reason is reason
        elif reason is not None and reason is not hold.reason:
            # Another reason says now what there is to decide; two would say it twice.
            await release_one(session, hold, because=ANSWER_CHANGED, at=at)
    return stands


async def reopen_decided(
    session: Session,
    check: CheckRow,
    hold: HoldRow,
    *,
    evidence: Mapping[str, object],
    at: datetime,
    proposal: Decision | None = None,
) -> bool:
    """Opens a decided hold on the facts of now. False where the check is out in a batch: what went out is not decided
    anew behind its back, so that is what is held."""
    if await is_exported(session, check.id):
        await _hold_exported(session, check, at=at)
        return False
    for made in await standing_decisions(session, hold.id):
        await mark_undone(session, made, staff=None, because=ANSWER_CHANGED, actor=audit.SYSTEM, at=at)
    await reopen(session, hold, because=ANSWER_CHANGED, actor=audit.SYSTEM, at=at, evidence=evidence, proposal=proposal)
    return True


async def _hold_exported(session: Session, check: CheckRow, *, at: datetime) -> None:
    subject = Subject(check=check.id, device=check.device)
    evidence = {"result": check.result.value if check.result else None}
    await raise_hold(session, HoldReason.EXPORTED_ANSWER_CHANGED, subject, evidence=evidence, at=at)


def _facts(answer: Answer) -> tuple[object, ...]:
    shown = sorted(tuple(str(getattr(one, name)).strip() for name in _FACTS) for one in answer.qualifications)
    elderly = sorted(one.elderly.share for one in answer.qualifications if one.elderly is not None)
    return answer.result, tuple(shown), tuple(elderly)
