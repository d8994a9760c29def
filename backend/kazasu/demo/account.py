"""What is left of the day: the devices' files on one side, the servers' databases on the other. Counts, judges nothing.

Reads the databases by themselves, not through the server, so that the server cannot hide what it lost.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kazasu.demo.stage import FacilityOnStage

_CANNOT_BE_ASKED = ("cannot_be_asked", "not_known_for_mobile")


@dataclass
class Account:
    """The figures; the lists name what is wrong."""

    recorded: int = 0
    accepted: int = 0
    answered: int = 0
    held: int = 0
    decided: int = 0
    lost_ids: list[str] = field(default_factory=list)
    duplicated_ids: list[str] = field(default_factory=list)
    unanswered_ids: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost_ids or self.duplicated_ids or self.unanswered_ids)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "recorded": self.recorded,
            "accepted": self.accepted,
            "answered": self.answered,
            "held": self.held,
            "decided": self.decided,
            "lost": len(self.lost_ids),
            "duplicated": len(self.duplicated_ids),
            "lost_ids": self.lost_ids,
            "duplicated_ids": self.duplicated_ids,
            "unanswered_ids": self.unanswered_ids,
        }


def take_account(facilities: list[FacilityOnStage]) -> Account:
    """The account of all facilities together."""
    account = Account()
    for facility in facilities:
        recorded = [
            str(entry["reference"])
            for device in facility.devices
            for entry in device.run("queue", "--all").printed["entries"]
            if entry["kind"] == "check"
        ]
        _add(account, recorded, facility.home / "kazasu.db")
    return account


def _add(account: Account, recorded: list[str], database: Path) -> None:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        accepted = set(_column(connection, "SELECT id FROM checks"))
        final = set(_column(connection, "SELECT \"check\" FROM inquiries WHERE state = 'answered'"))
        held = [(check, reason) for check, reason in connection.execute('SELECT "check", reason FROM holds')]
        decided = connection.execute("SELECT count(*) FROM holds WHERE state = 'decided'").fetchone()[0]
        twice = _twice(
            connection,
            "SELECT id FROM checks",
            "SELECT log || ':' || number FROM log_entries",
            "SELECT \"check\" || ':' || key FROM inquiries",
        )
    finally:
        connection.close()
    final |= {check for check, reason in held if reason in _CANNOT_BE_ASKED}
    account.recorded += len(recorded)
    account.accepted += sum(check in accepted for check in recorded)
    account.answered += sum(check in final for check in recorded)
    account.held += len({check for check, _ in held if check in recorded})
    account.decided += decided
    account.lost_ids += [check for check in recorded if check not in accepted]
    account.unanswered_ids += [check for check in recorded if check not in final]
    account.duplicated_ids += twice + [check for check, times in Counter(recorded).items() if times > 1]


def _column(connection: sqlite3.Connection, query: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(query)]


def _twice(connection: sqlite3.Connection, *queries: str) -> list[str]:
    return [key for query in queries for key, times in Counter(_column(connection, query)).items() if times > 1]
