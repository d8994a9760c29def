"""Death between any two statements: the entry is there whole or not at all, and trying again records it once."""

import itertools
import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from harness.outbox_device import AT, Device, begin, check_of, trouble

from checksync.outbox import Outbox


class DeathError(BaseException):
    """The process is gone: no handler of ours runs after it in earnest."""


class Mortal(sqlite3.Connection):
    """Dies at the n-th call, before or after that took effect; a dead process makes no further call."""

    calls_left = -1
    dies_after = False
    is_dead = False

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
        if self.is_dead:
            raise DeathError
        self.calls_left -= 1
        if self.calls_left == 0:
            self.is_dead = True
            if self.dies_after:
                super().execute(sql, *parameters)  # type: ignore[arg-type]
            raise DeathError
        return super().execute(sql, *parameters)  # type: ignore[arg-type]


def _die_in_append(device: Device, calls: int, *, after: bool, with_check: bool) -> tuple[bool, object]:
    outbox = device.outbox(connection_class=Mortal)
    body = check_of(begin(outbox)) if with_check else trouble("two")
    connection = outbox._database.connection
    assert isinstance(connection, Mortal)
    connection.calls_left, connection.dies_after = calls, after
    try:
        outbox.append(body, AT)
    except DeathError:
        died = True
    else:
        died = False
    outbox._lane.end_touch()
    # The file is let go of without a word to SQLite's transaction, as the system does.
    connection.close()
    return died, body


@pytest.mark.parametrize("after", [False, True])
def test_death_at_any_statement_leaves_the_entry_whole_or_absent_and_once_when_tried_again(
    tmp_path: Path, after: bool
) -> None:
    seen = set()
    for calls in itertools.count(1):
        device = Device(tmp_path / f"{calls}")
        device.folder.mkdir()
        with device.outbox() as outbox:
            outbox.append(trouble("one"), AT)
        died, body = _die_in_append(device, calls, after=after, with_check=True)
        with device.outbox() as outbox:
            found = len(device.read(outbox))
            seen.add((died, found))
            confirmed = outbox.append(body, AT)  # type: ignore[arg-type]
            assert confirmed.number == 2
            assert [row.kind for row in outbox.recorded()] == ["trouble", "check"]
            batch = outbox.pending()
            assert batch is not None
            assert (batch.first, batch.last) == (1, 2)
        if not died:
            break
    # Before: only what was confirmed is there. After: the commit itself may have been the last thing done.
    assert seen == ({(True, 1), (False, 2)} if not after else {(True, 1), (True, 2), (False, 2)})
    assert calls > 6


def _append_many(folder: Path, device: Device, count: int, start: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    with device.outbox(patience_s=60) as outbox:
        for number in range(count):
            if number % 3 == 0:
                outbox.append(check_of(begin(outbox)), AT)
            else:
                outbox.append(trouble(f"{number}"), AT)


@pytest.mark.slow
def test_two_processes_appending_at_once_lose_and_fork_nothing(tmp_path: Path) -> None:
    device = Device(tmp_path)
    with device.outbox() as outbox:
        outbox.append(trouble(), AT)
    # Keys do not pickle: children of a fork have them.
    context = multiprocessing.get_context("fork")
    start = context.Event()
    children = [context.Process(target=_append_many, args=(tmp_path, device, 30, start)) for _ in range(2)]
    for child in children:
        child.start()
    start.set()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]
    with device.outbox() as outbox:
        entries = device.read(outbox)
        assert [number for _, number, _ in entries] == list(range(1, 62))
        assert sum(entry.kind == "check" for _, _, entry in entries) == 20
        batch = outbox.pending()
        assert batch is not None
        assert (batch.first, batch.last) == (1, 61)


def _die_in_touch(device: Device, begun: object) -> None:
    outbox: Outbox = device.outbox()
    begin(outbox)
    begun.set()  # type: ignore[attr-defined]
    multiprocessing.Event().wait()


@pytest.mark.slow
def test_a_process_that_dies_in_a_touch_holds_nobody_up(tmp_path: Path) -> None:
    device = Device(tmp_path)
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    child = context.Process(target=_die_in_touch, args=(device, begun))
    child.start()
    assert begun.wait(60)
    child.kill()
    child.join()
    with device.outbox(patience_s=5) as outbox:
        assert outbox.append(check_of(begin(outbox)), AT).number == 1
