"""A clinic whose checks can be made without touching cards: real certificates of the test CA, real signatures, real
seals, made before anything is measured.

One card key signs for every card (making thousands of RSA keys would take longer than the run); each card has a
certificate of its own, which is all that the server can tell cards by.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from harness.server import ServedFacility

import checksync as cs
from kazasu.checks.certificates.service import keep_certificate
from kazasu.context import Context
from kazasu.db import new_id
from kazasu.devices import Device, DeviceState
from kazasu.devices.duty.service import take_on_duty
from kazasu.devices.models import DeviceRow
from kazasu.keys.service import told_to_devices
from kazasu.opening import open_facility
from kazasu.patients.service import PatientData, add_patient
from kazasu.rules import InsuredNumber, Setting
from kazasu.settings import load_settings
from kazasu.staff import Role, StaffMember
from kazasu.staff.models import StaffRow
from kazasu.visits.service import VisitData, add_visit
from mynacard.emulator import test_ca

__all__ = ["Clinic", "SealedLog", "make_clinic", "seal_log"]

BATCH = 100


@dataclass(frozen=True)
class Writer:
    """One device that pushes."""

    id: str
    key: cs.SigningKey
    duty_pass: str


@dataclass(frozen=True)
class Clinic:
    """What pushes are made of."""

    facility: str
    sealing: cs.SealingPublicKey
    anchor: str
    writers: Sequence[Writer]
    visits: Sequence[str]
    certificates: Sequence[bytes]
    """One a card; the first `known` of them are on the server already."""
    card: rsa.RSAPrivateKey


@dataclass(frozen=True)
class SealedLog:
    """The pushes of one device, ready to be sent."""

    writer: Writer
    log: str
    bodies: Sequence[bytes]
    checks: Sequence[str]
    entry_octets: int
    """Of a sealed entry, on the average."""


def make_clinic(server: ServedFacility, *, writers: int, cards: int, known: bool = True) -> Clinic:
    """Fills a facility that is not served yet: staff on duty, devices confirmed, a visit for each card, cards known."""
    return asyncio.run(_make(server.home, writers, cards, known))


async def _make(home: Path, writers: int, cards: int, known: bool) -> Clinic:
    settings = load_settings(home, {})
    at = datetime.now(UTC)
    card = rsa.generate_private_key(65537, 2048)
    certificates = [certificate(card, number) for number in range(cards)]
    async with open_facility(settings) as context:
        async with context.database.writing() as session:
            staff = StaffRow(
                id=new_id(), login=f"bench-{secrets.token_hex(4)}", name="訪問", roles=["visitor"], password_hash="-",
                made_at=at, deactivated_at=None,
            )  # fmt: skip
            session.add(staff)
            await session.flush()
            member = StaffMember(staff.id, staff.login, staff.name, frozenset({Role.VISITOR}))
            made = [await _writer(session, context, member, at) for _ in range(writers)]
            visits, roster = [], []
            for index in range(cards):
                number = InsuredNumber.proven("01010016", "記号", f"{index + 1}", "01")
                data = PatientData(None, f"試験　{index}", "ｼｹﾝ", date(1950, 1, 1), "2", number)
                patient = await add_patient(session, data, actor="shell", at=at)
                booked = VisitData(patient.id, at, Setting.HOME_VISIT, None, None, None)
                visit = await add_visit(session, context.keys.storage, booked, actor="shell", at=at)
                visits.append(visit.id)
                roster.append(patient.id)
            for index, der in enumerate(certificates if known else ()):
                row = await keep_certificate(session, context.keys.storage, der, at=at)
                row.patient = roster[index]
            await session.commit()
        facility = context.facility
        anchor = cs.Anchor(id=cs.new_identifier(), epoch=facility.epoch, facility=facility.id, time=at)
        signed = cs.sign(anchor, context.keys.server)
        return Clinic(facility.id, await _sealing(context), signed, made, visits, certificates, card)


async def _writer(session: object, context: Context, member: StaffMember, at: datetime) -> Writer:
    key = cs.SigningKey.generate()
    row = DeviceRow(
        id=new_id(), name="bench", jwk=dict(key.jwk), thumbprint=key.thumbprint, state=DeviceState.CONFIRMED,
        enrolled_at=at, confirmed_at=at, confirmed_by=None, revoked_at=None,
    )  # fmt: skip
    session.add(row)  # type: ignore[attr-defined]
    await session.flush()  # type: ignore[attr-defined]
    device = Device(row.id, row.name, row.state, key.verifying_key)
    on_duty = await take_on_duty(session, context, member, device)  # type: ignore[arg-type]
    pass_id = cs.verify(on_duty.statement, cs.DutyPass, context.keys.server.verifying_key).id
    return Writer(row.id, key, pass_id)


async def _sealing(context: Context) -> cs.SealingPublicKey:
    async with context.database.reading() as session:
        return cs.SealingPublicKey((await told_to_devices(session))[0].public_key)


def certificate(card: rsa.RSAPrivateKey, number: int) -> bytes:
    """The certificate of one card, of the newest generation."""
    issued = test_ca.issue(
        card.public_key(),
        common_name=f"EXERCISEBENCH{number:010d}30A",
        serial=0x02000000 + number,
        not_before=date(2024, 1, 1),
        not_after=date(2033, 7, 1),
    )
    return issued.public_bytes(Encoding.DER)


def seal_log(
    clinic: Clinic, writer: Writer, checks: int, *, with_certificate: bool, cards: range, at: datetime
) -> SealedLog:
    """A device's log of so many checks, signed by these cards in turn, in pushes of 100."""
    genesis = cs.new_genesis(clinic.facility, writer.key.thumbprint)
    log = cs.log_id(genesis)
    current = cs.log_of(genesis)
    bodies, made, octets = [], [], 0
    batch: list[bytes] = []
    before = current
    for number in range(1, checks + 1):
        index = number - 1
        which = cards[index % len(cards)]
        der = clinic.certificates[which]
        intent = cs.build_intent(
            log=log,
            last_hash=current.hex(),
            facility=clinic.facility,
            check_type="home_consent",
            setting="home_visit",
            identity_method="pin",
            pin_typed_by=cs.Holder(),
            subject=cs.VisitSubject(id=clinic.visits[which]),
            consents=[],
            duty_pass=writer.duty_pass,
            device_time=at,
            anchor=cs.AnchorSeen(statement=clinic.anchor, elapsed_ms=None),
        )
        made.append(intent.fields.check)
        body = cs.CheckBody(
            check=intent.fields.check,
            intent=intent.octets,
            card=cs.Card(
                kind="plastic",
                certificate_sha256=cs.sealed_digest(der).hex(),
                certificate=der if with_certificate else None,
                signature=clinic.card.sign(intent.octets, padding.PKCS1v15(), hashes.SHA256()),
                attributes=None,
            ),
            attestation=None,
        )
        entry = cs.encode_entry(log, number, at, "check", cs.encode_body(body))
        sealed = clinic.sealing.seal(entry, log, number)
        octets += len(sealed)
        batch.append(sealed)
        current = cs.next_hash(current, number, cs.sealed_digest(sealed))
        if len(batch) == BATCH or number == checks:
            head = cs.sign(cs.Head(log=log, number=number, hash=current.hex(), oldest=1, device_time=at), writer.key)
            push = cs.Push(
                genesis=genesis, first=number - len(batch) + 1, before=before.hex(), sealed=batch, head=head,
                newest_head=head,
            )  # fmt: skip
            bodies.append(cs.encode_push(push))
            batch, before = [], current
    return SealedLog(writer, log, bodies, made, octets // checks)
