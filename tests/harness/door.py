"""The patient's door, for tests of the server: a device that seals real entries made with the emulator's cards.

Everything goes through the server's own push (stored, read, committed, acknowledged), without HTTP.
"""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness.device_log import DeviceLog
from sqlalchemy import select

import checksync as cs
from checksync.encoding import encode
from checksync.intent import PREFIX
from kazasu import audit
from kazasu.audit import AuditEntry
from kazasu.checks.models import CheckRow, ConsentRow
from kazasu.checks.reading import read_entry
from kazasu.clock import SetClock
from kazasu.context import Context
from kazasu.db import Base, Database, new_id
from kazasu.devices import Device, DeviceState
from kazasu.devices.duty.service import take_on_duty
from kazasu.devices.models import DeviceRow
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.facility.service import create_facility
from kazasu.gateway.simulator import REGISTRY, Simulator
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.inquiries.worker import work_once
from kazasu.keys import Keys, StorageKey
from kazasu.patients.models import PatientRow
from kazasu.patients.service import PatientData, add_patient
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.rules import InsuredNumber, Setting
from kazasu.settings import Settings
from kazasu.staff import Role, StaffMember
from kazasu.staff.models import StaffRow
from kazasu.sync.models import FeedItemRow, LogEntryRow
from kazasu.sync.service import store_push
from kazasu.visits.service import VisitData, add_visit
from mynacard import CardSession, JpkiPin, NumberB, ReaderMemory, Sex
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card
from mynacard.emulator.credential import authentication

NOW = datetime(2026, 12, 1, 1, 0, 0, tzinfo=UTC)
"""Ten in the morning in Japan, on the emulator's exercise date."""
TODAY = date(2026, 12, 1)
_SEX = {Sex.MALE: "1", Sex.FEMALE: "2", Sex.UNKNOWN: "9"}


@dataclass
class Door:
    """One facility, one staff member, one device with its log."""

    context: Context
    device: Device
    key: cs.SigningKey
    sealing: X25519PrivateKey
    staff: str
    duty_pass: str
    log: DeviceLog
    pushed: int = 0
    anchor_at: datetime = NOW
    ids: list[str] = field(default_factory=list)

    # -- the clinic's side --------------------------------------------------------------------------------------------

    @property
    def clock(self) -> SetClock:
        return cast(SetClock, self.context.clock)

    @property
    def simulator(self) -> Simulator:
        return cast(Simulator, self.context.gateway)

    async def patient(self, person: str, *, with_number: bool = True, old: bool = False) -> str:
        """A patient of the roster: one of the simulator's insured persons."""
        insured = REGISTRY[person]
        qualification = insured.old if old or not insured.current else insured.current[0]
        assert qualification is not None
        number = None
        if with_number:
            number = InsuredNumber.proven(
                qualification.insurer_number, qualification.symbol, qualification.number, qualification.branch
            )
        async with self.context.database.writing() as session:
            row = await add_patient(
                session,
                PatientData(None, qualification.name, qualification.name_kana, insured.birth_date, "3", number),
                actor="shell",
                at=self.clock.now(),
            )
            await session.commit()
        return row.id

    async def visit(self, patient: str, setting: Setting = Setting.HOME_VISIT) -> str:
        async with self.context.database.writing() as session:
            row = await add_visit(
                session,
                self.context.keys.storage,
                VisitData(patient, self.clock.now(), setting, None, self.device.id, None),
                actor="shell",
                at=self.clock.now(),
            )
            await session.commit()
        return row.id

    async def work(self) -> int:
        """One turn of the worker."""
        return await work_once(self.context)

    async def rows(self, model: type[Base], *where: Any) -> list[Any]:
        async with self.context.database.reading() as session:
            return list((await session.scalars(select(model).where(*where))).all())

    async def check(self, check: str) -> CheckRow:
        found = await self.rows(CheckRow, CheckRow.id == check)
        assert len(found) == 1
        return cast(CheckRow, found[0])

    async def holds(self, check: str | None = None) -> list[str]:
        """Reasons of the open holds, of a check or of everything."""
        where = [HoldRow.closed_at.is_(None)] + ([HoldRow.check == check] if check else [])
        return sorted(row.reason.value for row in await self.rows(HoldRow, *where))

    async def feed(self, kind: str) -> list[dict[str, Any]]:
        return [row.data for row in await self.rows(FeedItemRow, FeedItemRow.kind == kind)]

    # -- the device's side --------------------------------------------------------------------------------------------

    def intent_fields(self, **changes: Any) -> dict[str, Any]:
        at = self.clock.now()
        fields: dict[str, Any] = {
            "check": cs.new_identifier(),
            "log": self.log.log,
            "last_hash": self.log.hashes[-1].hex(),
            "facility": self.context.facility.id,
            "check_type": "home_consent",
            "setting": "home_visit",
            "identity_method": "pin",
            "pin_typed_by": cs.Holder(),
            "subject": cs.NotOnList(),
            "consents": [],
            "duty_pass": self.duty_pass,
            "device_time": at,
            "anchor": cs.AnchorSeen(statement=self.anchor(), elapsed_ms=0),
            "random": cs.new_identifier(),
        }
        if changes.get("identity_method") == "visual":
            fields["pin_typed_by"] = None
        return fields | changes

    def anchor(self, at: datetime | None = None, key: cs.SigningKey | None = None) -> str:
        statement = cs.Anchor(
            id=cs.new_identifier(),
            epoch=self.context.facility.epoch,
            facility=self.context.facility.id,
            time=at or self.anchor_at,
        )
        return cs.sign(statement, key or self.context.keys.server)

    def record_check(
        self,
        person: str = "sato",
        *,
        card: str = "plastic",
        subject: Any = None,
        signature: bytes | None = None,
        without_certificate: bool = False,
        with_attributes: bool = False,
        with_attestation: bool = True,
        repeat_of: str | None = None,
        body_check: str | None = None,
        **intent: Any,
    ) -> str:
        """Touches the emulator's card and records the check; gives its id."""
        fields = cs.IntentFields(**self.intent_fields(**({"subject": subject} if subject else {}), **intent))
        # Not by build_intent: what a faulty device would send must be sendable.
        octets = PREFIX + encode(fields)
        made = None
        if fields.identity_method == "pin":
            made = touch(person, card, octets)
        der = authentication(person, on_phone=card != "plastic").der
        attributes = read_attributes(person) if with_attributes else None
        attestation = None
        if fields.identity_method == "visual" and with_attestation:
            attestation = cs.Attestation(duty_pass=fields.duty_pass, text="visual-v1", device_time=fields.device_time)
        body = cs.CheckBody(
            check=body_check or fields.check,
            intent=octets,
            card=cs.Card(
                kind=cast(Any, card),
                certificate_sha256=cs.sealed_digest(der).hex(),
                certificate=None if without_certificate else der,
                signature=made if signature is None else signature,
                attributes=attributes,
            ),
            attestation=attestation,
            repeat_of=repeat_of,
        )
        self.record("check", body)
        self.ids.append(fields.check)
        return fields.check

    def record(self, kind: str, body: cs.Body | bytes) -> int:
        """Seals an entry; gives its number."""
        octets = body if isinstance(body, bytes) else cs.encode_body(body)
        number = self.log.last + 1
        entry = cs.encode_entry(self.log.log, number, self.clock.now(), kind, octets)
        return self.append(self.public.seal(entry, self.log.log, number))

    def append(self, sealed: bytes) -> int:
        """Appends sealed octets as they are."""
        number = self.log.last + 1
        self.log.sealed.append(sealed)
        self.log.hashes.append(cs.next_hash(self.log.hashes[-1], number, cs.sealed_digest(sealed)))
        self.log.heads.append(self.log.head(number))
        return number

    @property
    def public(self) -> cs.SealingPublicKey:
        return cs.SealingPublicKey(self.sealing.public_key().public_bytes_raw())

    async def push(self, first: int | None = None) -> list[cs.EntryOutcome]:
        """Pushes what is new, or from `first` on."""
        start = self.pushed + 1 if first is None else first
        result = await store_push(self.context, self.device, self.log.log, self.log.push(start), read_entry)
        self.pushed = self.log.last
        return list(result.outcomes)

    async def push_one(self) -> cs.EntryOutcome:
        outcomes = await self.push()
        assert len(outcomes) == 1
        return outcomes[0]


def touch(person: str, card: str, message: bytes) -> bytes:
    """The signature of the emulator's card over the message, by the library's own session."""
    pin = JpkiPin(PEOPLE[person].jpki_pin)
    with CardSession(VirtualReader(virtual_card(person, kind=cast(Any, card))).connect(), memory=ReaderMemory()) as at:
        return at.prove(message, pin).signature


def read_attributes(person: str) -> cs.Attributes:
    """The four attributes by number B."""
    with CardSession(VirtualReader(virtual_card(person)).connect(), memory=ReaderMemory()) as session:
        read = session.attributes(
            NumberB(PEOPLE[person].number_b, is_western=PEOPLE[person].is_birth_date_printed_western)
        )
    return cs.Attributes(
        name=read.name, address=read.address, birth_date=read.birth_date.isoformat(), sex=_SEX[read.sex], by="number_b"
    )


async def make_door(
    database: Database,
    home: Path,
    *,
    mode: FacilityMode = FacilityMode.EXERCISE,
    kind: FacilityKind = FacilityKind.MEDICAL_INSTITUTION,
    gateway: str = "simulator",
) -> Door:
    """A facility in an empty database, with one staff member on duty on one device."""
    clock = SetClock(NOW)
    sealing = X25519PrivateKey.generate()
    keys = Keys(cs.SigningKey.generate(), cs.PrivateKeyOpener([sealing]), StorageKey.generate())
    key = cs.SigningKey.generate()
    async with database.writing() as session:
        facility = await create_facility(
            session,
            name="訓練",
            mode=mode,
            kind=kind,
            institution_code="9910000018" if mode is FacilityMode.EXERCISE else "1310000011",
            transitional_until=None,
            at=NOW,
        )
        settings = Settings(home=home, database=database.url.render_as_string(), gateway=gateway)
        simulator = Simulator(facility, clock) if gateway == "simulator" else None
        context = Context(settings, facility, database, keys, clock, simulator)
        staff = StaffRow(
            id=new_id(), login="visitor", name="訪問", roles=["visitor"], password_hash="-", made_at=NOW,
            deactivated_at=None,
        )  # fmt: skip
        session.add(staff)
        device = await _device(session, key)
        await session.flush()
        duty_pass = await _duty(session, context, staff.id, device)
        await session.commit()
    log = DeviceLog(key=key, facility=facility.id)
    return Door(context, device, key, sealing, staff.id, duty_pass, log)


async def second_device(door: Door) -> Door:
    """Another device of the same facility, with the same person on duty."""
    key = cs.SigningKey.generate()
    async with door.context.database.writing() as session:
        device = await _device(session, key)
        await session.flush()
        duty_pass = await _duty(session, door.context, door.staff, device)
        await session.commit()
    log = DeviceLog(key=key, facility=door.context.facility.id)
    return dataclasses.replace(door, device=device, key=key, duty_pass=duty_pass, log=log, pushed=0, ids=[])


async def _device(session: Any, key: cs.SigningKey) -> Device:
    row = DeviceRow(
        id=new_id(), name="tablet", jwk=dict(key.jwk), thumbprint=key.thumbprint, state=DeviceState.CONFIRMED,
        enrolled_at=NOW, confirmed_at=NOW, confirmed_by=None, revoked_at=None,
    )  # fmt: skip
    session.add(row)
    return Device(row.id, row.name, row.state, key.verifying_key)


async def _duty(session: Any, context: Context, staff: str, device: Device) -> str:
    member = StaffMember(staff, "visitor", "訪問", frozenset({Role.VISITOR}))
    on_duty = await take_on_duty(session, context, member, device)
    return cs.verify(on_duty.statement, cs.DutyPass, context.keys.server.verifying_key).id


async def states_by_audit(database: Database) -> dict[str, dict[str, str]]:
    """Every check's, hold's and inquiry's state as the audit log alone tells it, with each step proven to follow."""
    states: dict[str, dict[str, str]] = {"check": {}, "hold": {}, "inquiry": {}}
    async with database.reading() as session:
        assert isinstance(await audit.verify(session), audit.Verified)
        entries: Iterable[AuditEntry] = await session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        for entry in entries:
            if entry.subject_type not in states or not entry.action.endswith("_state"):
                continue
            details = cast(dict[str, Any], json.loads(entry.details))
            known = states[entry.subject_type]
            assert details["from"] == known.get(entry.subject), (entry.subject_type, entry.number)
            known[entry.subject] = details["to"]
    return states


async def states_by_table(database: Database) -> dict[str, dict[str, str]]:
    """The same as the tables have them."""
    async with database.reading() as session:
        return {
            "check": {row.id: row.state.value for row in await session.scalars(select(CheckRow))},
            "hold": {row.id: row.state.value for row in await session.scalars(select(HoldRow))},
            "inquiry": {row.id: row.state.value for row in await session.scalars(select(InquiryRow))},
        }


def later(door: Door, **spans: float) -> datetime:
    """Time passes."""
    door.clock.advance(timedelta(**spans))
    return door.clock.now()


__all__ = [
    "NOW",
    "TODAY",
    "AnswerRow",
    "CheckRow",
    "ConsentRow",
    "DecisionRow",
    "Door",
    "HoldRow",
    "InquiryRow",
    "LogEntryRow",
    "PatientRow",
    "later",
    "make_door",
    "second_device",
    "states_by_audit",
    "states_by_table",
    "touch",
]
