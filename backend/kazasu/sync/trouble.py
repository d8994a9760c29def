"""What the office has to hear of a log: a fork, a gap, a push that does not verify. Imports no SQL."""

from datetime import datetime

from checksync import Fork, GapAccepted, GapJudgement, PushJudgement, Refused
from kazasu.db import Session
from kazasu.devices import Device
from kazasu.journal import JournalKind
from kazasu.journal.service import marked_subjects
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, raise_hold

__all__ = ["hold_trouble"]

_MOST_NUMBERS = 500


async def hold_trouble(
    session: Session, device: Device, log: str, judgement: PushJudgement | GapJudgement, at: datetime
) -> None:
    """Raises the hold that a judgement calls for, in the push's own transaction; each trouble once while it is open."""
    match judgement:
        case Fork():
            evidence = {"log": log, "device": device.id, "at": judgement.at}
            await raise_hold(session, HoldReason.LOG_FORKED, Subject(log=log), evidence=evidence, at=at)
        case GapAccepted(is_known=False) if await _is_destroyed(session, judgement):
            # A restored server asks for what was destroyed before; the device has it no more either, as it should be.
            pass
        case GapAccepted(is_known=False):
            evidence = {
                "log": log,
                "device": device.id,
                "from": judgement.from_number,
                "to": judgement.to_number,
                "why": judgement.statement.why,
            }
            subject = Subject(log=log, place=str(judgement.from_number))
            await raise_hold(session, HoldReason.LOG_GAP, subject, evidence=evidence, at=at)
        case Refused():
            evidence = {"log": log, "device": device.id, "why": judgement.reason}
            # By device and reason: the log's name is what somebody put into a URL.
            subject = Subject(log=device.id, place=judgement.reason)
            await raise_hold(session, HoldReason.PUSH_REFUSED, subject, evidence=evidence, at=at)
        case _:
            pass


async def _is_destroyed(session: Session, gap: GapAccepted) -> bool:
    """Whether the journal knows every number of the gap as destroyed."""
    numbers = range(gap.from_number, gap.to_number + 1)
    if gap.statement.why != "destroyed" or len(numbers) > _MOST_NUMBERS:
        return False
    subjects = [f"{gap.log}:{number}" for number in numbers]
    return len(await marked_subjects(session, JournalKind.ENTRY_DESTROYED, subjects)) == len(subjects)
