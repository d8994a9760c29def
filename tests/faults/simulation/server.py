"""The server of a schedule, in memory: the real acceptance on the storage that ships with the package, and around it
what can happen to a server. `sql_server` has the same face over the real service and a real database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec
from faults.simulation.ledger import Issued, Ledger, require

import checksync as cs
from checksync.direct_transport import DirectServer
from checksync.problem import PREFIX, Problem, encode_problem
from checksync.push import decode_push_answer
from checksync.transport import Reply

FACILITY = "fa"


@dataclass(frozen=True)
class Call:
    kind: str
    log: str
    body: bytes = field(repr=False)
    after: str | None = None


@dataclass(frozen=True)
class KeptEntry:
    """An entry as the server has it."""

    sealed: bytes = field(repr=False)
    hash: bytes


@dataclass(frozen=True)
class LogAtServer:
    """One stored log, for the oracle's eyes. Gaps are (from, to, hash after)."""

    genesis: bytes
    number: int
    hash: bytes
    is_closed: bool
    entries: Mapping[int, KeptEntry]
    gaps: tuple[tuple[int, int, bytes], ...]
    branch: Mapping[bytes, KeptEntry]
    """By the entry's hash."""


class Store(Protocol):
    """What a simulated server stands on."""

    @property
    def facility(self) -> str: ...

    @property
    def epoch(self) -> str: ...

    def receive(self, call: Call, device: cs.EnrolledDevice, *, fail_before_commit: bool) -> Reply: ...

    def read_feed(self, after: str | None, device: cs.EnrolledDevice) -> Reply: ...

    def publish(self) -> str: ...

    def snapshot(self) -> object: ...

    def mark_forgettable(self) -> None:
        """Everything stored now is held by a verified backup."""
        ...

    def restore(self, snapshot: object) -> None: ...

    def declare_missing(self) -> None:
        """An administrator opens a restored server that waits for what will not come."""
        ...

    def logs(self) -> Mapping[str, LogAtServer]: ...

    def number_of(self, log: str) -> int: ...

    def hash_at(self, log: str, number: int) -> bytes | None: ...

    def checks(self) -> Mapping[str, tuple[str, int]] | None:
        """What the stored entries came to: each check, and the entry it was made of. None where nothing reads them."""
        ...

    def close(self) -> None: ...


class MemoryStore:
    """`checksync`'s own server on logs in memory."""

    def __init__(self, key: cs.SigningKey, now: Callable[[], datetime]) -> None:
        self.facility = FACILITY
        self._forgettable: dict[str, int] = {}
        self._items = 0
        self._server = DirectServer(
            key, FACILITY, now, forgettable=lambda log: self._forgettable.get(log, 0), feed_page_size=3
        )

    @property
    def epoch(self) -> str:
        return self._server.epoch

    def receive(self, call: Call, device: cs.EnrolledDevice, *, fail_before_commit: bool) -> Reply:
        storage = self._server.storage
        before = (storage.logs, storage.refused)
        receive = self._server.receive_entries if call.kind == "entries" else self._server.receive_gap
        reply = receive(call.log, call.body, device)
        if fail_before_commit:
            storage.logs, storage.refused = before
            return Reply(500, b"")
        return reply

    def read_feed(self, after: str | None, device: cs.EnrolledDevice) -> Reply:
        return self._server.get_feed(after)

    def publish(self) -> str:
        self._items += 1
        item = cs.FeedItem(id=f"{self._items:032x}", kind="note", data=msgspec.Raw(b"{}"))
        self._server.feed.append(item)
        return item.id

    def snapshot(self) -> object:
        return (self._server.snapshot(), dict(self._forgettable))

    def mark_forgettable(self) -> None:
        self._forgettable = {log: stored.number for log, stored in self._server.storage.logs.items()}

    def restore(self, snapshot: object) -> None:
        storage, forgettable = snapshot  # type: ignore[misc]
        self._server.restore(storage)
        self._forgettable = dict(forgettable)

    def declare_missing(self) -> None:
        """It is never closed."""

    def logs(self) -> Mapping[str, LogAtServer]:
        return {
            log: LogAtServer(
                stored.genesis,
                stored.number,
                stored.hash,
                stored.is_closed,
                {number: KeptEntry(entry.sealed, entry.hash) for number, entry in stored.entries.items()},
                tuple((gap.from_number, gap.to_number, gap.hash_after) for gap in stored.gaps.values()),
                {entry.hash: KeptEntry(entry.sealed, entry.hash) for entry in stored.branch.values()},
            )
            for log, stored in self._server.storage.logs.items()
        }

    def number_of(self, log: str) -> int:
        stored = self._server.storage.logs.get(log)
        return 0 if stored is None else stored.number

    def hash_at(self, log: str, number: int) -> bytes | None:
        stored = self._server.storage.logs.get(log)
        if number == 0:
            return bytes.fromhex(log)
        if stored is None:
            return None
        if number in stored.entries:
            return stored.entries[number].hash
        return next((gap.hash_after for gap in stored.gaps.values() if gap.to_number == number), None)

    def checks(self) -> None:
        """Nothing reads entries here; the oracle opens them itself."""

    def close(self) -> None:
        """Nothing is held open."""


class SimulatedServer:
    """A store, its lives, and what every acknowledgement promised."""

    def __init__(self, store: Store, key: cs.SigningKey, ledger: Ledger) -> None:
        self.store = store
        self.key = key
        self.ledger = ledger
        self.is_down = False
        self.revoked: set[str] = set()
        self._snapshots: list[tuple[object, dict[str, int], set[str]]] = []

    def handle(self, call: Call, device: cs.EnrolledDevice, *, fail_before_commit: bool = False) -> Reply:
        if device.key.thumbprint in self.revoked:
            return problem(403, "device-revoked")
        if call.kind == "life":
            return Reply(200, call.body + self.store.epoch.encode())
        if call.kind == "feed":
            return self.store.read_feed(call.after, device)
        reply = self.store.receive(call, device, fail_before_commit=fail_before_commit)
        if reply.status == 200:
            self._keep_promise(decode_push_answer(reply.body).acknowledgement)
        return reply

    def _keep_promise(self, signed: str) -> None:
        said = cs.verify(signed, cs.Acknowledgement, self.key.verifying_key)
        require(said.epoch == self.store.epoch, "I8", "an acknowledgement of another life")
        issued = Issued(said.epoch, said.log, said.number, said.hash, said.forgettable)
        self._require_kept(issued)
        require(
            said.forgettable <= self.ledger.backed_up[said.log],
            "I2", f"forgettable {said.forgettable}, a backup holds {self.ledger.backed_up[said.log]}",
        )  # fmt: skip
        self.ledger.issued[said.log].append(issued)

    def _require_kept(self, issued: Issued) -> None:
        found = self.store.hash_at(issued.log, issued.number)
        require(
            self.store.number_of(issued.log) >= issued.number and found is not None and found.hex() == issued.hash,
            "I3", f"acknowledged up to {issued.number}, and it is not there",
        )  # fmt: skip

    def check_promises(self) -> None:
        """Everything acknowledged in this life is there."""
        for statements in self.ledger.issued.values():
            for issued in statements:
                if issued.epoch == self.store.epoch:
                    self._require_kept(issued)

    def back_up(self) -> None:
        """While running; verified, so what it holds may be forgotten."""
        numbers = {log: stored.number for log, stored in self.store.logs().items()}
        self.store.mark_forgettable()
        self._snapshots.append((self.store.snapshot(), numbers, set(self.ledger.published)))
        for log, number in numbers.items():
            self.ledger.backed_up[log] = max(self.ledger.backed_up[log], number)

    def restore(self, index: int) -> bool:
        """A new life from a backup, if there is one; what only later backups held is named as lost, nothing else."""
        if not self._snapshots:
            return False
        self.check_promises()
        snapshot, numbers, published = self._snapshots[index % len(self._snapshots)]
        for log, number in self.ledger.backed_up.items():
            self.ledger.lost_by_restore[log] |= set(range(numbers.get(log, 0) + 1, number + 1))
        self.ledger.published = set(published)
        self.store.restore(snapshot)
        return True


def problem(status: int, name: str, **members: int) -> Reply:
    retry_after = "7" if status in {429, 503} else None
    return Reply(status, encode_problem(Problem(type=PREFIX + name, status=status, **members)), retry_after)
