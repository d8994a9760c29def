"""A facility's second life: its backup restored into another database, and a device whose client talks to either."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest
from harness.door import Door
from harness.office import Office, opened_office
from harness.postgres import PostgresServer

import checksync as cs
from checksync.outbox import Outbox
from kazasu.backup.verification import verify_backup
from kazasu.checks.reading import read_entry
from kazasu.context import Context
from kazasu.db import Database
from kazasu.facility.service import load_facility
from kazasu.journal import JournalRead
from kazasu.restoration.restoring import Restored, restore_database


@contextmanager
def another_database(request: pytest.FixtureRequest, like: Database, folder: Path) -> Iterator[str]:
    """The URL of an empty database of the same kind."""
    if like.is_sqlite:
        yield f"sqlite:///{folder / 'second.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@asynccontextmanager
async def restored(
    context: Context, backup: Path, url: str, *, journal: JournalRead | None = None, allows_older: bool = False
) -> AsyncIterator[tuple[Context, Restored]]:
    """The facility after its restore, by the journal as it stands unless another is given."""
    settings = msgspec.structs.replace(context.settings, database=url)
    made = await restore_database(
        settings,
        backup,
        verify_backup(backup, context.keys.storage),
        storage=context.keys.storage,
        server=context.keys.server,
        journal=context.journal.read() if journal is None else journal,
        clock=context.clock,
        allows_older=allows_older,
    )
    database = Database(url)
    try:
        async with database.reading() as session:
            facility = await load_facility(session)
        yield dataclasses.replace(context, settings=settings, database=database, facility=facility), made
    finally:
        await database.close()


class Road:
    """A transport of checksync into an application of this process; the device asks for its token as a device does."""

    def __init__(self, office: Office, device: str, key: cs.SigningKey, outbox: Outbox) -> None:
        self._office = office
        self._device = device
        self._key = key
        self._outbox = outbox
        self._token: str | None = None
        self._loop = asyncio.get_running_loop()

    def post_entries(self, log: str, body: bytes) -> cs.Reply:
        return self._call("POST", f"/sync/logs/{log}/entries", body)

    def post_gap(self, log: str, body: bytes) -> cs.Reply:
        return self._call("POST", f"/sync/logs/{log}/gaps", body)

    def get_feed(self, after: str | None) -> cs.Reply:
        return self._call("GET", "/sync/feed" + (f"?after={after}" if after else ""), b"")

    def present_life(self) -> str:
        return asyncio.run_coroutine_threadsafe(self._sign(), self._loop).result(30)

    def _call(self, method: str, path: str, body: bytes) -> cs.Reply:
        return asyncio.run_coroutine_threadsafe(self._answer(method, path, body), self._loop).result(60)

    async def _answer(self, method: str, path: str, body: bytes) -> cs.Reply:
        if self._token is None:
            await self._sign()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        answer = await self._office.client.request(method, path, content=body, headers=headers)
        return cs.Reply(answer.status_code, answer.content, answer.headers.get("retry-after"))

    async def _sign(self) -> str:
        answer = await self._office.ask_token(self._device, self._key)
        if answer.status_code != 200:
            raise cs.TransportError("no-token")
        self._token = answer.json()["token"]
        epoch: str = answer.json()["epoch"]
        self._outbox.enter_life(epoch)
        return epoch


class Handset:
    """A device with a real outbox and client; `meet` is one round with a server, by itself."""

    def __init__(self, door: Door, folder: Path, name: str) -> None:
        self.door = door
        self.outbox = Outbox(
            folder / f"{name}.db",
            facility=door.context.facility.id,
            signing_key=door.key,
            sealing_key=door.public,
        )

    def record(self, body: cs.Body) -> cs.Confirmed:
        return self.outbox.append(body, self.door.clock.now())

    async def meet(self, office: Office) -> cs.SyncReport:
        road = Road(office, self.door.device.id, self.door.key, self.outbox)
        client = cs.SyncClient(
            self.outbox,
            road,
            self.door.context.keys.server.verifying_key,
            now=self.door.clock.now,
            chance=lambda: 0.5,
        )

        def run() -> cs.SyncReport:
            road.present_life()
            return client.push()

        return await asyncio.to_thread(run)


@asynccontextmanager
async def serving(context: Context) -> AsyncIterator[Office]:
    """The application of this life, with the real reading of entries."""
    async with opened_office(context, read_entry) as office:
        yield office
