"""A facility under test: context, application, staff, devices enrolled, logs pushed, all over the real routes.

The clock is set and stands still; entries are read by a stand-in unless a test says otherwise.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from argon2 import PasswordHasher
from harness.device_log import DeviceLog
from litestar import Litestar

import checksync as cs
from kazasu.app import asgi, create_app
from kazasu.clock import SetClock
from kazasu.context import Context
from kazasu.db import Database, Session
from kazasu.devices.service import make_enrolment_code
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.facility.service import create_facility
from kazasu.keys import Keys, StorageKey
from kazasu.keys.sealing import generate_sealing_key, public_half
from kazasu.keys.service import add_made, announce, mark_backed_up
from kazasu.settings import Settings
from kazasu.staff import Role, password
from kazasu.staff.service import add_staff
from kazasu.sync import EntryOutcome, Outcome, ReadEntry, StoredEntry

NOON = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)
EXERCISE_CODE = "9910000018"
LIVE_CODE = "1310000011"
PASSWORD = "correct horse battery"
ADMINISTRATOR = "administrator"


async def accept(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
    """The stand-in for `kazasu.checks.reading.read_entry`."""
    return EntryOutcome(Outcome.ACCEPTED, check=f"{stored.number:032x}")


async def make_context(
    database: Database, home: Path, *, mode: FacilityMode = FacilityMode.EXERCISE, **settings: Any
) -> Context:
    """A facility in an empty database, with its first administrator."""
    clock = SetClock(NOON)
    sealing_key = generate_sealing_key()
    async with database.writing() as session:
        facility = await create_facility(
            session,
            name="訓練クリニック",
            mode=mode,
            kind=FacilityKind.MEDICAL_INSTITUTION,
            institution_code=EXERCISE_CODE if mode is FacilityMode.EXERCISE else LIVE_CODE,
            transitional_until=None,
            at=NOON,
        )
        public = public_half(sealing_key)
        await add_made(session, public, "shell", NOON)
        await mark_backed_up(session, public.id, "recovery_file", "shell", NOON)
        await announce(session, public.id, "shell", NOON)
        await add_staff(
            session,
            login=ADMINISTRATOR,
            name="管理 花子",
            password=PASSWORD,
            roles=[Role.ADMINISTRATOR],
            actor="shell",
            at=NOON,
        )
        await session.commit()
    return Context(
        settings=Settings(home=home, database=database.url.render_as_string(), **settings),
        facility=facility,
        database=database,
        keys=Keys(cs.SigningKey.generate(), cs.PrivateKeyOpener([sealing_key]), StorageKey.generate()),
        clock=clock,
        url="http://localhost:8443",
    )


@dataclass
class Tablet:
    """An enrolled device: its key, its token, its log."""

    id: str
    key: cs.SigningKey
    token: str
    office: "Office"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def new_log(self) -> DeviceLog:
        return DeviceLog(key=self.key, facility=self.office.context.facility.id)

    async def push(self, log: DeviceLog, octets: bytes | None = None) -> httpx.Response:
        return await self.office.client.post(
            f"/sync/logs/{log.log}/entries",
            content=log.push() if octets is None else octets,
            headers={**self.headers, "Content-Type": "application/json"},
        )


@dataclass
class Office:
    """The server's routes, and shortcuts over them."""

    context: Context
    client: httpx.AsyncClient

    @property
    def clock(self) -> SetClock:
        assert isinstance(self.context.clock, SetClock)
        return self.context.clock

    async def sign_in(self, login: str = ADMINISTRATOR, password: str = PASSWORD) -> dict[str, str]:
        """Headers of an office session."""
        answer = await self.client.post("/office/sign-in", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def add_staff(self, login: str, *roles: Role) -> str:
        async with self.context.database.writing() as session:
            member = await add_staff(
                session,
                login=login,
                name=f"職員 {login}",
                password=PASSWORD,
                roles=roles,
                actor="shell",
                at=self.clock.now(),
            )
            await session.commit()
        return member.id

    async def enrolment_secret(self) -> str:
        async with self.context.database.writing() as session:
            secret, _ = await make_enrolment_code(session, actor="shell", at=self.clock.now())
            await session.commit()
        return secret

    async def enrol(self, secret: str, key: cs.SigningKey, name: str = "往診タブレット") -> httpx.Response:
        proof = cs.sign(cs.Enrolment(code=secret), key)
        body = {"code": secret, "name": name, "key": key.jwk, "proof": proof}
        return await self.client.post("/enrolment", json=body)

    async def ask_token(self, device: str, key: cs.SigningKey, nonce: str | None = None) -> httpx.Response:
        nonce = nonce or (await self.client.post("/device/nonce")).json()["nonce"]
        assertion = cs.sign(cs.Assertion(nonce=nonce, facility=self.context.facility.id), key)
        return await self.client.post("/device/token", json={"device": device, "assertion": assertion})

    async def tablet(self) -> Tablet:
        """A device enrolled and confirmed over the routes, with a token."""
        key = cs.SigningKey.generate()
        enrolled = await self.enrol(await self.enrolment_secret(), key)
        assert enrolled.status_code == 200, enrolled.text
        device = enrolled.json()["device"]
        administrator = await self.sign_in()
        confirmed = await self.client.post(
            f"/devices/{device}/confirm", json={"thumbprint": key.thumbprint}, headers=administrator
        )
        assert confirmed.status_code == 200, confirmed.text
        token = await self.ask_token(device, key)
        assert token.status_code == 200, token.text
        return Tablet(device, key, token.json()["token"], self)


@asynccontextmanager
async def opened_office(context: Context, read_entry: ReadEntry = accept) -> AsyncIterator[Office]:
    """The application of this context over HTTP, in process, with its access log."""
    app = _IDLE.pop() if _IDLE else create_app(context, read_entry)
    app.state.update({"context": context, "read_entry": read_entry})
    transport = httpx.ASGITransport(app=cast(Any, asgi(app)), raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield Office(context, client)
    finally:
        app.state.update({"context": None, "read_entry": None})
        _IDLE.append(app)


_IDLE: list[Litestar] = []
"""Applications that no test has in hand. What one is made of is the same for every facility, and making it takes longer
than most tests; which facility it serves is its state alone."""


_STRONG = {"_HASHER": password._HASHER, "_NOBODY": password._NOBODY}


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """argon2 with the least cost, in every test of this process: its strength is tested where it is the subject."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_HASHER", quick)
        patch.setattr(password, "_NOBODY", quick.hash("nobody has this password"))
        yield


@pytest.fixture
def strong_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 as the server has it."""
    for name, value in _STRONG.items():
        monkeypatch.setattr(password, name, value)


@pytest.fixture
async def context(database: Database, tmp_path: Path) -> Context:
    """An exercise facility."""
    home = tmp_path / "home"
    home.mkdir()
    return await make_context(database, home)


@pytest.fixture
async def office(context: Context) -> AsyncIterator[Office]:
    """Its server."""
    async with opened_office(context) as opened:
        yield opened


def problem(answer: httpx.Response) -> str:
    """The name of the problem that an answer is; fails where it is none in its proper form."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["say"]["ja"]
    assert body["say"]["en"]
    return str(body["type"]).removeprefix("urn:kazasu:problem:")
