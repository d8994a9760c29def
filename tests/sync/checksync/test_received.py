"""What was received rests as ciphertext, and stays closed without the day key."""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from checksync.feed import Answer, FeedItem, RosterVisit, Say
from checksync.outbox import OutboxDamagedError, QueueFullError
from checksync.received import DayKeyError, ReceivedStore, UnfinishedTouch

EPOCH, OTHER_EPOCH = "e1" * 16, "e2" * 16
CERTIFICATE = b"certificate of Hanako"


def _roster(
    visit: str = "b1", name: str = "見本　花子", certificate: bytes = CERTIFICATE, digest: str = ""
) -> FeedItem:
    data = {
        "visit": visit,
        "patient": "c1",
        "name": name,
        "name_kana": "ミホン　ハナコ",
        "birth_date": "1950-01-01",
        "at": "2026-11-22T01:00:00.000Z",
        "setting": "home_visit",
        "keys": ["insured_number"],
        "known_certificates": [
            {
                "serial": "00ABCD",
                "sha256": digest or hashlib.sha256(certificate).hexdigest(),
                "certificate": certificate,
            }
        ],
        "later": True,
    }
    return FeedItem(id=f"roster-{visit}", kind="roster", data=msgspec.Raw(msgspec.json.encode(data)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "received.db"


def test_what_was_received_is_read_again_with_the_same_key_only(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        store.receive(EPOCH, [_roster()], "c1")
    with ReceivedStore(path) as store:
        assert not store.is_open
        assert store.items("roster", RosterVisit) == []
        assert store.cursor is None
        store.unlock(key)
        assert [visit.name for visit in store.items("roster", RosterVisit)] == ["見本　花子"]
        assert store.cursor == "c1"
        store.lock()
        assert store.items("roster", RosterVisit) == []
        store.unlock(secrets.token_bytes(32))
        assert store.items("roster", RosterVisit) == []
        assert store.cursor is None
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert store.items("roster", RosterVisit) == []


def test_no_byte_of_it_is_on_the_disk_in_clear(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        store.receive(EPOCH, [_roster(f"b{number}") for number in range(20)], "c1")
        store.keep_draft(UnfinishedTouch(intent=b"kazasu-intent-v1\nprivate", signature=bytes(256)))
        store.keep_certificate(0xABCE, CERTIFICATE, "ab" * 32, 3)
        files = [file.read_bytes() for file in path.parent.iterdir()]
    files += [file.read_bytes() for file in path.parent.iterdir()]
    assert len(files) >= 3
    for content in files:
        for secret in ["見本", "ハナコ", "1950-01-01", "kazasu-intent", "certificate of"]:
            assert secret.encode() not in content
        for octets in (key, CERTIFICATE):
            assert octets not in content


def test_moved_ciphertext_opens_nowhere_else(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        store.receive(EPOCH, [_roster("b1"), _roster("b2", "別人")], "c1")
        store._connection.execute(
            "UPDATE item SET ciphertext = (SELECT ciphertext FROM item WHERE id = 'roster-b2'),"
            " nonce = (SELECT nonce FROM item WHERE id = 'roster-b2') WHERE id = 'roster-b1'"
        )
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert [visit.name for visit in store.items("roster", RosterVisit)] == ["別人"]


def test_without_the_key_items_live_in_memory_until_it_comes(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.receive(EPOCH, [_roster()], "c1")
        store.keep_draft(UnfinishedTouch(intent=b"i"))
        assert len(store.items("roster", RosterVisit)) == 1
        assert store._connection.execute("SELECT count(*) FROM item").fetchone()[0] == 0
        store.unlock(key)
        assert store.cursor == "c1"
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert len(store.items("roster", RosterVisit)) == 1
        assert store.draft() == UnfinishedTouch(intent=b"i")
        assert store.cursor == "c1"


def test_a_new_days_key_takes_over_what_is_the_devices_own(path: Path) -> None:
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(first)
        store.receive(EPOCH, [_roster()], "c1")
        store.keep_draft(UnfinishedTouch(intent=b"i", signature=b"s"))
        store.unlock(second)
        assert (store.items("roster", RosterVisit), store.cursor) == ([], None)
        assert store.draft() == UnfinishedTouch(intent=b"i", signature=b"s")
    with ReceivedStore(path) as store:
        store.unlock(second)
        assert store.draft() == UnfinishedTouch(intent=b"i", signature=b"s")
        store.drop_draft()
    with ReceivedStore(path) as store:
        store.unlock(second)
        assert store.draft() is None


def test_a_new_epoch_replaces_what_was_received(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.unlock(secrets.token_bytes(32))
        store.receive(EPOCH, [_roster("b1")], "c1")
        store.keep_draft(UnfinishedTouch(intent=b"i"))
        store.receive(OTHER_EPOCH, [_roster("b2")], "d1")
        assert [visit.visit for visit in store.items("roster", RosterVisit)] == ["b2"]
        assert (store.cursor, store.draft()) == ("d1", UnfinishedTouch(intent=b"i"))


def test_a_new_epoch_met_before_the_key_came_replaces_what_rests_on_the_disk(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        store.receive(EPOCH, [_roster("b1")], "c1")
    with ReceivedStore(path) as store:
        store.receive(OTHER_EPOCH, [_roster("b2")], "d1")
        store.unlock(key)
        assert [visit.visit for visit in store.items("roster", RosterVisit)] == ["b2"]
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert ([visit.visit for visit in store.items("roster", RosterVisit)], store.cursor) == (["b2"], "d1")


def test_the_same_item_again_is_one_item_and_an_unknown_form_is_passed_over(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.unlock(secrets.token_bytes(32))
        strange = FeedItem(id="x", kind="roster", data=msgspec.Raw(b'{"new":"form"}'))
        store.receive(EPOCH, [_roster(name="前"), _roster(name="後"), strange], "c1")
        assert [visit.name for visit in store.items("roster", RosterVisit)] == ["後"]
        assert store.items("answer", Answer) == []


def test_a_known_card_is_found_by_its_serial_number_however_written(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.unlock(secrets.token_bytes(32))
        store.receive(EPOCH, [_roster()], "c1")
        known = store.known_certificate(0xABCD)
        assert known is not None
        assert (known.certificate, known.is_listed) == (CERTIFICATE, True)
        assert known.sha256 == hashlib.sha256(CERTIFICATE).hexdigest()
        assert store.known_certificate(0xABCE) is None


def test_a_listed_certificate_that_is_not_its_digest_is_not_known(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.unlock(secrets.token_bytes(32))
        store.receive(EPOCH, [_roster(digest="ab" * 32)], "c1")
        assert store.known_certificate(0xABCD) is None


def test_a_certificate_read_here_is_known_but_not_listed_until_its_entry_may_be_forgotten(path: Path) -> None:
    log = "ab" * 32
    with ReceivedStore(path) as store:
        store.unlock(secrets.token_bytes(32))
        store.keep_certificate(0x1234, b"der", log, 7)
        known = store.known_certificate(0x1234)
        assert known is not None
        assert (known.certificate, known.is_listed) == (b"der", False)
        assert store.forget_certificates(log, 6) == 0
        assert store.forget_certificates("cd" * 32, 9) == 0
        assert store.forget_certificates(log, 7) == 1
        assert store.known_certificate(0x1234) is None


def test_what_is_no_key_opens_nothing_and_nothing_shows_in_the_repr(path: Path) -> None:
    with ReceivedStore(path) as store:
        for key in (b"", b"x" * 31, b"x" * 33):
            with pytest.raises(DayKeyError):
                store.unlock(key)
        assert repr(store) == "<ReceivedStore locked>"
        store.unlock(b"k" * 32)
        assert repr(store) == "<ReceivedStore open>"


def test_a_page_that_cannot_be_kept_is_not_counted_as_received(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.unlock(secrets.token_bytes(32))
        store.receive(EPOCH, [_roster("b1")], "c1")
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(QueueFullError):
            store.receive(EPOCH, [_roster("b2", "長" * 100_000)], "c2")
        assert store.cursor is None
        assert store._connection.execute("SELECT count(*) FROM item").fetchone()[0] == 1
        assert store._connection.execute("SELECT value FROM place WHERE name = 'cursor'").fetchone()[0] == "c1"


def test_items_keep_the_order_of_their_coming_over_a_restart(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        store.receive(EPOCH, [_roster("b9"), _roster("b2")], "c1")
        store.receive(EPOCH, [_roster("b5")], "c2")
        assert [visit.visit for visit in store.items("roster", RosterVisit)] == ["b9", "b2", "b5"]
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert [visit.visit for visit in store.items("roster", RosterVisit)] == ["b9", "b2", "b5"]


def test_a_note_is_the_devices_own_and_guarded_like_the_rest(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert not store.has_certificates
        store.keep_note("n1", Say(ja="内緒", en="private"))
        store.receive(EPOCH, [_roster()], "c1")
        assert store.has_certificates
        store.receive(OTHER_EPOCH, [], "d1")
        assert not store.has_certificates
        for file in path.parent.iterdir():
            assert "内緒".encode() not in file.read_bytes()
    with ReceivedStore(path) as store:
        assert store.notes(Say) == []
        store.unlock(key)
        assert store.notes(Say) == [Say(ja="内緒", en="private")]


def test_no_feed_reaches_what_is_the_devices_own(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.keep_draft(UnfinishedTouch(intent=b"i"))
        forged = FeedItem(id="one", kind="own:draft", data=msgspec.Raw(b'{"intent":"AAAA"}'))
        store.receive(EPOCH, [forged], "c1")
        assert store.draft() == UnfinishedTouch(intent=b"i")


def test_a_damaged_file_is_named(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at " * 100)
    with pytest.raises(OutboxDamagedError):
        ReceivedStore(path)


def test_a_draft_can_be_dropped_while_locked_and_a_serial_that_is_none_is_passed_over(path: Path) -> None:
    with ReceivedStore(path) as store:
        store.keep_draft(UnfinishedTouch(intent=b"i"))
        store.drop_draft()
        assert store.draft() is None
        odd = msgspec.json.decode(bytes(_roster().data))
        odd["known_certificates"][0]["serial"] = "no number"
        store.receive(EPOCH, [FeedItem(id="x", kind="roster", data=msgspec.Raw(msgspec.json.encode(odd)))], "c1")
        store.keep_certificate(5, b"der", "ab" * 32, 1)
        assert store.known_certificate(4) is None


def test_a_page_that_breaks_off_leaves_none_of_its_items(path: Path) -> None:
    key = secrets.token_bytes(32)
    with ReceivedStore(path) as store:
        store.unlock(key)
        with pytest.raises(ValueError, match="broken"):
            store.receive(EPOCH, _broken(), "c1")
    with ReceivedStore(path) as store:
        store.unlock(key)
        assert (store.items("roster", RosterVisit), store.cursor) == ([], None)


def _broken() -> Iterator[FeedItem]:
    yield _roster()
    raise ValueError("broken")
