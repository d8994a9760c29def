"""What a device remembers of cards and touches: under the day key where there is one, else in this process alone.

Nothing here ever raises for want of storage: what cannot be remembered is forgotten, and the check goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from checksync.encoding import PrivateRecord, Time
from checksync.outbox import Confirmed, OutboxError
from checksync.received import ReceivedStore, UnfinishedTouch
from kazasu_device.clock import Now
from kazasu_device.touch import KnownCertificate, Touched
from mynacard import Certificate

REPEAT_WITHIN: Final = timedelta(minutes=15)


class RecentCheck(PrivateRecord, frozen=True, kw_only=True):
    """Which card was checked when: enough to ask "again?", and a patient's data all the same."""

    certificate_sha256: str
    setting: str
    check: str
    at: Time


class Keeping:
    """One device's memory, on the store of what it received."""

    def __init__(self, store: ReceivedStore, now: Now) -> None:
        self._store = store
        self._now = now

    def known(self) -> KnownCertificate | None:
        """Finds a certificate's octets by serial; None where none is known, which saves the card a command."""
        if not self._store.has_certificates:
            return None

        def find(serial: int) -> bytes | None:
            found = self._store.known_certificate(serial)
            return None if found is None else found.certificate

        return find

    def is_listed(self, certificate: Certificate) -> bool:
        """Whether the server lists it as known, so that an entry may leave its octets out."""
        found = self._store.known_certificate(certificate.serial)
        return found is not None and found.is_listed and found.sha256 == certificate.sha256.hex()

    def keep_draft(self, intent: bytes, signature: bytes) -> bool:
        """Keeps a broken touch; whether it outlives this process."""
        try:
            self._store.keep_draft(UnfinishedTouch(intent=intent, signature=signature))
        except OutboxError:
            return False
        return self._store.is_open

    def draft(self) -> UnfinishedTouch | None:
        return self._store.draft()

    def drop_draft(self) -> None:
        with _forgiving():
            self._store.drop_draft()

    def repeat_of(self, certificate: Certificate, setting: str) -> tuple[str, int] | None:
        """The newest check of the same card in the same setting within a quarter of an hour, and the minutes since.

        A check that lies ahead of the clock (which was set back) counts as just made.
        """
        sha256, at = certificate.sha256.hex(), self._now()
        same = [
            recent
            for recent in self._store.notes(RecentCheck)
            if (recent.certificate_sha256, recent.setting) == (sha256, setting) and at - recent.at <= REPEAT_WITHIN
        ]
        newest = max(same, key=lambda recent: recent.at, default=None)
        return None if newest is None else (newest.check, _whole_minutes(newest.at, at))

    def remember(self, touched: Touched, setting: str, check: str, confirmed: Confirmed) -> None:
        """After the check is durable: the card, so that it is asked about and recognised next time."""
        recent = RecentCheck(
            certificate_sha256=touched.certificate.sha256.hex(), setting=setting, check=check, at=self._now()
        )
        with _forgiving():
            self._store.keep_note(check, recent)
        if touched.certificate_read and not touched.kind.is_phone:
            with _forgiving():
                self._store.keep_certificate(
                    touched.certificate.serial, touched.certificate.der, confirmed.log, confirmed.number
                )


def _whole_minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 60))


@contextmanager
def _forgiving() -> Iterator[None]:
    try:
        yield
    except OutboxError:
        return
