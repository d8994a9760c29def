"""The states of a hold. Pure."""

from enum import StrEnum

__all__ = ["HoldState"]


class HoldState(StrEnum):
    """`waiting` is open still: a person asked the patient or the insurer and waits for what they say."""

    OPEN = "open"
    WAITING = "waiting"
    DECIDED = "decided"
    RELEASED = "released"

    @property
    def is_open(self) -> bool:
        """Whether the check is held by it."""
        return self in (HoldState.OPEN, HoldState.WAITING)
