"""The journal: a line is there when `append` returns, whatever ends the process, and no damage takes others along."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kazasu.journal import Journal, JournalDamagedError, JournalKind, JournalUnavailableError, read_journal

AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", "fa" * 16)


def subjects(journal: Journal) -> list[str]:
    return [record.subject for record in journal.read().records]


def test_what_was_appended_is_read_again_in_order(journal: Journal) -> None:
    assert journal.read().facility is None
    for number in range(3):
        journal.append(JournalKind.EXPORT_NUMBER, f"claims:{number}", AT)
    journal.append(JournalKind.CODE_USED, "ab", AT, device="d1")
    read = journal.read()
    assert (read.facility, read.damaged) == ("fa" * 16, 0)
    assert subjects(journal) == ["claims:0", "claims:1", "claims:2", "ab"]
    assert (read.records[-1].details, read.records[-1].at) == ({"device": "d1"}, AT)
    assert stat.S_IMODE(journal.file.stat().st_mode) == 0o600


def test_file_and_folder_are_synced_before_it_returns(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    real_write, real_fsync = os.write, os.fsync

    def write(descriptor: int, octets: bytes) -> int:
        done.append("write")
        return real_write(descriptor, octets)

    def fsync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "fsync", fsync)
    journal.append(JournalKind.DEVICE_REVOKED, "d1", AT)
    assert done == ["write", "file", "folder", "folder"]
    done.clear()
    journal.append(JournalKind.DEVICE_REVOKED, "d2", AT)
    assert done == ["write", "file"]


def test_a_line_that_cannot_be_synced_is_an_error(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(JournalUnavailableError, match="28"):
        journal.append(JournalKind.DEVICE_REVOKED, "d1", AT)


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        (lambda lines: [lines[0], lines[1], b"\xff rubbish\n"], ["a"]),
        (lambda lines: [lines[0], lines[1], b"\xff\xfe garbage\n", lines[3]], ["a", "c"]),
        (lambda lines: [lines[0], lines[1], lines[3]], ["a", "c"]),
        (lambda lines: [lines[0], lines[1].replace(b'"a"', b'"x"'), lines[2], lines[3]], ["x", "b", "c"]),
    ],
    ids=["rubbish at the end", "rubbish in between", "a line taken out", "a line changed"],
)
def test_damage_is_seen_and_takes_no_other_line_along(
    journal: Journal, spoil: Callable[[list[bytes]], list[bytes]], left: list[str]
) -> None:
    for name in "abc":
        journal.append(JournalKind.DEVICE_REVOKED, name, AT)
    journal.file.write_bytes(b"".join(spoil(journal.file.read_bytes().splitlines(keepends=True))))
    assert (subjects(journal), journal.read().damaged) == (left, 1)


def test_appending_goes_on_behind_a_line_that_a_crash_cut_short(journal: Journal) -> None:
    journal.append(JournalKind.DEVICE_REVOKED, "a", AT)
    with journal.file.open("ab") as file:
        file.write(b'{"kind":"device_rev')
    assert (subjects(journal), journal.read().damaged) == (["a"], 0)  # nobody was ever promised that line
    journal.append(JournalKind.DEVICE_REVOKED, "b", AT)
    assert (subjects(journal), journal.read().damaged) == (["a", "b"], 0)


def test_a_file_whose_first_line_never_came_whole_begins_again(journal: Journal) -> None:
    journal.folder.mkdir()
    journal.file.write_bytes(b'{"format":"kazasu-jour')
    journal.append(JournalKind.DEVICE_REVOKED, "a", AT)
    assert (subjects(journal), journal.read().damaged) == (["a"], 0)


def test_nothing_is_appended_to_another_facilitys_journal(journal: Journal) -> None:
    journal.append(JournalKind.DEVICE_REVOKED, "a", AT)
    with pytest.raises(JournalDamagedError):
        Journal(journal.folder, "fb" * 16).append(JournalKind.DEVICE_REVOKED, "b", AT)
    assert subjects(journal) == ["a"]


def test_a_kind_of_a_later_version_is_read_as_it_stands(journal: Journal) -> None:
    journal.append(JournalKind.DEVICE_REVOKED, "a", AT)
    later = journal.file.read_bytes().replace(b"device_revoked", b"something_later")
    assert [record.kind for record in read_journal(later).records] == ["something_later"]


def test_a_long_journal_goes_on_where_it_ended(journal: Journal) -> None:
    for number in range(700):
        journal.append(JournalKind.EXPORT_NUMBER, f"claims:{number}", AT)
    assert journal.file.stat().st_size > 64 * 1024
    assert (len(subjects(journal)), journal.read().damaged) == (700, 0)


_APPEND_MANY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kazasu.journal import Journal, JournalKind
journal = Journal(Path(sys.argv[1]), "fa" * 16)
for number in range(40):
    journal.append(JournalKind.EXPORT_NUMBER, f"{sys.argv[2]}:{number}", datetime(2026, 12, 1, tzinfo=UTC))
"""


@pytest.mark.slow
def test_processes_that_append_at_once_lose_and_mix_nothing(journal: Journal) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _APPEND_MANY, str(journal.folder), name], stderr=subprocess.PIPE)
        for name in "ab"
    ]
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert journal.read().damaged == 0
    for name in "ab":
        own = [subject for subject in subjects(journal) if subject.startswith(name)]
        assert own == [f"{name}:{number}" for number in range(40)]
    assert all(json.loads(line) for line in journal.file.read_bytes().splitlines())
