"""The worker: claims due inquiries, asks the gateway, stores what comes; any number of them may run.

The gateway is asked outside of any transaction; the job is leased meanwhile, so that a worker that is killed there
loses it to the next. Asking twice is harmless, storing twice does not happen.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

from kazasu.checks.rereading import REREAD, reread_held
from kazasu.context import Context
from kazasu.db import is_busy, new_id
from kazasu.gateway import Gateway, GatewayUnavailableError
from kazasu.inquiries.again import ask_due_again_now
from kazasu.inquiries.answering import take_answer
from kazasu.inquiries.asking import request_of
from kazasu.inquiries.service import Claimed, claim_due, fail
from kazasu.inquiries.wake import listen
from kazasu.keys import StoredOctetsDamagedError
from kazasu.reconciliation.reason import HoldReason
from kazasu.restoration.service import is_closed

__all__ = ["LEASE", "run", "work_once"]

LEASE = timedelta(minutes=2)
_AT_ONCE = 4
_LOOK_EVERY_S = 1.0
_REREAD_EVERY_S = 60.0
_AGAIN_EVERY_S = 3600.0
"""What is due by the day is looked for each hour."""
_AFTER_TROUBLE_S = 5.0

_LOGGER = logging.getLogger("kazasu.inquiries")


async def work_once(context: Context) -> int:
    """Asks what is due now, once each, and says how many jobs were claimed; 0 where no gateway is set."""
    if context.gateway is None:
        return 0
    async with context.database.writing() as session:
        if await is_closed(session):
            return 0
        claimed = await claim_due(
            session,
            keys=context.gateway.keys,
            lease_id=new_id(),
            lease=LEASE,
            limit=_AT_ONCE,
            now=context.clock.now(),
        )
        await session.commit()
    await asyncio.gather(*(_ask(context, context.gateway, job) for job in claimed))
    return len(claimed)


async def run(context: Context) -> None:
    """Works until it is cancelled: at once when an inquiry was committed here, else at each look."""
    woken = listen()
    reread_at = again_at = context.clock.monotonic_s()
    # What an update of the server may have mended is read again once; then what comes by itself.
    reasons: tuple[HoldReason, ...] = REREAD
    while True:
        woken.clear()
        wait_s = _LOOK_EVERY_S
        try:
            if context.clock.monotonic_s() >= reread_at:
                reread_at = context.clock.monotonic_s() + _REREAD_EVERY_S
                await reread_held(context, reasons=reasons)
                reasons = (HoldReason.KEY_UNKNOWN,)
            if context.clock.monotonic_s() >= again_at:
                again_at = context.clock.monotonic_s() + _AGAIN_EVERY_S
                await ask_due_again_now(context)
            if await work_once(context):
                continue
        except Exception as error:
            # One bad job or a database that is away must not end the worker; the type alone may be logged.
            _LOGGER.error("inquiry worker goes on after %s", type(error).__qualname__)
            wait_s = _AFTER_TROUBLE_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), wait_s)


async def _ask(context: Context, gateway: Gateway, job: Claimed) -> None:
    why, retry_after_s = "gateway_failed", None
    try:
        async with context.database.reading() as session:
            request = await request_of(session, context, job)
        if request is None:
            return
        answer = await gateway.ask(request)
    except StoredOctetsDamagedError:
        why = "stored_data_damaged"
    except GatewayUnavailableError as error:
        why, retry_after_s = error.why, error.retry_after_s
    except Exception as error:
        _LOGGER.error("gateway %s failed: %s", gateway.name, type(error).__qualname__)
    else:
        try:
            async with context.database.writing() as session:
                await take_answer(
                    session,
                    context,
                    inquiry=job.id,
                    check=job.check,
                    key=job.key,
                    answer=answer,
                    at=context.clock.now(),
                    lease=job.lease,
                )
                await session.commit()
            return
        except Exception as error:
            if is_busy(error):
                return  # the lease runs out and the job is due again
            _LOGGER.error("answer not stored: %s", type(error).__qualname__)
            why = "answer_not_stored"
    async with context.database.writing() as session:
        await fail(session, job, why=why, retry_after_s=retry_after_s, now=context.clock.now())
        await session.commit()
