"""What the server last knew of a device's queue, and what went wrong with it."""

from datetime import date, datetime, timedelta

import msgspec
from litestar import get
from litestar.params import FromPath

from kazasu.clock import day_in_japan
from kazasu.devices.device import DeviceState
from kazasu.devices.failure.service import failure_counts, last_failures
from kazasu.devices.models import DeviceRow
from kazasu.devices.queue_state import SAY, QueueStanding, standing_of
from kazasu.problems import ProblemError
from kazasu.rules import Say
from kazasu.staff import Role
from kazasu.sync.log_schemas import LogStandingView, log_standing_view
from kazasu.sync.office import device_logs, held_counts
from kazasu.web import WHILE_CLOSED, InContext, office, problems

_SHOWN_DAYS = 31


class DeviceFailureView(msgspec.Struct, frozen=True):
    """One request that did not succeed, by the problem's permanent name."""

    at: datetime
    name: str
    reason: str | None
    log: str | None


class FailureCountView(msgspec.Struct, frozen=True):
    """How often on one day."""

    day: date
    name: str
    count: int


class DeviceQueueView(msgspec.Struct, frozen=True):
    """A device's queue: one word, what it means and what to do, its logs, its failures."""

    device: str
    state: DeviceState
    standing: QueueStanding
    say: Say
    still_out: int
    """By the newest heads that came: what was recorded after the last contact is not in it."""
    held: int
    heard_at: datetime | None
    logs: list[LogStandingView]
    failures: list[DeviceFailureView]
    failures_by_day: list[FailureCountView]


@get(
    "/devices/{device_id:str}/queue",
    guards=[office(Role.BACK_OFFICE, Role.ADMINISTRATOR)],
    opt=WHILE_CLOSED,
    responses=problems("token-not-valid", "role-not-allowed", "not-found"),
)
async def get_device_queue(context: InContext, device_id: FromPath[str]) -> DeviceQueueView:
    """The newest failures first; the last fifty of the device, and the counts of a month."""
    since = day_in_japan(context.clock.now()) - timedelta(days=_SHOWN_DAYS)
    async with context.database.reading() as session:
        row = await session.get(DeviceRow, device_id)
        if row is None:
            raise ProblemError("not-found")
        logs = await device_logs(session, row.thumbprint)
        held = await held_counts(session, [log.log for log in logs])
        failures = await last_failures(session, device_id)
        counts = await failure_counts(session, device_id, since=since)
    views = [log_standing_view(log, held=held.get(log.log, 0)) for log in logs]
    still_out = sum(view.still_out for view in views)
    standing = standing_of(row.state, has_logs=bool(logs), still_out=still_out)
    return DeviceQueueView(
        device=row.id,
        state=row.state,
        standing=standing,
        say=SAY[standing],
        still_out=still_out,
        held=sum(held.values()),
        heard_at=max((log.heard_at for log in logs if log.heard_at is not None), default=None),
        logs=views,
        failures=[DeviceFailureView(found.at, found.name, found.reason, found.log) for found in failures],
        failures_by_day=[FailureCountView(found.day, found.name, found.count) for found in counts],
    )


ROUTES = (get_device_queue,)
