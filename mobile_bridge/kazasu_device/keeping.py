"""What a device remembers of cards and touches while nobody's day key is there: in this process alone.

Under the day key see `kazasu_device.day_keeping`. Touches no disk.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kazasu_device.check import Draft
from kazasu_device.clock import Now
from kazasu_device.touch import KnownCertificate
from mynacard.certificate import serial_in

REPEAT_WITHIN: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class RecentCheck:
    certificate_sha256: str
    setting: str
    check: str
    at: datetime


def latest_repeat(
    recent: list[RecentCheck], certificate_sha256: str, setting: str, at: datetime
) -> tuple[str, int] | None:
    """The newest check of the same card in the same setting within a quarter of an hour, and the minutes since.

    A check that lies ahead of the clock (it was set back) counts as just made.
    """
    for check in sorted(recent, key=lambda found: found.at, reverse=True):
        since = at - check.at
        if (check.certificate_sha256, check.setting) == (certificate_sha256, setting) and since <= REPEAT_WITHIN:
            return check.check, max(0, int(since.total_seconds() // 60))
    return None


class MemoryKeeping:
    """Implements `Keeping` for the life of this object."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._certificates: dict[int, bytes] = {}
        self._recent: list[RecentCheck] = []

    def known(self) -> KnownCertificate | None:
        return self._certificates.get if self._certificates else None

    def is_listed(self, certificate_sha256: str) -> bool:
        return False

    def keep_certificate(self, certificate: bytes) -> None:
        serial = serial_in(certificate)
        if serial is not None:
            self._certificates[serial] = certificate

    def keep_draft(self, draft: Draft) -> bool:
        return False

    def drop_draft(self) -> None:
        return

    def draft(self) -> Draft | None:
        return None

    def repeat_of(self, certificate_sha256: str, setting: str) -> tuple[str, int] | None:
        return latest_repeat(self._recent, certificate_sha256, setting, self._now())

    def note_check(self, certificate_sha256: str, setting: str, check: str) -> None:
        self._recent.append(RecentCheck(certificate_sha256, setting, check, self._now()))
