"""The schema matches the application: every route is guarded or open on purpose, every problem documented."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from kazasu.app import create_app, schema
from kazasu.context import Context
from kazasu.problems import REGISTRY


def _handlers() -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in create_app(cast(Context, None)).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema():
                    yield f"{sorted(handler.http_methods)} {route.path}", handler


HANDLERS = dict(_handlers())


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in schema()["paths"].items():
        for method, operation in item.items():
            yield f"{method} {path}", operation


OPERATIONS = dict(_operations())


@pytest.mark.parametrize("name", HANDLERS)
def test_every_route_is_guarded_or_open_on_purpose(name: str) -> None:
    handler = HANDLERS[name]
    names = {getattr(guard, "__name__", "") for guard in handler.resolve_guards()}
    is_guarded = bool(names & {"office_guard", "device_guard"})
    assert is_guarded != bool(handler.opt.get("open")), name


def test_the_open_routes_are_these() -> None:
    assert sorted(name for name, handler in HANDLERS.items() if handler.opt.get("open")) == [
        "['GET'] /enrolment/certificate",
        "['GET'] /health",
        "['POST'] /device/nonce",
        "['POST'] /device/token",
        "['POST'] /enrolment",
        "['POST'] /office/sign-in",
    ]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_of_a_route_is_documented_as_a_problem_of_the_registry(name: str) -> None:
    errors = {status: found for status, found in OPERATIONS[name]["responses"].items() if int(status) >= 400}
    assert {"400", "500", "503"} <= set(errors)
    for status, found in errors.items():
        assert list(found["content"]) == ["application/problem+json"], status
        for problem in found["description"].split(", "):
            assert REGISTRY[problem].status == int(status)


@pytest.mark.parametrize("name", OPERATIONS)
def test_guarded_routes_document_what_a_guard_answers(name: str) -> None:
    method, path = name.split(" ")
    handler = next(
        found for key, found in HANDLERS.items() if method.upper() in key and _same(key.split("] ")[1], path)
    )
    if not handler.opt.get("open"):
        assert "token-not-valid" in OPERATIONS[name]["responses"]["401"]["description"]


def _same(route: str, path: str) -> bool:
    return [part.split(":")[0].strip("{}") for part in route.split("/")] == [
        part.strip("{}") for part in path.split("/")
    ]


def test_the_push_shows_its_body_though_it_is_read_as_octets() -> None:
    body = OPERATIONS["post /sync/logs/{log}/entries"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == {"genesis", "first", "before", "sealed", "head", "newest_head"}


def _largest_number(schema_of_parameter: dict[str, Any]) -> float | None:
    """None where the parameter is no whole number; the bound stands beside the kinds, not inside of one."""
    ways = schema_of_parameter.get("oneOf") or [schema_of_parameter]
    if not any(way.get("type") == "integer" for way in ways):
        return None
    return float(schema_of_parameter.get("maximum", 2**64))


def test_no_route_takes_a_number_that_the_database_cannot_hold() -> None:
    numbers = {
        (name, parameter["name"]): _largest_number(parameter["schema"])
        for name, operation in OPERATIONS.items()
        for parameter in operation.get("parameters", ())
    }
    assert numbers["get /audit", "before"] is not None
    assert [name for name, largest in numbers.items() if largest is not None and largest > 2**63] == []
