"""`kazasu backup`: one state of the running server in one file, read back before it has its name. Imports no SQL."""

import asyncio
import errno
import os
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

from checksync import time_text
from kazasu.backup.content import BackupKeys, End, framed
from kazasu.backup.dump import dump_rows, read_summary
from kazasu.backup.marking import mark_backed_up_logs
from kazasu.backup.stream import BackupHeader, EncryptedWriter
from kazasu.backup.verification import VerifiedBackup, verify_backup
from kazasu.context import Context
from kazasu.db import new_id
from kazasu.db.migration import current_revision
from kazasu.keys import KeyFiles
from kazasu.keys.file import read_private
from kazasu.settings import FILE_NAME

__all__ = ["make_backup"]


async def make_backup(context: Context, path: Path) -> VerifiedBackup:
    """Writes, reads back, verifies, and only then names the file and tells devices what they may forget.

    `FileExistsError` where the file is there; on any failure nothing is left of it.
    """
    draft = _draft(path)
    try:
        await _write(context, draft, context.clock.now())
        verified = await asyncio.to_thread(verify_backup, draft, context.keys.storage, context.declaration_keys)
        os.link(draft, path)
    finally:
        _remove(draft)
    _sync_folder(path.parent)
    async with context.database.writing() as session:
        await mark_backed_up_logs(session, context, verified, at=context.clock.now())
        await session.commit()
    return verified


async def _write(context: Context, draft: Path, at: datetime) -> None:
    header = BackupHeader(
        id=new_id(),
        facility=context.facility.id,
        mode=context.facility.mode.value,
        epoch=context.facility.epoch,
        schema=await current_revision(context.database),
        made_at=time_text(at),
        salt=os.urandom(32),
    )
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        writer = EncryptedWriter(file, header, context.keys.storage)
        writer.write(framed(read_keys(context)))
        async with context.database.snapshot() as connection:
            summary = await read_summary(connection)
            async with aclosing(dump_rows(connection, context.declaration_keys)) as dumped:
                async for rows in dumped:
                    writer.write(framed(rows))
        writer.write(framed(End(summary=summary)))
        writer.close()


def read_keys(context: Context) -> BackupKeys:
    """The home's keys and settings. Not the storage key: under it the backup itself is encrypted."""
    files = KeyFiles(context.settings.home)

    def octets(path: Path, *, is_private: bool = True) -> bytes | None:
        if not path.exists():
            return None
        return read_private(path) if is_private else path.read_bytes()

    settings = context.settings.home / FILE_NAME
    return BackupKeys(
        server_key=octets(files.server_key) or context.keys.server.to_pem(),
        sealing_keys=[read_private(path) for path in sorted(files.folder.glob("sealing-*.key"))],
        authority_key=octets(files.authority_key),
        authority_certificate=octets(files.authority_certificate, is_private=False),
        tls_key=octets(files.tls_key),
        tls_certificate=octets(files.tls_certificate, is_private=False),
        settings=settings.read_bytes() if settings.exists() else b"",
    )


def _draft(path: Path) -> Path:
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
