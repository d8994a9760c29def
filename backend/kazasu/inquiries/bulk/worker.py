"""The worker of bulk jobs: forms them of what is due, sends them, fetches their results, stores them in slices.

It asks outside of any transaction, under a lease, and runs beside the worker of single inquiries, so that a patient at
the door never waits for tomorrow's list.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from kazasu.context import Context
from kazasu.db import is_busy, new_id
from kazasu.gateway import (
    BulkGateway,
    BulkKind,
    BulkRequest,
    BulkResult,
    BulkUnitAsked,
    GatewayUnavailableError,
    Segment,
)
from kazasu.inquiries.bulk.answering import take_units
from kazasu.inquiries.bulk.jobs.service import Job, claim_job, end_job, form_job, mark_received, postpone, units_of
from kazasu.inquiries.bulk.service import held_consents, patients_of
from kazasu.inquiries.bulk.state import BulkState
from kazasu.inquiries.consents.service import want_fetches
from kazasu.inquiries.consents.taking import take_consents
from kazasu.patients.service import number_of
from kazasu.restoration.service import is_closed
from kazasu.rules import ConsentKind

__all__ = ["LARGEST_JOB", "LEASE", "POLL", "SLICE", "run", "work_once"]

LEASE: Final = timedelta(minutes=10)
LARGEST_JOB: Final = 500
"""Persons in one request, or fewer where the gateway takes fewer. The interface's own limit is not public; with 500 a
request stays under half a megabyte, and a failure of the whole costs 500 people another try and no more."""
SLICE: Final = 50
"""Answers stored in one transaction: whoever pushes meanwhile waits for no more than that."""
POLL: Final = timedelta(seconds=5)
"""Before the first look for a result; public programs keep to five seconds at least (facts/oqs.md 1.7)."""
_LOOK_EVERY_S: Final = 2.0
_AFTER_TROUBLE_S: Final = 5.0

_LOGGER = logging.getLogger("kazasu.inquiries.bulk")


async def work_once(context: Context) -> bool:
    """Takes one step of one job; False where nothing is due, or nothing can be asked."""
    gateway = context.gateway
    if not isinstance(gateway, BulkGateway):
        return False
    async with context.database.writing() as session:
        if await is_closed(session):
            return False
        now = context.clock.now()
        await form_job(session, limit=min(LARGEST_JOB, gateway.bulk_limit), at=now)
        if BulkKind.HOME_CONSENTS in gateway.bulk_kinds:
            await want_fetches(session, at=now)
        job = await claim_job(session, kinds=gateway.bulk_kinds, lease_id=new_id(), lease=LEASE, now=now)
        await session.commit()
    if job is None:
        return False
    await _step(context, gateway, job)
    return True


async def run(context: Context) -> None:
    """Works until it is cancelled."""
    while True:
        wait_s = _LOOK_EVERY_S
        try:
            if await work_once(context):
                continue
        except Exception as error:
            # A database that is away must not end the worker; the type alone may be logged.
            _LOGGER.error("bulk worker goes on after %s", type(error).__qualname__)
            wait_s = _AFTER_TROUBLE_S
        await asyncio.sleep(wait_s)


async def _step(context: Context, gateway: BulkGateway, job: Job) -> None:
    why, hint_s = "gateway_failed", None
    try:
        if job.state is BulkState.ASKED:
            await _send(context, gateway, job)
        else:
            await _fetch(context, gateway, job)
        return
    except GatewayUnavailableError as error:
        why, hint_s = error.why, error.retry_after_s
    except Exception as error:
        if is_busy(error):
            return  # the lease runs out and the job is due again
        _LOGGER.error("a bulk job failed: %s", type(error).__qualname__)
    async with context.database.writing() as session:
        await postpone(session, job, why=why, hint_s=hint_s, at=context.clock.now())
        await session.commit()


async def _send(context: Context, gateway: BulkGateway, job: Job) -> None:
    request = await _request(context, job)
    if not request.units and job.kind.names_persons:
        async with context.database.writing() as session:
            await end_job(session, job, BulkState.DONE, counts=(0, 0, 0), at=context.clock.now())
            await session.commit()
        return
    reception_number = await gateway.send_bulk(request)
    async with context.database.writing() as session:
        now = context.clock.now()
        await mark_received(session, job, reception_number, next_at=now + POLL, at=now)
        await session.commit()


async def _request(context: Context, job: Job) -> BulkRequest:
    """By the numbers and consents as they are now; who has lost the number since is left out, and withdrawn next."""
    async with context.database.reading() as session:
        rows = await units_of(session, job.id)
        ids = [row.patient for row in rows]
        patients = await patients_of(session, ids)
        held = await held_consents(session, ids) if job.kind.goes_by_consent else {}
    units = []
    for row in rows:
        number = number_of(patients[row.patient])
        if number is None:
            continue
        kinds = held.get(row.patient, frozenset())
        limit = ConsentKind.LIMIT_AMOUNT.value
        units.append(
            BulkUnitAsked(
                identifier=row.id,
                number=number,
                limit_amount_consent=limit in kinds,
                consents=tuple(sorted(kinds - {limit})),
            )
        )
    return BulkRequest(identifier=job.id, kind=job.kind, asked_for=job.day, units=tuple(units))


async def _fetch(context: Context, gateway: BulkGateway, job: Job) -> None:
    result = await gateway.fetch_bulk(job.reception_number or "")
    if result.segment is Segment.WORKING:
        async with context.database.writing() as session:
            await postpone(session, job, why=None, hint_s=POLL.total_seconds(), at=context.clock.now())
            await session.commit()
        return
    if result.segment is Segment.DONE and job.kind.names_persons:
        await _store(context, gateway, job, result)
    elif result.segment is Segment.DONE:
        await _store_consents(context, gateway, job, result)
    async with context.database.writing() as session:
        is_done = result.segment is Segment.DONE
        await end_job(
            session,
            job,
            BulkState.DONE if is_done else BulkState.FAILED,
            why=None if is_done else (result.code[:60] or "bulk_failed"),
            counts=(result.processed, result.normal, result.errors) if is_done else None,
            at=context.clock.now(),
        )
        await session.commit()


async def _store_consents(context: Context, gateway: BulkGateway, job: Job, result: BulkResult) -> None:
    # In one transaction: whether a consent is somebody's beyond doubt shows only beside all others of the day.
    async with context.database.writing() as session:
        now = context.clock.now()
        await take_consents(session, context, job, result.units, is_simulated=gateway.is_simulated, at=now)
        await session.commit()


async def _store(context: Context, gateway: BulkGateway, job: Job, result: BulkResult) -> None:
    for start in range(0, len(result.units), SLICE):
        async with context.database.writing() as session:
            await take_units(
                session,
                context,
                job,
                result.units[start : start + SLICE],
                is_simulated=gateway.is_simulated,
                at=context.clock.now(),
            )
            await session.commit()
        # Whoever waits for the one writing connection has it between two slices.
        await asyncio.sleep(0)
