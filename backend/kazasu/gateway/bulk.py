"""The port for what is asked of many at once (一括照会) and fetched later: facts/oqs.md 1.4, 1.5, 2. Pure values.

Two steps: what is sent is answered by a reception number at once; the result is fetched by that number, as often as it
says that it is still being worked on. Each person of it has an answer or an error of their own.
"""

from datetime import date
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from kazasu.gateway.answer import Answer
from kazasu.gateway.port import Gateway, NumberAsked

__all__ = [
    "BulkGateway",
    "BulkKind",
    "BulkRequest",
    "BulkResult",
    "BulkUnit",
    "BulkUnitAsked",
    "Segment",
]


class BulkKind(StrEnum):
    """What is asked. `before_visit` is the bulk inquiry by insured numbers; `re_inquiry` the same for continuing home
    visits, on the strength of the first consent (treatment flag 2). `home_consents` names nobody: it fetches the
    consents to home visits that patients registered on a day on the government's own page or app (OQSmuhvq)."""

    BEFORE_VISIT = "before_visit"
    RE_INQUIRY = "re_inquiry"
    HOME_CONSENTS = "home_consents"

    @property
    def names_persons(self) -> bool:
        """Whether the request says about whom it is."""
        return self is not BulkKind.HOME_CONSENTS

    @property
    def goes_by_consent(self) -> bool:
        """Whether the first consent carries over, so that the answer may say what it opens."""
        return self is BulkKind.RE_INQUIRY


class Segment(StrEnum):
    """`SegmentOfResult` of a bulk result: 1, 2 and 9."""

    DONE = "done"
    WORKING = "working"
    FAILED = "failed"


class _Private(msgspec.Struct, frozen=True, kw_only=True):
    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class BulkUnitAsked(_Private, frozen=True, kw_only=True):
    """One person. `identifier` (the interface's `ArbitraryIdentifier`) is ours: by it the unit finds back."""

    identifier: str
    number: NumberAsked
    limit_amount_consent: bool = False
    consents: tuple[str, ...] = ()
    """Kinds of medical information whose first consent holds; for `re_inquiry` alone."""


class BulkRequest(_Private, frozen=True, kw_only=True):
    """Many persons for one day; for `home_consents` none, and `asked_for` is the day of the consents. `identifier` is
    the file's; sending the same again is harmless."""

    identifier: str
    kind: BulkKind
    asked_for: date
    units: tuple[BulkUnitAsked, ...]


class BulkUnit(_Private, frozen=True, kw_only=True):
    """One person's result; `answer` None where the system could not process this one, `code` then says why.

    `identifier` is ours as it was sent; of a consent, which nobody asked about, it is empty.
    """

    identifier: str
    answer: Answer | None
    code: str = ""


class BulkResult(_Private, frozen=True, kw_only=True):
    """What lies under a reception number. Counts as the system itself gives them."""

    segment: Segment
    processed: int = 0
    normal: int = 0
    errors: int = 0
    units: tuple[BulkUnit, ...] = ()
    code: str = ""


@runtime_checkable
class BulkGateway(Gateway, Protocol):
    """A gateway that also takes many at once."""

    bulk_kinds: frozenset[BulkKind]
    bulk_limit: int
    """The most persons that one request may have."""

    async def send_bulk(self, request: BulkRequest) -> str:
        """The reception number; `GatewayUnavailableError` where none came."""
        ...

    async def fetch_bulk(self, reception_number: str) -> BulkResult:
        """What has become of it; `GatewayUnavailableError` where nothing answered."""
        ...
