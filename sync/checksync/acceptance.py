"""The server's judgement of a push: pure functions of the push, the device and what is stored. No transport, no
storage, no clock.

A push is verified whole before any of it is stored. The order of the checks decides what a device is told, and never
what is lost: every judgement but `Gap` keeps what came.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from checksync.chain import log_of, next_hash, sealed_digest
from checksync.encoding import MalformedError
from checksync.entry import MAX_ENTRY_OCTETS
from checksync.genesis import Genesis, parse_genesis
from checksync.key import VerifyingKey
from checksync.push import GapReport, Push
from checksync.sealing import SEALED_OVERHEAD
from checksync.statement import GapStatement, Head, StatementError, verify


@dataclass(frozen=True)
class EnrolledDevice:
    """The device that the request's token named."""

    facility: str
    key: VerifyingKey


@dataclass(frozen=True)
class LogState:
    """What the server has of a log: everything up to `number` is committed."""

    number: int
    hash: bytes
    is_closed: bool = False


@dataclass(frozen=True)
class Held:
    """What the server has around a push: hash(first - 1), and the digests from `first` on as far as it has them.

    None stands where the device declared the number gone.
    """

    before: bytes | None
    digests: Sequence[bytes | None]


@dataclass(frozen=True)
class VerifiedEntry:
    """A sealed entry that chains to a head its device signed."""

    number: int
    sealed: bytes = field(repr=False)
    digest: bytes
    hash: bytes


@dataclass(frozen=True)
class Accepted:
    """The push verifies: `new` is to be stored, the numbers before are held already.

    An exact replay has nothing new.
    """

    log: str
    genesis: Genesis
    first: int
    last: int
    new: Sequence[VerifiedEntry]
    head: str
    newest: Head
    newest_head: str

    @property
    def already_had(self) -> range:
        return range(self.first, self.last + 1 - len(self.new))


@dataclass(frozen=True)
class GapAccepted:
    """The device signed that it has these numbers no more; the chain goes on from `hash_after`.

    None to store when `is_known`.
    """

    log: str
    genesis: Genesis
    from_number: int
    to_number: int
    hash_after: bytes
    statement: GapStatement
    signed: str
    is_known: bool


@dataclass(frozen=True)
class Gap:
    """Numbers are missing before what came."""

    expected: int


@dataclass(frozen=True)
class Fork:
    """The device signed another history than the one stored, from `at` at the latest.

    The log closes and both branches are kept.
    """

    log: str
    at: int
    branch: Sequence[VerifiedEntry]
    evidence: str


@dataclass(frozen=True)
class AlreadyClosed:
    """The log was closed before; what came beyond it is kept beside it."""

    log: str
    branch: Sequence[VerifiedEntry]
    evidence: str


RefusedReason = Literal[
    "malformed",
    "genesis",
    "other_log",
    "other_device",
    "other_facility",
    "head",
    "newest_head",
    "heads_differ",
    "chain",
    "sealed_size",
    "gap",
]


@dataclass(frozen=True)
class Refused:
    """The push does not verify; it is kept as evidence and nothing of it is stored in the log."""

    reason: RefusedReason


PushJudgement: TypeAlias = Accepted | Gap | Fork | AlreadyClosed | Refused
GapJudgement: TypeAlias = GapAccepted | Gap | Fork | AlreadyClosed | Refused

_MAX_SEALED = MAX_ENTRY_OCTETS + SEALED_OVERHEAD


def _genesis_of(octets: bytes, log: str, device: EnrolledDevice) -> Genesis | Refused:
    try:
        genesis = parse_genesis(octets)
    except MalformedError:
        return Refused("genesis")
    if log_of(octets).hex() != log:
        return Refused("other_log")
    if genesis.device != device.key.thumbprint:
        return Refused("other_device")
    if genesis.facility != device.facility:
        return Refused("other_facility")
    return genesis


def _head_of(signed: str, log: str, device: EnrolledDevice) -> Head | None:
    try:
        head = verify(signed, Head, device.key)
    except StatementError:
        return None
    return head if head.log == log and head.oldest <= head.number else None


def _chained(push: Push) -> list[VerifiedEntry]:
    entries = []
    current = bytes.fromhex(push.before)
    for number, sealed in enumerate(push.sealed, push.first):
        digest = sealed_digest(sealed)
        current = next_hash(current, number, digest)
        entries.append(VerifiedEntry(number, sealed, digest, current))
    return entries


def _first_difference(push: Push, entries: Sequence[VerifiedEntry], held: Held) -> int | None:
    if held.before is not None and held.before != bytes.fromhex(push.before):
        return max(push.first - 1, 1)
    # A number that the device signed to be gone and now has is another history too: two copies of it are about. Were
    # it refused, whatever the other copy recorded behind it would never arrive.
    for entry, digest in zip(entries, held.digests, strict=False):
        if entry.digest != digest:
            return entry.number
    return None


def judge_push(push: Push, log: str, device: EnrolledDevice, state: LogState | None, held: Held) -> PushJudgement:
    """What is to be done with a push to `log`; `held` is what the storage has from `push.first` on."""
    genesis = _genesis_of(push.genesis, log, device)
    if isinstance(genesis, Refused):
        return genesis
    number = 0 if state is None else state.number
    is_closed = state is not None and state.is_closed
    # The other branch of a closed log comes in pieces too: nothing is missing before the second.
    if push.first > number + 1 and not is_closed:
        return Gap(expected=number + 1)
    if any(not SEALED_OVERHEAD <= len(sealed) <= _MAX_SEALED for sealed in push.sealed):
        return Refused("sealed_size")

    head = _head_of(push.head, log, device)
    if head is None or head.number != push.last:
        return Refused("head")
    newest = head if push.newest_head == push.head else _head_of(push.newest_head, log, device)
    if newest is None:
        return Refused("newest_head")
    if newest.number < head.number or (newest.number == head.number and newest.hash != head.hash):
        return Refused("heads_differ")

    entries = _chained(push)
    if entries[-1].hash.hex() != head.hash:
        return Refused("chain")

    # From here on the device's own signature covers these octets.
    at = _first_difference(push, entries, held)
    new = entries[len(held.digests) :]
    branch = new if at is None else [entry for entry in entries if entry.number >= at]
    if is_closed and branch:
        return AlreadyClosed(log, branch, push.head)
    if at is not None:
        return Fork(log, at, branch, push.head)
    return Accepted(log, genesis, push.first, push.last, new, push.head, newest, push.newest_head)


def judge_gap(
    report: GapReport,
    log: str,
    device: EnrolledDevice,
    state: LogState | None,
    before: bytes | None,
    after: bytes | None,
) -> GapJudgement:
    """What is to be done with a signed gap.

    `before` and `after` are the stored hashes of the gap's outer numbers (`from` - 1 and `to`), None where there is
    none.
    """
    genesis = _genesis_of(report.genesis, log, device)
    if isinstance(genesis, Refused):
        return genesis
    gap = read_gap(report, log, device)
    if gap is None:
        return Refused("gap")
    number = 0 if state is None else state.number
    is_closed = state is not None and state.is_closed
    if gap.from_number > number + 1 and not is_closed:
        return Gap(expected=number + 1)

    differs_before = gap.hash_before is not None and before is not None and before.hex() != gap.hash_before
    differs_after = after is not None and after.hex() != gap.hash_after
    is_known = gap.to_number <= number
    if is_closed and (differs_before or differs_after or not is_known):
        return AlreadyClosed(log, [], report.gap)
    if differs_before or differs_after:
        return Fork(log, max(gap.from_number - 1, 1) if differs_before else gap.to_number, [], report.gap)
    return GapAccepted(
        log,
        genesis,
        gap.from_number if is_known else number + 1,
        gap.to_number,
        bytes.fromhex(gap.hash_after),
        gap,
        report.gap,
        is_known,
    )


def read_gap(report: GapReport, log: str, device: EnrolledDevice) -> GapStatement | None:
    """The statement, if this device signed it for this log and its numbers are in order."""
    try:
        gap = verify(report.gap, GapStatement, device.key)
    except StatementError:
        return None
    return gap if gap.log == log and gap.from_number <= gap.to_number else None
