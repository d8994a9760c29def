"""`kazasu staff`, `kazasu devices`, `kazasu device-code`: the administrator's work from the server's shell.

Whoever has that shell has the keys; what is done here is audited as `shell`. The same services as the API's.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, password_option, secret, settings_of
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.service import confirm_device, list_devices, make_enrolment_code, revoke_device
from kazasu.keys.pin import enrolment_code
from kazasu.opening import open_facility
from kazasu.run_record import running_url
from kazasu.staff import Role
from kazasu.staff.service import add_staff, list_staff

T = TypeVar("T")


def _committed(home: Path | None, action: Callable[[Context, Session], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = settings_of(home)
        url = settings.public_url or running_url(settings) or ""
        async with open_facility(settings, url=url) as context, context.database.writing() as session:
            result = await action(context, session)
            await session.commit()
            return result

    return asyncio.run(run())


@click.group()
def staff() -> None:
    """Staff: who signs in. / 職員"""


@staff.command("add")
@home_option
@click.argument("login")
@click.option("--name", required=True, help="Name of the person. / 氏名")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@password_option
@reporting
def add(home: Path | None, login: str, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add a person who signs in as LOGIN."""
    password = secret("Password / パスワード", from_stdin=password_stdin, confirm=True)

    async def action(context: Context, session: Session) -> str:
        member = await add_staff(
            session,
            login=login,
            name=name,
            password=password,
            roles=[Role(role) for role in roles],
            actor=audit.SHELL,
            at=context.clock.now(),
        )
        return member.id

    click.echo(_committed(home, action))


@staff.command("list")
@home_option
@click.option("--json", "as_json", is_flag=True)
@reporting
def list_all(home: Path | None, as_json: bool) -> None:
    """Everyone, with roles."""

    async def action(_: Context, session: Session) -> list[dict[str, object]]:
        return [
            {
                "id": member.id,
                "login": member.login,
                "name": member.name,
                "roles": sorted(member.roles),
                "is_active": member.is_active,
            }
            for member in await list_staff(session)
        ]

    _show(_committed(home, action), ("login", "name", "roles", "is_active"), as_json)


@click.group()
def devices() -> None:
    """Devices: list, confirm, revoke. / 端末"""


@devices.command("list")
@home_option
@click.option("--json", "as_json", is_flag=True)
@reporting
def list_known(home: Path | None, as_json: bool) -> None:
    """Every device, the newest first."""

    async def action(_: Context, session: Session) -> list[dict[str, object]]:
        return [
            {"id": row.id, "name": row.name, "state": row.state.value, "thumbprint": row.thumbprint}
            for row in await list_devices(session)
        ]

    _show(_committed(home, action), ("id", "state", "thumbprint", "name"), as_json)


@devices.command("confirm")
@home_option
@click.argument("device")
@click.option("--thumbprint", required=True, help="As the device shows it. / 端末の画面の指紋")
@reporting
def confirm(home: Path | None, device: str, thumbprint: str) -> None:
    """Confirm DEVICE by the thumbprint seen on it."""

    async def action(context: Context, session: Session) -> str:
        now = context.clock.now()
        confirmed = await confirm_device(
            session, device, thumbprint=thumbprint, staff=None, journal=context.journal, at=now
        )
        return confirmed.state

    click.echo(_committed(home, action))


@devices.command("revoke")
@home_option
@click.argument("device")
@click.option("--reason", required=True, help="lost, stolen, replaced. / 理由")
@reporting
def revoke(home: Path | None, device: str, reason: str) -> None:
    """Shut DEVICE out at once, for good."""

    async def action(context: Context, session: Session) -> str:
        now = context.clock.now()
        revoked = await revoke_device(
            session, device, reason=reason, actor=audit.SHELL, journal=context.journal, at=now
        )
        return revoked.state

    click.echo(_committed(home, action))


@click.command("device-code")
@home_option
@click.option("--url", help="The server's URL as the device reaches it. / 端末から見たサーバーの URL")
@click.option("--json", "as_json", is_flag=True)
@reporting
def device_code(home: Path | None, url: str | None, as_json: bool) -> None:
    """Make a code by which one device enrols within ten minutes."""

    async def action(context: Context, session: Session) -> dict[str, object]:
        reached = url or context.url or f"http://localhost:{context.settings.port}"
        now = context.clock.now()
        secret_part, expires_at = await make_enrolment_code(session, actor=audit.SHELL, at=now)
        code = enrolment_code(context.settings, reached, secret_part).text()
        return {"code": code, "expires_at": expires_at.isoformat()}

    made = _committed(home, action)
    click.echo(json.dumps(made) if as_json else made["code"])


def _show(rows: list[dict[str, object]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        values = (row[column] for column in columns)
        click.echo("\t".join(",".join(value) if isinstance(value, list) else str(value) for value in values))
