"""A disk that is full, read-only or failing, at every change in turn: what cannot be saved is said before it is
confirmed, what was confirmed stays, and the same call again records once.
"""

import itertools
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from faults.outbox.apsw_road import connecting
from faults.outbox.test_outbox_crash import Day
from faults.outbox.written import Change, Files, lay_out
from harness.outbox_device import AT, Device, begin, check_of, trouble

from checksync.outbox import Outbox, OutboxError, OutboxStorageError, QueueFullError

FAULTS: dict[str, tuple[set[str], type[Exception], type[OutboxError]]] = {
    "full": ({"write"}, apsw.FullError, QueueFullError),
    "read_only": ({"write", "truncate"}, apsw.ReadOnlyError, OutboxStorageError),
    "sync_fails": ({"sync"}, apsw.IOError, OutboxStorageError),
    "write_fails": ({"write"}, apsw.IOError, OutboxStorageError),
}


def _failing_from(day: Day, place: int, kinds: set[str], error: type[Exception]) -> Callable[[], bool]:
    """From the n-th change of those kinds on, every one fails; the answer says whether any did."""
    seen = itertools.count(1)
    hit = False

    def fault(change: Change) -> None:
        nonlocal hit
        if change.kind in kinds and next(seen) >= place:
            hit = True
            raise error("made by the test")

    day.watched.fault = fault
    return lambda: hit


def _kept_after_power_loss(day: Day, folder: Path) -> list[tuple[str, int]]:
    files = Files()
    for change in day.watched.changes:
        files.apply(change)
    folder.mkdir()
    lay_out(next(files.after_power_loss(random.Random(1), 0)), folder)  # noqa: S311
    original, day.device.path = day.device.path, folder / "outbox.db"
    try:
        with day.device.outbox() as outbox:
            return [(row.log, row.number) for row in outbox.recorded()]
    finally:
        day.device.path = original
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("checkpoint_pages", [2, 1000])
def test_a_disk_that_fails_at_any_change_is_said_and_costs_nothing_confirmed(
    tmp_path: Path, name: str, checkpoint_pages: int
) -> None:
    kinds, error, said = FAULTS[name]
    refused = 0
    for place in itertools.count(1):
        folder = tmp_path / f"{place}"
        folder.mkdir()
        day = Day(folder, checkpoint_pages)
        outbox = day.open()
        day.record(outbox, "before")
        body = check_of(begin(outbox))
        was_hit = _failing_from(day, place, kinds, error)
        confirmed = None
        try:
            confirmed = outbox.append(body, AT)
        except said:
            refused += 1
        if confirmed is not None:
            assert (confirmed.log, confirmed.number) in _kept_after_power_loss(day, folder / "crashed")
        day.watched.fault = lambda _: None
        again = outbox.append(body, AT)
        assert again.number == 2
        assert [row.number for row in outbox.recorded()] == [1, 2]
        assert _kept_after_power_loss(day, folder / "crashed") == [(again.log, 1), (again.log, 2)]
        outbox.close()
        if not was_hit():
            break
    assert refused >= (1 if name == "sync_fails" else 4)


@pytest.mark.parametrize("name", FAULTS)
def test_a_disk_that_fails_while_the_outbox_is_opened_is_said(tmp_path: Path, name: str) -> None:
    kinds, error, said = FAULTS[name]
    for place in itertools.count(1):
        folder = tmp_path / f"{place}"
        folder.mkdir()
        day = Day(folder, 1000)
        was_hit = _failing_from(day, place, kinds, error)
        try:
            day.open().close()
        except said:
            assert was_hit()
        day.watched.fault = lambda _: None
        with day.open() as outbox:
            assert outbox.append(trouble("then"), AT).number == 1
        if not was_hit():
            break
    assert place > 2


def test_a_full_disk_while_acknowledging_or_forgetting_loses_nothing_and_the_next_run_settles_it(
    tmp_path: Path,
) -> None:
    for place in itertools.count(1):
        folder = tmp_path / f"{place}"
        folder.mkdir()
        day = Day(folder, 2)
        day.server.forgettable = lambda log: 2
        with day.open() as outbox:
            for number in range(3):
                day.record(outbox, f"{number}")
            was_hit = _failing_from(day, place, {"write"}, apsw.FullError)
            try:
                day.push(outbox)
            except QueueFullError:
                assert was_hit()
            day.watched.fault = lambda _: None
            report = day.push(outbox)
            assert report.is_complete
            assert not report.failures
            assert not report.closed_logs
            assert outbox.state().acknowledged == 1, "two of three were forgotten"
        stored = day.server.storage.logs[day.confirmed[0][0]]
        assert sorted(stored.entries) == [1, 2, 3]
        if not was_hit():
            break
    assert place > 3


class _ReadOnlyFolder:
    """What the system says on a read-only mount; file permissions stop no administrator."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = os.open

        def refuse(path: object, flags: int, *rest: object, **named: object) -> int:
            if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
                raise OSError(30, "Read-only file system")
            return real(path, flags, *rest, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "open", refuse)


def test_a_read_only_folder_is_said_when_the_outbox_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(tmp_path)
    _ReadOnlyFolder(monkeypatch)
    with pytest.raises(OutboxStorageError) as caught:
        device.outbox()
    assert caught.value.name == "EROFS"


def test_a_disk_without_room_for_the_touch_lock_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(tmp_path)
    with device.outbox() as outbox:

        def full(self: Path, *_: object) -> object:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "open", full)
            with pytest.raises(QueueFullError) as caught:
                outbox.append(trouble("one"), AT)
        assert caught.value.limit == "disk"
        assert outbox.append(trouble("one"), AT).number == 1


def test_the_road_of_the_tests_is_the_one_of_the_product_but_for_the_files(tmp_path: Path) -> None:
    day = Day(tmp_path, 1000)
    with day.device.outbox(connection_class=connecting(day.watched)) as outbox:
        assert isinstance(outbox, Outbox)
        day.record(outbox, "over apsw")
    with day.device.outbox() as outbox:
        assert [row.number for row in outbox.recorded()] == [1]
