"""Destroying what an entry says on the device: the octets go, its place in the chain stays and can be told."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from harness.device import Tablet, direct_server, direct_session

from checksync.body import DeclarationBody
from checksync.direct_transport import DirectServer
from checksync.feed import FeedItem
from checksync.outbox import GapToReport
from kazasu_device.session import Session

FIELDS = {"name": "架空　花子"}


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


@pytest.fixture
def server(tablet: Tablet) -> DirectServer:
    return direct_server(tablet)


@pytest.fixture
def session(tablet: Tablet, server: DirectServer) -> Iterator[Session]:
    with direct_session(tablet, server) as opened:
        yield opened


def declare(session: Session, visit: str = "ab" * 16) -> tuple[str, int]:
    body = DeclarationBody(visit=visit, duty_pass="0", form="2024-12", fields=dict(FIELDS))
    confirmed = session.device.record(body)
    return confirmed.log, confirmed.number


def sealed_of(session: Session, number: int) -> bytes:
    row = session.device.outbox._database.connection.execute(
        "SELECT sealed FROM entry WHERE number = ?", (number,)
    ).fetchone()
    return bytes(row[0])


def on_disk(tablet: Tablet) -> bytes:
    return b"".join(path.read_bytes() for path in tablet.path.glob("outbox.db*"))


def test_what_the_server_has_not_got_is_never_deleted(session: Session) -> None:
    log, number = declare(session)
    sealed = sealed_of(session, number)
    assert not session.device.outbox.destroy(log, number)
    assert not session.device.outbox.destroy(log, 99)
    assert not session.device.outbox.destroy("ab" * 32, number)
    assert sealed_of(session, number) == sealed


def test_the_octets_leave_the_files_and_the_log_goes_on(tablet: Tablet, session: Session) -> None:
    log, number = declare(session)
    declare(session)
    sealed = sealed_of(session, number)
    session.exchange.round()
    kept = session.device.outbox.state().kept_octets
    assert sealed[60:124] in on_disk(tablet)
    assert session.device.outbox.destroy(log, number)
    assert not session.device.outbox.destroy(log, number)
    for part in (sealed[60:124], sealed[-64:]):
        assert part not in on_disk(tablet)
    assert sealed_of(session, number) == b""
    assert session.device.outbox.state().kept_octets == kept - len(sealed)
    assert [entry.number for entry in session.device.outbox.recorded()] == [1, 2]
    _, third = declare(session)
    assert third == 3
    assert session.exchange.round().report.is_complete


def test_asked_for_it_again_the_device_signs_that_it_was_destroyed(
    tablet: Tablet, server: DirectServer, session: Session
) -> None:
    log, first = declare(session)
    declare(session)
    session.exchange.round()
    session.device.outbox.destroy(log, first)
    session.device.outbox.resume(log, first)
    found = session.device.outbox.pending()
    assert isinstance(found, GapToReport)
    assert (found.first, found.last, found.why) == (first, first, "destroyed")
    out = list(session.device.outbox.everything_out())
    assert out == []  # everything is acknowledged
    assert session.exchange.round().report.failures == ()
    # A server that has none of it takes the gap and what comes behind it: the chain hangs together.
    other = direct_server(tablet)
    other.epoch = "ef" * 16
    with direct_session(tablet, other) as again:
        again.device.outbox.enter_life(other.epoch)
        again.device.outbox.resume(log, 1)
        report = again.exchange.round().report
        assert (report.gaps, report.is_complete) == (1, True)


def test_the_feed_tells_and_what_it_tells_wrongly_is_passed_over(
    tablet: Tablet, server: DirectServer, session: Session
) -> None:
    log, number = declare(session)
    session.exchange.round()
    for id_, data in (
        ("a", {"log": "x", "number": 1}),
        ("b", {"log": "ab" * 32, "number": 1}),
        ("c", {"log": log, "number": number}),
        ("d", {"log": log, "number": number}),
    ):
        server.feed.append(FeedItem(id=id_, kind="destroyed", data=msgspec.Raw(msgspec.json.encode(data))))
    exchanged = session.exchange.round()
    assert exchanged.feed_failure is None
    assert sealed_of(session, number) == b""


def test_told_before_it_was_acknowledged_it_goes_when_it_is(
    tablet: Tablet, server: DirectServer, session: Session
) -> None:
    session.store.unlock(b"k" * 32)
    log, number = declare(session)
    data = msgspec.json.encode({"log": log, "number": number})
    server.feed.append(FeedItem(id="a", kind="destroyed", data=msgspec.Raw(data)))
    session.exchange.read_feed()
    assert sealed_of(session, number) != b""
    session.exchange.round()
    assert sealed_of(session, number) == b""
