"""Real documents of every form, full of one patient: what mutation begins with."""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness.device_log import DeviceLog

import checksync as cs
from checksync.encoding import encode
from checksync.feed import Answer, FeedItem, FeedPage, Hold, RosterVisit, Say, encode_feed_page
from checksync.push import PushAnswer, encode_push_answer
from mynacard.emulator.credential import authentication

AT: Final = datetime(2026, 12, 1, 1, 0, 0, tzinfo=UTC)
FACILITY: Final = "fa" * 16
EPOCH: Final = "e1" * 16
NAME: Final = "見本　花子"
SEALING: Final = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SERVER: Final = cs.SigningKey.generate()
PUBLIC: Final = cs.SealingPublicKey(SEALING.public_key().public_bytes_raw())


@cache
def device_log() -> DeviceLog:
    """A log of three entries."""
    log = DeviceLog(facility=FACILITY)
    for number, octets in enumerate(entries()[:3], 1):
        log.record(f"{number}")
        log.sealed[-1] = PUBLIC.seal(octets, log.log, number)
    # Sealed anew, so chained anew.
    sealed, log.sealed, log.heads, log.hashes = log.sealed, [], [], log.hashes[:1]
    for octets in sealed:
        number = log.last + 1
        log.sealed.append(octets)
        log.hashes.append(cs.next_hash(log.hashes[-1], number, cs.sealed_digest(octets)))
        log.heads.append(log.head(number))
    return log


def intent(**changes: object) -> cs.Intent:
    fields: dict[str, object] = {
        "check": "c1" * 16,
        "log": "ab" * 32,
        "last_hash": "ab" * 32,
        "facility": FACILITY,
        "check_type": "home_consent",
        "setting": "home_visit",
        "identity_method": "pin",
        "pin_typed_by": cs.Proxy(relation=NAME),
        "subject": cs.NotOnList(),
        "consents": [cs.ConsentChoice(kind="medication", given=True, text="medication-v1")],
        "duty_pass": "d1" * 16,
        "device_time": AT,
        "anchor": cs.AnchorSeen(statement=anchor(), elapsed_ms=5),
    }
    return cs.build_intent(**(fields | changes))  # type: ignore[arg-type]


@cache
def anchor() -> str:
    return cs.sign(cs.Anchor(id="a1" * 16, epoch=EPOCH, facility=FACILITY, time=AT), SERVER)


def bodies() -> list[cs.Body]:
    der = authentication("sato").der
    attributes = cs.Attributes(name=NAME, address="架空県見本市1", birth_date="1950-01-02", sex="2", by="number_b")
    card = cs.Card(
        kind="plastic", certificate_sha256=cs.sealed_digest(der).hex(), certificate=der, signature=bytes(256),
        attributes=attributes,
    )  # fmt: skip
    fields: dict[str, str | int | bool | None] = {"name": NAME, "number": "88776655", "birth_date": "1950-01-02"}
    pass_ = "d1" * 16
    return [
        cs.CheckBody(check="c1" * 16, intent=intent().octets, card=card, attestation=None),
        cs.SubstituteBody(check="c1" * 16, duty_pass=pass_, reason="no_card", document="notice", fields=fields),
        cs.DeclarationBody(visit="b1", duty_pass=pass_, form="2024-12", fields=fields),
        cs.ConsentBody(
            consent="c2" * 16, check="c1" * 16, duty_pass=pass_,
            kinds=[cs.ConsentChoice(kind="medication", given=True, text="t")],
        ),
        cs.ConsentWithdrawnBody(consent="c2" * 16, duty_pass=pass_, reason=NAME),
        cs.VoidBody(check="c1" * 16, duty_pass=pass_, reason=NAME),
        cs.TroubleBody(visit="b1", duty_pass=pass_, category="reader", response=NAME, full_charge=True, note=NAME),
    ]  # fmt: skip


@cache
def entries() -> tuple[bytes, ...]:
    """One of each kind, and one of a kind that nobody knows."""
    made = [
        cs.encode_entry("ab" * 32, number, AT, body.kind, cs.encode_body(body))
        for number, body in enumerate(bodies(), 1)
    ]
    return (*made, cs.encode_entry("ab" * 32, 9, AT, "prophecy", f'{{"of":"{NAME}"}}'.encode()))


def pushes() -> list[bytes]:
    log = device_log()
    return [log.push(), log.push(2), log.push(3, 3, head=log.heads[1])]


def gaps() -> list[bytes]:
    log = device_log()
    return [log.gap(1, 2), log.gap(2, 3)]


def geneses() -> list[bytes]:
    log = device_log()
    return [log.genesis, cs.new_genesis(FACILITY, log.key.thumbprint, cs.Predecessor(log=log.log, hash="ab" * 32))]


def statements() -> list[bytes]:
    log = device_log()
    made = [
        cs.sign(cs.Acknowledgement(epoch=EPOCH, log=log.log, number=1, hash="ab" * 32, time=AT), SERVER),
        anchor(),
        cs.sign(cs.Closed(epoch=EPOCH, log=log.log, number=0, hash=log.log, time=AT, why="fork"), SERVER),
        cs.sign(cs.Assertion(nonce=NAME, facility=FACILITY), SERVER),
        cs.sign(cs.Enrolment(code=NAME, facility=None), SERVER),
        cs.sign(
            cs.DutyPass(id="d1", staff="a1", roles=[NAME], facility=FACILITY, device="A" * 43, from_at=AT, until_at=AT),
            SERVER,
        ),
        log.heads[-1],
    ]
    return [signed.encode() for signed in made]


def answers() -> list[bytes]:
    log = device_log()
    acknowledgement = cs.Acknowledgement(epoch=EPOCH, log=log.log, number=3, hash=log.hashes[3].hex(), time=AT)
    outcomes = [cs.EntryOutcome(number=1, outcome="held", reason="other_person", check="c1" * 16)]
    return [
        encode_push_answer(
            PushAnswer(acknowledgement=cs.sign(acknowledgement, SERVER), outcomes=outcomes, anchor=anchor())
        )
    ]


def feed_pages() -> list[bytes]:
    import msgspec

    visit = RosterVisit(visit="b1", patient="a1", name=NAME, name_kana="ﾐﾎﾝ", birth_date="1950-01-02", keys=["x"])
    answer = Answer(
        check="c1", result="valid", qualifications=[{"name": NAME, "number": "88776655"}], asked_for="2026-12-01",
        answered_at="2026-12-01T00:00:00Z", simulated=True,
    )  # fmt: skip
    hold = Hold(check="c1", reason="other_person", say=Say(ja=NAME, en="x"))
    items = [
        FeedItem(id=str(number), kind=kind, data=msgspec.Raw(encode(data)))
        for number, (kind, data) in enumerate([("roster", visit), ("answer", answer), ("hold", hold)])
    ]
    return [encode_feed_page(FeedPage(epoch=EPOCH, items=items, cursor=f"{EPOCH}.3", more=False))]


def problems() -> list[bytes]:
    return [
        cs.encode_problem(cs.Problem(type="urn:kazasu:problem:push-gap", status=409, expected=2)),
        cs.encode_problem(cs.Problem(type="urn:kazasu:problem:push-refused", reason="chain", detail=NAME)),
    ]


def codes() -> list[bytes]:
    made = [
        cs.EnrolmentCode("https://clinic.example:8443", cs.new_enrolment_secret(), "A" * 43),
        cs.EnrolmentCode("http://localhost:1", cs.new_enrolment_secret(), "-"),
    ]
    return [code.text().encode() for code in made]


def export_file() -> list[bytes]:
    import json

    log = device_log()
    header = {"format": "kazasu-export-v1", "facility": FACILITY, "device": log.key.thumbprint}
    lines = [
        json.dumps(header).encode(),
        b'{"log":"' + log.log.encode() + b'","push":' + log.push() + b"}",
        b'{"log":"' + log.log.encode() + b'","gap":' + log.gap(2, 3) + b"}",
        b'{"end":2}',
    ]
    return [b"\n".join(lines) + b"\n"]
