"""A kill after every change that SQLite makes to its files, and a power cut at each: nothing confirmed is lost, nothing
counts twice, and the device goes on.
"""

import hashlib
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from faults.outbox.apsw_road import Watched, connecting
from faults.outbox.written import Change, Disk, Files, lay_out
from harness.outbox_device import AT, FACILITY, Device, begin, check_of, trouble

import checksync as cs
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, DirectTransport
from checksync.memory_log_storage import MemoryLogStorage
from checksync.outbox import Confirmed, Outbox


@dataclass(frozen=True)
class Known:
    """What held at one moment of the day: confirmed to the user, and on the server."""

    confirmed: tuple[tuple[str, int, str], ...] = ()
    storage: MemoryLogStorage = field(default_factory=MemoryLogStorage)


class Day:
    """One device's day on watched files, and the server that it talks to, which loses nothing."""

    def __init__(self, folder: Path, checkpoint_pages: int) -> None:
        self.device = Device(folder)
        self.watched = Watched()
        self._connect = connecting(self.watched, checkpoint_pages)
        self.server = DirectServer(self.device.server_key, FACILITY, self.device.now)
        self.confirmed: list[tuple[str, int, str]] = []

    def open(self) -> Outbox:
        return self.device.outbox(connection_class=self._connect)

    def mark(self) -> None:
        self.watched.mark(Known(tuple(self.confirmed), self.server.snapshot()))

    def record(self, outbox: Outbox, note: str, *, is_check: bool = False) -> None:
        body = check_of(begin(outbox)) if is_check else trouble(note)
        done = outbox.append(body, AT)
        self.confirmed.append((done.log, done.number, done.hash))
        self.mark()

    def push(self, outbox: Outbox) -> cs.SyncReport:
        road = DirectTransport(self.server, cs.EnrolledDevice(FACILITY, self.device.key.verifying_key))
        day = self

        class Marking(DirectTransport):
            def post_entries(self, log: str, body: bytes) -> cs.Reply:
                reply = road.post_entries(log, body)
                # From here on the server has them, whatever the device still learns of it.
                day.mark()
                return reply

        client = SyncClient(
            outbox, Marking(self.server, road.device), self.device.server_key.verifying_key, now=self.device.now
        )
        return client.push()


def _live(day: Day) -> None:
    """Appends, an acknowledgement, forgetting, a closed log and its successor, two processes, an end and a start."""
    outbox = day.open()
    for number in range(3):
        day.record(outbox, f"first {number}", is_check=number == 1)
    with day.open() as other:
        day.record(other, "x" * 9000)
        day.record(outbox, "between")
        assert day.push(other).is_complete
    day.server.forgettable = lambda log: 3
    day.record(outbox, "after")
    day.push(outbox)
    assert outbox.state().acknowledged == 3, "three of six were forgotten"
    outbox.close()

    outbox = day.open()
    log = outbox.open_successor()
    outbox.abandon_log(log, "server_ahead", AT)
    day.mark()
    day.record(outbox, "in the successor", is_check=True)
    day.record(outbox, "y" * 5000)
    day.push(outbox)
    day.record(outbox, "last")
    outbox.close()


def _disks(changes: list[Change], chance: random.Random, subsets: int) -> Iterator[tuple[int, Known, Disk]]:
    """The disk after each change, killed and without power, with what was known then; each once."""
    files, known, seen = Files(), Known(), set()
    for place, change in enumerate(changes):
        files.apply(change)
        if change.kind == "mark":
            known = change.mark
        for disk in (files.after_kill(), *files.after_power_loss(chance, subsets)):
            digest = hashlib.sha256(repr(sorted(disk.items())).encode()).digest()
            key = digest, len(known.confirmed), id(known.storage)
            if key not in seen:
                seen.add(key)
                yield place, known, disk


def _examine(day: Day, known: Known, disk: Disk, folder: Path) -> None:
    """The product's own outbox on what the crash left: records, sends, and the server has everything once."""
    folder.mkdir()
    lay_out(disk, folder)
    original = day.device.path
    day.device.path = folder / "outbox.db"
    try:
        with day.device.outbox() as outbox:
            again = outbox.append(trouble("after the crash"), AT)
            day.server.storage = known.storage.copied()
            road = DirectTransport(day.server, cs.EnrolledDevice(FACILITY, day.device.key.verifying_key))
            client = SyncClient(outbox, road, day.device.server_key.verifying_key, now=day.device.now)
            report = client.push()
            assert report.is_complete, report
            assert not report.failures, report
            assert not report.gaps
            assert not report.closed_logs, "the device forked against itself"
        expected = [*known.confirmed, (again.log, again.number, again.hash)]
        for log, number, digest in expected:
            found = day.server.storage.logs[log].entries[number]
            assert found.hash.hex() == digest
    finally:
        day.device.path = original
        shutil.rmtree(folder)


def _survives(tmp_path: Path, *, checkpoint_pages: int, subsets: int, every: int = 1) -> int:
    chance = random.Random(7)  # noqa: S311
    live = tmp_path / "live"
    live.mkdir()
    day = Day(live, checkpoint_pages)
    _live(day)
    assert {"write", "sync"} <= {change.kind for change in day.watched.changes}
    examined = 0
    for count, (place, known, disk) in enumerate(_disks(day.watched.changes, chance, subsets)):
        if count % every:
            continue
        try:
            _examine(day, known, disk, tmp_path / "crashed")
        except BaseException as error:
            error.add_note(f"after change {place} of {len(day.watched.changes)}: {day.watched.changes[place]}")
            raise
        examined += 1
    print(f"{len(day.watched.changes)} changes of files, {examined} disks examined")
    return examined


def test_a_kill_or_a_power_cut_at_some_changes_of_a_day_loses_nothing_confirmed(tmp_path: Path) -> None:
    assert _survives(tmp_path, checkpoint_pages=1000, subsets=1, every=11) > 20


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint_pages", [1, 8, 1000])
def test_a_kill_or_a_power_cut_at_every_change_of_a_day_loses_nothing_confirmed(
    tmp_path: Path, checkpoint_pages: int
) -> None:
    assert _survives(tmp_path, checkpoint_pages=checkpoint_pages, subsets=3) > 300


def test_the_disk_after_a_power_cut_really_forgets_what_was_not_synced(tmp_path: Path) -> None:
    """The harness against itself: without the sync of a commit the entry is found missing."""
    day = Day(tmp_path, 1000)
    outbox = day.open()
    before = len(day.watched.changes)
    day.record(outbox, "one")
    outbox.close()
    files = Files()
    for change in day.watched.changes[:before]:
        files.apply(change)
    for change in day.watched.changes[before:]:
        if change.kind == "mark":
            break
        if change.kind != "sync":
            files.apply(change)
    nothing_kept = next(files.after_power_loss(random.Random(1), 0))  # noqa: S311
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    lay_out(nothing_kept, crashed)
    day.device.path = crashed / "outbox.db"
    with day.device.outbox() as found:
        assert found.recorded() == []


def test_confirmed_is_what_the_harness_marks(tmp_path: Path) -> None:
    day = Day(tmp_path, 1000)
    with day.open() as outbox:
        day.record(outbox, "one")
        state = outbox.recorded()
    last = [change.mark for change in day.watched.changes if change.kind == "mark"][-1]
    assert isinstance(outbox, Outbox)
    assert [entry[:2] for entry in last.confirmed] == [(row.log, row.number) for row in state]
    assert isinstance(Confirmed(*last.confirmed[0]), Confirmed)
