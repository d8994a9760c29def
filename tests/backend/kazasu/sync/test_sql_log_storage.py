"""The server's storage keeps checksync's contract, on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from contract.log_storage import LogStorageContract, Transactions

from checksync import LogStorage
from kazasu.db import Database
from kazasu.sync.storage import SqlLogStorage

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class TestSqlLogStorage(LogStorageContract):
    @pytest.fixture
    def transactions(self, database: Database) -> Transactions:
        @asynccontextmanager
        async def transaction() -> AsyncIterator[LogStorage]:
            async with database.writing() as session:
                yield SqlLogStorage(session, AT)
                await session.commit()

        return transaction
