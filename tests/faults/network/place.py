"""A served facility and a device whose road a test may break, and what must be true of them after each."""

import sqlite3
import time
from pathlib import Path

from harness.device_process import DeviceProcess
from harness.server import ServedFacility

from checksync.body import TroubleBody
from checksync.deadline import Line
from checksync.http_transport import HttpTransport
from checksync.outbox import Confirmed
from checksync.transport import TokenSource, Transport
from checksync.trust import pinned_context
from kazasu_device.device import Device
from kazasu_device.exchange import Exchanged
from kazasu_device.home import Home
from kazasu_device.session import Session

_LAST_S = 60.0


class Place:
    """A served facility and one enrolled device, whose road a test may break."""

    def __init__(self, server: ServedFacility, home: Path) -> None:
        self.server = server
        self.home = Home(home)
        self.confirmed: list[Confirmed] = []

    def session(self, *, line: Line | None = None) -> Session:
        """A run of the device; `line` sets how long an exchange may last."""

        def transport(device: Device, token: TokenSource) -> Transport:
            root = device.home.root_file
            context = pinned_context(root.read_bytes()) if root.exists() else None
            return HttpTransport(device.settings.server_url, token, context=context, line=line)

        return Session(self.home, transport)

    def record(self, session: Session, count: int = 1, note: str = "") -> list[Confirmed]:
        new = [
            session.device.record(
                TroubleBody(
                    visit="ab" * 16, duty_pass="00", category="line", response="waited", full_charge=False, note=note
                )
            )
            for _ in range(count)
        ]
        self.confirmed += new
        return new

    def stored(self) -> list[tuple[str, int, str]]:
        file = self.server.home / "kazasu.db"
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            return database.execute("SELECT log, number, outcome FROM log_entries ORDER BY log, number").fetchall()

    def arrives(self, session: Session) -> Exchanged:
        """Rounds without the pauses that a person would see, until nothing waits; then everything is there once."""
        ends = time.monotonic() + _LAST_S
        while not (done := session.exchange.round()).report.is_complete:
            assert time.monotonic() < ends, done.report
            time.sleep(0.05)
        self.is_right(session)
        return done

    def is_right(self, session: Session) -> None:
        stored = [(log, number) for log, number, _ in self.stored()]
        assert len(stored) == len(set(stored))
        assert {(done.log, done.number) for done in self.confirmed} <= set(stored)
        self.claims_nothing_false(session)

    def claims_nothing_false(self, session: Session) -> None:
        stored = {(log, number) for log, number, _ in self.stored()}
        claimed = {(row.log, row.number) for row in session.device.outbox.recorded() if row.is_acknowledged}
        assert claimed <= stored


def enrolled(server: ServedFacility, url: str, home: Path) -> Place:
    device = DeviceProcess(home)
    code = server.cli("device-code", "--url", url).split()[-1]
    asked = device.run("enrol", "--code-stdin", "--name", "tablet", typed=code + "\n")
    assert asked.code == 0, asked.stdout + asked.stderr
    server.confirm(asked.result["device"], asked.result["thumbprint"])
    assert device.run("enrol", "--wait", "10").code == 0
    return Place(server, home)
