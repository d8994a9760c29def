"""After recording: what is sent, what comes back, and how long anybody waits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.device import Tablet, direct_server, direct_session
from harness.dialogue import ScriptedDialogue

from checksync.acceptance import EnrolledDevice
from checksync.direct_transport import DirectServer, DirectTransport, Fault
from checksync.feed import FeedItem
from checksync.identifier import new_identifier
from checksync.intent import VisitSubject
from checksync.outbox import QueueName
from kazasu_device.answer import Fate, follow
from kazasu_device.check import Checking, CheckOrder, Recorded
from kazasu_device.presence import Presence
from kazasu_device.session import Session
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card

ORDER = CheckOrder(check_type="home_consent", setting="home_visit", subject=VisitSubject(id="ab" * 16))


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


@pytest.fixture
def server(tablet: Tablet) -> DirectServer:
    return direct_server(tablet)


class Road:
    """Whether the road to the server is open; counts who asks."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.is_closed = False

    def __call__(self) -> Fault:
        if self.is_closed:
            return Fault.LOSE_REQUEST
        return self.faults.pop(0) if self.faults else Fault.NONE


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
def session(tablet: Tablet, server: DirectServer, road: Road) -> Iterator[Session]:
    with direct_session(tablet, server, road) as opened:
        tablet.put_on_duty(opened.device)
        yield opened


def checked(session: Session, person: str = "sato") -> Recorded:
    presence = Presence(VirtualReader(virtual_card(person)), within_s=0)
    acting = session.device.duty.acting(session.device.now())
    dialogue = ScriptedDialogue([PEOPLE[person].jpki_pin])
    return Checking(session.device, presence, dialogue, session.keeping, acting).perform(ORDER)


def tell(server: DirectServer, kind: str, **data: Any) -> None:
    server.feed.append(FeedItem(id=new_identifier(), kind=kind, data=msgspec.Raw(msgspec.json.encode(data))))


def followed(session: Session, recorded: Recorded, wait_s: float = 0, **options: Any) -> Fate:
    return follow(session, recorded.confirmed, recorded.check, wait_s=wait_s, **options)


def test_what_was_recorded_is_sent_at_once(session: Session) -> None:
    fate = followed(session, checked(session))
    assert (fate.is_sent, fate.outcome, fate.failure) == (True, "accepted", None)
    assert session.device.outbox.state().name is QueueName.EMPTY


def test_without_a_connection_nobody_is_kept_waiting_and_nothing_is_lost(session: Session, road: Road) -> None:
    road.is_closed = True
    slept: list[float] = []
    fate = followed(session, checked(session), wait_s=60, sleep=slept.append)
    assert (fate.is_sent, fate.failure, slept) == (False, "no-connection", [])
    assert session.device.outbox.state().waiting == 1
    road.is_closed = False
    assert session.exchange.round().report.acknowledged == 1


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.CUT_ANSWER, Fault.REPEAT_REQUEST, Fault.PORTAL])
def test_a_push_whose_answer_was_lost_is_sent_again_and_stored_once(
    session: Session, server: DirectServer, road: Road, fault: Fault
) -> None:
    recorded = checked(session)
    road.faults = [fault]
    session.exchange.round()
    session.exchange.round()
    assert session.device.outbox.state().waiting == 0
    assert server.storage.logs[recorded.confirmed.log].number == 1


def test_the_answer_is_waited_for_and_the_wait_is_told(session: Session, server: DirectServer) -> None:
    recorded = checked(session)
    slept: list[float] = []

    def sleep(pause: float) -> None:
        slept.append(pause)
        if len(slept) == 3:
            tell(server, "answer", check=recorded.check, result="valid", simulated=True)

    told: list[float] = []
    fate = followed(session, recorded, wait_s=60, sleep=sleep, on_wait=told.append)
    assert fate.answer is not None
    assert fate.answer["result"] == "valid"
    assert len(told) == len(slept) == 3


def test_an_answer_to_another_check_is_not_taken(session: Session, server: DirectServer) -> None:
    tell(server, "answer", check="ee" * 16, result="valid")
    assert followed(session, checked(session)).answer is None


@pytest.mark.parametrize("reason", ["cannot_be_asked", "not_known_for_mobile"])
def test_where_nothing_can_be_asked_nobody_waits(session: Session, server: DirectServer, reason: str) -> None:
    recorded = checked(session)
    tell(server, "hold", check=recorded.check, visit=None, reason=reason, say={"ja": "", "en": ""})
    slept: list[float] = []
    fate = followed(session, recorded, wait_s=60, sleep=slept.append)
    assert slept == []
    assert [hold["reason"] for hold in fate.holds] == [reason]


def test_a_hold_that_comes_twice_counts_once() -> None:
    item = FeedItem(id="1", kind="hold", data=msgspec.Raw(b'{"check":"ab","reason":"r"}'))
    fate = Fate()
    fate.take([item, item], "ab")
    assert len(fate.holds) == 1


def test_an_anchor_in_the_feed_is_kept(tablet: Tablet, session: Session, server: DirectServer) -> None:
    statement = tablet.clinic.anchor()
    tell(server, "anchor", statement=statement)
    session.exchange.round()
    seen = session.device.anchors.seen()
    assert seen is not None
    assert seen.statement == statement


def test_a_certificate_that_no_root_vouches_for_is_not_known_when_the_card_comes_again(
    session: Session, server: DirectServer
) -> None:
    """It may have come damaged; whatever else this device read is read again too, once."""
    session.store.keep_certificate(0x1234, b"der", "ab" * 32, 7)
    for reason, is_known in (("certificate_expired", True), ("certificate_not_trusted", False)):
        tell(server, "hold", check="aa" * 16, reason=reason, say={"ja": "…", "en": "…"})
        session.exchange.round()
        assert session.store.has_certificates is is_known


def test_a_damaged_anchor_does_no_harm(session: Session, server: DirectServer) -> None:
    tell(server, "anchor", nothing=1)
    tell(server, "anchor", statement="x.y.z")
    session.exchange.round()
    assert session.device.anchors.seen() is None


def test_a_process_without_day_key_goes_on_where_the_last_one_stopped_looking(
    tablet: Tablet, server: DirectServer
) -> None:
    tell(server, "answer", check="aa" * 16, result="valid")
    with direct_session(tablet, server) as first:
        assert len(first.exchange.read_feed()[0]) == 1
    tell(server, "answer", check="bb" * 16, result="valid")
    with direct_session(tablet, server) as second:
        [item] = second.exchange.read_feed()[0]
    assert b"bb" * 16 in bytes(item.data)


def test_whoever_has_the_day_key_gets_what_processes_without_it_passed_over(
    tablet: Tablet, server: DirectServer
) -> None:
    tell(server, "answer", check="aa" * 16, result="valid")
    with direct_session(tablet, server) as locked:
        locked.exchange.read_feed()
    with direct_session(tablet, server) as signed_in:
        signed_in.store.unlock(bytes(32))
        assert len(signed_in.exchange.read_feed()[0]) == 1


def test_after_a_restored_server_everything_kept_is_sent_again(session: Session, server: DirectServer) -> None:
    backup = server.snapshot()
    recorded = checked(session)
    followed(session, recorded)
    server.restore(backup)
    session.exchange.read_feed()
    assert session.device.outbox.state().waiting == 1
    session.exchange.round()
    assert server.storage.logs[recorded.confirmed.log].number == 1


def test_a_refused_log_keeps_nobody_from_reading_the_feed(
    tablet: Tablet, session: Session, server: DirectServer
) -> None:
    recorded = checked(session)
    transport = session.exchange._inner
    assert isinstance(transport, DirectTransport)
    transport.device = EnrolledDevice("0b", tablet.key.verifying_key)
    tell(server, "answer", check=recorded.check, result="valid")
    done = session.exchange.round()
    assert done.report.is_refused
    assert len(done.news) == 1
