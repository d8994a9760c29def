"""When a declaration is destroyed: facts/rules.md section 7, "promptly when the claim and payment work is done". Pure.

The sources name no number of days. Ours: the claim's month is that in which it goes out, at the earliest the month
after the visit's; so many whole months after it (the facility's setting, 2 unless it says otherwise) belong to payment
and to a claim that comes back, and with their end the declaration goes. What is never claimed needs none any longer.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.say import Say

__all__ = ["CITES", "DEFAULT_MONTHS", "ClaimWork", "DeclarationEnd", "EndWhy", "declaration_end"]

CITES: Final = "rules.md 7 [001][002]"
DEFAULT_MONTHS: Final = 2


class EndWhy(StrEnum):
    """What decides."""

    CLAIMED = "claimed"
    DONE = "done"
    """A person said that the claim work is done."""
    VOID = "void"
    """The check was taken back."""
    WAITING = "waiting"
    """It is still needed, or nobody said that it is not."""


@dataclass(frozen=True, kw_only=True)
class ClaimWork:
    """How far the claim of a declaration's visit is."""

    visited_on: date
    claimed_on: date | None = None
    """The day of the batch that stands; None where none does."""
    done_on: date | None = None
    """The day on which a person said that the work is done."""
    void_on: date | None = None


@dataclass(frozen=True)
class DeclarationEnd:
    """The day on which it is due to be destroyed (None: not yet known), and why."""

    day: date | None
    why: EndWhy
    say: Say
    cites: str = CITES

    def is_due(self, today: date) -> bool:
        return self.day is not None and self.day <= today


def declaration_end(work: ClaimWork, months: int) -> DeclarationEnd:
    """The first of these that is there: a person's word, the check taken back, the claim that went out."""
    if work.done_on is not None:
        return DeclarationEnd(work.done_on, EndWhy.DONE, _SAY[EndWhy.DONE])
    if work.void_on is not None:
        return DeclarationEnd(work.void_on, EndWhy.VOID, _SAY[EndWhy.VOID])
    if work.claimed_on is None:
        return DeclarationEnd(None, EndWhy.WAITING, _SAY[EndWhy.WAITING])
    claim_month = max(_months_later(work.visited_on, 1), _months_later(work.claimed_on, 0))
    day = _months_later(claim_month, months + 1)
    say = Say(
        ja=f"請求月（{claim_month:%Y年%m月}）のあと{months}か月で、支払と返戻の事務を終えたものとして廃棄します。",
        en=f"Destroyed {months} whole months after the claim's month ({claim_month:%Y-%m}), when payment and returns"
        " are taken to be done.",
    )
    return DeclarationEnd(day, EndWhy.CLAIMED, say)


def _months_later(day: date, months: int) -> date:
    """The first day of the month so many months after the day's."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


_SAY: Final = {
    EndWhy.DONE: Say(
        ja="請求・支払の事務を終えたと職員が記録したため、廃棄します。",
        en="Destroyed, because a staff member recorded that the claim and payment work is done.",
    ),
    EndWhy.VOID: Say(
        ja="確認が取り消され、請求に使うことがないため、廃棄します。",
        en="Destroyed, because the check was taken back and no claim will need it.",
    ),
    EndWhy.WAITING: Say(
        ja="請求がまだ出ていません。請求しないときは、事務の終了を記録してください。",
        en="The claim has not gone out. If none will, record that the work is done.",
    ),
}
