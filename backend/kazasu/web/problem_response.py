"""How exceptions become `application/problem+json`, and how routes say which problems they answer with."""

import logging
import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from kazasu.db import is_busy
from kazasu.problems import REGISTRY, ProblemError

PROBLEM_JSON = "application/problem+json"
ANY_ROUTE = (
    "request-not-valid",
    "request-too-large",
    "media-type-not-supported",
    "internal-error",
    "server-busy",
    "server-closed",
)
"""What any route may answer; the schema shows them everywhere."""

_LOGGER = logging.getLogger("kazasu.web")
_BY_STATUS = {
    400: "request-not-valid",
    401: "token-not-valid",
    403: "role-not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    413: "request-too-large",
    415: "media-type-not-supported",
    429: "too-many-attempts",
    503: "server-busy",
}
_PACKAGES = Path(__file__).parent.parent.parent


class Say(msgspec.Struct, frozen=True):
    """The problem in a person's words."""

    ja: str
    en: str


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; further members depend on the type."""

    type: str
    title: str
    status: int
    detail: str
    say: Say


def problem_response(error: ProblemError) -> Response[bytes]:
    """The answer that a problem is."""
    return Response(
        msgspec.json.encode(error.body()),
        status_code=error.problem.status,
        media_type=PROBLEM_JSON,
        headers=error.headers,
    )


def on_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Handler of `ProblemError`."""
    if not isinstance(error, ProblemError):
        return on_anything(request, error)
    return problem_response(error)


def on_http_exception(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Handler of the framework's own exceptions; their texts may repeat what was sent and are dropped."""
    if not isinstance(error, HTTPException):
        return on_anything(request, error)
    if isinstance(error, InternalServerException) and isinstance(error.__cause__, msgspec.ValidationError):
        # Litestar takes a member of the body that is named like an injected value (`device`, `staff`) for that value.
        # No injected value is validated here, so it is always the request that is not valid.
        return problem_response(ProblemError("request-not-valid", errors=[_error_of(error.__cause__)]))
    name = _BY_STATUS.get(error.status_code)
    if name is None:
        return on_anything(request, error)
    if error.status_code == 413:
        name = _route_option(request, "too_large") or name
        members: Mapping[str, Any] = _route_option(request, "too_large_members") or {}
        return problem_response(ProblemError(name, **members))
    if name == "request-not-valid":
        return problem_response(ProblemError(name, errors=_errors(error)))
    return problem_response(ProblemError(name))


def on_anything(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Handler of everything else: where it happened goes to the log, what was said stays out of log and answer."""
    if is_busy(error):
        return problem_response(ProblemError("server-busy", headers={"Retry-After": "2"}))
    # The exception's text and values may be a patient's; its type and the places are not.
    frames = " < ".join(
        f"{_place(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    template = request.scope.get("path_template", "")
    _LOGGER.error("%s %s: %s at %s", request.method, template, type(error).__qualname__, frames)
    return problem_response(ProblemError("internal-error"))


def problems(*names: str) -> dict[int, ResponseSpec]:
    """For a route's `responses`: the problems of the registry that it answers with, beside those of any route."""
    by_status: dict[int, list[str]] = {}
    for name in dict.fromkeys((*names, *ANY_ROUTE)):
        by_status.setdefault(REGISTRY[name].status, []).append(name)
    return {
        status: ResponseSpec(
            data_container=ProblemBody,
            description=", ".join(named),
            media_type=PROBLEM_JSON,
            generate_examples=False,
        )
        for status, named in by_status.items()
    }


def _errors(error: HTTPException) -> list[dict[str, str]]:
    extra = error.extra if isinstance(error, ValidationException) and isinstance(error.extra, list) else []
    found = []
    for item in extra:
        if isinstance(item, dict):
            found.append({"field": str(item.get("key", "")), "message": _without_value(str(item.get("message", "")))})
    return found


def _error_of(error: msgspec.ValidationError) -> dict[str, str]:
    message, mark, place = str(error).rpartition(" - at `$.")
    if not mark:
        return {"field": "", "message": _without_value(place)}
    return {"field": place.removesuffix("`").removeprefix("data."), "message": _without_value(message)}


def _without_value(message: str) -> str:
    return re.sub(r"Invalid enum value .*?( - at|$)", r"Invalid value\1", message)


def _route_option(request: Request[Any, Any, Any], name: str) -> Any:
    handler = request.scope.get("route_handler")
    return handler.opt.get(name) if handler is not None else None


def _place(filename: str) -> str:
    try:
        return str(Path(filename).relative_to(_PACKAGES))
    except ValueError:
        return Path(filename).name
