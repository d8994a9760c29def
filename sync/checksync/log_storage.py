"""What acceptance asks of a server's storage. No transport."""

from collections.abc import Sequence
from typing import Protocol

from checksync.acceptance import Accepted, AlreadyClosed, Fork, GapAccepted, LogState


class LogStorage(Protocol):
    """One transaction's view of the stored logs. Whoever opened it commits it; nothing is durable before."""

    async def read_state(self, log: str) -> LogState | None:
        """What is committed of the log, None where it is unknown.

        From here to the end of the transaction no other transaction judges or changes this log, known or not.
        """
        ...

    async def read_hash(self, log: str, number: int) -> bytes | None:
        """hash(number); None for a number not stored, also inside a gap.

        The last number of a gap has its hash. `number` from 1.
        """
        ...

    async def read_digests(self, log: str, first: int, last: int) -> Sequence[bytes | None]:
        """The digests of the sealed octets from `first` to `last` as far as they are stored; None inside a gap."""
        ...

    async def append(self, accepted: Accepted, genesis: bytes) -> None:
        """Stores the new entries, the log itself where it is new, and the newest head that the device told of."""
        ...

    async def append_gap(self, gap: GapAccepted, genesis: bytes) -> None:
        """Stores a gap that is not known yet; the log goes on from its last number and hash."""
        ...

    async def close(self, fork: Fork) -> None:
        """Closes the log and keeps the other branch beside it. What was committed stays."""
        ...

    async def keep_branch(self, closed: AlreadyClosed) -> None:
        """Keeps what came for a closed log. The same entry again is not kept twice."""
        ...

    async def keep_refused(self, log: str, device: str, octets: bytes, reason: str) -> None:
        """Keeps what did not verify, as evidence. The same octets again are not kept twice."""
        ...
