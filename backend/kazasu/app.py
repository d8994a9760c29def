"""The application put together: every room's routes, guards, problems, the schema. Builds no context itself."""

from importlib import import_module
from typing import Any, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp, ControllerRouterHandler

from kazasu.context import Context
from kazasu.problems import ProblemError
from kazasu.sync.seam import ReadEntry
from kazasu.web.access_log import AccessLog
from kazasu.web.injection import DEPENDENCIES
from kazasu.web.problem_response import on_anything, on_http_exception, on_problem

_ROOMS = (
    "facility.routes",
    "staff.routes",
    "devices.routes",
    "devices.administration",
    "devices.queue_routes",
    "audit.routes",
    "sync.routes",
    "sync.stream_routes",
    "sync.import_routes",
    "sync.log_routes",
    "patients.routes",
    "patients.importing.routes",
    "visits.routes",
    "visits.importing.routes",
    "checks.routes",
    "checks.joining.routes",
    "inquiries.routes",
    "inquiries.again.routes",
    "inquiries.hand_routes",
    "inquiries.bulk.routes",
    "inquiries.consents.routes",
    "medical.routes",
    "medical.device_routes",
    "reconciliation.routes",
    "desk.routes",
    "declarations.routes",
    "exports.claiming.routes",
    "exports.batch.routes",
    "reports.routes",
    "reports.figures.routes",
    "reports.history.routes",
    "reports.paper.routes",
    "rulebook.routes",
    "restoration.routes",
)


def create_app(context: Context, read_entry: ReadEntry | None = None) -> Litestar:
    """The server of one facility. `read_entry` is what reads pushed entries; only tests give another."""
    return Litestar(
        route_handlers=_routes(),
        state=State({"context": context, "read_entry": read_entry or _read_entry()}),
        dependencies=DEPENDENCIES,
        exception_handlers={
            ProblemError: on_problem,
            HTTPException: on_http_exception,
            Exception: on_anything,
        },
        openapi_config=OpenAPIConfig(
            title="Kazasu",
            version="1",
            description="Health-insurance checks by My Number card, away from the reception desk.",
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
        ),
        # Litestar's own logging would print bodies and tracebacks; AccessLog and the problem handlers log instead.
        logging_config=None,
        debug=False,
        request_max_body_size=1024 * 1024,
    )


def schema() -> dict[str, Any]:
    """The OpenAPI schema; the same for every facility, so that none is needed for it."""
    return create_app(cast(Context, None)).openapi_schema.to_schema()


def asgi(app: Litestar) -> ASGIApp:
    """The application as it is served: with its access log."""
    return AccessLog(app)


def _routes() -> list[ControllerRouterHandler]:
    return [handler for room in _ROOMS for handler in import_module(f"kazasu.{room}").ROUTES]


def _read_entry() -> ReadEntry:
    reading: ReadEntry = import_module("kazasu.checks.reading").read_entry
    return reading
