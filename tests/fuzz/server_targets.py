"""Readers on the server of what devices and people send, beside the protocol's own. A real facility in a temporary
folder takes what comes: nothing is lost, nothing raises, everything is held or accepted."""

import asyncio
import json
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from fuzz import seeds
from fuzz.target import target
from harness.door import Door, make_door
from sqlalchemy import func, select

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.gateway.app_text import read_app_text
from kazasu.keyset import Keyset
from kazasu.problems import ProblemError
from kazasu.sync.feed.cursor import seq_after
from kazasu.sync.importing import import_entries
from kazasu.sync.models import LogEntryRow
from kazasu.sync.service import store_push
from kazasu.tables import metadata

T = TypeVar("T")
_KINDS = ("check", "substitute", "declaration", "consent", "consent_withdrawn", "void", "trouble", "prophecy")


@dataclass
class _Clinic:
    door: Door
    loop: asyncio.AbstractEventLoop
    folder: tempfile.TemporaryDirectory[str]

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)


@cache
def clinic() -> _Clinic:
    loop, folder = asyncio.new_event_loop(), tempfile.TemporaryDirectory()
    database = Database(f"sqlite:///{folder.name}/kazasu.db")

    async def made() -> Door:
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        return await make_door(database, Path(folder.name))

    return _Clinic(loop.run_until_complete(made()), loop, folder)


def close() -> None:
    """The facility is gone."""
    if clinic.cache_info().currsize:
        found = clinic()
        found.run(found.door.context.database.close())
        found.loop.close()
        found.folder.cleanup()
        clinic.cache_clear()


def _contents() -> list[bytes]:
    return [
        bytes([_KINDS.index(body.kind)]) + cs.encode_body(body).replace(b"d1" * 16, clinic().door.duty_pass.encode())
        for body in seeds.bodies()
    ]


@target("entry read", cs.MalformedError, cs.EntryTooLargeError, seeds=_contents)
def entry_read(octets: bytes) -> object:
    """An entry of any content, sealed, chained and signed by a device gone wrong: stored, and accepted or held."""
    door, run = clinic().door, clinic().run
    kind = _KINDS[(octets[0] if octets else 0) % len(_KINDS)]
    number = door.log.last + 1
    entry = b'{"log":"%s","number":%d,"device_recorded_at":"2026-12-01T01:00:00.000Z","kind":"%s","body":%s}' % (
        door.log.log.encode(), number, kind.encode(), octets[1:] or b"{}",
    )  # fmt: skip
    door.append(door.public.seal(entry, door.log.log, number))
    [outcome] = run(door.push())
    assert outcome.outcome in ("accepted", "held"), outcome.outcome
    assert (outcome.outcome == "held") == (outcome.reason is not None)
    return outcome


def _pushes() -> list[bytes]:
    door = clinic().door
    if not door.log.last:
        door.record("prophecy", b"{}")
        clinic().run(door.push())
    return [door.log.push(1, 1), *seeds.pushes()]


@target("push stored", ProblemError, cs.PushTooLargeError, seeds=_pushes)
def push_stored(octets: bytes) -> object:
    """Whatever is pushed by a confirmed device: a problem of ours or an answer; what was there stays."""
    door, run = clinic().door, clinic().run
    before = run(_entries(door))
    try:
        return run(store_push(door.context, door.device, door.log.log, octets, read_entry)).outcomes
    finally:
        assert run(_entries(door)) >= before


async def _entries(door: Door) -> int:
    async with door.context.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(LogEntryRow)) or 0)


def _exports() -> list[bytes]:
    door = clinic().door
    header = {"format": "kazasu-export-v1", "facility": door.context.facility.id, "device": door.key.thumbprint}
    [made] = seeds.export_file()
    return [json.dumps(header).encode() + b"\n" + made.partition(b"\n")[2], made]


@target("import file", ProblemError, seeds=_exports)
def import_file(octets: bytes) -> object:
    door, run = clinic().door, clinic().run
    return run(import_entries(door.context, octets, read_entry=read_entry, actor="shell"))


@target(
    "app's copied text", seeds=lambda: ["資格情報\n確認日\t令和8年12月1日\n氏名\t見本　花子\n番号\t88776655\n".encode()]
)
def app_text(octets: bytes) -> object:
    found = read_app_text(octets.decode("utf-8", "replace"))
    return found, [fault.say for fault in found.faults], found.unknown_labels


@target("list cursor", ProblemError, seeds=lambda: [b"MjAyNi0xMi0wMVQwMDowMDowMCswMDowMHxhYg"])
def list_cursor(octets: bytes) -> object:
    found = Keyset.of(octets.decode("utf-8", "replace"))
    return found and found.cursor()


@target("feed cursor", seeds=lambda: [b"e1e1.17", b"e1e1.", b"."])
def feed_cursor(octets: bytes) -> object:
    seq = seq_after(octets.decode("utf-8", "replace"), "e1e1")
    assert 0 <= seq < 10**18
    return seq
