"""Push, gaps, feed: what devices call."""

import re
from dataclasses import dataclass

from litestar import get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, RawBody

from checksync import MAX_PUSH_ENTRIES, MAX_PUSH_OCTETS, PushTooLargeError
from kazasu.context import Context
from kazasu.devices.failure import failures_noted
from kazasu.facility.anchor import make_anchor
from kazasu.problems import ProblemError
from kazasu.restoration.service import reopen_if_refilled
from kazasu.sync.feed import read_feed
from kazasu.sync.feed.cursor import cursor, seq_after
from kazasu.sync.schemas import EntryOutcomeView, Feed, FeedItem, PushAnswer
from kazasu.sync.seam import Outcome
from kazasu.sync.service import PushResult, store_gap, store_push
from kazasu.web import WHILE_CLOSED, InContext, InDevice, InReadEntry, IsClosed, device_guard, problems

_LOG = re.compile("[0-9a-f]{64}")
_FROM_DEVICE = ("token-not-valid", "device-waiting", "device-revoked")
_PUSH = (*_FROM_DEVICE, "not-found", "push-gap", "log-closed", "push-refused", "push-too-large")
_TOO_LARGE = {"too_large": "push-too-large", "too_large_members": {"limit": MAX_PUSH_OCTETS}}

_TEXT = Schema(type=OpenAPIType.STRING)
_OCTETS = Schema(type=OpenAPIType.STRING, content_encoding="base64")


def _json_body(**members: Schema) -> RequestBody:
    schema = Schema(type=OpenAPIType.OBJECT, required=list(members), properties=dict(members))
    return RequestBody(required=True, content={"application/json": OpenAPIMediaType(schema=schema)})


@dataclass
class _PushOperation(Operation):
    """The body is read as octets, because what does not verify is kept as it came; the schema shows its form."""

    def __post_init__(self) -> None:
        self.request_body = _json_body(
            genesis=_OCTETS,
            first=Schema(type=OpenAPIType.INTEGER, minimum=1),
            before=Schema(type=OpenAPIType.STRING, pattern="^[0-9a-f]{64}$"),
            sealed=Schema(type=OpenAPIType.ARRAY, items=_OCTETS, min_items=1, max_items=MAX_PUSH_ENTRIES),
            head=_TEXT,
            newest_head=_TEXT,
        )


@dataclass
class _GapOperation(Operation):
    def __post_init__(self) -> None:
        self.request_body = _json_body(genesis=_OCTETS, gap=_TEXT)


@post(
    "/sync/logs/{log:str}/entries",
    guards=[device_guard],
    status_code=200,
    request_max_body_size=MAX_PUSH_OCTETS,
    opt={**_TOO_LARGE, **WHILE_CLOSED},
    operation_class=_PushOperation,
    responses=problems(*_PUSH),
)
async def post_entries(
    context: InContext,
    device: InDevice,
    read_entry: InReadEntry,
    is_closed: IsClosed,
    log: FromPath[str],
    body: RawBody,
) -> PushAnswer:
    """Entries of one log, in order. What is acknowledged is committed; sending again is harmless, for ever."""
    async with failures_noted(context, device.id, log=log):
        try:
            result = await store_push(context, device, _log_id(log), body, read_entry)
        except PushTooLargeError as error:
            raise ProblemError("push-too-large", limit=error.limit) from None
    await _open_where_refilled(context, is_closed=is_closed)
    return _answer(context, result)


@post(
    "/sync/logs/{log:str}/gaps",
    guards=[device_guard],
    status_code=200,
    request_max_body_size=MAX_PUSH_OCTETS,
    opt={**_TOO_LARGE, **WHILE_CLOSED},
    operation_class=_GapOperation,
    responses=problems(*_PUSH),
)
async def post_gaps(
    context: InContext, device: InDevice, is_closed: IsClosed, log: FromPath[str], body: RawBody
) -> PushAnswer:
    """A device's signed statement that it has some numbers no more; the log goes on behind them."""
    async with failures_noted(context, device.id, log=log):
        result = await store_gap(context, device, _log_id(log), body)
    await _open_where_refilled(context, is_closed=is_closed)
    return _answer(context, result)


@get("/sync/feed", guards=[device_guard], responses=problems(*_FROM_DEVICE))
async def get_feed(context: InContext, device: InDevice, after: FromQuery[str | None] = None) -> Feed:
    """What this device has not been told yet; at the end, a fresh anchor."""
    epoch = context.facility.epoch
    async with context.database.reading() as session:
        found = await read_feed(session, device.id, after=seq_after(after, epoch))
    items = [FeedItem(item.id, item.kind, item.data) for item in found.items]
    if not found.is_more:
        anchor = make_anchor(context)
        items.append(FeedItem(anchor.id, "anchor", {"statement": anchor.statement}))
    return Feed(epoch, items, cursor(epoch, found.last_seq), found.is_more)


async def _open_where_refilled(context: Context, *, is_closed: bool) -> None:
    if not is_closed:
        return
    async with context.database.writing() as session:
        if await reopen_if_refilled(session, at=context.clock.now()):
            await session.commit()


def _log_id(log: str) -> str:
    if not _LOG.fullmatch(log):
        raise ProblemError("not-found")
    return log


def _answer(context: Context, result: PushResult) -> PushAnswer:
    outcomes = [
        EntryOutcomeView(outcome.number, Outcome(outcome.outcome), outcome.reason, outcome.check)
        for outcome in result.outcomes
    ]
    return PushAnswer(result.acknowledgement, outcomes, make_anchor(context).statement, result.answers)


ROUTES = (post_entries, post_gaps, get_feed)
