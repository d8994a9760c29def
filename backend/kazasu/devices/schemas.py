"""What the device routes take and give: docs/protocol/sync-v1.md section 5."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kazasu.devices.device import DeviceState
from kazasu.devices.door_rules import DoorRules
from kazasu.devices.models import DeviceRow

DeviceName = Annotated[str, Meta(min_length=1, max_length=200)]
SignedText = Annotated[str, Meta(min_length=1, max_length=4096)]


class EnrolmentRequest(msgspec.Struct, frozen=True):
    """A device introduces itself with its code; `proof` is its `kazasu-enrolment` statement."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]
    name: DeviceName
    key: dict[str, Any]
    proof: SignedText

    def __repr__(self) -> str:
        return "<EnrolmentRequest>"


class Enrolled(msgspec.Struct, frozen=True):
    """The device as the server now knows it."""

    device: str
    facility: str
    thumbprint: str
    state: DeviceState


class Nonce(msgspec.Struct, frozen=True):
    """To be signed within a minute, once."""

    nonce: str


class TokenRequest(msgspec.Struct, frozen=True):
    """`assertion` is the device's `kazasu-assertion` statement over a fresh nonce."""

    device: Annotated[str, Meta(min_length=1, max_length=64)]
    assertion: SignedText

    def __repr__(self) -> str:
        return "<TokenRequest>"


class Token(msgspec.Struct, frozen=True):
    """The device's opaque token, its life in seconds, and a fresh anchor."""

    token: str
    expires_in: int
    epoch: str
    anchor: str

    def __repr__(self) -> str:
        return "<Token>"


class StaffOnDuty(msgspec.Struct, frozen=True):
    """Who signed in on the device."""

    id: str
    name: str
    roles: list[str]


class DutyBegun(msgspec.Struct, frozen=True):
    """The duty pass, and the day key, which the device keeps in memory alone."""

    duty_pass: str
    day_key: bytes
    staff: StaffOnDuty
    anchor: str

    def __repr__(self) -> str:
        return "<DutyBegun>"


class PolicyFacility(msgspec.Struct, frozen=True):
    """The facility as its devices know it."""

    id: str
    name: str
    kind: str
    mode: str
    institution_code: str


class PolicySealingKey(msgspec.Struct, frozen=True):
    """A key of the facility; only an announced one is sealed to."""

    id: str
    public_key: bytes
    state: str


class PolicyRoads(msgspec.Struct, frozen=True):
    """The inquiry keys open for a check type in a setting, in the order to propose."""

    check_type: str
    setting: str
    open: list[str]


class Policy(msgspec.Struct, frozen=True):
    """What a device needs to know of its facility."""

    facility: PolicyFacility
    server_key: dict[str, str]
    epoch: str
    sealing_keys: list[PolicySealingKey]
    check_types: list[str]
    roads: list[PolicyRoads]
    consent_texts: list[str]
    door: DoorRules


class EnrolmentCodeMade(msgspec.Struct, frozen=True):
    """The code to type or scan on the device; shown once."""

    code: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "<EnrolmentCodeMade>"


class Confirmation(msgspec.Struct, frozen=True):
    """The thumbprint that the administrator saw on the device."""

    thumbprint: Annotated[str, Meta(min_length=1, max_length=64)]


class Revocation(msgspec.Struct, frozen=True):
    """Why, in one word or two: `lost`, `stolen`, `replaced`. No patient's data."""

    reason: Annotated[str, Meta(min_length=1, max_length=100)]


class DeviceView(msgspec.Struct, frozen=True):
    """A device as listed for the administrator."""

    id: str
    name: str
    thumbprint: str
    state: DeviceState
    enrolled_at: datetime
    confirmed_at: datetime | None
    revoked_at: datetime | None


def device_view(row: DeviceRow) -> DeviceView:
    """The device as listed."""
    return DeviceView(row.id, row.name, row.thumbprint, row.state, row.enrolled_at, row.confirmed_at, row.revoked_at)
