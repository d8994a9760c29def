"""What the server lets this device know of its facility: kind, keys, roads, texts. Holds nothing of a patient.

The form of `GET /device/policy` (docs/protocol/sync-v1.md section 5). Does no I/O.
"""

from typing import Literal

from checksync.encoding import Identifier, Record
from checksync.key import VerifyingKey
from checksync.sealing import SealingPublicKey
from kazasu_device.door_rules import DoorRules

Mode = Literal["live", "exercise"]


class Facility(Record, frozen=True, kw_only=True):
    id: Identifier
    name: str
    kind: str
    mode: Mode
    institution_code: str


class SealingKey(Record, frozen=True, kw_only=True):
    """A public key to seal to. Only an `announced` one is sealed to: its private half is known to be backed up."""

    id: Identifier
    public_key: bytes
    state: str


class Roads(Record, frozen=True, kw_only=True):
    """By which keys a check of this type can be asked in this setting, the best first."""

    check_type: str
    setting: str
    open: list[str]


class Policy(Record, frozen=True, kw_only=True):
    facility: Facility
    server_key: dict[str, str]
    epoch: Identifier
    sealing_keys: list[SealingKey]
    check_types: list[str]
    roads: list[Roads]
    consent_texts: list[str]
    door: DoorRules | None = None
    """None of a server that hands none over: everything is recorded all the same, and nothing proposed."""

    @property
    def is_exercise(self) -> bool:
        return self.facility.mode == "exercise"

    @property
    def verifying_key(self) -> VerifyingKey:
        """The server's key; `KeyFormError` where the policy names none."""
        return VerifyingKey.from_jwk(self.server_key)

    def sealing_key(self) -> SealingPublicKey | None:
        """The key that new entries are sealed to: the first announced one whose id fits its octets."""
        for key in self.sealing_keys:
            if key.state == "announced":
                public_key = SealingPublicKey(key.public_key)
                if public_key.id == key.id:
                    return public_key
        return None

    def roads_for(self, check_type: str, setting: str) -> list[str] | None:
        """The keys open for this type and setting, the best first; None where the facility may not check so."""
        if check_type not in self.check_types:
            return None
        for roads in self.roads:
            if roads.check_type == check_type and roads.setting == setting:
                return roads.open
        return None

    def consent_text(self, kind: str) -> str:
        """The id of the text to show for a consent: the facility's for this kind, else the kind's own name."""
        return next((text for text in self.consent_texts if text == kind or text.startswith(f"{kind}-")), f"{kind}-v1")
