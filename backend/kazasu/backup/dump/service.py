"""Every table's rows within one snapshot, and what the database says of itself in the same."""

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kazasu.audit.chain import FIRST_PREVIOUS
from kazasu.audit.models import AuditEntry
from kazasu.backup.content import LogHead, Rows, Summary
from kazasu.checks.models import RecordedEntryRow
from kazasu.keys.declaration import DeclarationKeys, decision_subject, entry_subject
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.kept import holds_declared
from kazasu.reconciliation.models import DecisionRow
from kazasu.sync.models import DeviceLogRow, LogEntryRow
from kazasu.tables import metadata

__all__ = ["dump_rows", "read_summary"]

_ROWS = 200


async def dump_rows(connection: AsyncConnection, keys: DeclarationKeys) -> AsyncGenerator[Rows, None]:
    """All rows, in an order in which they can be put back: whatever is named comes before what names it.

    A declaration's sealed octets, and what was typed from it, go in under keys of their own, which no backup holds.
    """
    declared = await _declared(connection)
    for table in metadata.sorted_tables:
        columns = [str(column.name) for column in table.columns]
        async with connection.stream(_in_order(table)) as found:
            async for rows in found.partitions(_ROWS):
                dumped = [list(row) for row in rows]
                if declared and table is LogEntryRow.__table__:
                    _guard(dumped, columns, declared, keys)
                if table is DecisionRow.__table__:
                    _guard_typed(dumped, columns, keys)
                yield Rows(table=str(table.name), columns=columns, rows=dumped)


def _guard_typed(rows: list[list[Any]], columns: list[str], keys: DeclarationKeys) -> None:
    """What was typed from a declaration with a decision goes in the same way."""
    id_, decision, kept = (columns.index(name) for name in ("id", "decision", "kept"))
    for row in rows:
        is_unknown = row[decision] == Decision.UNKNOWN and row[kept] is not None
        if is_unknown and holds_declared(keys.storage, row[id_], row[kept]):
            row[kept] = keys.guard(decision_subject(row[id_]), row[kept])


async def _declared(connection: AsyncConnection) -> set[int]:
    """The entries that are declarations and are not destroyed; ids of rows."""
    found = await connection.execute(
        select(RecordedEntryRow.entry).where(
            RecordedEntryRow.kind == "declaration",
            RecordedEntryRow.entry.is_not(None),
            RecordedEntryRow.destroyed_at.is_(None),
        )
    )
    return {row.entry for row in found}


def _guard(rows: list[list[Any]], columns: list[str], declared: set[int], keys: DeclarationKeys) -> None:
    id_, log, number, sealed = (columns.index(name) for name in ("id", "log", "number", "sealed"))
    for row in rows:
        if row[id_] in declared and row[sealed]:
            row[sealed] = keys.guard(entry_subject(row[log], row[number]), row[sealed])


def _in_order(table: Table) -> Select[Any]:
    of_itself = [foreign.parent for foreign in table.foreign_keys if foreign.column.table is table]
    return (
        select(table)
        .order_by(*(column.is_not(None) for column in of_itself), *table.primary_key.columns)
        .execution_options(yield_per=_ROWS)
    )


async def read_summary(connection: AsyncConnection) -> Summary:
    """Counted and read by the database itself, not by what was dumped."""
    counts = {}
    for table in metadata.sorted_tables:
        count = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
        if count:
            counts[str(table.name)] = count
    logs = await connection.execute(
        select(DeviceLogRow.log, DeviceLogRow.number, DeviceLogRow.hash).order_by(DeviceLogRow.log)
    )
    last = (
        await connection.execute(select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1))
    ).one_or_none()
    return Summary(
        counts=counts,
        heads=[LogHead(row.log, row.number, row.hash.hex()) for row in logs],
        audit_entries=last.number if last else 0,
        audit_hash=(last.hash if last else FIRST_PREVIOUS).hex(),
    )
