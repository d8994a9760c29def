"""A simulated server's store over the real thing: `kazasu`'s sync service, its reading of entries, its backup and its
restore, on SQLite. The same face as `MemoryStore`, some tens of times slower: a share of the schedules runs on it.
"""

import asyncio
import atexit
import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import msgspec
from faults.simulation.ledger import require
from faults.simulation.server import Call, KeptEntry, LogAtServer, Store, problem
from sqlalchemy import create_engine, func, select

import checksync as cs
from checksync.push import PushAnswer, encode_push_answer
from checksync.transport import Reply
from kazasu.backup.making import make_backup
from kazasu.backup.verification import verify_backup
from kazasu.checks.models import CheckRow
from kazasu.checks.reading import read_entry
from kazasu.clock import SetClock
from kazasu.context import Context
from kazasu.db import Database, new_id
from kazasu.devices import Device, DeviceState
from kazasu.devices.models import DeviceRow
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.facility.anchor import make_anchor
from kazasu.facility.service import create_facility, load_facility
from kazasu.keys import Keys, StorageKey
from kazasu.problems import ProblemError
from kazasu.restoration.restoring import restore_database
from kazasu.restoration.service import is_closed, reopen, reopen_if_refilled
from kazasu.settings import Settings
from kazasu.sync import service
from kazasu.sync.feed import publish, read_feed
from kazasu.sync.feed.cursor import cursor, seq_after
from kazasu.sync.models import BranchEntryRow, DeviceLogRow, LogEntryRow, LogGapRow
from kazasu.tables import metadata

T = TypeVar("T")


class _DiedBeforeCommitError(Exception):
    """The server goes away when everything is written and nothing is committed."""


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kazasu-simulation-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "kazasu.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    return file


class SqlStore:
    def __init__(
        self, key: cs.SigningKey, now: Callable[[], datetime], opener: cs.PrivateKeyOpener, folder: Path
    ) -> None:
        self._now = now
        self._backups = 0
        self._devices: dict[str, Device] = {}
        self._loop = asyncio.new_event_loop()
        home = folder / "server"
        home.mkdir()
        shutil.copyfile(_template(), home / "kazasu.db")
        settings = Settings(home=home)
        self._clock = SetClock(now())
        self._context = self._run(self._create(settings, Keys(key, opener, StorageKey.generate())))

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(coroutine)

    def _set_clock(self) -> None:
        self._clock.advance(max(self._now() - self._clock.now(), timedelta()))

    async def _create(self, settings: Settings, keys: Keys) -> Context:
        database = Database(settings.database_url)
        async with database.writing() as session:
            facility = await create_facility(
                session,
                name="訓練クリニック",
                mode=FacilityMode.EXERCISE,
                kind=FacilityKind.MEDICAL_INSTITUTION,
                institution_code="9910000018",
                transitional_until=None,
                at=self._clock.now(),
            )
            await session.commit()
        return Context(settings=settings, facility=facility, database=database, keys=keys, clock=self._clock)

    @property
    def facility(self) -> str:
        return self._context.facility.id

    @property
    def epoch(self) -> str:
        return self._context.facility.epoch

    def receive(self, call: Call, device: cs.EnrolledDevice, *, fail_before_commit: bool) -> Reply:
        self._set_clock()
        if not fail_before_commit:
            return self._run(self._receive(call, device))
        with patch.object(service, "_audit", side_effect=_DiedBeforeCommitError):
            try:
                return self._run(self._receive(call, device))
            except _DiedBeforeCommitError:
                return Reply(500, b"")

    async def _receive(self, call: Call, enrolled: cs.EnrolledDevice) -> Reply:
        device = await self._device(enrolled)
        context = self._context
        try:
            if call.kind == "entries":
                result = await service.store_push(context, device, call.log, call.body, read_entry)
            else:
                result = await service.store_gap(context, device, call.log, call.body)
        except cs.PushTooLargeError as error:
            return problem(413, "push-too-large", limit=error.limit)
        except ProblemError as error:
            return Reply(error.problem.status, msgspec.json.encode(error.body()))
        async with context.database.writing() as session:
            if await is_closed(session) and await reopen_if_refilled(session, at=self._clock.now()):
                await session.commit()
        answer = PushAnswer(
            acknowledgement=result.acknowledgement,
            outcomes=list(result.outcomes),
            anchor=make_anchor(context).statement,
            answers=result.answers,
        )
        return Reply(200, encode_push_answer(answer))

    async def _device(self, enrolled: cs.EnrolledDevice) -> Device:
        """Enrolled and confirmed, as its first request shows it; again after a restore to before that."""
        key = enrolled.key
        device = self._devices.get(key.thumbprint) or Device(new_id(), "tablet", DeviceState.CONFIRMED, key)
        self._devices[key.thumbprint] = device
        async with self._context.database.writing() as session:
            if await session.scalar(select(DeviceRow.id).where(DeviceRow.id == device.id)) is None:
                session.add(
                    DeviceRow(
                        id=device.id,
                        name=device.name,
                        jwk=key.jwk,
                        thumbprint=key.thumbprint,
                        state=device.state,
                        enrolled_at=self._clock.now(),
                        confirmed_at=self._clock.now(),
                    )
                )
                await session.commit()
        return device

    def read_feed(self, after: str | None, device: cs.EnrolledDevice) -> Reply:
        self._set_clock()
        return self._run(self._read_feed(after, device))

    async def _read_feed(self, after: str | None, enrolled: cs.EnrolledDevice) -> Reply:
        device = await self._device(enrolled)
        async with self._context.database.reading() as session:
            if await is_closed(session):
                return problem(503, "server-closed")
            found = await read_feed(session, device.id, after=seq_after(after, self.epoch), limit=3)
        page = cs.FeedPage(
            epoch=self.epoch,
            items=[
                cs.FeedItem(id=item.id, kind=item.kind, data=msgspec.Raw(msgspec.json.encode(item.data)))
                for item in found.items
            ],
            cursor=cursor(self.epoch, found.last_seq),
            more=found.is_more,
        )
        return Reply(200, msgspec.json.encode(page))

    def publish(self) -> str:
        self._set_clock()
        return self._run(self._publish())

    async def _publish(self) -> str:
        async with self._context.database.writing() as session:
            id_ = await publish(session, None, "note", {}, at=self._clock.now())
            await session.commit()
        return id_

    def mark_forgettable(self) -> None:
        """`make_backup` does, when it has read its file back."""

    def snapshot(self) -> object:
        self._set_clock()
        self._backups += 1
        path = self._context.settings.home / f"backup-{self._backups}"
        self._run(make_backup(self._context, path))
        return path

    def restore(self, snapshot: object) -> None:
        self._set_clock()
        assert isinstance(snapshot, Path)
        self._context = self._run(self._restore(snapshot))

    async def _restore(self, path: Path) -> Context:
        context = self._context
        await context.database.close()
        # Two restores within one second would keep what they replace under one name.
        self._clock.advance(timedelta(seconds=1))
        await restore_database(
            context.settings,
            path,
            verify_backup(path, context.keys.storage),
            storage=context.keys.storage,
            server=context.keys.server,
            journal=context.journal.read(),
            clock=self._clock,
            allows_older=True,
        )
        database = Database(context.settings.database_url)
        async with database.reading() as session:
            facility = await load_facility(session)
        return dataclasses.replace(context, database=database, facility=facility)

    def declare_missing(self) -> None:
        self._set_clock()
        self._run(self._declare_missing())

    async def _declare_missing(self) -> None:
        async with self._context.database.writing() as session:
            await reopen(session, declares_missing=True, actor="shell", at=self._clock.now())
            await session.commit()

    def logs(self) -> Mapping[str, LogAtServer]:
        return self._run(self._logs())

    async def _logs(self) -> Mapping[str, LogAtServer]:
        async with self._context.database.reading() as session:
            logs = (await session.scalars(select(DeviceLogRow))).all()
            entries = (await session.scalars(select(LogEntryRow))).all()
            gaps = (await session.scalars(select(LogGapRow))).all()
            branches = (await session.scalars(select(BranchEntryRow))).all()
        return {
            row.log: LogAtServer(
                row.genesis,
                row.number,
                row.hash,
                row.is_closed,
                {entry.number: KeptEntry(entry.sealed, entry.hash) for entry in entries if entry.log == row.log},
                tuple((gap.from_number, gap.to_number, gap.hash_after) for gap in gaps if gap.log == row.log),
                {entry.hash: KeptEntry(entry.sealed, entry.hash) for entry in branches if entry.log == row.log},
            )
            for row in logs
        }

    def number_of(self, log: str) -> int:
        return self._run(self._number_of(log))

    async def _number_of(self, log: str) -> int:
        async with self._context.database.reading() as session:
            return await session.scalar(select(DeviceLogRow.number).where(DeviceLogRow.log == log)) or 0

    def hash_at(self, log: str, number: int) -> bytes | None:
        return bytes.fromhex(log) if number == 0 else self._run(self._hash_at(log, number))

    async def _hash_at(self, log: str, number: int) -> bytes | None:
        async with self._context.database.reading() as session:
            return await service.SqlLogStorage(session, self._clock.now()).read_hash(log, number)

    def checks(self) -> Mapping[str, tuple[str, int]]:
        return self._run(self._checks())

    async def _checks(self) -> Mapping[str, tuple[str, int]]:
        async with self._context.database.reading() as session:
            unread = select(func.count()).select_from(LogEntryRow).where(LogEntryRow.outcome == "pending")
            require(await session.scalar(unread) == 0, "I4", "entries stored and never read")
            rows = await session.execute(select(CheckRow.id, CheckRow.log, CheckRow.entry_number))
            return {row.id: (row.log, row.entry_number) for row in rows}

    def close(self) -> None:
        self._run(self._context.database.close())
        self._run(self._loop.shutdown_default_executor())
        self._loop.close()


def sql_store(key: cs.SigningKey, now: Callable[[], datetime], opener: cs.PrivateKeyOpener, folder: Path) -> Store:
    return SqlStore(key, now, opener, folder)
