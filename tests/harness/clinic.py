"""A clinic's keys and statements for device tests, without a server."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.x509.oid import NameOID

from checksync.key import SigningKey
from checksync.sealing import PrivateKeyOpener, SealingPublicKey
from checksync.statement import Anchor, DutyPass, fresh_anchor_id, sign
from kazasu.devices.door_rules import door_rules
from kazasu.rules.rulebook import Rulebook
from kazasu_device.door_rules import DoorRules
from kazasu_device.policy import Facility, Policy, Roads, SealingKey


def root_certificate() -> x509.Certificate:
    """A clinic's own root, as `kazasu init` would make one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "EXERCISE clinic")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


NOON = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
HOME_ROADS = ["insured_number", "terminal_screen"]


@cache
def door() -> DoorRules:
    """The rules of the door as a server hands them over: through JSON, into the device's own types."""
    return msgspec.json.decode(msgspec.json.encode(door_rules(Rulebook())), type=DoorRules)


@dataclass
class Clinic:
    """One facility: what its server would sign and announce."""

    mode: Any = "exercise"
    facility: str = "fa" * 16
    epoch: str = "e1" * 8
    key: SigningKey = field(default_factory=SigningKey.generate)
    sealing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    roads: list[Roads] = field(
        default_factory=lambda: [
            Roads(check_type="home_consent", setting="home_visit", open=HOME_ROADS),
            Roads(check_type="home_consent", setting="drive_through", open=HOME_ROADS),
            Roads(check_type="eligibility_only", setting="treatment", open=["certificate"]),
        ]
    )

    @property
    def sealing_key(self) -> SealingPublicKey:
        return SealingPublicKey(self.sealing.public_key().public_bytes_raw())

    @property
    def opener(self) -> PrivateKeyOpener:
        return PrivateKeyOpener([self.sealing])

    def policy(self) -> Policy:
        public = self.sealing_key
        return Policy(
            facility=Facility(
                id=self.facility, name="訓練診療所", kind="clinic", mode=self.mode, institution_code="9912345678"
            ),
            server_key=self.key.jwk,
            epoch=self.epoch,
            sealing_keys=[SealingKey(id=public.id, public_key=public.octets, state="announced")],
            check_types=list(dict.fromkeys(roads.check_type for roads in self.roads)),
            roads=self.roads,
            consent_texts=["medication-v1", "limit_amount-v1"],
            door=door(),
        )

    def anchor(self, at: datetime = NOON, number: int = 1, epoch: str | None = None, answers: str | None = None) -> str:
        """Numbered, or as the answer to an assertion."""
        anchor_id = f"{number:032x}" if answers is None else fresh_anchor_id(answers)
        return sign(Anchor(id=anchor_id, epoch=epoch or self.epoch, facility=self.facility, time=at), self.key)

    def duty_pass(
        self, device: str, staff: str = "a1", at: datetime = NOON, hours: float = 12, key: SigningKey | None = None
    ) -> str:
        statement = DutyPass(
            id=f"{staff}{int(at.timestamp()):x}",
            staff=staff,
            roles=["visitor"],
            facility=self.facility,
            device=device,
            from_at=at,
            until_at=at + timedelta(hours=hours),
        )
        return sign(statement, key or self.key)
