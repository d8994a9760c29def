"""Receiving at the server: reads what is stored, judges, and writes, all in the caller's transaction. No transport,
no clock.

The caller commits, and only then answers. The functions are the same for every storage behind the port.
"""

from checksync.acceptance import (
    Accepted,
    AlreadyClosed,
    EnrolledDevice,
    Fork,
    GapAccepted,
    GapJudgement,
    Held,
    PushJudgement,
    Refused,
    judge_gap,
    judge_push,
    read_gap,
)
from checksync.encoding import MalformedError
from checksync.log_storage import LogStorage
from checksync.push import decode_gap_report, decode_push


async def _read_hash(storage: LogStorage, log: str, number: int) -> bytes | None:
    return bytes.fromhex(log) if number == 0 else await storage.read_hash(log, number)


async def receive_push(storage: LogStorage, log: str, octets: bytes, device: EnrolledDevice) -> PushJudgement:
    """Judges a push's body and writes what the judgement says. `PushTooLargeError` before anything is read."""
    try:
        push = decode_push(octets)
    except MalformedError:
        judgement: PushJudgement = Refused("malformed")
    else:
        state = await storage.read_state(log)
        number = 0 if state is None else state.number
        held = Held(None, [])
        if push.first <= number + 1:
            before = await _read_hash(storage, log, push.first - 1)
            last = min(push.last, number)
            digests = await storage.read_digests(log, push.first, last) if push.first <= last else []
            held = Held(before, digests)
        judgement = judge_push(push, log, device, state, held)
    match judgement:
        case Accepted():
            await storage.append(judgement, push.genesis)
        case Fork():
            await storage.close(judgement)
        case AlreadyClosed():
            await storage.keep_branch(judgement)
        case Refused():
            await storage.keep_refused(log, device.key.thumbprint, octets, judgement.reason)
    return judgement


async def receive_gap(storage: LogStorage, log: str, octets: bytes, device: EnrolledDevice) -> GapJudgement:
    """Judges a signed gap's body and writes what the judgement says."""
    try:
        report = decode_gap_report(octets)
    except MalformedError:
        judgement: GapJudgement = Refused("malformed")
    else:
        state = await storage.read_state(log)
        gap = read_gap(report, log, device)
        before = after = None
        if gap is not None:
            before = await _read_hash(storage, log, gap.from_number - 1)
            after = await storage.read_hash(log, gap.to_number)
        judgement = judge_gap(report, log, device, state, before, after)
    match judgement:
        case GapAccepted(is_known=False):
            await storage.append_gap(judgement, report.genesis)
        case Fork():
            await storage.close(judgement)
        case AlreadyClosed():
            await storage.keep_branch(judgement)
        case Refused():
            await storage.keep_refused(log, device.key.thumbprint, octets, judgement.reason)
    return judgement
