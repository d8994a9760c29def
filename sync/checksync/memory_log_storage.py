"""The fake that ships with the package: a server's logs in memory, with transactions that roll back.

For tests and demonstrations.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from checksync.acceptance import Accepted, AlreadyClosed, Fork, GapAccepted, LogState, VerifiedEntry
from checksync.log_storage import LogStorage


@dataclass
class StoredLog:
    """One log as the fake keeps it, open to a test's eyes."""

    genesis: bytes
    number: int
    hash: bytes
    newest_number: int = 0
    newest_head: str = ""
    is_closed: bool = False
    entries: dict[int, VerifiedEntry] = field(default_factory=dict)
    gaps: dict[tuple[int, int], GapAccepted] = field(default_factory=dict)
    branch: dict[tuple[int, bytes], VerifiedEntry] = field(default_factory=dict)
    evidence: set[str] = field(default_factory=set)

    def copied(self) -> "StoredLog":
        """Apart from the original in everything that can change."""
        return replace(
            self,
            entries=dict(self.entries),
            gaps=dict(self.gaps),
            branch=dict(self.branch),
            evidence=set(self.evidence),
        )


@dataclass(frozen=True)
class RefusedPush:
    log: str
    device: str
    octets: bytes = field(repr=False)
    reason: str


class _Transaction:
    """`LogStorage` over copies of what is committed."""

    def __init__(self, logs: dict[str, StoredLog], refused: set[RefusedPush]) -> None:
        self.logs = logs
        self.refused = refused

    async def read_state(self, log: str) -> LogState | None:
        stored = self.logs.get(log)
        return None if stored is None else LogState(stored.number, stored.hash, stored.is_closed)

    async def read_hash(self, log: str, number: int) -> bytes | None:
        stored = self.logs.get(log)
        if stored is None:
            return None
        for gap in stored.gaps.values():
            if gap.to_number == number:
                return gap.hash_after
        entry = stored.entries.get(number)
        return None if entry is None else entry.hash

    async def read_digests(self, log: str, first: int, last: int) -> Sequence[bytes | None]:
        stored = self.logs.get(log)
        if stored is None:
            return []
        found = (stored.entries.get(number) for number in range(first, min(last, stored.number) + 1))
        return [None if entry is None else entry.digest for entry in found]

    def _log(self, log: str, genesis: bytes) -> StoredLog:
        return self.logs.setdefault(log, StoredLog(genesis, 0, bytes.fromhex(log)))

    async def append(self, accepted: Accepted, genesis: bytes) -> None:
        stored = self._log(accepted.log, genesis)
        for entry in accepted.new:
            stored.entries[entry.number] = entry
            stored.number, stored.hash = entry.number, entry.hash
        if accepted.newest.number > stored.newest_number:
            stored.newest_number, stored.newest_head = accepted.newest.number, accepted.newest_head

    async def append_gap(self, gap: GapAccepted, genesis: bytes) -> None:
        stored = self._log(gap.log, genesis)
        stored.gaps[gap.from_number, gap.to_number] = gap
        stored.number, stored.hash = gap.to_number, gap.hash_after

    async def close(self, fork: Fork) -> None:
        self.logs[fork.log].is_closed = True
        self._keep(fork.log, fork.branch, fork.evidence)

    async def keep_branch(self, closed: AlreadyClosed) -> None:
        self._keep(closed.log, closed.branch, closed.evidence)

    def _keep(self, log: str, branch: Sequence[VerifiedEntry], evidence: str) -> None:
        stored = self.logs[log]
        stored.branch |= {(entry.number, entry.digest): entry for entry in branch}
        stored.evidence.add(evidence)

    async def keep_refused(self, log: str, device: str, octets: bytes, reason: str) -> None:
        self.refused.add(RefusedPush(log, device, octets, reason))


class MemoryLogStorage:
    """Logs in memory; `transaction()` gives the port and commits at a clean exit."""

    def __init__(self) -> None:
        self.logs: dict[str, StoredLog] = {}
        self.refused: set[RefusedPush] = set()
        self._lock = asyncio.Lock()

    def copied(self) -> "MemoryLogStorage":
        """A backup: nothing that happens to one reaches the other."""
        twin = MemoryLogStorage()
        twin.logs, twin.refused = {log: stored.copied() for log, stored in self.logs.items()}, set(self.refused)
        return twin

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[LogStorage]:
        async with self._lock:
            transaction = _Transaction({log: stored.copied() for log, stored in self.logs.items()}, set(self.refused))
            yield transaction
            self.logs, self.refused = transaction.logs, transaction.refused
