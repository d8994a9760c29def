"""Cursors of lists that are read page by page: where the last page ended, by time and id. Pure."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from kazasu.problems import ProblemError

__all__ = ["LARGEST_NUMBER", "LARGEST_PAGE", "Keyset"]

LARGEST_PAGE = 200
LARGEST_NUMBER = 2**63 - 1
"""Of a row; the database would not take a larger one."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """The last row of a page."""

    at: datetime
    id: str

    def cursor(self) -> str:
        """What the client hands back to go on."""
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def of(cls, cursor: str | None) -> "Keyset | None":
        """The place that a cursor names, None for the first page; problem `request-not-valid` else."""
        if cursor is None:
            return None
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8")
            at, _, row = text.partition("|")
            moment = datetime.fromisoformat(at)
        except (binascii.Error, ValueError):
            raise _not_a_cursor() from None
        if moment.tzinfo is None or not row:
            raise _not_a_cursor()
        return cls(moment, row)


def _not_a_cursor() -> ProblemError:
    return ProblemError("request-not-valid", errors=[{"field": "after", "message": "not a cursor of this list"}])
