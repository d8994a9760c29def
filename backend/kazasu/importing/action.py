"""What becomes of a line of a file that is to be taken over."""

from enum import StrEnum

import msgspec

__all__ = ["Action", "Change"]


class Action(StrEnum):
    """What becomes of a line."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    """All of it is on file already."""
    REPEATED = "repeated"
    """A line before says the same."""
    REFUSED = "refused"


class Change(msgspec.Struct, frozen=True):
    """One field that would be written over, with both values."""

    field: str
    before: str
    after: str

    def __repr__(self) -> str:
        return f"<Change {self.field}>"
