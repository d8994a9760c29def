"""Problems as the server tells them (RFC 9457), and what a device needs of them.

Imports no transport and no storage.
"""

from typing import Final

from checksync.encoding import MalformedError, Record, decode, encode

PREFIX: Final = "urn:kazasu:problem:"


class Problem(Record, frozen=True, kw_only=True):
    """The members that the push client acts on; others may stand beside them."""

    type: str
    title: str | None = None
    status: int | None = None
    detail: str | None = None
    expected: int | None = None
    statement: str | None = None
    reason: str | None = None
    limit: int | None = None
    answers: str | None = None

    @property
    def name(self) -> str | None:
        """The name in our registry; None for anyone else's problem."""
        return self.type.removeprefix(PREFIX) if self.type.startswith(PREFIX) else None


def decode_problem(octets: bytes) -> Problem | None:
    """None where the octets are no problem document: a proxy answers with a page of its own."""
    try:
        return decode(octets, Problem, "problem")
    except MalformedError:
        return None


def encode_problem(problem: Problem) -> bytes:
    return encode(problem)


def name_of_status(status: int) -> str:
    """What an answer without a problem of ours comes to: mostly a proxy's before the server."""
    if status in {429, 503}:
        return "server-busy"
    return "server-error" if status >= 500 else "unexpected-answer"
