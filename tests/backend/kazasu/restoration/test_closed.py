"""While a restored server is closed: what is open is on a list, and everything else is shut; nothing takes effect that
could not be written to the journal first."""

import os
from typing import Any, cast

import pytest
from harness.door import Door, make_door
from harness.office import PASSWORD, Office, problem
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy import select

import checksync as cs
from kazasu.app import create_app
from kazasu.checks.models import ConsentRow
from kazasu.context import Context
from kazasu.db import Database
from kazasu.devices import DeviceState
from kazasu.devices.models import DeviceRow
from kazasu.journal import JournalKind, JournalUnavailableError
from kazasu.restoration.service import close_after_restore
from kazasu.staff import Role


async def close(context: Context) -> None:
    async with context.database.writing() as session:
        await close_after_restore(
            session, id="r" * 32, epoch=context.facility.epoch, backup="b" * 32,
            backup_made_at=context.clock.now(), is_journal_whole=True, at=context.clock.now(),
        )  # fmt: skip
        await session.commit()


def _handlers() -> dict[str, HTTPRouteHandler]:
    found = {}
    for route in create_app(cast(Context, None)).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema():
                    [method] = sorted(handler.http_methods - {"OPTIONS"})
                    found[f"{method} {route.path.replace(':str}', '}')}"] = handler
    return found


HANDLERS = _handlers()


def _is_guarded(handler: HTTPRouteHandler) -> bool:
    return not handler.opt.get("open")


def test_the_guarded_routes_open_while_the_server_is_closed_are_these() -> None:
    assert sorted(name for name, h in HANDLERS.items() if _is_guarded(h) and h.opt.get("while_closed")) == [
        "GET /audit",
        "GET /device/policy",
        "GET /devices",
        "GET /devices/{device_id}/queue",
        "GET /logs",
        "GET /logs/{log}",
        "GET /logs/{log}/branches",
        "GET /logs/{log}/gaps",
        "GET /office/me",
        "GET /refused-pushes",
        "GET /restoration",
        "GET /staff",
        "POST /device/sign-in",
        "POST /devices/enrolment-codes",
        "POST /devices/{device_id}/confirm",
        "POST /devices/{device_id}/revoke",
        "POST /office/sign-out",
        "POST /restoration/reopen",
        "POST /staff/{staff_id}/deactivate",
        "POST /sync/import",
        "POST /sync/logs/{log}/entries",
        "POST /sync/logs/{log}/gaps",
    ]


async def test_every_other_guarded_route_is_shut(office: Office) -> None:
    await office.add_staff("everything", *Role)
    tablet = await office.tablet()
    headers = await office.sign_in("everything")
    await close(office.context)
    shut = [name for name, h in HANDLERS.items() if _is_guarded(h) and not h.opt.get("while_closed")]
    assert len(shut) > 20
    for name in shut:
        method, path = name.split(" ")
        of_device = "device_guard" in {getattr(g, "__name__", "") for g in HANDLERS[name].resolve_guards()}
        url = "/".join("00" if part.startswith("{") else part for part in path.split("/"))
        answer = await office.client.request(method, url, headers=tablet.headers if of_device else headers, json={})
        assert problem(answer) == "server-closed", name
        assert int(answer.headers["retry-after"]) > 0


async def test_only_administrators_sign_in_and_devices_go_on_duty(office: Office) -> None:
    await office.add_staff("clerk", Role.BACK_OFFICE)
    await office.add_staff("nurse", Role.VISITOR)
    tablet = await office.tablet()
    await close(office.context)
    refused = await office.client.post("/office/sign-in", json={"login": "clerk", "password": PASSWORD})
    assert problem(refused) == "server-closed"
    assert (await office.client.get("/office/me", headers=await office.sign_in())).status_code == 200
    on_duty = await office.client.post(
        "/device/sign-in", json={"login": "nurse", "password": PASSWORD}, headers=tablet.headers
    )
    assert on_duty.status_code == 200


async def test_a_push_is_taken_and_its_check_is_not_asked_about(office: Office) -> None:
    tablet = await office.tablet()
    await close(office.context)
    log = tablet.new_log()
    log.record("a")
    assert (await tablet.push(log)).status_code == 200


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if b"kazasu-journal" in os.pread(descriptor, 64, 0):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


async def test_a_revocation_that_cannot_be_journalled_is_not_done_and_said_to_be_not(
    office: Office, full_disk: None
) -> None:
    key = cs.SigningKey.generate()
    async with office.context.database.writing() as session:
        row = DeviceRow(
            id="d" * 32, name="t", jwk=dict(key.jwk), thumbprint=key.thumbprint, state=DeviceState.CONFIRMED,
            enrolled_at=office.clock.now(), confirmed_at=office.clock.now(), confirmed_by=None, revoked_at=None,
        )  # fmt: skip
        session.add(row)
        await session.commit()
    answer = await office.client.post(
        f"/devices/{'d' * 32}/revoke", json={"reason": "lost"}, headers=await office.sign_in()
    )
    assert problem(answer) == "server-busy"
    async with office.context.database.reading() as session:
        assert (await session.get_one(DeviceRow, "d" * 32)).state is DeviceState.CONFIRMED


@pytest.fixture
async def door(database: Database, tmp_path: Any) -> Door:
    return await make_door(database, tmp_path / "home")


async def test_a_withdrawal_that_cannot_be_journalled_comes_again_and_is_applied_then(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole push is told to come again; the entry is not held as one whose reading failed."""
    visit = await door.visit(await door.patient("sato"))
    consent = cs.ConsentBody(
        consent=cs.new_identifier(), check=None, visit=visit, patient=None, duty_pass=door.duty_pass,
        kinds=[cs.ConsentChoice(kind="medication", given=True, text="medication-v1")],
    )  # fmt: skip
    door.record("consent", consent)
    await door.push()
    door.record(
        "consent_withdrawn", cs.ConsentWithdrawnBody(consent=consent.consent, duty_pass=door.duty_pass, reason="x")
    )
    journal = type(door.context.journal)
    real = journal._append

    def refuse(self: Any, kind: JournalKind, *rest: Any) -> None:
        if kind is JournalKind.CONSENT_WITHDRAWN:
            raise OSError(30, "Read-only file system")
        real(self, kind, *rest)

    monkeypatch.setattr(journal, "_append", refuse)
    with pytest.raises(JournalUnavailableError):
        await door.push()
    monkeypatch.undo()
    [outcome] = await door.push()
    assert outcome.outcome == "accepted"
    async with door.context.database.reading() as session:
        assert None not in set(await session.scalars(select(ConsentRow.withdrawn_at)))
    kinds = [record.kind for record in door.context.journal.read().records]
    assert kinds.count("consent_withdrawn") == 1
