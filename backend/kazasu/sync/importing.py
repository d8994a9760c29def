"""Entries carried by hand: each line of a device's export is taken as if that device had sent it. Imports no SQL.

docs/protocol/sync-v1.md section 6.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from checksync import MalformedError, PushTooLargeError, decode_gap_report, decode_push, parse_genesis
from kazasu import audit
from kazasu.context import Context
from kazasu.devices import Device, DeviceState
from kazasu.devices.service import find_by_thumbprint
from kazasu.problems import ProblemError
from kazasu.sync.seam import ReadEntry
from kazasu.sync.service import PushResult, store_gap, store_push

__all__ = ["LARGEST_IMPORT", "ImportProblem", "Imported", "import_entries"]

LARGEST_IMPORT = 64 * 1024 * 1024
_LONGEST_LINE = 6 * 1024 * 1024


class _Header(msgspec.Struct, frozen=True):
    format: str
    facility: str
    device: str


class _Line(msgspec.Struct, frozen=True):
    """The body as it came: what is judged is what the device made, octet by octet."""

    log: str = ""
    push: msgspec.Raw = msgspec.Raw()
    gap: msgspec.Raw = msgspec.Raw()
    end: int | None = None

    @property
    def kinds(self) -> list[str]:
        """Which of its three forms it has; exactly one, in a line that can be read."""
        found = {"push": bytes(self.push), "gap": bytes(self.gap), "end": self.end is not None}
        return [name for name, is_there in found.items() if is_there]


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A line that was not taken, by the problem that a device would have been told."""

    line: int
    log: str | None
    problem: str
    reason: str | None = None
    expected: int | None = None


@dataclass(slots=True)
class Imported:
    """What a file came to."""

    lines: int = 0
    accepted: int = 0
    already_had: int = 0
    held: int = 0
    gaps: int = 0
    problems: list[ImportProblem] = field(default_factory=list)
    is_complete: bool = False


async def import_entries(context: Context, octets: bytes, *, read_entry: ReadEntry, actor: str) -> Imported:
    """Each line verified and committed by itself; a refused one stops no other. Problem `import-refused` before
    anything is taken where the file is none of this facility's."""
    lines = _lines(octets)
    _refuse_stranger(next(lines, b""), context)
    imported = Imported()
    for number, line in enumerate(lines, start=2):
        if imported.is_complete:
            imported.problems.append(ImportProblem(number, None, "import-refused", "after_end"))
            break
        await _take(context, number, line, read_entry, imported)
    async with context.database.writing() as session:
        details = {
            "lines": imported.lines,
            "accepted": imported.accepted,
            "already_had": imported.already_had,
            "held": imported.held,
            "problems": len(imported.problems),
            "is_complete": imported.is_complete,
        }
        name = hashlib.sha256(octets).hexdigest()
        await audit.append(session, actor, "entries_imported", "import", name, details, context.clock.now())
        await session.commit()
    return imported


def _lines(octets: bytes) -> Iterator[bytes]:
    return (line for line in octets.split(b"\n") if line.strip())


def _refuse_stranger(line: bytes, context: Context) -> None:
    try:
        header = msgspec.json.decode(line, type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProblemError("import-refused", reason="format") from None
    if header.format != "kazasu-export-v1":
        raise ProblemError("import-refused", reason="format")
    if header.facility != context.facility.id:
        raise ProblemError("import-refused", reason="facility")


async def _take(context: Context, number: int, octets: bytes, read_entry: ReadEntry, imported: Imported) -> None:
    log: str | None = None
    imported.lines += 1
    try:
        line = _decoded(octets)
        log = line.log or None
        if line.end is not None:
            imported.lines -= 1
            # Fewer lines than were written: some are gone from the middle.
            imported.is_complete = line.end == imported.lines
            if not imported.is_complete:
                raise ProblemError("import-refused", reason="lines_missing")
            return
        _count(imported, await _store(context, line, read_entry), is_gap=line.kinds == ["gap"])
    except PushTooLargeError:
        imported.problems.append(ImportProblem(number, log, "push-too-large"))
    except ProblemError as error:
        members: dict[str, Any] = error.members
        imported.problems.append(
            ImportProblem(number, log, error.problem.name, members.get("reason"), members.get("expected"))
        )


def _decoded(octets: bytes) -> _Line:
    if len(octets) > _LONGEST_LINE:
        raise ProblemError("import-refused", reason="line_too_long")
    try:
        line = msgspec.json.decode(octets, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProblemError("import-refused", reason="line") from None
    if len(line.kinds) != 1:
        raise ProblemError("import-refused", reason="line")
    return line


async def _store(context: Context, line: _Line, read_entry: ReadEntry) -> PushResult:
    if line.kinds == ["push"]:
        body = bytes(line.push)
        device = await _device(context, body, is_gap=False)
        return await store_push(context, device, line.log, body, read_entry)
    body = bytes(line.gap)
    device = await _device(context, body, is_gap=True)
    return await store_gap(context, device, line.log, body)


async def _device(context: Context, body: bytes, *, is_gap: bool) -> Device:
    """The device that the genesis names; whether it made the line is proven by its signatures."""
    try:
        genesis = parse_genesis(decode_gap_report(body).genesis if is_gap else decode_push(body).genesis)
    except MalformedError:
        raise ProblemError("import-refused", reason="line") from None
    async with context.database.reading() as session:
        device = await find_by_thumbprint(session, genesis.device)
    if device is None or device.state is DeviceState.WAITING:
        raise ProblemError("import-refused", reason="device")
    return device


def _count(imported: Imported, result: PushResult, *, is_gap: bool) -> None:
    imported.gaps += is_gap
    outcomes: Iterable[str] = (outcome.outcome for outcome in result.outcomes)
    for outcome in outcomes:
        if outcome == "already_had":
            imported.already_had += 1
        elif outcome == "held":
            imported.held += 1
        else:
            imported.accepted += 1
