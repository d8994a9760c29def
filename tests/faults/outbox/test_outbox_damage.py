"""An outbox file that the disk damaged: all that can still be read is delivered, what cannot is named by number here
and at the server, and recording goes on at once.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.outbox_device import AT, FACILITY, Device, begin, check_of, trouble

import checksync as cs
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, DirectTransport
from checksync.outbox import Confirmed, IntentOutdatedError, MissingEntries, Outbox

PAGE = 4096


class Clinic:
    def __init__(self, folder: Path) -> None:
        self.device = Device(folder)
        self.server = DirectServer(self.device.server_key, FACILITY, self.device.now)

    def push(self, outbox: Outbox) -> cs.SyncReport:
        enrolled = cs.EnrolledDevice(FACILITY, self.device.key.verifying_key)
        road = DirectTransport(self.server, enrolled)
        key = self.device.server_key.verifying_key
        return SyncClient(outbox, road, key, now=self.device.now).push()


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def _filled(clinic: Clinic, count: int) -> list[Confirmed]:
    with clinic.device.outbox() as outbox:
        # Entries of one page, and of several.
        return [outbox.append(trouble("x" * (9000 if n % 4 == 0 else 10)), AT) for n in range(1, count + 1)]


def _recorded(outbox: Outbox) -> Confirmed:
    begun = begin(outbox)
    try:
        return outbox.append(check_of(begun), AT)
    except IntentOutdatedError:
        # Damage found at the very end: said before anything is confirmed, and the next touch is recorded.
        return outbox.append(check_of(begin(outbox)), AT)


def _settle(clinic: Clinic, confirmed: list[Confirmed]) -> tuple[set[int], set[int], tuple[MissingEntries, ...]]:
    """After the damage: a new record, a sync. What the server has of the old log, the gaps told, what is named."""
    with clinic.device.outbox() as outbox:
        again = _recorded(outbox)
        for _ in range(3):
            report = clinic.push(outbox)
        assert report.is_complete, report
        missing = outbox.state().missing
        assert outbox.state().stranded == 0
    has_new = again.number in clinic.server.storage.logs[again.log].entries
    assert has_new, "recording went on and reached the server"
    if again.log == confirmed[0].log:
        confirmed = [*confirmed, again]
    stored = clinic.server.storage.logs.get(confirmed[0].log)
    if stored is None:
        return set(), set(), missing
    for done in confirmed:
        if done.number in stored.entries:
            assert stored.entries[done.number].hash.hex() == done.hash
    gaps = {number for first, last in stored.gaps for number in range(first, last + 1)}
    return set(stored.entries), gaps, missing


def _named(missing: tuple[MissingEntries, ...], log: str) -> set[int]:
    return {n for row in missing if row.log == log and row.last is not None for n in range(row.first, row.last + 1)}


def _zero(page: int) -> Callable[[bytearray], None]:
    def damage(octets: bytearray) -> None:
        octets[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)

    return damage


def test_any_one_page_zeroed_costs_the_entries_on_it_and_no_other(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    pages = -1
    page = 0
    while page != pages:
        folder = tmp_path / f"{page}"
        folder.mkdir()
        clinic = Clinic(folder)
        confirmed = _filled(clinic, 14)
        octets = bytearray(clinic.device.path.read_bytes())
        pages = len(octets) // PAGE
        _zero(page)(octets)
        clinic.device.path.write_bytes(octets)
        delivered, gaps, missing = _settle(clinic, confirmed)
        lost = set(range(1, 15)) - delivered
        # A page holds at most five of these; whatever else it was, all entries are still there.
        assert len(lost) <= 5, f"page {page}"
        assert lost <= gaps, f"page {page}: what is lost was told to the server"
        assert lost <= _named(missing, confirmed[0].log), f"page {page}: and is named on the device"
        shutil.rmtree(folder)
        page += 1
    assert pages > 12


@pytest.mark.parametrize("seed", range(12))
def test_bits_flipped_anywhere_cost_no_more_than_they_touch(clinic: Clinic, seed: int) -> None:
    confirmed = _filled(clinic, 12)
    chance = random.Random(seed)  # noqa: S311
    octets = bytearray(clinic.device.path.read_bytes())
    for _ in range(4):
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    clinic.device.path.write_bytes(octets)
    delivered, gaps, missing = _settle(clinic, confirmed)
    lost = set(range(1, 13)) - delivered
    assert len(lost) <= 4
    assert lost <= gaps
    assert lost <= _named(missing, confirmed[0].log)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_file_cut_short_gives_what_is_left_and_names_the_rest(clinic: Clinic, part: float) -> None:
    confirmed = _filled(clinic, 12)
    octets = clinic.device.path.read_bytes()
    clinic.device.path.write_bytes(octets[: int(len(octets) * part)])
    delivered, gaps, missing = _settle(clinic, confirmed)
    lost = set(range(1, 13)) - delivered
    if part == 0.2:
        # Nothing of the log is left but that it was there.
        assert [(row.log, row.first, row.last) for row in missing] == [(confirmed[0].log, 1, None)]
        return
    assert lost <= gaps
    assert lost <= _named(missing, confirmed[0].log)
    assert part < 0.9 or len(delivered) >= 5


def test_a_file_cut_to_nothing_is_said_and_never_taken_for_a_new_one(clinic: Clinic) -> None:
    confirmed = _filled(clinic, 3)
    clinic.device.path.write_bytes(b"")
    with clinic.device.outbox() as outbox:
        (missing,) = outbox.state().missing
        assert (missing.log, missing.first, missing.last) == (confirmed[0].log, 1, None)
        again = outbox.append(trouble("on"), AT)
        assert again.log != confirmed[0].log
        assert clinic.push(outbox).is_complete


def test_damage_found_while_recording_keeps_nobody_from_recording(clinic: Clinic) -> None:
    confirmed = _filled(clinic, 6)
    with clinic.device.outbox() as outbox:
        intent = begin(outbox)
        # The whole schema and the log's own row: SQLite can read nothing of this file any more.
        octets = bytearray(clinic.device.path.read_bytes())
        octets[: 8 * PAGE] = bytes(8 * PAGE)
        clinic.device.path.write_bytes(octets)
        outbox.drop_check(intent)
        again = _recorded(outbox)
        assert again.log != confirmed[0].log
    delivered, gaps, missing = _settle(clinic, confirmed)
    lost = set(range(1, 7)) - delivered
    assert lost <= gaps | _named(missing, confirmed[0].log)


def test_a_process_that_has_the_damaged_file_open_goes_over_to_the_new_one(clinic: Clinic) -> None:
    _filled(clinic, 6)
    other = clinic.device.outbox()
    octets = bytearray(clinic.device.path.read_bytes())
    octets[:PAGE] = bytes(PAGE)
    clinic.device.path.write_bytes(octets)
    with clinic.device.outbox() as outbox:
        successor = outbox.open_successor()
    done = other.append(trouble("by the other"), AT)
    other.close()
    assert done.log == successor
    with clinic.device.outbox() as outbox:
        assert (done.log, done.number) in [(row.log, row.number) for row in outbox.recorded()]


def test_a_sender_that_has_the_damaged_file_open_sends_what_another_process_records_in_the_new_one(
    clinic: Clinic,
) -> None:
    _filled(clinic, 6)
    sender = clinic.device.outbox()
    assert clinic.push(sender).is_complete
    octets = bytearray(clinic.device.path.read_bytes())
    octets[:PAGE] = bytes(PAGE)
    clinic.device.path.write_bytes(octets)
    with clinic.device.outbox() as outbox:
        done = outbox.append(trouble("after the damage"), AT)
    with sender:
        assert sender.state().waiting == 1
        assert clinic.push(sender).is_complete
    assert done.number in clinic.server.storage.logs[done.log].entries


def test_the_damaged_file_is_kept_and_what_was_acknowledged_is_not_sent_as_lost(clinic: Clinic) -> None:
    confirmed = _filled(clinic, 6)
    with clinic.device.outbox() as outbox:
        assert clinic.push(outbox).is_complete
    octets = bytearray(clinic.device.path.read_bytes())
    octets[:PAGE] = bytes(PAGE)
    clinic.device.path.write_bytes(octets)
    delivered, gaps, missing = _settle(clinic, confirmed)
    assert delivered == set(range(1, 7))
    assert not gaps
    assert not missing
    assert clinic.device.path.with_name("outbox.db-damaged-1").exists()
