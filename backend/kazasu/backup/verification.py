"""Verifying a backup by reading it back: it opens, it is whole, and its rows say what the database said of itself.

Every chain is walked again from the stored octets: each log's entries to its head, the audit log to its last hash.
No database.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from checksync import log_of, next_hash, sealed_digest
from kazasu.audit.chain import FIRST_PREVIOUS, entry_hash
from kazasu.backup.content import BackupKeys, End, LogHead, Rows, Summary, as_mapping, read_frames
from kazasu.backup.stream import BackupError, BackupHeader, read_encrypted, read_header
from kazasu.keys import StorageKey, StoredOctetsDamagedError
from kazasu.keys.declaration import GUARDED, DeclarationKeyMissingError, DeclarationKeys, entry_subject

__all__ = ["VerifiedBackup", "verify_backup"]


@dataclass(frozen=True)
class VerifiedBackup:
    """A backup that was read to its end."""

    header: BackupHeader
    keys: BackupKeys
    summary: Summary


def verify_backup(path: Path, storage: StorageKey, declarations: DeclarationKeys | None = None) -> VerifiedBackup:
    """Reads the whole file; `BackupError` at the first thing that is not as it must be.

    A declaration whose key is not among `declarations` (destroyed since) is held to its place in the chain alone.
    """
    with path.open("rb") as file:
        header = read_header(file)
        reader = _Reader(declarations)
        keys: BackupKeys | None = None
        summary: Summary | None = None
        for frame in read_frames(read_encrypted(file, storage)):
            match frame:
                case BackupKeys():
                    keys = frame
                case Rows():
                    reader.read(frame)
                case End():
                    summary = frame.summary
    if keys is None or summary is None:
        raise BackupError("contradicts_itself", "keys")
    found = reader.summary()
    for name in ("counts", "heads", "audit_entries", "audit_hash"):
        if getattr(found, name) != getattr(summary, name):
            raise BackupError("contradicts_itself", name)
    if reader.facility != header.facility:
        raise BackupError("contradicts_itself", "facility")
    return VerifiedBackup(header, keys, summary)


@dataclass
class _Walk:
    number: int
    hash: bytes


@dataclass
class _Reader:
    declarations: DeclarationKeys | None = None
    facility: str | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _walks: dict[str, _Walk] = field(default_factory=dict)
    _gaps: dict[tuple[str, int], tuple[int, bytes]] = field(default_factory=dict)
    """By log and first number: the last number and the hash there."""
    _behind_gaps: list[tuple[str, int, int, bytes, bytes]] = field(default_factory=list)
    _audit_entries: int = 0
    _audit_hash: bytes = FIRST_PREVIOUS

    def read(self, frame: Rows) -> None:
        self.counts[frame.table] += len(frame.rows)
        take = {
            "facilities": self._facility,
            "device_logs": self._log,
            "log_entries": self._entry,
            "log_gaps": self._gap,
            "audit_entries": self._audit,
        }.get(frame.table)
        if take is not None:
            for row in frame.rows:
                take(as_mapping(frame.columns, row))

    def _facility(self, row: Mapping[str, Any]) -> None:
        self.facility = row["id"]

    def _log(self, row: Mapping[str, Any]) -> None:
        if log_of(row["genesis"]).hex() != row["log"]:
            raise BackupError("contradicts_itself", "genesis")
        self._heads[row["log"]] = (row["number"], row["hash"])

    def _entry(self, row: Mapping[str, Any]) -> None:
        log, number = row["log"], row["number"]
        sealed = self._unguarded(log, number, row["sealed"])
        if row["destroyed_at"] is None and sealed is not None and sealed_digest(sealed) != row["digest"]:
            raise BackupError("contradicts_itself", "digest")
        walk = self._walks.setdefault(log, _Walk(0, bytes.fromhex(log)))
        if number == walk.number + 1:
            self._hang(number, walk.hash, row["digest"], row["hash"])
        else:
            # The gap in front of it may stand further down.
            self._behind_gaps.append((log, walk.number, number, row["digest"], row["hash"]))
        self._walks[log] = _Walk(number, row["hash"])

    def _unguarded(self, log: str, number: int, sealed: bytes) -> bytes | None:
        """None of a declaration that nobody can open here."""
        if not sealed.startswith(GUARDED):
            return sealed
        if self.declarations is None:
            return None
        try:
            return self.declarations.open(entry_subject(log, number), sealed)
        except DeclarationKeyMissingError:
            return None
        except StoredOctetsDamagedError:
            raise BackupError("contradicts_itself", "declaration") from None

    def _gap(self, row: Mapping[str, Any]) -> None:
        self._gaps[row["log"], row["from_number"]] = (row["to_number"], row["hash_after"])

    def _audit(self, row: Mapping[str, Any]) -> None:
        self._audit_entries += 1
        at: datetime = row["at"]
        hashed = entry_hash(
            self._audit_hash, row["number"], at, row["actor"], row["action"], row["subject_type"], row["subject"],
            row["details"],
        )  # fmt: skip
        if row["number"] != self._audit_entries or row["hash"] != hashed:
            raise BackupError("contradicts_itself", "audit log")
        self._audit_hash = hashed

    def summary(self) -> Summary:
        """What the rows say, when all were read."""
        for log, before, number, digest, hashed in self._behind_gaps:
            reached, current = self._over_gaps(log, before, b"")
            if reached != number - 1:
                raise BackupError("contradicts_itself", "numbers")
            self._hang(number, current, digest, hashed)
        for log, (number, hashed) in self._heads.items():
            walk = self._walks.get(log, _Walk(0, bytes.fromhex(log)))
            if self._over_gaps(log, walk.number, walk.hash) != (number, hashed):
                raise BackupError("contradicts_itself", "head")
        return Summary(
            counts=dict(self.counts),
            heads=sorted(
                (LogHead(log, number, hashed.hex()) for log, (number, hashed) in self._heads.items()),
                key=lambda head: head.log,
            ),
            audit_entries=self._audit_entries,
            audit_hash=self._audit_hash.hex(),
        )

    def _over_gaps(self, log: str, number: int, current: bytes) -> tuple[int, bytes]:
        while (gap := self._gaps.get((log, number + 1))) is not None:
            number, current = gap
        return number, current

    @staticmethod
    def _hang(number: int, before: bytes, digest: bytes, hashed: bytes) -> None:
        if next_hash(before, number, digest) != hashed:
            raise BackupError("contradicts_itself", "chain")
