"""Until when a hold has to be decided: the claim goes out by the 10th of the month after the visit's. Pure.

[003]: an institution sends its claims for each patient by the 10th of the following month. One thing is more urgent:
while another person is likely, no medical information is shown, and the window in which it may be runs (rules.md 3).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.facility.kind import FacilityKind
from kazasu.rules.claim_route import claims_at_all
from kazasu.rules.say import Say

__all__ = ["CLAIM_DAY", "Deadline", "claim_deadline", "claim_month", "hold_deadline"]

CLAIM_DAY: Final = 10


@dataclass(frozen=True)
class Deadline:
    """The day, still included; None where nothing has to be done by any day."""

    on: date | None
    say: Say
    cites: str


_CLAIM: Final = Say(
    ja="診療した月の翌月10日までに請求するため、その日までに判断してください。",
    en="Decide by the 10th of the month after the visit, when its claim goes out.",
)
_WINDOW: Final = Say(
    ja="判断されるまで医療情報は表示されません。閲覧できる期間がこの日に終わります。",
    en="No medical information is shown until this is decided, and the window in which it may be ends on this day.",
)
_NONE: Final = Say(ja="期限はありません。", en="There is no deadline.")


def claim_month(visit_on: date) -> date:
    """The first day of the month that the visit is claimed for."""
    return visit_on.replace(day=1)


def claim_deadline(visit_on: date) -> date:
    """The last day on which the visit's claim can go out."""
    return date(visit_on.year + visit_on.month // 12, visit_on.month % 12 + 1, CLAIM_DAY)


def hold_deadline(
    kind: FacilityKind, visit_on: date, *, stops_claim: bool, window_closes_on: date | None = None
) -> Deadline:
    """The deadline of a hold on a visit of that day. `window_closes_on`: of a hold that keeps medical information
    closed, the last day of its window, None where that has no end."""
    claim = claim_deadline(visit_on) if stops_claim and claims_at_all(kind) else None
    if window_closes_on is not None and (claim is None or window_closes_on < claim):
        return Deadline(window_closes_on, _WINDOW, "rules.md 3 [001][002]")
    return Deadline(None, _NONE, "rules.md 1") if claim is None else Deadline(claim, _CLAIM, "[003], rules.md 8")
