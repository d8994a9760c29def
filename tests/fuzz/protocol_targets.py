"""Readers of what devices and servers send each other: docs/protocol/sync-v1.md."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from fuzz import seeds
from fuzz.target import target

import checksync as cs
from checksync.backoff import parse_retry_after_s
from checksync.encoding import decode
from checksync.feed import AnchorItem, decode_feed_page

_DATA: dict[str, Any] = {"answer": cs.Answer, "roster": cs.RosterVisit, "hold": cs.Hold, "anchor": AnchorItem}
_STATEMENTS = (
    cs.Acknowledgement,
    cs.Anchor,
    cs.Closed,
    cs.Assertion,
    cs.Enrolment,
    cs.DutyPass,
    cs.Head,
    cs.GapStatement,
)


@target("genesis", cs.MalformedError, seeds=seeds.geneses)
def genesis(octets: bytes) -> object:
    return cs.parse_genesis(octets)


@target("entry", cs.MalformedError, cs.EntryTooLargeError, seeds=lambda: seeds.entries())
def entry(octets: bytes) -> object:
    found = cs.decode_entry(octets)
    return found, cs.decode_body(found)


@target("intent", cs.MalformedError, cs.IntentRuleError, seeds=lambda: [seeds.intent().octets])
def intent(octets: bytes) -> object:
    # The typed-by relation is a patient's family's: it must not show in a repr.
    found = cs.parse_intent(octets)
    return found, found.fields, found.digest


@target("statement", cs.StatementError, seeds=seeds.statements)
def statement(octets: bytes) -> object:
    text = octets.decode("utf-8", "replace")
    cs.signer_of(text)
    for form in _STATEMENTS[:-1]:
        try:
            cs.verify(text, form, seeds.SERVER.verifying_key)
        except cs.StatementError:
            continue
    return type(cs.verify(text, cs.GapStatement, seeds.device_log().key.verifying_key))


@target("sealed", cs.SealingError, seeds=lambda: seeds.device_log().sealed)
def sealed(octets: bytes) -> object:
    log = seeds.device_log().log
    return len(cs.PrivateKeyOpener([seeds.SEALING]).open(octets, log, 1))


@target("push received", cs.PushTooLargeError, seeds=seeds.pushes)
def push_received(octets: bytes) -> object:
    """Whatever a device pushes is judged; nothing of it is stored unless it verifies whole."""
    log = seeds.device_log()

    async def received() -> cs.PushJudgement:
        async with cs.MemoryLogStorage().transaction() as storage:
            return await cs.receive_push(storage, log.log, octets, log.device)

    judgement = asyncio.run(received())
    if isinstance(judgement, cs.Accepted):
        assert [one.sealed for one in judgement.new] == log.sealed[: judgement.last]
    return type(judgement)


@target("gap received", seeds=seeds.gaps)
def gap_received(octets: bytes) -> object:
    log = seeds.device_log()

    async def received() -> cs.GapJudgement:
        async with cs.MemoryLogStorage().transaction() as storage:
            return await cs.receive_gap(storage, log.log, octets, log.device)

    return type(asyncio.run(received()))


@target("push answer", cs.MalformedError, seeds=seeds.answers)
def push_answer(octets: bytes) -> object:
    return cs.decode_push_answer(octets)


@target("feed page", cs.MalformedError, seeds=seeds.feed_pages)
def feed_page(octets: bytes) -> object:
    page = decode_feed_page(octets)
    for item in page.items:
        form = _DATA.get(item.kind)
        if form is not None:
            repr(decode(bytes(item.data), form, item.kind))
    return page


@target("problem", seeds=seeds.problems)
def problem(octets: bytes) -> object:
    found = cs.decode_problem(octets)
    return found and (found.name, found.expected, found.limit)


@target("retry after", seeds=lambda: [b"120", b"Wed, 21 Oct 2026 07:28:00 GMT", b"-1", b"1e9"])
def retry_after(octets: bytes) -> object:
    seconds = parse_retry_after_s(octets.decode("utf-8", "replace"), datetime(2026, 12, 1, tzinfo=UTC))
    assert seconds is None or seconds >= 0
    return seconds


@target("enrolment code", cs.EnrolmentCodeError, seeds=seeds.codes)
def enrolment_code(octets: bytes) -> object:
    code = cs.EnrolmentCode.parse(octets.decode("utf-8", "replace"))
    assert cs.EnrolmentCode.parse(code.text()) == code
    return type(code)
