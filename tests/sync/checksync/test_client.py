"""The push client against the server in this process, over a road that fails in every way."""

import asyncio
import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from harness.outbox_device import AT, FACILITY, Device, begin, check_of, trouble

import checksync as cs
from checksync import outbox as ob
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, DirectTransport, Fault, run
from checksync.feed import FeedItem, FeedPage, encode_feed_page
from checksync.problem import PREFIX, Problem, encode_problem
from checksync.received import ReceivedStore
from checksync.sync_report import WORDS
from checksync.transport import Reply, TransportError


class Clinic:
    """One device, one server, the road between them."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        self.device = device or Device(folder)
        self.server = DirectServer(self.device.server_key, FACILITY, self.device.now)
        self.faults: list[Fault] = []
        enrolled = cs.EnrolledDevice(FACILITY, self.device.key.verifying_key)
        self.road = DirectTransport(self.server, enrolled, self._next_fault)
        self.outbox = self.device.outbox()
        self.client = self.client_over(self.road)

    def _next_fault(self) -> Fault:
        return self.faults.pop(0) if self.faults else Fault.NONE

    def client_over(self, transport: object) -> SyncClient:
        return SyncClient(
            self.outbox,
            transport,  # type: ignore[arg-type]
            self.device.server_key.verifying_key,
            now=self.device.now,
            chance=lambda: 0.0,
        )

    def record(self, *notes: str) -> list[ob.Confirmed]:
        return [self.outbox.append(trouble(note), AT) for note in notes]

    def stored(self, log: str | None = None) -> list[str]:
        """What the server can open, in order."""
        log = log or next(iter(self.server.storage.logs))
        entries = self.server.storage.logs[log].entries
        bodies = [
            cs.decode_body(cs.decode_entry(self.device.opener.open(entries[number].sealed, log, number)))
            for number in sorted(entries)
        ]
        return [body.note if isinstance(body, cs.TroubleBody) else "check" for body in bodies]


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path)
    yield clinic
    clinic.outbox.close()


def names(report: cs.SyncReport) -> list[str]:
    return [failure.name for failure in report.failures]


def test_what_was_recorded_reaches_the_server_and_is_acknowledged(clinic: Clinic) -> None:
    clinic.record("a")
    clinic.outbox.append(check_of(begin(clinic.outbox)), AT)
    report = clinic.client.push()
    assert (report.acknowledged, report.is_complete, names(report)) == (2, True, [])
    assert clinic.stored() == ["a", "check"]
    assert [row.outcome for row in clinic.outbox.recorded()] == ["accepted", "accepted"]
    assert clinic.outbox.state().name is ob.QueueName.EMPTY
    assert clinic.client.next_delay_s(report) == 0
    assert clinic.client.push().acknowledged == 0


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Fault.LOSE_REQUEST, "no-connection"),
        (Fault.LOSE_ANSWER, "timeout"),
        (Fault.CUT_ANSWER, "not-verified"),
        (Fault.PORTAL, "not-verified"),
        (Fault.BUSY, "server-busy"),
        (Fault.FAIL_BEFORE_COMMIT, "server-error"),
    ],
)
def test_nothing_but_a_verified_acknowledgement_is_taken_for_success(clinic: Clinic, fault: Fault, name: str) -> None:
    clinic.record("a", "b")
    clinic.faults = [fault]
    report = clinic.client.push()
    assert names(report) == [name]
    assert (report.acknowledged, report.is_complete) == (0, False)
    state = clinic.outbox.state()
    assert (state.waiting, state.name, state.reason) == (2, ob.QueueName.HELD_BACK, name)
    assert clinic.client.next_delay_s(report) >= (7 if fault is Fault.BUSY else 1)
    again = clinic.client.push()
    assert (again.acknowledged, again.is_complete) == (2, True)
    assert clinic.stored() == ["a", "b"]


def test_a_repeated_request_is_stored_once(clinic: Clinic) -> None:
    clinic.record("a", "b")
    clinic.faults = [Fault.REPEAT_REQUEST]
    assert clinic.client.push().acknowledged == 2
    assert clinic.stored() == ["a", "b"]


def test_an_old_answer_that_comes_late_acknowledges_nothing_new(clinic: Clinic) -> None:
    clinic.record("a")
    clinic.client.push()
    clinic.record("b")
    clinic.faults = [Fault.LATE_ANSWER]
    report = clinic.client.push()
    assert (names(report), clinic.outbox.state().waiting) == (["not-committed"], 1)
    assert clinic.client.push().is_complete
    assert clinic.stored() == ["a", "b"]


class Scripted:
    """Answers with what it is told to."""

    def __init__(self, *replies: Reply | Callable[[str, bytes], Reply]) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, bytes]] = []
        self.life: str | None = None
        self.lives_asked = 0

    def post_entries(self, log: str, body: bytes) -> Reply:
        self.asked.append((log, body))
        if not self.replies:
            raise TransportError("no-connection")
        reply = self.replies.pop(0)
        return reply if isinstance(reply, Reply) else reply(log, body)

    post_gap = post_entries

    def get_feed(self, after: str | None) -> Reply:
        return self.post_entries(after or "", b"")

    def present_life(self) -> str:
        self.lives_asked += 1
        if self.life is None:
            raise TransportError("no-token")
        return self.life


def _success(
    clinic: Clinic, log: str, number: int, digest: str, key: cs.SigningKey | None = None, epoch: str = "e1" * 16
) -> Reply:
    statement = clinic.device.acknowledgement(log, number, digest, epoch=epoch)
    signed = cs.sign(statement, key or clinic.device.server_key)
    return Reply(200, cs.encode_push_answer(cs.PushAnswer(acknowledgement=signed, outcomes=[], anchor="")))


def _closed(statement: cs.Closed, key: cs.SigningKey) -> Callable[[str, bytes], Reply]:
    """The answer to whatever is sent."""
    signed = cs.sign(statement, key)
    return lambda log, body: _problem(409, "log-closed", statement=signed, answers=cs.digest_of_request(body))


def _problem(status: int, name: str, **members: object) -> Reply:
    return Reply(status, encode_problem(Problem(type=PREFIX + name, **members)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("stranger", "not-verified"),
        ("other log", "not-verified"),
        ("201", "unexpected-answer"),
        ("202 with everything right", "unexpected-answer"),
        ("other hash", "other-history"),
        ("too low", "not-committed"),
        ("redirect", "unexpected-answer"),
        ("404 of a proxy", "unexpected-answer"),
        ("502 of a proxy", "server-error"),
        ("foreign problem", "unexpected-answer"),
        ("unknown problem", "from-later"),
        ("expired", "token-not-valid"),
        ("revoked", "device-revoked"),
        ("closed by a stranger", "not-verified"),
        ("closed, unsigned", "not-verified"),
        ("gap beyond", "push-gap"),
        ("gap without number", "push-gap"),
    ],
)
def test_every_other_answer_leaves_the_entries_where_they_are(clinic: Clinic, case: str, name: str) -> None:
    (confirmed,) = clinic.record("a")
    stranger = cs.SigningKey.generate()
    log, digest = confirmed.log, confirmed.hash
    good = _success(clinic, log, 1, digest)
    closed = cs.Closed(epoch="e1" * 16, log=log, number=0, hash=log, time=AT, why="fork")
    replies = {
        "stranger": _success(clinic, log, 1, digest, key=stranger),
        "other log": _success(clinic, "ab" * 32, 1, digest),
        "201": Reply(201, b"{}"),
        "202 with everything right": Reply(202, good.body),
        "other hash": _success(clinic, log, 1, "ab" * 32),
        "too low": _success(clinic, log, 0, log),
        "redirect": Reply(302, b""),
        "404 of a proxy": Reply(404, b"<html>"),
        "502 of a proxy": Reply(502, b"<html>"),
        "foreign problem": Reply(400, encode_problem(Problem(type="about:blank"))),
        "unknown problem": _problem(400, "from-later"),
        "expired": _problem(401, "token-not-valid"),
        "revoked": _problem(403, "device-revoked"),
        "closed by a stranger": _problem(409, "log-closed", statement=cs.sign(closed, stranger)),
        "closed, unsigned": _problem(409, "log-closed"),
        "gap beyond": _problem(409, "push-gap", expected=2),
        "gap without number": _problem(409, "push-gap"),
    }
    road = Scripted(replies[case])
    report = clinic.client_over(road).push()
    assert names(report)[:1] == [name]
    assert len(road.asked) <= 2
    state = clinic.outbox.state()
    assert (state.waiting, state.acknowledged, state.stranded, state.log) == (1, 0, 0, log)
    assert clinic.client.push().acknowledged == 1
    assert clinic.stored() == ["a"]


def test_an_answer_that_verifies_and_moves_nothing_ends_the_run(clinic: Clinic) -> None:
    (confirmed,) = clinic.record("a")
    clinic.outbox.enter_life("e1" * 16)
    clinic.outbox.enter_life("e2" * 16)
    road = Scripted(*[_success(clinic, confirmed.log, 1, confirmed.hash)] * 9)
    road.life = "e2" * 16
    report = clinic.client_over(road).push()
    assert (names(report), len(road.asked), clinic.outbox.state().waiting) == (["other-life"], 1, 1)
    assert (road.lives_asked, clinic.outbox.epoch) == (1, "e2" * 16)


def test_a_refused_push_is_kept_shown_and_not_retried_in_a_hurry(clinic: Clinic) -> None:
    clinic.record("a")
    client = clinic.client_over(Scripted(_problem(422, "push-refused", reason="chain")))
    report = client.push()
    assert [(failure.name, failure.reason) for failure in report.failures] == [("push-refused", "chain")]
    assert client.next_delay_s(report) == 450
    kept = clinic.outbox.failures()[0]
    assert (kept.name, kept.reason, kept.first, kept.last) == ("push-refused", "chain", 1, 1)


def test_what_is_refused_again_and_again_is_sent_no_more_until_something_is_added(clinic: Clinic) -> None:
    clinic.record("a")
    road = Scripted(*[_problem(422, "push-refused", reason="chain")] * 99)
    client = clinic.client_over(road)
    reports = [client.push() for _ in range(20)]
    assert len(road.asked) == 8
    assert {name for report in reports for name in names(report)} == {"push-refused"}
    assert all(client.next_delay_s(report) > 0 and not report.is_complete for report in reports)
    state = clinic.outbox.state()
    assert (state.name, state.reason, state.waiting) == (ob.QueueName.HELD_BACK, "push-refused", 1)
    clinic.record("b")
    client.push()
    assert len(road.asked) == 9


def test_a_line_that_breaks_in_the_middle_gets_less_at_once_and_more_again_when_it_carries(clinic: Clinic) -> None:
    clinic.record(*(f"{number}" for number in range(60)))
    sizes: list[int] = []

    def line(log: str, body: bytes) -> Reply:
        sizes.append(len(cs.decode_push(body).sealed))
        if sizes[-1] > 10 and len(sizes) < 6:
            raise TransportError("no-connection", is_cut=True)
        return clinic.road.post_entries(log, body)

    client = clinic.client_over(Scripted(*[line] * 50))
    while not client.push().is_complete:
        pass
    assert sizes == [60, 30, 15, 7, 14, 7, 14, 28, 4]
    assert clinic.stored() == [f"{number}" for number in range(60)]


def test_a_push_that_is_too_large_is_halved_until_it_fits(clinic: Clinic) -> None:
    clinic.record(*"abcdefgh")

    def small_server(log: str, body: bytes) -> Reply:
        if len(cs.decode_push(body).sealed) > 3:
            return _problem(413, "push-too-large", limit=1000)
        return clinic.road.post_entries(log, body)

    road = Scripted(*[small_server] * 20)
    report = clinic.client_over(road).push()
    assert (report.acknowledged, report.is_complete, names(report)) == (8, True, [])
    assert [len(cs.decode_push(body).sealed) for _, body in road.asked] == [8, 4, 2, 2, 2, 2]
    assert clinic.stored() == list("abcdefgh")


def test_one_entry_that_is_too_large_by_itself_is_said_and_kept(clinic: Clinic) -> None:
    clinic.record("a", "b")
    road = Scripted(*[_problem(413, "push-too-large", limit=1)] * 9)
    report = clinic.client_over(road).push()
    assert (names(report), len(road.asked), clinic.outbox.state().waiting) == (["push-too-large"], 2, 2)


def test_a_hundred_and_one_entries_go_in_two_pushes(clinic: Clinic) -> None:
    clinic.record(*(f"{number}" for number in range(101)))
    assert clinic.client.push().acknowledged == 101
    assert clinic.road.calls == 2


def test_a_restored_server_gets_what_it_lost_and_nothing_twice(clinic: Clinic) -> None:
    clinic.record("a", "b")
    clinic.client.push()
    backup = clinic.server.snapshot()
    clinic.record("c", "d", "e")
    clinic.client.push()
    clinic.server.restore(backup)
    report = clinic.client.push()
    # Nothing is due as far as the device knows; the next entry tells it of the new life.
    assert report.is_complete
    clinic.record("f")
    report = clinic.client.push()
    assert report.is_complete
    assert clinic.stored() == list("abcdef")
    assert clinic.outbox.state().acknowledged == 6


def test_the_feed_of_a_restored_server_makes_everything_due_again(clinic: Clinic, tmp_path: Path) -> None:
    clinic.record("a", "b")
    clinic.client.push()
    backup = clinic.server.snapshot()
    clinic.record("c")
    clinic.client.push()
    clinic.server.restore(backup)
    with ReceivedStore(tmp_path / "received.db") as received:
        clinic.client.fetch_feed(received)
    assert clinic.outbox.state().waiting == 3
    assert clinic.client.push().is_complete
    assert clinic.stored() == ["a", "b", "c"]
    assert clinic.outbox.state().acknowledged == 3


def test_a_server_restored_to_before_what_was_forgotten_gets_a_gap_and_the_rest(clinic: Clinic) -> None:
    backup = clinic.server.snapshot()
    clinic.record("a", "b")
    clinic.server.forgettable = lambda _: 1
    clinic.client.push()
    assert [row.number for row in clinic.outbox.recorded()] == [2]
    clinic.server.restore(backup)
    clinic.record("c")
    report = clinic.client.push()
    assert (report.gaps, report.is_complete) == (1, True)
    assert clinic.stored() == ["b", "c"]
    assert len(report.words()) == 3


def test_a_fork_opens_a_successor_and_the_server_has_both_branches(clinic: Clinic, tmp_path: Path) -> None:
    clinic.record("a")
    clinic.client.push()
    copied = tmp_path / "copy"
    copied.mkdir()
    for name in ("outbox.db", "outbox.db-wal"):
        (copied / name).write_bytes((tmp_path / name).read_bytes())
    log = clinic.record("b", "c")[0].log
    clinic.client.push()
    copy_of_device = copy.copy(clinic.device)
    copy_of_device.folder, copy_of_device.path = copied, copied / "outbox.db"
    twin = Clinic(copied, copy_of_device)
    client = twin.client_over(DirectTransport(clinic.server, clinic.road.device))
    twin.record("B", "C")
    report = client.push()
    assert (list(report.closed_logs), report.is_complete, twin.outbox.state().stranded) == ([log], True, 2)
    clinic.record("d")
    twin.record("D")
    assert client.push().is_complete
    twin.outbox.close()
    stored = clinic.server.storage.logs
    assert clinic.stored(log) == ["a", "b", "c"]
    branch = {number: entry for (number, _), entry in stored[log].branch.items()}
    opened = [
        cs.decode_body(cs.decode_entry(clinic.device.opener.open(branch[number].sealed, log, number)))
        for number in (2, 3)
    ]
    assert [body.note for body in opened if isinstance(body, cs.TroubleBody)] == ["B", "C"]
    (successor,) = set(stored) - {log}
    assert clinic.stored(successor) == ["D"]
    # The one that was first finds its log closed too, and loses nothing either.
    report = clinic.client.push()
    assert list(report.closed_logs) == [log]
    clinic.record("e")
    assert clinic.client.push().is_complete
    (own,) = set(stored := clinic.server.storage.logs) - {log, successor}
    assert clinic.stored(own) == ["e"]
    assert {number for number, _ in stored[log].branch} == {2, 3, 4}


def test_a_restored_server_that_took_the_other_branch_gets_this_one_from_its_beginning(
    clinic: Clinic, tmp_path: Path
) -> None:
    """To a new life of the server the newest entry goes first; that the log is closed, it says to that one."""
    clinic.record("common")
    clinic.client.push()
    backup = clinic.server.snapshot()
    copied = tmp_path / "copy"
    copied.mkdir()
    for name in ("outbox.db", "outbox.db-wal"):
        (copied / name).write_bytes((tmp_path / name).read_bytes())
    log = clinic.record("a", "b", "c")[0].log
    clinic.client.push()
    clinic.server.restore(backup)
    copy_of_device = copy.copy(clinic.device)
    copy_of_device.folder, copy_of_device.path = copied, copied / "outbox.db"
    twin = Clinic(copied, copy_of_device)
    twin.record("A", "B", "C", "D")
    with twin.outbox:
        assert twin.client_over(DirectTransport(clinic.server, clinic.road.device)).push().is_complete
    clinic.record("d")
    assert clinic.client.push().is_complete
    assert clinic.stored(log) == ["common", "A", "B", "C", "D"]
    assert {number for number, _ in clinic.server.storage.logs[log].branch} == {2, 3, 4, 5}


def test_a_device_restored_from_an_old_copy_goes_on_in_a_successor(clinic: Clinic) -> None:
    (confirmed,) = clinic.record("a")
    road = Scripted(_success(clinic, confirmed.log, 5, "ab" * 32))
    report = clinic.client_over(road).push()
    assert names(report) == ["server-ahead"]
    state = clinic.outbox.state()
    assert (state.stranded, state.waiting) == (1, 0)
    assert state.log not in {None, confirmed.log}


def test_a_wiped_device_begins_a_log_of_its_own_and_what_it_had_sent_stays(clinic: Clinic, tmp_path: Path) -> None:
    (before,) = clinic.record("a")
    clinic.client.push()
    clinic.record("never sent")
    clinic.outbox.close()
    for file in tmp_path.iterdir():
        file.unlink()
    clinic.outbox = clinic.device.outbox()
    clinic.client = clinic.client_over(clinic.road)
    (after,) = clinic.record("b")
    assert (after.number, after.log != before.log) == (1, True)
    assert clinic.client.push().is_complete
    assert (clinic.stored(before.log), clinic.stored(after.log)) == (["a"], ["b"])
    assert not any(log.is_closed for log in clinic.server.storage.logs.values())


def test_an_old_answer_that_is_ahead_does_not_keep_the_branch_from_being_offered(
    clinic: Clinic, tmp_path: Path
) -> None:
    """A tablet restored from an old image records other entries; the answer to the old ones comes again."""
    clinic.record("a")
    clinic.client.push()
    image = {name: (tmp_path / name).read_bytes() for name in ("outbox.db", "outbox.db-wal")}
    log = clinic.record("b", "c", "d")[0].log
    clinic.client.push()
    clinic.outbox.close()
    for name, octets in image.items():
        (tmp_path / name).write_bytes(octets)
    clinic.outbox = clinic.device.outbox()
    clinic.client = clinic.client_over(clinic.road)
    clinic.record("B")
    clinic.road._late[0] = clinic.road._late[-1]
    clinic.faults = [Fault.LATE_ANSWER]
    assert names(clinic.client.push()) == ["server-ahead"]
    assert clinic.client.push().is_complete
    assert clinic.stored(log) == ["a", "b", "c", "d"]
    assert {number for number, _ in clinic.server.storage.logs[log].branch} == {2}


def test_a_gap_of_a_device_that_the_server_is_ahead_of_is_told_once(clinic: Clinic, tmp_path: Path) -> None:
    """The answer to a gap has no outcomes: what is told so is not told for ever, before what comes after it."""
    clinic.record("a", "b", "c")
    image = {name: (tmp_path / name).read_bytes() for name in ("outbox.db", "outbox.db-wal")}
    with clinic.device.sqlite() as connection:
        connection.execute("UPDATE entry SET sealed = zeroblob(length(sealed)) WHERE number = 2")
    log = clinic.record("d", "e")[0].log
    clinic.client.push()
    clinic.outbox.close()
    for name, octets in image.items():
        (tmp_path / name).write_bytes(octets)
    with clinic.device.sqlite() as connection:
        connection.execute("UPDATE entry SET sealed = zeroblob(length(sealed)) WHERE number = 2")
    clinic.outbox = clinic.device.outbox()
    clinic.client = clinic.client_over(clinic.road)
    clinic.record("D")
    for _ in range(3):
        clinic.client.push()
    assert clinic.client.push().is_complete
    assert {number for number, _ in clinic.server.storage.logs[log].branch} >= {4}


def test_a_damaged_common_entry_does_not_keep_the_branch_after_it_from_being_offered(
    clinic: Clinic, tmp_path: Path
) -> None:
    """The server knows the number, and its acknowledgement is of the other copy's history."""
    clinic.record("a")
    clinic.client.push()
    for name in ("outbox.db", "outbox.db-wal"):
        (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    log = clinic.record("b", "c")[0].log
    clinic.client.push()
    clinic.outbox.close()
    for name in ("outbox.db", "outbox.db-wal"):
        (tmp_path / name).write_bytes((tmp_path / f"copy-{name}").read_bytes())
    clinic.outbox = clinic.device.outbox()
    clinic.client = clinic.client_over(clinic.road)
    clinic.record("B", "C", "D")
    with clinic.device.sqlite() as connection:
        connection.execute("UPDATE entry SET sealed = zeroblob(length(sealed)) WHERE number = 1")
    clinic.outbox.resume(log, 1)
    clinic.client.push()
    assert clinic.client.push().is_complete
    assert clinic.stored(log) == ["a", "b", "c"]
    assert {number for number, _ in clinic.server.storage.logs[log].branch} == {2, 3, 4}


def test_what_one_log_is_refused_holds_up_no_other(clinic: Clinic) -> None:
    (first,) = clinic.record("a")
    clinic.outbox.abandon_log(first.log, "test", AT)
    clinic.record("b")

    def picky(log: str, body: bytes) -> Reply:
        if log == first.log:
            return _problem(422, "push-refused", reason="chain")
        return clinic.road.post_entries(log, body)

    report = clinic.client_over(Scripted(*[picky] * 9)).push()
    assert (report.acknowledged, names(report)) == (1, ["push-refused"])


def test_the_feed_is_fetched_page_by_page_and_goes_on_where_it_was(clinic: Clinic, tmp_path: Path) -> None:
    clinic.server.feed_page_size = 2
    clinic.server.feed = [FeedItem(id=f"i{n}", kind="policy", data=msgspec.Raw(b"{}")) for n in range(5)]
    with ReceivedStore(tmp_path / "received.db") as received:
        items, failure = clinic.client.fetch_feed(received)
        assert ([item.id for item in items], failure) == (["i0", "i1", "i2", "i3", "i4"], None)
        clinic.server.feed.append(FeedItem(id="i5", kind="policy", data=msgspec.Raw(b"{}")))
        assert [item.id for item in clinic.client.fetch_feed(received)[0]] == ["i5"]
        clinic.server.restore(clinic.server.snapshot())
        assert len(clinic.client.fetch_feed(received)[0]) == 6


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (Reply(200, b"<html>"), "not-verified"),
        (Reply(200, b"{}"), "not-verified"),
        (Reply(500, b""), "server-error"),
        (Reply(429, b"slow down", "30"), "server-busy"),
        (Reply(404, b"<html>"), "unexpected-answer"),
        (_problem(401, "token-not-valid"), "token-not-valid"),
        (None, "no-connection"),
    ],
)
def test_a_feed_that_is_none_changes_nothing_and_holds_back_no_entry(
    clinic: Clinic, tmp_path: Path, reply: Reply | None, name: str
) -> None:
    clinic.record("a")
    with ReceivedStore(tmp_path / "received.db") as received:
        items, failure = clinic.client_over(Scripted(*([] if reply is None else [reply]))).fetch_feed(received)
        assert (items, received.cursor) == ([], None)
    assert failure is not None
    assert failure.name == name
    assert clinic.outbox.state().name is ob.QueueName.WAITING


def test_every_failure_has_words_in_both_languages(clinic: Clinic) -> None:
    for name in [*WORDS, "something new"]:
        report = cs.SyncReport(
            acknowledged=1,
            held=1,
            gaps=0,
            closed_logs=(),
            failures=[ob.Failure(AT, name)],
            is_complete=False,
        )
        said = report.words()
        assert len(said) == 3
        for words in said:
            assert words.ja.endswith("。")
            assert words.en.endswith(".")
            assert words.en.isascii()
            assert not words.ja.isascii()


def test_no_message_says_what_was_recorded(clinic: Clinic) -> None:
    clinic.record("内緒")
    clinic.faults = [Fault.PORTAL]
    report = clinic.client.push()
    shown = f"{report!r} {clinic.outbox.failures()!r} {clinic.outbox.state()!r} {report.words()!r}"
    assert "内緒" not in shown
    assert clinic.device.key.to_pem().decode()[30:60] not in shown


def test_an_old_word_that_a_log_is_closed_strands_nothing(clinic: Clinic) -> None:
    (confirmed,) = clinic.record("a")
    clinic.outbox.enter_life("e1" * 16)
    clinic.outbox.enter_life("e2" * 16)
    old = cs.Closed(epoch="e1" * 16, log=confirmed.log, number=0, hash=confirmed.log, time=AT, why="fork")
    road = Scripted(_problem(409, "log-closed", statement=cs.sign(old, clinic.device.server_key)))
    road.life = "e2" * 16
    report = clinic.client_over(road).push()
    assert (names(report), list(report.closed_logs)) == (["other-life"], [])
    assert (clinic.outbox.state().waiting, clinic.outbox.state().stranded) == (1, 0)
    assert clinic.client.push().is_complete


@pytest.mark.parametrize(("life", "name"), [("e1" * 16, None), ("e2" * 16, "other-life"), (None, "no-token")])
def test_a_feed_of_another_life_is_believed_when_the_server_says_so(
    clinic: Clinic, tmp_path: Path, life: str | None, name: str | None
) -> None:
    """A page is not signed, and may come late."""
    clinic.record("a")
    clinic.outbox.enter_life("e2" * 16)
    page = FeedPage(epoch="e1" * 16, items=[], cursor="c", more=False)
    with ReceivedStore(tmp_path / "received.db") as received:
        road = Scripted(Reply(200, encode_feed_page(page)))
        road.life = life
        _, failure = clinic.client_over(road).fetch_feed(received)
        assert received.cursor == ("c" if name is None else None)
    assert (None if failure is None else failure.name) == name
    assert clinic.outbox.epoch == (life or "e2" * 16)


def test_a_closed_server_is_asked_for_its_life(clinic: Clinic, tmp_path: Path) -> None:
    (confirmed,) = clinic.record("a")
    clinic.outbox.acknowledge(clinic.device.acknowledgement(confirmed.log, 1, confirmed.hash), [], AT)
    with ReceivedStore(tmp_path / "received.db") as received:
        road = Scripted(_problem(503, "server-closed"))
        road.life = "e2" * 16
        _, failure = clinic.client_over(road).fetch_feed(received)
    assert failure is not None
    assert (failure.name, clinic.outbox.epoch, clinic.outbox.state().waiting) == ("server-closed", "e2" * 16, 1)


def test_a_feed_that_turns_in_a_circle_is_left(clinic: Clinic, tmp_path: Path) -> None:
    page = FeedPage(epoch="e1" * 16, items=[], cursor="c", more=True)
    with ReceivedStore(tmp_path / "received.db") as received:
        road = Scripted(*[Reply(200, encode_feed_page(page))] * 9)
        road.life = page.epoch
        _, failure = clinic.client_over(road).fetch_feed(received)
    assert len(road.asked) == 2
    assert failure is not None
    assert failure.name == "unexpected-answer"


def test_a_feed_without_end_is_left(clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checksync.feed_reader._MOST_FEED_PAGES", 2)
    clinic.server.feed_page_size = 1
    clinic.server.feed = [FeedItem(id=f"i{n}", kind="policy", data=msgspec.Raw(b"{}")) for n in range(5)]
    with ReceivedStore(tmp_path / "received.db") as received:
        items, failure = clinic.client.fetch_feed(received)
    assert len(items) == 2
    assert failure is not None
    assert failure.name == "unexpected-answer"


def test_a_long_branch_is_offered_to_its_end_and_told_once(clinic: Clinic) -> None:
    log = clinic.record(*(f"{number}" for number in range(150)))[0].log
    closed = cs.Closed(epoch="e1" * 16, log=log, number=0, hash=log, time=AT, why="fork")
    reply = _closed(closed, clinic.device.server_key)
    road = Scripted(reply, reply)
    report = clinic.client_over(road).push()
    assert [(cs.decode_push(body).first, cs.decode_push(body).last) for _, body in road.asked] == [(1, 100), (101, 150)]
    assert (list(report.closed_logs), report.is_complete) == ([log], True)
    assert clinic.outbox.state().stranded == 150


def test_a_late_word_that_a_log_is_closed_is_no_proof_that_what_was_sent_arrived(clinic: Clinic) -> None:
    """It answers another request: what was sent is offered again, until the answer to it comes."""
    log = clinic.record("a", "b")[0].log
    closed = cs.Closed(epoch="e1" * 16, log=log, number=0, hash=log, time=AT, why="fork")
    signed = cs.sign(closed, clinic.device.server_key)
    for answers in (None, "ab" * 32):
        clinic.client_over(Scripted(_problem(409, "log-closed", statement=signed, answers=answers))).push()
        batch = clinic.outbox.pending()
        assert isinstance(batch, cs.Batch)
        assert (batch.first, batch.last, batch.is_offer) == (1, 2, True)
    road = Scripted(_closed(closed, clinic.device.server_key))
    assert clinic.client_over(road).push().is_complete
    assert clinic.outbox.state().stranded == 2


def test_a_feed_that_cannot_be_kept_is_told(clinic: Clinic, tmp_path: Path) -> None:
    clinic.server.feed = [FeedItem(id="i", kind="roster", data=msgspec.Raw(b'{"x":"' + b"x" * 100_000 + b'"}'))]
    with ReceivedStore(tmp_path / "received.db") as received:
        received.unlock(bytes(32))
        pages = received._connection.execute("PRAGMA page_count").fetchone()[0]
        received._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        items, failure = clinic.client.fetch_feed(received)
    assert items == []
    assert failure is not None
    assert (failure.name, failure.reason) == ("device-storage", "QueueFullError")


def test_the_fake_server_refuses_as_the_real_one_does(clinic: Clinic) -> None:
    (confirmed,) = clinic.record("a")
    too_large = clinic.road.post_entries(confirmed.log, b" " * (cs.MAX_PUSH_OCTETS + 1))
    problem = cs.decode_problem(too_large.body)
    assert problem is not None
    assert (too_large.status, problem.name, problem.limit) == (413, "push-too-large", cs.MAX_PUSH_OCTETS)
    refused = clinic.road.post_entries(confirmed.log, b"{}")
    problem = cs.decode_problem(refused.body)
    assert problem is not None
    assert (refused.status, problem.name, problem.reason) == (422, "push-refused", "malformed")


async def _waits() -> None:
    await asyncio.sleep(0)


def test_the_fake_server_does_not_pretend_to_have_waited() -> None:
    with pytest.raises(RuntimeError):
        run(_waits())


def test_what_the_office_has_to_decide_is_said(clinic: Clinic) -> None:
    (confirmed,) = clinic.record("a")
    statement = clinic.device.acknowledgement(confirmed.log, 1, confirmed.hash)
    held = cs.EntryOutcome(number=1, outcome="held", reason="staff_not_on_duty")
    answer = cs.PushAnswer(acknowledgement=cs.sign(statement, clinic.device.server_key), outcomes=[held], anchor="")
    report = clinic.client_over(Scripted(Reply(200, cs.encode_push_answer(answer)))).push()
    assert (report.acknowledged, report.held, report.is_complete) == (1, 1, True)
    assert [words.en for words in report.words()] == [
        "The server took 1.",
        "Of these, 1 wait for the office's decision.",
        "Nothing is waiting to be sent.",
    ]
    assert clinic.outbox.state().held == 1


def test_a_closed_log_is_said_in_words(clinic: Clinic) -> None:
    report = cs.SyncReport(acknowledged=0, held=0, gaps=0, closed_logs=["ab"], failures=(), is_complete=True)
    assert "copy of this device" in report.words()[0].en
