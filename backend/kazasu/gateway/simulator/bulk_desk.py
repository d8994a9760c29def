"""The simulator's side of the two-step bulk inquiry: takes a request, works on it for a while, hands the result out.

In memory: a reception number of a process that is gone is not known any more, and its result has failed.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from kazasu.gateway.answer import Answer, Result
from kazasu.gateway.bulk import BulkKind, BulkRequest, BulkResult, BulkUnit, Segment
from kazasu.gateway.port import InquiryRequest
from kazasu.rules import CheckType, InquiryKey

__all__ = ["BULK_LIMIT", "UNKNOWN_RECEPTION_CODE", "BulkDesk", "BulkTooLargeError"]

BULK_LIMIT = 500
"""The simulator's own: how many the real interface takes in one request is not public."""
UNKNOWN_RECEPTION_CODE = "EXERCISE-E0002"
BULK_FAILED_CODE = "EXERCISE-E0003"
_KEPT = 1000


class BulkTooLargeError(ValueError):
    """More persons in one request than the interface takes; a fault of the caller."""


@dataclass
class _Received:
    request: BulkRequest
    is_failed: bool
    fetched: int = 0


class BulkDesk:
    """Answers each person by `answer_one`, and a day's consents by `consented`, after `polls` looks that find it still
    working."""

    def __init__(
        self,
        answer_one: Callable[[InquiryRequest], Awaitable[Answer]],
        consented: Callable[[date], Sequence[Answer]],
    ) -> None:
        self._answer_one = answer_one
        self._consented = consented
        self._received: dict[str, _Received] = {}
        self.polls = 1
        self.fails_next = 0
        """How many of the next requests fail as a whole (`SegmentOfResult` 9)."""
        self.requests: list[BulkRequest] = []
        """What was sent, for an exercise's tests."""

    def take(self, request: BulkRequest) -> str:
        """A reception number for the request."""
        if len(request.units) > BULK_LIMIT:
            raise BulkTooLargeError(len(request.units))
        number = f"EXERCISE{secrets.randbelow(10**12):012d}"
        self._received[number] = _Received(request, is_failed=self.fails_next > 0)
        self.fails_next = max(self.fails_next - 1, 0)
        self.requests.append(request)
        while len(self._received) > _KEPT:
            del self._received[next(iter(self._received))]
        del self.requests[:-_KEPT]
        return number

    async def give(self, number: str) -> BulkResult:
        """What has become of it."""
        received = self._received.get(number)
        if received is None:
            return BulkResult(segment=Segment.FAILED, code=UNKNOWN_RECEPTION_CODE)
        received.fetched += 1
        if received.fetched <= self.polls:
            return BulkResult(segment=Segment.WORKING)
        if received.is_failed:
            return BulkResult(segment=Segment.FAILED, code=BULK_FAILED_CODE)
        if received.request.kind is BulkKind.HOME_CONSENTS:
            answers = self._consented(received.request.asked_for)
            return BulkResult(
                segment=Segment.DONE,
                processed=len(answers),
                normal=len(answers),
                units=tuple(BulkUnit(identifier="", answer=answer) for answer in answers),
            )
        units = []
        for unit in received.request.units:
            answer = await self._answer_one(
                InquiryRequest(
                    inquiry=unit.identifier,
                    key=InquiryKey.INSURED_NUMBER,
                    check_type=CheckType.HOME_CONSENT,
                    asked_for=received.request.asked_for,
                    limit_amount_consent=unit.limit_amount_consent,
                    consents=unit.consents if received.request.kind is BulkKind.RE_INQUIRY else (),
                    number=unit.number,
                    is_re_inquiry=received.request.kind is BulkKind.RE_INQUIRY,
                )
            )
            is_error = answer.result is Result.REFUSED
            units.append(
                BulkUnit(
                    identifier=unit.identifier,
                    answer=None if is_error else answer,
                    code=answer.code if is_error else "",
                )
            )
        errors = sum(unit.answer is None for unit in units)
        return BulkResult(
            segment=Segment.DONE,
            processed=len(units),
            normal=len(units) - errors,
            errors=errors,
            units=tuple(units),
        )
