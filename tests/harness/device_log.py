"""A device's log in memory, for tests of the server's side: entries, heads and pushes without an outbox."""

from datetime import UTC, datetime

import checksync as cs

AT = datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC)
FACILITY = "fa"


class DeviceLog:
    """Any octets may stand for sealed ones: acceptance never opens them."""

    def __init__(
        self, key: cs.SigningKey | None = None, facility: str = FACILITY, genesis: bytes | None = None
    ) -> None:
        self.key = key or cs.SigningKey.generate()
        self.facility = facility
        self.genesis = genesis or cs.new_genesis(facility, self.key.thumbprint)
        self.log = cs.log_id(self.genesis)
        self.hashes = [cs.log_of(self.genesis)]
        self.sealed: list[bytes] = []
        self.heads: list[str] = []

    @property
    def device(self) -> cs.EnrolledDevice:
        return cs.EnrolledDevice(self.facility, self.key.verifying_key)

    @property
    def last(self) -> int:
        return len(self.sealed)

    def clone(self) -> "DeviceLog":
        """The same device, restored from a copy."""
        twin = DeviceLog(self.key, self.facility, self.genesis)
        twin.hashes, twin.sealed, twin.heads = list(self.hashes), list(self.sealed), list(self.heads)
        return twin

    def record(self, *contents: str) -> None:
        for content in contents:
            number = self.last + 1
            sealed = content.encode().ljust(80, b".")
            self.sealed.append(sealed)
            self.hashes.append(cs.next_hash(self.hashes[-1], number, cs.sealed_digest(sealed)))
            self.heads.append(self.head(number))

    def head(self, number: int, **changes: object) -> str:
        fields: dict[str, object] = {
            "log": self.log,
            "number": number,
            "hash": self.hashes[number].hex(),
            "oldest": 1,
            "device_time": AT,
        }
        return cs.sign(cs.Head(**(fields | changes)), self.key)  # type: ignore[arg-type]

    def push(self, first: int = 1, last: int | None = None, **changes: object) -> bytes:
        last = last or self.last
        fields: dict[str, object] = {
            "genesis": self.genesis,
            "first": first,
            "before": self.hashes[first - 1].hex(),
            "sealed": self.sealed[first - 1 : last],
            "head": self.heads[last - 1],
            "newest_head": self.heads[-1],
        }
        return cs.encode_push(cs.Push(**(fields | changes)))  # type: ignore[arg-type]

    def gap(self, first: int, last: int, **changes: object) -> bytes:
        fields: dict[str, object] = {
            "log": self.log,
            "from_number": first,
            "to_number": last,
            "why": "damaged",
            "hash_before": self.hashes[first - 1].hex(),
            "hash_after": self.hashes[last].hex(),
        }
        gap = cs.GapStatement(**(fields | changes))  # type: ignore[arg-type]
        return cs.encode_gap_report(cs.GapReport(genesis=self.genesis, gap=cs.sign(gap, self.key)))
