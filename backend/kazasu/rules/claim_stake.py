"""How much hangs on a claim, in tenths of a visit's charge. Pure.

No amounts are known here, so this is a measure and no money: all visits of one patient in one month go out on one claim
and wait for each other. Of each visit the part hangs on the claim that the patient has not paid at the window (rules.md
6): seven tenths at a share of 30 %, nine at 10 %. Where the full charge was taken nothing is owed to the clinic, but
everything to the patient, so all ten count. A share that is not known counts as 30 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["USUAL_SHARE", "VisitAtStake", "tenths_at_stake"]

USUAL_SHARE: Final = 30


@dataclass(frozen=True, slots=True)
class VisitAtStake:
    """One visit of the claim; `share` is the patient's part in percent, None where it is not known."""

    share: int | None = None
    full_charge: bool = False


def tenths_at_stake(visits: Iterable[VisitAtStake]) -> int:
    """The sum over the claim's visits."""
    return sum(10 if visit.full_charge else 10 - _share(visit.share) // 10 for visit in visits)


def _share(share: int | None) -> int:
    return share if share is not None and 0 <= share <= 100 else USUAL_SHARE
