"""The push client: sends what the outbox holds, and believes nothing but the server's signature.

An answer is a success only when it is 200 and its acknowledgement verifies, names the log, covers what was sent and
has a hash that is the device's own. Everything else leaves the entries where they are. No clock and no HTTP of its
own.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from checksync.backoff import parse_retry_after_s, retry_delay_s
from checksync.encoding import MalformedError
from checksync.feed import FeedItem, FeedPage
from checksync.feed_reader import FeedReader
from checksync.key import VerifyingKey
from checksync.outbox import AcknowledgementError, Batch, Failure, GapToReport, Outbox
from checksync.problem import Problem, decode_problem, name_of_status
from checksync.push import (
    MAX_PUSH_ENTRIES,
    MAX_PUSH_OCTETS,
    PushAnswer,
    decode_push_answer,
    digest_of_request,
    encode_gap_report,
    encode_push,
)
from checksync.received import ReceivedStore
from checksync.statement import Acknowledgement, Closed, StatementError, verify
from checksync.sync_report import RunningReport, SyncReport
from checksync.transport import Reply, Transport, TransportError

_MOST_RESUMES: Final = 3
_MOST_REFUSALS: Final = 8

Delivery = Batch | GapToReport


class _RunOverError(Exception):
    """The server cannot be used now; every log has to wait."""


class SyncClient:
    """One device's pushes and feed."""

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        server_key: VerifyingKey,
        *,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._transport = transport
        self._server_key = server_key
        self._now = now
        self._chance = chance
        self._carried = MAX_PUSH_ENTRIES
        self._limit = MAX_PUSH_ENTRIES
        self._failed_runs = 0
        self._refusals: Counter[tuple[str, int, int]] = Counter()
        self._feed = FeedReader(outbox, transport, now)

    def push(self) -> SyncReport:
        """Sends until nothing is waiting or the server cannot be used. What one log is refused holds up no other."""
        report = RunningReport()
        passed_over: set[str] = set()
        resumes: dict[str, int] = {}
        delivered: set[tuple[str, int, int]] = set()
        self._limit = MAX_PUSH_ENTRIES
        epoch = self._outbox.epoch
        with self._outbox.sending():
            try:
                while (found := self._next(passed_over)) is not None:
                    same, asked = (found.log, found.first, found.last), sum(resumes.values())
                    if same in delivered:
                        # An answer that verified and moved nothing.
                        self._fail(report, found, "not-committed")
                        passed_over.add(found.log)
                    elif not self._deliver(found, report, resumes):
                        passed_over.add(found.log)
                    if sum(resumes.values()) == asked:
                        # Else the server asked for what stands before it: then it comes once more.
                        delivered.add(same)
                    if epoch != (epoch := self._outbox.epoch):
                        # A new life of the server may ask for anything again.
                        delivered.clear()
                        self._refusals.clear()
            except _RunOverError:
                pass
            self._outbox.forget()
        finished = report.finished(is_complete=self._outbox.pending(1) is None and self._outbox.state().waiting == 0)
        self._failed_runs = self._failed_runs + 1 if finished.failures else 0
        return finished

    def _next(self, passed_over: set[str]) -> Delivery | None:
        """As much as the server takes at once in this run, and as the line carried lately."""
        return self._outbox.pending(min(self._limit, self._carried), MAX_PUSH_OCTETS, without=passed_over)

    def next_delay_s(self, report: SyncReport) -> float:
        """Seconds to wait after this run before the next, if nothing new is recorded meanwhile."""
        return retry_delay_s(
            self._failed_runs,
            self._chance(),
            retry_after_s=report.retry_after_s,
            # A clock that is wrong is set by a person: asking every few seconds helps nobody.
            is_refused=report.is_refused or any(failure.name == "clock-wrong" for failure in report.failures),
        )

    def _deliver(self, found: Delivery, report: RunningReport, resumes: dict[str, int]) -> bool:
        """Whether the log may be asked for more in this run."""
        if self._refusals[_key(found)] >= _MOST_REFUSALS:
            # The same octets will not be taken the next time either; it stays known, and waits for a person.
            report.is_refused = True
            report.failures.append(self._failure(found, "push-refused", "given up until something changes"))
            return False
        try:
            if isinstance(found, Batch):
                body = encode_push(found.push)
                reply = self._transport.post_entries(found.log, body)
            else:
                body = encode_gap_report(found.report)
                reply = self._transport.post_gap(found.log, body)
        except TransportError as error:
            self._fail(report, found, error.name)
            if error.is_cut:
                # A line that lasts a second at a time carries little at once, and has to carry something.
                self._carried = max(1, (found.last - found.first + 1) // 2)
            raise _RunOverError from None
        request = digest_of_request(body)
        if reply.status == 200:
            return self._take_success(found, reply, report, request)
        return self._take_problem(found, reply, report, resumes, request)

    def _take_success(self, found: Delivery, reply: Reply, report: RunningReport, request: str) -> bool:
        answer = self._verified(found, reply)
        if answer is None:
            # A captive portal answers 200 too. Whoever it was, it is not the server to go on with.
            self._fail(report, found, "not-verified")
            raise _RunOverError
        statement, outcomes = answer
        if statement.number < found.last:
            self._fail(report, found, "not-committed")
            return False
        try:
            report.acknowledged += self._outbox.acknowledge(statement, outcomes.outcomes, self._now())
        except AcknowledgementError as error:
            is_ahead = error.fault == "ahead"
            return self._take_other_history(found, report, is_ahead=is_ahead, is_answer=outcomes.answers == request)
        if statement.epoch != self._outbox.epoch:
            return self._ask_life(statement.epoch, found, report)
        self._carried = min(MAX_PUSH_ENTRIES, self._carried * 2)
        report.held += sum(outcome.outcome == "held" for outcome in outcomes.outcomes)
        if isinstance(found, GapToReport):
            report.gaps += 1
            self._outbox.note_missing(found.log, found.first, found.last, self._now())
        return True

    def _ask_life(self, epoch: str, found: Delivery, report: RunningReport) -> bool:
        """Whether a verified word of a life that is not the present one is the server's all the same.

        It came late, or this device's storage went back and took a late word for the present life's: the server says.
        """
        try:
            present = self._transport.present_life()
        except TransportError as error:
            self._fail(report, found, error.name)
            raise _RunOverError from None
        self._outbox.enter_life(present)
        if epoch == present:
            return True
        self._fail(report, found, "other-life")
        return False

    def _take_other_history(self, found: Delivery, report: RunningReport, *, is_ahead: bool, is_answer: bool) -> bool:
        """The server signed what this device never recorded: another copy of it is or was about.

        An answer that comes late is none to what was sent: that this arrived is not said.
        """
        self._fail(report, found, "server-ahead" if is_ahead else "other-history")
        if is_ahead or is_answer:
            # The next entry would be a fork: work goes on in a successor at once.
            self._outbox.abandon_log(found.log, "server_ahead" if is_ahead else "other_history", self._now())
            if is_answer:
                self._outbox.mark_offered(found.log, found.first, found.last, self._now())
            self._outbox.open_successor()
        return is_answer

    def _verified(self, found: Delivery, reply: Reply) -> tuple[Acknowledgement, PushAnswer] | None:
        try:
            answer = decode_push_answer(reply.body)
            statement = verify(answer.acknowledgement, Acknowledgement, self._server_key)
        except (MalformedError, StatementError):
            return None
        return (statement, answer) if statement.log == found.log else None

    def _take_problem(
        self, found: Delivery, reply: Reply, report: RunningReport, resumes: dict[str, int], request: str
    ) -> bool:
        problem = decode_problem(reply.body)
        name = None if problem is None else problem.name
        if reply.status == 413 and name is None:
            # A proxy before the server has a limit of its own, and a page of its own to say so.
            return self._halve(found, report)
        if problem is None or name is None or reply.status < 400:
            self._fail(report, found, name_of_status(reply.status), f"{reply.status}")
            report.retry_after_s = parse_retry_after_s(reply.retry_after, self._now())
            raise _RunOverError
        match name:
            case "push-gap":
                return self._resume(found, problem, report, resumes)
            case "log-closed":
                return self._close(found, problem, report, is_answer=problem.answers == request)
            case "push-too-large":
                return self._halve(found, report)
            case "push-refused":
                report.is_refused = True
                self._refusals[_key(found)] += 1
                self._fail(report, found, name, problem.reason)
                return False
            case _:
                # token-not-valid, device-revoked, server-busy, and what later servers may say.
                self._fail(report, found, name, problem.reason)
                report.retry_after_s = parse_retry_after_s(reply.retry_after, self._now())
                raise _RunOverError

    def _resume(self, found: Delivery, problem: Problem, report: RunningReport, resumes: dict[str, int]) -> bool:
        resumes[found.log] = resumes.get(found.log, 0) + 1
        expected = problem.expected
        if (
            expected is None
            or expected >= found.first
            or resumes[found.log] > _MOST_RESUMES
            or not self._outbox.resume(found.log, expected)
        ):
            self._fail(report, found, "push-gap", None if expected is None else f"expected {expected}")
            return False
        return True

    def _close(self, found: Delivery, problem: Problem, report: RunningReport, *, is_answer: bool) -> bool:
        try:
            statement = verify(problem.statement or "", Closed, self._server_key)
        except StatementError:
            statement = None
        if statement is None or statement.log != found.log:
            self._fail(report, found, "not-verified")
            return False
        is_news = not (isinstance(found, Batch) and found.is_offer)
        if not self._outbox.close_log(statement, self._now()):
            return self._ask_life(statement.epoch, found, report)
        if is_answer:
            self._outbox.mark_offered(found.log, found.first, found.last, self._now())
        self._outbox.open_successor()
        if is_news and found.log not in report.closed_logs:
            report.closed_logs.append(found.log)
        return True

    def _halve(self, found: Delivery, report: RunningReport) -> bool:
        size = found.last - found.first + 1
        if isinstance(found, GapToReport) or size == 1:
            self._fail(report, found, "push-too-large")
            return False
        self._limit = max(1, size // 2)
        return True

    def _fail(self, report: RunningReport, found: Delivery, name: str, reason: str | None = None) -> None:
        failure = self._failure(found, name, reason)
        self._outbox.note_failure(failure)
        report.failures.append(failure)

    def _failure(self, found: Delivery, name: str, reason: str | None) -> Failure:
        return Failure(self._now(), name, reason, found.log, found.first, found.last)

    @property
    def feed_retry_after_s(self) -> float:
        """How long the server asked to be left alone when the feed was fetched last."""
        return self._feed.retry_after_s

    def fetch_feed(self, received: ReceivedStore) -> tuple[list[FeedItem], Failure | None]:
        """As `FeedReader.fetch`."""
        return self._feed.fetch(received)

    def take_feed_page(self, octets: bytes, received: ReceivedStore) -> FeedPage | Failure:
        """As `FeedReader.take_page`."""
        return self._feed.take_page(octets, received)


def _key(found: Delivery) -> tuple[str, int, int]:
    return found.log, found.first, found.last
