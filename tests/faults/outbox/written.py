"""Every change that SQLite makes to its files, written down in order, and the disks that a crash after any of them may
leave.

The outbox runs here on apsw's SQLite, whose file operations Python can stand between; what a crash left is then opened
by the outbox on the standard library's SQLite, as the product opens it. Two builds of SQLite, one file format.

What is assumed of the disk, and no more:
* a killed process loses nothing that was written: every prefix of the changes is a disk that a kill can leave;
* a power cut may lose any of what was written after the last sync of that file, sector by sector and in any order,
  and may keep the rest; a sync of a file keeps all that was written to it before;
* the name of a new file, and the end of a name, may be lost until the folder was synced. The shared-memory index is
  never kept.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

SECTOR = 512

Kind = Literal["open", "write", "truncate", "sync", "delete", "delete_sync", "mark"]


@dataclass(frozen=True)
class Change:
    kind: Kind
    name: str = ""
    offset: int = 0
    octets: bytes = field(default=b"", repr=False)
    mark: Any = None


@dataclass
class Inode:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def content(self, pending: list[Change] | None = None) -> bytearray:
        octets = bytearray(self.durable)
        for change in self.pending if pending is None else pending:
            apply(octets, change)
        return octets


def apply(octets: bytearray, change: Change) -> None:
    if change.kind == "truncate":
        del octets[change.offset :]
        octets.extend(bytes(change.offset - len(octets)))
        return
    if len(octets) < change.offset:
        octets.extend(bytes(change.offset - len(octets)))
    octets[change.offset : change.offset + len(change.octets)] = change.octets


Disk = dict[str, bytes]


class Files:
    """The files as the changes make them, both as a process sees them and as a power cut would find them."""

    def __init__(self) -> None:
        self.seen: dict[str, Inode] = {}
        self.durable_names: dict[str, Inode] = {}

    def apply(self, change: Change) -> None:
        name = change.name
        match change.kind:
            case "open":
                if name not in self.seen:
                    self.seen[name] = Inode()
                    if not name.endswith(("-wal", "-journal")):
                        # The outbox makes its file, and the folder is synced before it confirms anything.
                        self.durable_names[name] = self.seen[name]
            case "write" | "truncate":
                self.seen[name].pending.append(change)
            case "sync":
                inode = self.seen[name]
                inode.durable, inode.pending = inode.content(), []
                if self.durable_names.get(name) is not inode:
                    # SQLite syncs the folder with the first sync of a journal that it made (unixSync, DIRSYNC), and
                    # with it every name that came or went before. Removing a journal alone syncs no folder.
                    self.durable_names = dict(self.seen)
            case "delete":
                self.seen.pop(name, None)
            case "delete_sync":
                self.seen.pop(name, None)
                self.durable_names.pop(name, None)
            case "mark":
                pass

    def after_kill(self) -> Disk:
        return {name: bytes(inode.content()) for name, inode in self.seen.items()}

    def after_power_loss(self, chance: random.Random, subsets: int) -> Iterator[Disk]:
        """Nothing of what was not synced; all of it under the durable names; the last write torn; some sectors."""
        yield self._kept(lambda _: [], names=self.durable_names)
        yield self._kept(list, names=self.durable_names)
        yield self._kept(_torn_at_the_end, names=self.seen)
        yield self._kept(lambda pending: pending[1:], names=self.seen)
        yield self._kept(lambda pending: pending[-1:], names=self.durable_names)
        for _ in range(subsets):
            names = self.seen if chance.random() < 0.5 else self.durable_names
            yield self._kept(lambda pending: _some_sectors(pending, chance), names=names)

    def _kept(self, choose: Any, *, names: dict[str, Inode]) -> Disk:
        return {name: bytes(inode.content(choose(inode.pending))) for name, inode in names.items()}


def _sectors(change: Change) -> list[Change]:
    if change.kind != "write":
        return [change]
    parts, start, end = [], change.offset, change.offset + len(change.octets)
    while start < end:
        stop = min((start // SECTOR + 1) * SECTOR, end)
        parts.append(Change("write", change.name, start, change.octets[start - change.offset : stop - change.offset]))
        start = stop
    return parts


def _torn_at_the_end(pending: list[Change]) -> list[Change]:
    if not pending:
        return []
    parts = _sectors(pending[-1])
    return [*pending[:-1], *parts[: (len(parts) + 1) // 2]] if len(parts) > 1 else pending[:-1]


def _some_sectors(pending: list[Change], chance: random.Random) -> list[Change]:
    return [part for change in pending for part in _sectors(change) if chance.random() < 0.5]


def lay_out(disk: Disk, folder: Path) -> None:
    for name, octets in disk.items():
        (folder / name).write_bytes(octets)
