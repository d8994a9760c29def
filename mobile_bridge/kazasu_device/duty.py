"""Who is on duty on this device. Imports no transport.

A duty pass is the server's signed statement without anything of a patient: it rests on the disk, so that visits go on
after a restart without a connection. The day key that comes with it never does.
"""

from datetime import datetime
from typing import Final

from checksync.encoding import Record
from checksync.key import VerifyingKey
from checksync.statement import DutyPass, StatementError, verify
from kazasu_device.errors import StaffNotChosenError
from kazasu_device.home import Home

NOBODY: Final = "0" * 32
"""In place of a pass where nobody ever signed in: recorded all the same, and held by the server."""


class KeptPass(Record, frozen=True, kw_only=True):
    """A pass at rest, and by which login and name people here know its holder."""

    statement: str
    login: str
    name: str


class _DutyList(Record, frozen=True, kw_only=True):
    passes: list[KeptPass]


class OnDuty(Record, frozen=True, kw_only=True):
    """A pass that verified, and whether it holds at the time asked for."""

    pass_id: str
    login: str
    name: str
    roles: list[str]
    from_at: datetime
    until_at: datetime
    is_valid: bool


class Duty:
    """The passes of one device; a statement that does not verify counts for nothing."""

    def __init__(self, home: Home, server_key: VerifyingKey, facility: str, thumbprint: str) -> None:
        self._home = home
        self._server_key = server_key
        self._facility = facility
        self._thumbprint = thumbprint

    def keep(self, statement: str, login: str, name: str) -> bool:
        """Keeps a new pass in place of the holder's older ones; False where it is not for this device."""
        fresh = self._verified(statement)
        if fresh is None:
            return False
        with self._home.lock():
            kept = [
                old
                for old in self._kept()
                if (known := self._verified(old.statement)) is not None and known.staff != fresh.staff
            ]
            kept.append(KeptPass(statement=statement, login=login, name=name))
            self._home.write(self._home.duty_file, _DutyList(passes=kept))
        return True

    def drop(self, login: str) -> bool:
        """Signs somebody out; False where nobody of that login was signed in."""
        with self._home.lock():
            kept = self._kept()
            staying = [held for held in kept if held.login != login]
            if len(staying) == len(kept):
                return False
            self._home.write(self._home.duty_file, _DutyList(passes=staying))
        return True

    def people(self, at: datetime) -> list[OnDuty]:
        """Everybody whose pass is kept, those on duty at that time first, the newest first among them."""
        people = []
        for kept in self._kept():
            duty = self._verified(kept.statement)
            if duty is not None:
                people.append(
                    OnDuty(
                        pass_id=duty.id,
                        login=kept.login,
                        name=kept.name,
                        roles=duty.roles,
                        from_at=duty.from_at,
                        until_at=duty.until_at,
                        is_valid=duty.from_at <= at < duty.until_at,
                    )
                )
        return sorted(people, key=lambda person: (person.is_valid, person.from_at), reverse=True)

    def acting(self, at: datetime, login: str | None = None) -> OnDuty | None:
        """Who acts now: the one named, else the only one on duty, else whoever's pass ended last.

        None where nobody fits. A pass that has ended is given too, because recording goes on: the server holds what
        names it. `StaffNotChosenError` where several are on duty and none was named.
        """
        people = [person for person in self.people(at) if login is None or person.login == login]
        valid = [person for person in people if person.is_valid]
        if login is None and len({person.login for person in valid}) > 1:
            raise StaffNotChosenError(sorted({person.login for person in valid}))
        if valid:
            return valid[0]
        return max(people, key=lambda person: person.until_at, default=None)

    def _kept(self) -> list[KeptPass]:
        listed = self._home.read_if_whole(self._home.duty_file, _DutyList)
        return [] if listed is None else listed.passes

    def _verified(self, statement: str) -> DutyPass | None:
        try:
            duty = verify(statement, DutyPass, self._server_key)
        except StatementError:
            return None
        return duty if duty.facility == self._facility and duty.device == self._thumbprint else None
