"""A device as a value. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum

from checksync.key import VerifyingKey


class DeviceState(StrEnum):
    """waiting → confirmed → revoked; a waiting device may be revoked too. Nothing leads back."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Device:
    """A device that the server knows."""

    id: str
    name: str
    state: DeviceState
    key: VerifyingKey = field(compare=False)

    @property
    def thumbprint(self) -> str:
        """What the administrator compares and statements name."""
        return self.key.thumbprint
