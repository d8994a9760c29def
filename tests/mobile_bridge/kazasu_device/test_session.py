"""One run of the device: what may be broken, and recording goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.device import Tablet, direct_server, direct_session
from harness.dialogue import ScriptedDialogue

from checksync.intent import NotOnList
from checksync.outbox import OutboxBusyError
from kazasu_device.check import Checking, CheckOrder
from kazasu_device.errors import HomeUnusableError
from kazasu_device.home import Home
from kazasu_device.presence import Presence
from kazasu_device.session import Session
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


def a_check(session: Session) -> int:
    order = CheckOrder(check_type="home_consent", setting="home_visit", subject=NotOnList())
    presence = Presence(VirtualReader(virtual_card("sato")), within_s=0)
    acting = session.device.duty.acting(session.device.now())
    dialogue = ScriptedDialogue([PEOPLE["sato"].jpki_pin])
    return Checking(session.device, presence, dialogue, session.keeping, acting).perform(order).confirmed.number


DAMAGE: dict[str, Callable[[Home], object]] = {
    "the store is no database": lambda home: home.received_file.write_bytes(b"\0garbage" * 2000),
    "the store is a folder": lambda home: home.received_file.mkdir(),
    "the anchor is damaged": lambda home: home.anchor_file.write_bytes(b"{"),
    "the duty list is damaged": lambda home: home.duty_file.write_bytes(b"[]"),
    "the place in the feed is damaged": lambda home: home.seen_file.write_bytes(b"nothing"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_whatever_can_be_had_again_may_be_broken_and_recording_goes_on(
    tablet: Tablet, damage: Callable[[Home], object]
) -> None:
    damage(tablet.home)
    server = direct_server(tablet)
    with direct_session(tablet, server) as session:
        assert a_check(session) == 1
        session.store.unlock(bytes(32))
        assert session.exchange.round().report.acknowledged == 1
    with direct_session(tablet, server) as session:
        assert a_check(session) == 2


def test_a_store_that_another_process_is_making_is_waited_for(tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[Path] = []
    real = __import__("checksync.received", fromlist=["ReceivedStore"]).ReceivedStore

    def busy_at_first(path: Path) -> object:
        attempts.append(path)
        if len(attempts) < 3:
            raise OutboxBusyError
        return real(path)

    monkeypatch.setattr("kazasu_device.store.ReceivedStore", busy_at_first)
    monkeypatch.setattr("kazasu_device.store._PAUSE_S", 0)
    with direct_session(tablet, direct_server(tablet)) as session:
        assert a_check(session) == 1
    assert len(attempts) == 3


def test_without_its_policy_a_device_says_which_file_is_damaged(tablet: Tablet) -> None:
    tablet.home.policy_file.write_bytes(b"{")
    with pytest.raises(HomeUnusableError) as caught, direct_session(tablet, direct_server(tablet)):
        pass
    assert caught.value.problem == "damaged:policy.json"


def test_a_new_sealing_key_is_used_from_the_policy_that_announces_it(tablet: Tablet) -> None:
    from harness.clinic import Clinic

    other = Clinic(facility=tablet.clinic.facility, key=tablet.clinic.key)
    with direct_session(tablet, direct_server(tablet)) as session:
        a_check(session)
        session.device.use_policy(other.policy())
        a_check(session)
        batch = session.device.outbox.pending()
        assert batch is not None
        assert hasattr(batch, "push")
        first, second = batch.push.sealed
        assert tablet.clinic.opener.open(first, batch.log, 1)
        assert other.opener.open(second, batch.log, 2)
