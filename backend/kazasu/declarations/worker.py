"""The worker that destroys declarations when they are due: looks each hour, and at each start."""

import asyncio
import logging

from kazasu.context import Context
from kazasu.declarations.destroying import destroy_due

__all__ = ["run"]

_LOOK_EVERY_S = 3600.0
_AFTER_TROUBLE_S = 60.0
_LOGGER = logging.getLogger("kazasu.declarations")


async def run(context: Context) -> None:
    """Works until it is cancelled."""
    while True:
        wait_s = _LOOK_EVERY_S
        try:
            count = await destroy_due(context)
            if count:
                _LOGGER.info("declarations destroyed: %d", count)
        except Exception as error:
            # A database that is away must not end the worker; the type alone may be logged.
            _LOGGER.error("declarations: goes on after %s", type(error).__qualname__)
            wait_s = _AFTER_TROUBLE_S
        await asyncio.sleep(wait_s)
