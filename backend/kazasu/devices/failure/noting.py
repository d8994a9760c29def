"""Keeping a device's failure, in a transaction of its own, while the problem goes its way. Imports no SQL."""

import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from kazasu.context import Context
from kazasu.devices.failure.service import note_failure
from kazasu.problems import ProblemError

__all__ = ["failures_noted"]

_LOGGER = logging.getLogger("kazasu.devices")


@asynccontextmanager
async def failures_noted(
    context: Context, device: str, *, log: str | None = None, only: Collection[str] | None = None
) -> AsyncIterator[None]:
    """Whatever problem ends the block (of those named, where some are) is kept with its reason and time, and raised
    as it was."""
    try:
        yield
    except ProblemError as error:
        if only is not None and error.problem.name not in only:
            raise
        reason = error.members.get("reason")
        try:
            async with context.database.writing() as session:
                await note_failure(
                    session,
                    device,
                    name=error.problem.name,
                    reason=str(reason) if reason is not None else None,
                    log=log,
                    at=context.clock.now(),
                )
                await session.commit()
        except Exception as other:
            # A note that cannot be kept must not take the place of what the device has to be told.
            _LOGGER.error("failure of a device not kept: %s", type(other).__qualname__)
        raise
