"""A backup: everything, encrypted, read back before it has its name; whatever is wrong with a file is found."""

import dataclasses
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from harness.office import Office, Tablet
from harness.second_life import another_database, restored
from sqlalchemy import select, text

import checksync as cs
from kazasu import audit
from kazasu.backup import making
from kazasu.backup.content import BackupKeys, End, Rows, framed, read_frames
from kazasu.backup.making import make_backup
from kazasu.backup.stream import BackupError, BackupHeader, EncryptedWriter, read_encrypted, read_header
from kazasu.backup.verification import verify_backup
from kazasu.db import Database
from kazasu.journal import JournalKind
from kazasu.keys import StorageKey
from kazasu.restoration import restoring
from kazasu.restoration.restoring import JournalMissingError, OlderBackupError
from kazasu.sync.models import DeviceLogRow, FeedItemRow
from kazasu.tables import metadata

NAME = "往診タブレット"


@pytest.fixture
async def filled(office: Office) -> Office:
    """A facility with a device, a log, a gap in it, and another one that is closed."""
    tablet = await office.tablet()
    log = tablet.new_log()
    log.record(*(f"entry {number}" for number in range(12)))
    for octets in (log.push(1, 3), log.push(7, 12)):
        if octets != log.push(1, 3):
            gap = await office.client.post(f"/sync/logs/{log.log}/gaps", content=log.gap(4, 6), headers=tablet.headers)
            assert gap.status_code == 200
        assert (await tablet.push(log, octets)).status_code == 200
    await _fork(tablet)
    return office


async def _fork(tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    twin = log.clone()
    log.record("b")
    twin.record("c")
    await tablet.push(log)
    assert (await tablet.push(twin, twin.push(2))).status_code == 409


async def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, for comparison."""
    found = {}
    async with database.reading() as session:
        for table in metadata.sorted_tables:
            rows = await session.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found


async def test_a_backup_holds_every_row_of_every_table(
    filled: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    context = filled.context
    before = await contents(context.database)
    made = await make_backup(context, tmp_path / "b")
    counts = {name: len(rows) for name, rows in before.items() if rows}
    assert made.summary.counts == counts
    with another_database(request, context.database, tmp_path) as url:
        async with restored(context, tmp_path / "b", url) as (second, _):
            after = await contents(second.database)
            async with second.database.writing() as session:
                # What counts by itself goes on behind what was restored.
                session.add(FeedItemRow(id="aa", device=None, kind="policy", data={}, made_at=context.clock.now()))
                await session.commit()
    changed = {"facilities", "device_tokens", "office_sessions", "used_nonces", "restorations", "journal_marks",
               "audit_entries", "duty_passes"}  # fmt: skip
    assert {name: rows for name, rows in after.items() if name not in changed} == {
        name: rows for name, rows in before.items() if name not in changed
    }
    assert after["audit_entries"][: len(before["audit_entries"])] == before["audit_entries"]


async def test_a_verified_backup_is_what_devices_may_forget(filled: Office, tmp_path: Path) -> None:
    context = filled.context
    await make_backup(context, tmp_path / "b")
    async with context.database.reading() as session:
        logs = (await session.scalars(select(DeviceLogRow))).all()
        assert {log.forgettable == log.number for log in logs} == {True}
        assert isinstance(await audit.verify(session), audit.Verified)
    [record] = [r for r in context.journal.read().records if r.kind == JournalKind.BACKUP_VERIFIED]
    with (tmp_path / "b").open("rb") as file:
        assert read_header(file).id == record.subject


async def test_the_mark_reaches_the_device_with_its_next_acknowledgement(filled: Office, tmp_path: Path) -> None:
    tablet = await filled.tablet()
    log = tablet.new_log()
    log.record("a", "b")
    await tablet.push(log)
    await make_backup(filled.context, tmp_path / "b")
    log.record("c")
    answer = cs.decode_push_answer((await tablet.push(log)).content)
    ack = cs.verify(answer.acknowledgement, cs.Acknowledgement, filled.context.keys.server.verifying_key)
    assert (ack.number, ack.forgettable) == (3, 2)


async def test_a_backup_that_does_not_verify_gets_no_name_and_marks_nothing(
    filled: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, storage: StorageKey, *_: object) -> None:
        raise BackupError("contradicts_itself", "head")

    monkeypatch.setattr(making, "verify_backup", refuse)
    with pytest.raises(BackupError):
        await make_backup(filled.context, tmp_path / "b")
    assert {path for path in os.listdir(tmp_path) if path.endswith((".part", "b"))} == {"kazasu.db"} & set(
        os.listdir(tmp_path)
    )
    async with filled.context.database.reading() as session:
        assert set(await session.scalars(select(DeviceLogRow.forgettable))) == {0}


async def test_a_backup_is_never_written_over(filled: Office, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        await make_backup(filled.context, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"precious"


async def test_the_file_shows_nothing_without_the_key(filled: Office, tmp_path: Path) -> None:
    await make_backup(filled.context, tmp_path / "b")
    octets = (tmp_path / "b").read_bytes()
    for secret in (NAME, "管理 花子", "訓練クリニック", "administrator"):
        assert secret.encode() not in octets
    assert filled.context.keys.storage.raw() not in octets
    with pytest.raises(BackupError, match="wrong_key"):
        verify_backup(tmp_path / "b", StorageKey.generate())
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda octets: octets[:-1], "wrong_key_or_damaged"),
        (lambda octets: octets[:-20], "wrong_key_or_damaged"),
        (lambda octets: octets[: octets.index(b"\n") + 1], "wrong_key_or_damaged"),
        (lambda octets: octets[:-40] + bytes([octets[-40] ^ 1]) + octets[-39:], "wrong_key_or_damaged"),
        (lambda octets: octets.replace(b'"epoch":"', b'"epoch":"0', 1), "wrong_key_or_damaged"),
        (lambda octets: octets + b"more", "wrong_key_or_damaged"),
        (lambda octets: b"SQLite format 3\0" + octets, "not_a_backup"),
        (lambda octets: b"", "not_a_backup"),
    ],
)
async def test_a_damaged_file_is_no_backup(
    filled: Office, tmp_path: Path, spoil: Callable[[bytes], bytes], why: str
) -> None:
    await make_backup(filled.context, tmp_path / "b")
    (tmp_path / "c").write_bytes(spoil((tmp_path / "b").read_bytes()))
    with pytest.raises(BackupError) as refused:
        verify_backup(tmp_path / "c", filled.context.keys.storage)
    assert refused.value.why == why


def test_a_file_that_ends_between_two_chunks_is_told_from_a_damaged_one() -> None:
    storage = StorageKey.generate()
    file = io.BytesIO()
    header = BackupHeader(id="a", facility="f", mode="exercise", epoch="e", schema="1", made_at="x", salt=b"s" * 32)
    writer = EncryptedWriter(file, header, storage)
    writer.write(b"x" * 200_000)
    start = file.getvalue().index(b"\n") + 1
    cut = io.BytesIO(file.getvalue()[: start + 2 * (64 * 1024 + 16)])
    with pytest.raises(BackupError) as refused:
        list(read_encrypted(cut, storage))
    assert refused.value.why == "cut_short"


def rewritten(source: Path, storage: StorageKey, change: Callable[[Rows | BackupKeys | End], object]) -> Path:
    """The backup with a frame changed by somebody who has the key, or by a fault before encryption."""
    target = source.with_suffix(".changed")
    with source.open("rb") as file:
        header = read_header(file)
        frames = list(read_frames(read_encrypted(file, storage)))
    with target.open("wb") as out:
        writer = EncryptedWriter(out, header, storage)
        for frame in frames:
            change(frame)
            writer.write(framed(frame))
        writer.close()
    return target


def _set(frame: object, table: str, column: str, change: Callable[[object], object]) -> None:
    if isinstance(frame, Rows) and frame.table == table:
        index = frame.columns.index(column)
        frame.rows[0][index] = change(frame.rows[0][index])


@pytest.mark.parametrize(
    ("table", "column", "change", "place"),
    [
        ("log_entries", "sealed", lambda octets: octets[:-1] + bytes([octets[-1] ^ 1]), "digest"),
        ("log_entries", "digest", lambda octets: b"\0" * 32, "digest"),
        ("log_entries", "hash", lambda octets: b"\0" * 32, "chain"),
        ("log_entries", "number", lambda number: number + 5, "numbers"),
        ("device_logs", "hash", lambda octets: b"\0" * 32, "head"),
        ("device_logs", "genesis", lambda octets: octets + b" ", "genesis"),
        ("log_gaps", "hash_after", lambda octets: b"\0" * 32, "chain"),
        ("audit_entries", "details", lambda text: text + " ", "audit log"),
    ],
)
async def test_rows_that_do_not_hang_together_are_found(
    filled: Office, tmp_path: Path, table: str, column: str, change: Callable[[object], object], place: str
) -> None:
    await make_backup(filled.context, tmp_path / "b")
    storage = filled.context.keys.storage
    changed = rewritten(tmp_path / "b", storage, lambda frame: _set(frame, table, column, change))
    with pytest.raises(BackupError) as refused:
        verify_backup(changed, storage)
    assert refused.value.why == "contradicts_itself"
    if column != "number":
        assert refused.value.place == place


async def test_a_row_left_out_is_found(filled: Office, tmp_path: Path) -> None:
    await make_backup(filled.context, tmp_path / "b")

    def leave_out(frame: object) -> None:
        if isinstance(frame, Rows) and frame.table == "staff":
            frame.rows.clear()

    with pytest.raises(BackupError) as refused:
        verify_backup(rewritten(tmp_path / "b", filled.context.keys.storage, leave_out), filled.context.keys.storage)
    assert (refused.value.why, refused.value.place) == ("contradicts_itself", "counts")


async def test_a_backup_sees_one_state_while_others_write(filled: Office, tmp_path: Path) -> None:
    """Rows that are committed while the backup reads are not in it, not even in part."""
    tablet = await filled.tablet()
    log = tablet.new_log()
    log.record("a")
    await tablet.push(log)
    real = making.dump_rows

    async def slow(connection, keys):  # type: ignore[no-untyped-def]
        async for rows in real(connection, keys):
            yield rows
            if rows.table == "device_logs":
                log.record("meanwhile")
                assert (await tablet.push(log, log.push(2))).status_code == 200

    making.dump_rows = slow
    try:
        made = await make_backup(filled.context, tmp_path / "b")
    finally:
        making.dump_rows = real
    assert [head.number for head in made.summary.heads if head.log == log.log] == [1]
    async with filled.context.database.reading() as session:
        row = await session.get_one(DeviceLogRow, log.log)
        assert (row.number, row.forgettable) == (2, 1)


async def test_an_older_backup_is_not_restored_unaware(
    filled: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    context = filled.context
    await make_backup(context, tmp_path / "old")
    filled.clock.advance(timedelta(hours=1))
    await make_backup(context, tmp_path / "new")
    with another_database(request, context.database, tmp_path) as url:
        with pytest.raises(OlderBackupError):
            async with restored(context, tmp_path / "old", url):
                pass
        async with restored(context, tmp_path / "old", url, allows_older=True) as (_, made):
            assert made.epoch


async def test_a_journal_of_nobody_or_of_another_facility_is_not_replayed(
    filled: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    context = filled.context
    await make_backup(context, tmp_path / "b")
    read = context.journal.read()
    with another_database(request, context.database, tmp_path) as url:
        for facility, error in ((None, JournalMissingError), ("fb" * 16, BackupError)):
            with pytest.raises(error):
                async with restored(context, tmp_path / "b", url, journal=dataclasses.replace(read, facility=facility)):
                    pass


async def test_a_restore_that_fails_half_way_leaves_nothing_that_could_be_served(
    filled: Office, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fall(*_: object, **__: object) -> None:
        raise RuntimeError("the power is off")

    monkeypatch.setattr(restoring, "replay", fall)
    context = filled.context
    await make_backup(context, tmp_path / "b")
    with another_database(request, context.database, tmp_path) as url:
        with pytest.raises(RuntimeError):
            async with restored(context, tmp_path / "b", url):
                pass
        database = Database(url)
        try:
            async with database.engine.connect() as connection:
                query = (
                    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                    if database.is_sqlite
                    else "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
                )
                assert (await connection.execute(text(query))).scalar_one() == 0
        finally:
            await database.close()
