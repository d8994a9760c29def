"""`kazasu declarations`: when each is destroyed, and destroying those that are due."""

import asyncio
import json
from pathlib import Path

import click

from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.declarations.destroying import DeclarationStanding, destroy_due, mark_done, standings
from kazasu.declarations.service import find_declaration
from kazasu.opening import open_facility
from kazasu.problems import ProblemError
from kazasu.settings import Settings


@click.group()
def declarations() -> None:
    """Declarations (被保険者資格申立書): for claims only, destroyed when the claim work is done."""


@declarations.command("list")
@home_option
@click.option("--json", "as_json", is_flag=True)
@reporting
def list_declarations(home: Path | None, as_json: bool) -> None:
    """Those that are not destroyed, with the day on which each will be, and why. / 廃棄の予定"""
    found = asyncio.run(_standings(settings_of(home)))
    if as_json:
        click.echo(json.dumps([_described(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        day = one.end.day.isoformat() if one.end.day else "----------"
        click.echo(f"{one.row.id} {day} {one.end.say.ja} / {one.end.say.en}")


@declarations.command()
@home_option
@click.argument("declaration")
@reporting
def done(home: Path | None, declaration: str) -> None:
    """The claim and payment work of DECLARATION is done, or none will come: it goes with the next run. / 事務の終了"""
    asyncio.run(_done(settings_of(home), declaration))
    click.echo(declaration)


@declarations.command("destroy-due")
@home_option
@reporting
def destroy_due_now(home: Path | None) -> None:
    """Destroy those that are due today; the server does it by itself each hour. / 期日が来たものを廃棄する"""
    click.echo(str(asyncio.run(_destroy_due(settings_of(home)))))


def _described(one: DeclarationStanding) -> dict[str, object]:
    return {
        "id": one.row.id,
        "check": one.row.check,
        "visit": one.row.visit,
        "origin": one.row.origin,
        "destroyed_on": one.end.day.isoformat() if one.end.day else None,
        "why": one.end.why.value,
    }


async def _standings(settings: Settings) -> list[DeclarationStanding]:
    async with open_facility(settings) as context, context.database.reading() as session:
        return await standings(session, context)


async def _done(settings: Settings, declaration: str) -> None:
    async with open_facility(settings) as context, context.database.writing() as session:
        row = await find_declaration(session, declaration)
        if row is None:
            raise ProblemError("not-found")
        await mark_done(session, row, actor=audit.SHELL, at=context.clock.now())
        await session.commit()


async def _destroy_due(settings: Settings) -> int:
    async with open_facility(settings) as context:
        return await destroy_due(context)
