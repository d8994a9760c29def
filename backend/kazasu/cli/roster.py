"""`kazasu roster import`, `import-visits`: patients and visits out of files, shown before they are taken over."""

import asyncio
import json
from pathlib import Path

import click
import msgspec

from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.opening import open_facility
from kazasu.patients.importing import RosterImported, apply_import, preview_import
from kazasu.patients.importing.schemas import ImportPreviewView, preview_view
from kazasu.patients.importing.service import plan_digest
from kazasu.reconciliation.comparing import recompare_patient
from kazasu.visits.importing.schemas import VisitPreviewView, visit_preview_view
from kazasu.visits.importing.service import VisitsImported, apply_visits, preview_visits, visits_digest
from kazasu.visits.service import publish_patient

_DONE = "追加 {added}・変更 {changed}・同じ {same}・除外 {left_out}・取込不可 {refused} / " + (
    "added {added}, changed {changed}, same {same}, left out {left_out}, refused {refused}"
)


@click.group()
def roster() -> None:
    """The roster of patients. / 患者名簿"""


@roster.command("import")
@home_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--apply", "digest", metavar="DIGEST", help="Take over what the preview with this digest showed. / 取込")
@click.option("--leave-out", "leave_out", multiple=True, type=int, metavar="LINE", help="Leave a line out. / 除く行")
@click.option("--json", "as_json", is_flag=True)
@reporting
def import_file(home: Path | None, file: Path, digest: str | None, leave_out: tuple[int, ...], as_json: bool) -> None:
    """Show what FILE (CSV in UTF-8 or Shift_JIS, or FHIR in JSON) would add and change; with --apply take it over."""
    octets = file.read_bytes()
    if digest is None:
        shown = asyncio.run(_preview(home, octets))
        click.echo(msgspec.json.encode(shown).decode() if as_json else _words(shown))
        return
    done = msgspec.structs.asdict(asyncio.run(_apply(home, octets, digest, leave_out)))
    del done["patients"]
    click.echo(json.dumps(done) if as_json else _DONE.format(**done))


@roster.command("import-visits")
@home_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--apply", "digest", metavar="DIGEST", help="Take over what the preview with this digest showed. / 取込")
@click.option("--leave-out", "leave_out", multiple=True, type=int, metavar="LINE", help="Leave a line out. / 除く行")
@click.option("--json", "as_json", is_flag=True)
@reporting
def import_visits(home: Path | None, file: Path, digest: str | None, leave_out: tuple[int, ...], as_json: bool) -> None:
    """Show what visits FILE (CSV in UTF-8 or Shift_JIS) would add and change; with --apply take it over."""
    octets = file.read_bytes()
    if digest is None:
        shown = asyncio.run(_preview_visits(home, octets))
        click.echo(msgspec.json.encode(shown).decode() if as_json else _visit_words(shown))
        return
    done = msgspec.structs.asdict(asyncio.run(_apply_visits(home, octets, digest, leave_out)))
    click.echo(json.dumps(done) if as_json else _DONE.format(**done))


async def _preview_visits(home: Path | None, octets: bytes) -> VisitPreviewView:
    async with open_facility(settings_of(home)) as context, context.database.reading() as session:
        plan = await preview_visits(session, octets)
        digest = visits_digest(context.keys.storage, octets, plan)
        return visit_preview_view(plan, digest=digest, is_exercise=context.facility.is_exercise)


async def _apply_visits(home: Path | None, octets: bytes, digest: str, leave_out: tuple[int, ...]) -> VisitsImported:
    async with open_facility(settings_of(home)) as context, context.database.writing() as session:
        at, storage = context.clock.now(), context.keys.storage
        done = await apply_visits(
            session, storage, octets, digest=digest, leave_out=leave_out, actor=audit.SHELL, at=at
        )
        await session.commit()
        return done


def _visit_words(shown: VisitPreviewView) -> str:
    lines = ["訓練 / EXERCISE"] if shown.exercise else []
    lines += [f"{fault.say.ja} / {fault.say.en}" for fault in shown.faults]
    for row in shown.rows:
        what = f" {row.read.chart_number} {row.read.at:%Y-%m-%d %H:%M} {row.read.setting}" if row.read else ""
        lines.append(f"{row.line}\t{row.action}{what}")
        lines += [f"\t{change.field}: {change.before} → {change.after}" for change in row.changes]
        lines += [f"\t{fault.say.ja} / {fault.say.en}" for fault in row.faults]
    return "\n".join([*lines, *_last_lines(shown.counts, shown.digest)])


async def _preview(home: Path | None, octets: bytes) -> ImportPreviewView:
    async with open_facility(settings_of(home)) as context, context.database.reading() as session:
        plan = await preview_import(session, octets, institution_code=context.facility.institution_code)
        digest = plan_digest(context.keys.storage, octets, plan)
        return preview_view(plan, digest=digest, is_exercise=context.facility.is_exercise)


async def _apply(home: Path | None, octets: bytes, digest: str, leave_out: tuple[int, ...]) -> RosterImported:
    async with open_facility(settings_of(home)) as context, context.database.writing() as session:
        at, storage = context.clock.now(), context.keys.storage
        done = await apply_import(
            session,
            storage,
            octets,
            institution_code=context.facility.institution_code,
            digest=digest,
            leave_out=leave_out,
            actor=audit.SHELL,
            at=at,
        )
        for patient in done.patients:
            await publish_patient(session, storage, patient, at=at)
            await recompare_patient(session, context, patient, at=at)
        await session.commit()
        return done


def _words(shown: ImportPreviewView) -> str:
    lines = ["訓練 / EXERCISE"] if shown.exercise else []
    lines += [f"{fault.say.ja} / {fault.say.en}" for fault in shown.faults]
    for row in shown.rows:
        name = f" {row.read.chart_number} {row.read.name}" if row.read is not None else ""
        lines.append(f"{row.line}\t{row.action}{name}")
        lines += [f"\t{change.field}: {change.before} → {change.after}" for change in row.changes]
        lines += [f"\t{fault.say.ja} / {fault.say.en}" for fault in row.faults]
    return "\n".join([*lines, *_last_lines(shown.counts, shown.digest)])


def _last_lines(counts: dict[str, int], digest: str) -> tuple[str, str]:
    return (
        ", ".join(f"{action} {count}" for action, count in counts.items()),
        f"まだ何も書いていません。取込は / Nothing is written yet; take over with: --apply {digest}",
    )
