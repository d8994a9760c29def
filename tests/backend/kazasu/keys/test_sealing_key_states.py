"""A sealing key is announced only when it is backed up, and no state is skipped."""

import pytest
from harness.office import NOON

from kazasu.db import Database
from kazasu.keys.sealing import generate_sealing_key, public_half
from kazasu.keys.service import SealingKeyStateError, add_made, announce, mark_backed_up, told_to_devices


async def test_a_key_that_is_not_backed_up_is_announced_to_nobody(database: Database) -> None:
    key = public_half(generate_sealing_key())
    async with database.writing() as session:
        await add_made(session, key, "shell", NOON)
        with pytest.raises(SealingKeyStateError):
            await announce(session, key.id, "shell", NOON)
        assert await told_to_devices(session) == []
        await mark_backed_up(session, key.id, "recovery_file", "shell", NOON)
        assert await told_to_devices(session) == []
        await announce(session, key.id, "shell", NOON)
        assert [told.id for told in await told_to_devices(session)] == [key.id]
        with pytest.raises(SealingKeyStateError):
            await mark_backed_up(session, key.id, "recovery_file", "shell", NOON)
