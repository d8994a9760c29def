"""Where a page of the worklist ended. Pure."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.problems import ProblemError

__all__ = ["WorkPlace"]

_LARGEST: Final = 2**31
"""No claim weighs as much; a number beyond this is no cursor of ours, and no database takes any."""


@dataclass(frozen=True, slots=True)
class WorkPlace:
    """The last row of a page, by the three columns of the order."""

    deadline: date
    rank: int
    id: str

    def cursor(self) -> str:
        """What the client hands back to go on."""
        text = f"{self.deadline.isoformat()}|{self.rank}|{self.id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def of(cls, cursor: str | None) -> "WorkPlace | None":
        """The place that a cursor names, None for the first page; problem `request-not-valid` else."""
        if cursor is None:
            return None
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8")
            deadline, rank, row = text.split("|")
            place = cls(date.fromisoformat(deadline), int(rank), row)
            if abs(place.rank) > _LARGEST or "\x00" in row:
                raise ValueError
            return place
        except (binascii.Error, ValueError):
            errors = [{"field": "after", "message": "not a cursor of this list"}]
            raise ProblemError("request-not-valid", errors=errors) from None
