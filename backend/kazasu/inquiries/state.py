"""The states of an inquiry, and how long it waits after a failure. Pure."""

from enum import StrEnum
from typing import Final

__all__ = ["LONGEST_WAIT_S", "OPEN", "InquiryState", "back_off_s"]

_FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0


class InquiryState(StrEnum):
    """Where an inquiry stands.

    `asked` is due; `waiting` waits for a person, or for a gateway to be set up; `failed_due_again` is due at a later
    time, for ever; `withdrawn` ends with its check being void, or answered by another road.
    """

    ASKED = "asked"
    WAITING = "waiting"
    ANSWERED = "answered"
    FAILED_DUE_AGAIN = "failed_due_again"
    WITHDRAWN = "withdrawn"


OPEN: Final = (InquiryState.ASKED, InquiryState.WAITING, InquiryState.FAILED_DUE_AGAIN)
"""An answer is still to come."""


def back_off_s(attempts: int, hint_s: float | None) -> float:
    """Seconds until the next attempt: doubling from five to fifteen minutes, never sooner than was hinted."""
    wait = min(_FIRST_WAIT_S * 2.0 ** min(max(attempts - 1, 0), 20), LONGEST_WAIT_S)
    return max(wait, hint_s or 0.0)
