"""Readers of files that come back: from a person, from a disk, from years ago."""

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from fuzz import seeds
from fuzz.server_targets import clinic
from fuzz.target import target
from harness.door import Door

import checksync as cs
from kazasu import audit
from kazasu.backup.making import make_backup
from kazasu.backup.stream import BackupError
from kazasu.backup.verification import verify_backup
from kazasu.evidence import NotEvidenceError, judge, read_bundle, sealed_bundle
from kazasu.evidence.gathering import gather
from kazasu.journal.record import JournalKind, header_line, line_of, read_journal
from kazasu.patients.import_table import read_roster
from kazasu.rules.rulebook import read_rulebook
from mynacard.emulator import test_ca

_AT = datetime(2026, 12, 1, tzinfo=UTC)


def _rosters() -> list[bytes]:
    lines = [
        "診察券番号,氏名,カナ氏名,生年月日,性別,保険者番号,記号,番号,枝番,個人番号",
        f"00123,{seeds.NAME},ﾐﾎﾝ ﾊﾅｺ,S25.1.2,女,06139463,12-34,88776655,01,123456789018",
        f'00124,"{seeds.NAME}",ミホン,1950/1/2,2,39131156,,88776655,,',
    ]
    text = "\r\n".join(lines) + "\r\n"
    return [text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("cp932"), text.replace(",", "\t").encode()]


@target("roster file", seeds=_rosters)
def roster_file(octets: bytes) -> object:
    """A roster that somebody's receipt computer wrote: a preview with its faults, never an exception."""
    found = read_roster(octets)
    for row in found.rows:
        assert "123456789018" not in repr(row)
    return found.encoding, [fault.say for fault in found.faults], len(found.rows)


def _journals() -> list[bytes]:
    octets, previous = header_line(seeds.FACILITY), ""
    for number, kind in enumerate(JournalKind):
        line = line_of(kind, f"{number:032x}", _AT, {"reason": "lost", "numbers": [1, None]}, previous)
        previous = line.partition(b'"check":"')[2][:32].decode()
        octets += line
    return [octets, octets[:-9], octets.replace(b"\n", b"\r\n")]


@target("journal", seeds=_journals)
def journal(octets: bytes) -> object:
    """Everything that can still be read is read, and what was damaged is counted."""
    found = read_journal(octets)
    assert len(found.records) <= octets.count(b"\n")
    assert found.damaged <= octets.count(b"\n") + 1
    return found.facility, [record.kind for record in found.records], found.damaged


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


def close() -> None:
    """What was written for readers of paths is gone."""
    if _folder.cache_info().currsize:
        _folder().cleanup()
        _folder.cache_clear()


@cache
def _backup() -> bytes:
    door, run = clinic().door, clinic().run
    door.record("trouble", seeds.bodies()[6])
    run(door.push())
    path = Path(_folder().name) / "backup"
    run(make_backup(door.context, path))
    return path.read_bytes()


@target("backup", BackupError, seeds=lambda: [_backup()])
def backup(octets: bytes) -> object:
    """A backup is whole and of this facility, or it is none and says why; nothing of it is believed before."""
    path = Path(_folder().name) / "fuzzed"
    path.write_bytes(octets)
    verified = verify_backup(path, clinic().door.context.keys.storage)
    assert octets == _backup()
    return verified.header, verified.summary


@cache
def _evidence() -> bytes:
    door, run = clinic().door, clinic().run

    async def made(door: Door) -> bytes:
        check = door.record_check("sato", device_time=door.clock.now())
        await door.push()
        async with door.context.database.writing() as session:
            bundle = await gather(session, door.context, check, actor=audit.SHELL, at=door.clock.now())
            await session.commit()
        return sealed_bundle(bundle, door.context.keys.server)

    return run(made(door))


@target("evidence", NotEvidenceError, seeds=lambda: [_evidence()])
def evidence(octets: bytes) -> object:
    """Judged without the server: whatever was changed, no octet of it is called sealed, and nothing is raised."""
    bundle, is_seal_valid = read_bundle(octets)
    whole = _evidence()
    if is_seal_valid and bundle.server_key == clinic().door.context.keys.server.verifying_key.jwk:
        assert octets.partition(b"\n")[0] == whole.partition(b"\n")[0]
    judged = judge(
        bundle,
        is_seal_valid=is_seal_valid,
        roots=test_ca.roots(),
        opener=cs.PrivateKeyOpener([clinic().door.sealing]),
    )
    return [finding.say for finding in judged.findings]


_RULES = """
[[row]]
row = "points.dx_promotion_1_medical_2025_04"
source = "告示"
who = "事務長"
when = 2025-03-20
since = 2025-04-01
until = 2026-05-31
points = 12
"""


@target("rules file", seeds=lambda: [_RULES.encode(), _RULES.replace("row]]", "rows]]").encode()])
def rules_file(octets: bytes) -> object:
    """A facility's rules.d: rows that count, and faults in words."""
    found = read_rulebook([("own.toml", octets.decode("utf-8", "replace"))])
    return [fault.say for fault in found.faults]
