"""The columns by which a hold is ordered and filtered, worked out when it is raised. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from kazasu.clock import day_in_japan
from kazasu.facility.kind import FacilityKind
from kazasu.reconciliation.reason import REASONS, HoldReason, Severity
from kazasu.rules.claim_deadline import claim_month, hold_deadline
from kazasu.rules.claim_stake import VisitAtStake, tenths_at_stake
from kazasu.rules.consent_window import Window, window_of

__all__ = ["NO_DEADLINE", "Place", "place_of_check", "place_of_entry"]

NO_DEADLINE: Final = date(9999, 12, 31)
"""Kept where there is none, so that one index orders all."""
_ONE_VISIT: Final = tenths_at_stake([VisitAtStake()])


@dataclass(frozen=True, slots=True)
class Place:
    """Columns of a hold's row. `rank` is what hangs on it, negated: ascending order begins with the most."""

    severity: Severity
    deadline: date
    rank: int
    month: date
    patient: str | None
    staff: str | None
    device: str | None


def place_of_check(kind: FacilityKind, reason: HoldReason, check: Mapping[str, Any]) -> Place:
    """Of a hold on a check, by the columns of its row. What hangs on it counts one visit until it is weighed."""
    closes_on = _window_closes_on(check) if reason is HoldReason.OTHER_PERSON else None
    deadline = hold_deadline(kind, check["checked_on"], stops_claim=True, window_closes_on=closes_on)
    return Place(
        severity=REASONS[reason].severity,
        deadline=deadline.on or NO_DEADLINE,
        rank=-_ONE_VISIT,
        month=claim_month(check["checked_on"]),
        patient=check["patient"],
        staff=check["staff"],
        device=check["device"],
    )


def place_of_entry(kind: FacilityKind, reason: HoldReason, *, device: str | None, at: datetime) -> Place:
    """Of a hold on an entry or a log: what it holds is not known, and may be one visit, of about that day."""
    severity = REASONS[reason].severity
    stops_claim = severity is not Severity.NOTICE
    day = day_in_japan(at)
    return Place(
        severity=severity,
        deadline=hold_deadline(kind, day, stops_claim=stops_claim).on or NO_DEADLINE,
        rank=-_ONE_VISIT if stops_claim else 0,
        month=claim_month(day),
        patient=None,
        staff=None,
        device=device,
    )


def _window_closes_on(check: Mapping[str, Any]) -> date | None:
    if check["certificate_state"] is None:
        return None
    window = window_of(
        check["check_type"], check["setting"], check["certificate_state"], check["checked_at"], check["checked_on"]
    )
    return day_in_japan(window.closes_at) if isinstance(window, Window) and window.closes_at is not None else None
