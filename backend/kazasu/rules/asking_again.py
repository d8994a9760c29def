"""When an answer may have changed and is asked for again before the claim goes out: rules.md sections 4 and 8. Pure.

An insurer registers a new qualification within 5 days of the notice and within 10 days of the change. So an answer that
showed a lost qualification, or none, is asked for again 5 and 10 days after the visit (our reading: the change was not
after the visit), and once more on the last day before the claim. A newer qualification that exists already has to be
asked of the patient: the number that is known would only say so again. By insured number alone, for the claim alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from kazasu.rules.claim_deadline import claim_deadline
from kazasu.rules.say import Say

__all__ = ["AskAgain", "Unsettled", "ask_again", "days_to_ask"]

_LAGS: Final = (timedelta(days=5), timedelta(days=10))


class Unsettled(StrEnum):
    """The answers that time may change."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class AskAgain:
    """That it is due, since which day, and why."""

    since: date
    say: Say
    cites: str = "rules.md 4, 8 [001]"


_LAG: Final = Say(
    ja="保険者の登録（届出から5日・変更から10日以内）が済んでいる可能性があるため、請求のためにもう一度照会します。",
    en="The insurer may have registered since (5 days from notice, 10 from change); asked again for the claim.",
)
_LAST: Final = Say(
    ja="請求期限の前日のため、請求のために最後にもう一度照会します。",
    en="The day before the claim's deadline: asked once more for the claim.",
)


def days_to_ask(visit_on: date) -> tuple[date, ...]:
    """The days on which such an answer is asked for again, in order; none after the claim's deadline."""
    last = claim_deadline(visit_on) - timedelta(days=1)
    return tuple(sorted({*(visit_on + lag for lag in _LAGS if visit_on + lag < last), last}))


def ask_again(visit_on: date, answered_on: date, today: date) -> AskAgain | None:
    """Whether an unsettled answer of that day is asked for again today; None where it is not due, or too late."""
    if today > claim_deadline(visit_on):
        return None
    due = [day for day in days_to_ask(visit_on) if answered_on < day <= today]
    if not due:
        return None
    return AskAgain(due[-1], _LAST if due[-1] == claim_deadline(visit_on) - timedelta(days=1) else _LAG)
