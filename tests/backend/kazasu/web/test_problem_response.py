"""Whatever goes wrong is a problem of the registry; nothing of what was sent comes back or goes into a log."""

import json
import logging
from typing import Any, cast

import httpx
import pytest
from harness.office import ADMINISTRATOR, PASSWORD, Office, opened_office, problem
from sqlalchemy.exc import OperationalError

from kazasu.app import create_app
from kazasu.context import Context
from kazasu.db import Session
from kazasu.sync import EntryOutcome, StoredEntry


async def test_a_path_that_is_nowhere_is_not_found(office: Office) -> None:
    assert problem(await office.client.get("/no/such/path")) == "not-found"


async def test_a_method_that_is_not_there_is_not_allowed(office: Office) -> None:
    assert problem(await office.client.delete("/health")) == "method-not-allowed"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"login": 1}', b"\xff"])
async def test_a_body_that_cannot_be_read_is_named_by_field(office: Office, body: bytes) -> None:
    answer = await office.client.post("/office/sign-in", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == "request-not-valid"
    assert isinstance(answer.json()["errors"], list)


async def test_the_fields_that_are_wrong_are_named_and_their_values_are_not(office: Office) -> None:
    administrator = await office.sign_in()
    body = {"login": "x", "name": "山田太郎", "password": PASSWORD, "roles": ["himitsu-no-yakuwari"]}
    answer = await office.client.post("/staff", json=body, headers=administrator)
    assert problem(answer) == "request-not-valid"
    assert "himitsu" not in answer.text
    assert "roles" in json.dumps(answer.json()["errors"])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/device/token", {"device": 5, "assertion": "x"}, "device"),
        ("/device/token", {"device": "9" * 65, "assertion": "x"}, "device"),
        ("/visits", {"patient": "a1", "at": "2026-12-01T01:00:00Z", "setting": "home_visit", "staff": []}, "staff"),
    ],
)
async def test_a_member_that_is_named_like_an_injected_value_is_the_senders(
    office: Office, path: str, body: dict[str, object], field: str
) -> None:
    answer = await office.client.post(path, json=body, headers=await office.sign_in())
    assert problem(answer) == "request-not-valid"
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"].startswith("Expected ")


def test_no_injected_value_is_validated() -> None:
    """What `on_http_exception` counts on."""
    seen = set()
    for route in create_app(cast(Context, None)).routes:
        for handler in getattr(route, "route_handlers", ()):
            types = handler.signature_model.__annotations__
            injected = handler.resolve_dependencies().keys() & types.keys()
            seen |= injected
            assert {types[name] for name in injected} <= {Any}, handler
    assert {"context", "staff", "device"} <= seen


async def test_a_body_beyond_the_limit_is_too_large(office: Office) -> None:
    body = json.dumps({"login": "x", "password": "y" * 1_100_000}).encode()
    answer = await office.client.post("/office/sign-in", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == "request-too-large"


async def _push_with(context: Context, error: Exception) -> httpx.Response:
    async def reading(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
        raise error

    async with opened_office(context, reading) as office:
        tablet = await office.tablet()
        log = tablet.new_log()
        log.record("a")
        return await tablet.push(log)


async def test_a_database_that_is_busy_says_when_to_come_again(context: Context) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    answer = await _push_with(context, OperationalError("INSERT 山田太郎", {}, Deadlock()))
    assert (problem(answer), answer.headers["retry-after"]) == ("server-busy", "2")


async def test_an_unforeseen_error_is_told_without_its_text(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*arguments: Any, **keywords: Any) -> None:
        raise RuntimeError("患者 山田太郎 PIN 1234")

    monkeypatch.setattr("kazasu.staff.routes.identify", broken)
    body = {"login": ADMINISTRATOR, "password": PASSWORD}
    answer = await office.client.post("/office/sign-in", json=body)
    assert (answer.status_code, problem(answer)) == (500, "internal-error")
    assert "山田" not in answer.text + caplog.text
    assert "Traceback" not in answer.text + caplog.text
    assert "RuntimeError at" in caplog.text
    assert "POST /office/sign-in" in caplog.text


async def test_the_access_log_has_method_template_status_and_time_alone(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kazasu.access")
    headers = await office.sign_in()
    caplog.clear()
    await office.client.post("/devices/yamada-taro/revoke?q=himitsu", json={"reason": "lost"}, headers=headers)
    await office.client.get("/yamada-taro")
    first, second = (record.getMessage() for record in caplog.records if record.name == "kazasu.access")
    assert first.startswith("POST /devices/{device_id} 404 ") or first.startswith(
        "POST /devices/{device_id}/revoke 404 "
    )
    assert second.startswith("GET (no route) 404 ")
    assert "yamada" not in first + second
    assert "himitsu" not in first + second
