"""`kazasu keys`: the keys of a lost home from the recovery file; the sealing keys' way to their end."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import click

from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, secret, settings_of
from kazasu.db import Session
from kazasu.keys import KeyFiles
from kazasu.keys.recovery import open_recovery_file
from kazasu.keys.restoring import restore_keys
from kazasu.keys.sealing import generate_sealing_key, public_half, write_sealing_key
from kazasu.keys.service import add_made, announce_backed_up, list_sealing_keys
from kazasu.keys.service import destroy as destroy_key
from kazasu.keys.service import retire as retire_key
from kazasu.opening import open_facility
from kazasu.settings import default_home
from kazasu.sync.feed import publish


@click.group()
def keys() -> None:
    """The facility's keys. / 施設の鍵"""


@keys.command()
@home_option
@click.argument("recovery_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--code-stdin", is_flag=True, help="Read the recovery code from standard input. / 復旧コードを標準入力から"
)
@reporting
def restore(home: Path | None, recovery_file: Path, code_stdin: bool) -> None:
    """Put the keys in RECOVERY_FILE back where they are missing; those that are there stay as they are."""
    code = secret("Recovery code / 復旧コード", from_stdin=code_stdin)
    restored = restore_keys(home or default_home({}), open_recovery_file(recovery_file.read_bytes(), code))
    click.echo(json.dumps(restored))


@keys.command("list")
@home_option
@reporting
def list_all(home: Path | None) -> None:
    """Every sealing key and where it stands."""

    async def run() -> list[tuple[str, str]]:
        async with open_facility(settings_of(home)) as context, context.database.reading() as session:
            return [(row.id, row.state.value) for row in await list_sealing_keys(session)]

    for key, state in asyncio.run(run()):
        click.echo(f"{key}\t{state}")


@keys.command()
@home_option
@reporting
def add(home: Path | None) -> None:
    """Make a new sealing key. The next 'kazasu backup' holds it; then 'kazasu keys announce' tells devices of it."""

    async def run() -> str:
        private = generate_sealing_key()
        async with open_facility(settings_of(home)) as context, context.database.writing() as session:
            write_sealing_key(KeyFiles(context.settings.home).folder, private)
            public = public_half(private)
            await add_made(session, public, audit.SHELL, context.clock.now())
            await session.commit()
            return public.id

    click.echo(asyncio.run(run()))


@keys.command("announce")
@home_option
@reporting
def announce_all(home: Path | None) -> None:
    """Let devices seal to every new key that a verified backup holds."""

    async def run() -> list[str]:
        async with open_facility(settings_of(home)) as context, context.database.writing() as session:
            announced = await announce_backed_up(
                session, journal=context.journal, actor=audit.SHELL, at=context.clock.now()
            )
            await session.commit()
            return announced

    for key in asyncio.run(run()):
        click.echo(key)


@keys.command()
@home_option
@click.argument("key")
@reporting
def retire(home: Path | None, key: str) -> None:
    """No device seals to KEY any more; what was sealed to it opens as before."""

    async def run() -> None:
        async with open_facility(settings_of(home)) as context, context.database.writing() as session:
            at = context.clock.now()
            await retire_key(session, key, journal=context.journal, actor=audit.SHELL, at=at)
            await _tell_devices(session, at=at)
            await session.commit()

    asyncio.run(run())
    click.echo(key)


@keys.command()
@home_option
@click.argument("key")
@reporting
def destroy(home: Path | None, key: str) -> None:
    """Destroy the retired KEY. Refused while a device may still hold an entry that is sealed to it."""

    async def run() -> None:
        async with open_facility(settings_of(home)) as context, context.database.writing() as session:
            at = context.clock.now()
            await destroy_key(session, key, journal=context.journal, actor=audit.SHELL, at=at)
            await session.commit()
            (KeyFiles(context.settings.home).folder / f"sealing-{key}.key").unlink(missing_ok=True)

    asyncio.run(run())
    click.echo(key)


async def _tell_devices(session: Session, *, at: datetime) -> None:
    await publish(session, None, "policy", {}, at=at)
