"""`kazasu backup`, `kazasu restore`, `kazasu reopen`."""

import asyncio
import json
from pathlib import Path

import click

from kazasu import audit, serving
from kazasu.backup.making import make_backup
from kazasu.backup.verification import VerifiedBackup, verify_backup
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, secret, settings_of
from kazasu.clock import SystemClock
from kazasu.context import Context
from kazasu.journal import Journal, JournalKind, JournalRead, read_journal
from kazasu.keys import load_keys
from kazasu.keys.declaration import DeclarationKeys
from kazasu.keys.file import write_private
from kazasu.keys.recovery import open_recovery_file
from kazasu.opening import open_facility
from kazasu.restoration.home import fill_home, storage_key_of
from kazasu.restoration.restoring import JournalMissingError, Restored, restore_database
from kazasu.restoration.service import read_standing
from kazasu.restoration.service import reopen as open_again
from kazasu.restoration.standing import Standing
from kazasu.settings import Settings, default_home, load_settings


@click.command()
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", "only_verify", is_flag=True, help="Only read FILE back. / 読み返して検証するだけ")
@click.option("--json", "as_json", is_flag=True)
@reporting
def backup(home: Path | None, file: Path, only_verify: bool, as_json: bool) -> None:
    """Write everything into FILE, encrypted, while the server runs; read it back; tell devices what they may forget.

    To open it again takes this home's keys or the recovery file with its code. Keep FILE on another machine.
    """
    settings = settings_of(home)
    if only_verify:
        storage = storage_key_of(settings.home, None)
        made = verify_backup(file, storage, DeclarationKeys(settings.declaration_keys_folder, storage))
    else:
        made = asyncio.run(_backup(settings, file))
    entries = made.summary.counts.get("log_entries", 0)
    answer = {
        "file": str(file),
        "backup": made.header.id,
        "made_at": made.header.made_at,
        "logs": len(made.summary.heads),
        "entries": entries,
        "audit_entries": made.summary.audit_entries,
        "audit_hash": made.summary.audit_hash,
    }
    words = (
        f"検証済みのバックアップです：記録 {entries} 件、記録簿 {len(made.summary.heads)} 冊。\n"
        f"A verified backup: {entries} entries of {len(made.summary.heads)} logs."
    )
    click.echo(json.dumps(answer) if as_json else words)


async def _backup(settings: Settings, file: Path) -> VerifiedBackup:
    async with open_facility(settings) as context:
        return await make_backup(context, file)


@click.command()
@home_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--recovery-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="For a home without its keys. / 鍵のないフォルダーに戻すとき",
)
@click.option("--code-stdin", is_flag=True, help="Read the recovery code from standard input. / 標準入力から復旧コード")
@click.option(
    "--journal",
    "journal_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The journal, where it is not in the home. / ジャーナルの場所",
)
@click.option(
    "--without-journal",
    is_flag=True,
    help="The journal is lost: revocations and withdrawals since the backup are undone. / ジャーナルなしで戻す",
)
@click.option("--older", "allows_older", is_flag=True, help="Though a later backup was verified. / 古い方を使う")
@click.option("--database", envvar="KAZASU_DATABASE", help="An empty database, where not the embedded one.")
@click.option("--json", "as_json", is_flag=True)
@reporting
def restore(
    home: Path | None,
    file: Path,
    recovery_file: Path | None,
    code_stdin: bool,
    journal_file: Path | None,
    without_journal: bool,
    allows_older: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Put the backup FILE in the place of the database, with the server stopped. The database that was there is kept.

    The journal is replayed first. The server then starts closed: devices bring back what they recorded since, by
    themselves; it opens when all of it is there, or by 'kazasu reopen --declare-missing'.
    """
    folder = home or default_home({})
    recovered = None
    if recovery_file is not None:
        code = secret("Recovery code / 復旧コード", from_stdin=code_stdin)
        recovered = open_recovery_file(recovery_file.read_bytes(), code)
    storage = storage_key_of(folder, recovered)
    verified = verify_backup(file, storage)
    journal = _journal(folder, verified, journal_file, is_lost=without_journal)
    destroyed = {
        record.subject
        for record in (journal.records if journal else ())
        if record.kind == JournalKind.SEALING_KEY_DESTROYED.value
    }
    fill_home(folder, verified.keys, storage, destroyed)
    settings = settings_of(folder, database=database)
    _keep_journal(settings, verified, journal_file)
    with serving.only_one(settings):
        restored = asyncio.run(
            restore_database(
                settings,
                file,
                verified,
                storage=storage,
                server=load_keys(folder).server,
                journal=journal,
                clock=SystemClock(),
                allows_older=allows_older,
            )
        )
    _tell(restored, as_json=as_json, is_whole=journal is not None and not journal.damaged)


def _journal(home: Path, backup: VerifiedBackup, file: Path | None, *, is_lost: bool) -> JournalRead | None:
    if is_lost:
        return None
    if file is not None:
        return read_journal(file.read_bytes())
    found = Journal(load_settings(home).journal_folder, backup.header.facility).read()
    if found.facility is None:
        raise JournalMissingError
    return found


def _keep_journal(settings: Settings, backup: VerifiedBackup, file: Path | None) -> None:
    """A journal brought from elsewhere is this home's from now on."""
    place = Journal(settings.journal_folder, backup.header.facility).file
    if file is None or place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(place, file.read_bytes())


def _tell(restored: Restored, *, as_json: bool, is_whole: bool) -> None:
    if as_json:
        answer = {
            "epoch": restored.epoch,
            "replayed": dict(restored.replayed),
            "damaged_lines": restored.damaged_lines,
            "declarations_gone": restored.declarations_gone,
            "kept": str(restored.kept) if restored.kept else None,
        }
        click.echo(json.dumps(answer))
        return
    click.echo("戻しました。サーバーは閉じた状態で始まります。 / Restored. The server starts closed.")
    for kind, count in sorted(restored.replayed.items()):
        click.echo(f"  {kind}: {count}")
    if restored.declarations_gone:
        click.echo(
            f"鍵のない申立書 {restored.declarations_gone} 件は、廃棄済みとして戻しました。\n"
            f"{restored.declarations_gone} declarations whose keys are gone came back empty, as destroyed."
        )
    if restored.kept is not None:
        click.echo(f"前のデータベース / The database that was there: {restored.kept}")
    if not is_whole:
        click.echo(
            "ジャーナルが揃っていません。停止した端末・職員、撤回された同意を確かめてから開いてください。\n"
            "The journal was not whole. Check which devices, staff and consents were revoked before you reopen."
        )
    click.echo("次に / Next: kazasu serve, kazasu reopen")


@click.command()
@home_option
@click.option(
    "--declare-missing", is_flag=True, help="What has not come back will not come. / 戻らない記録を宣言して開く"
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
@reporting
def reopen(ctx: click.Context, home: Path | None, declare_missing: bool, as_json: bool) -> None:
    """Open a restored server; without an option, say what it still waits for (status 1 while it does)."""
    standing = asyncio.run(_reopen(settings_of(home), declares_missing=declare_missing))
    is_open = standing is None or declare_missing or standing.may_open_by_itself
    logs = [] if standing is None else [log.missing() for log in standing.waiting_for]
    if as_json:
        click.echo(json.dumps({"is_open": is_open, "missing": logs}))
    else:
        for log in logs:
            click.echo(f"{log['device']}\t{log['log']}\t{log['number']}\t{log['newest'] or '?'}")
        click.echo(
            "開いています。 / The server is open."
            if is_open
            else "上の記録がまだ戻っていません。 / What is listed above has not come back yet."
        )
    ctx.exit(0 if is_open else 1)


async def _reopen(settings: Settings, *, declares_missing: bool) -> Standing | None:
    async with open_facility(settings) as context:
        standing = await _standing(context)
        if standing is None or not (declares_missing or standing.may_open_by_itself):
            return standing
        async with context.database.writing() as session:
            await open_again(session, declares_missing=declares_missing, actor=audit.SHELL, at=context.clock.now())
            await session.commit()
        return standing


async def _standing(context: Context) -> Standing | None:
    async with context.database.reading() as session:
        return await read_standing(session)
