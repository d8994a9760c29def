"""Real processes killed in a loop while they sync: the server, the devices, PostgreSQL; and what must hold afterwards.

A process that is killed forgets nothing that it gave to the operating system: power cuts are tested elsewhere, on
storage that forgets.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from harness.breaking_proxy import BreakingProxy
from harness.device_process import DeviceProcess
from harness.server import ServedFacility

from kazasu_device import Home, recorded

_LOOP = Path(__file__).with_name("device_loop.py")
_TESTS = Path(__file__).parents[2]


@dataclass
class Outcome:
    """What a run did, and everything that is wrong after it."""

    confirmed: int = 0
    on_server: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    breakages: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list, repr=False)


class KilledDevice:
    """A device whose process is started and killed; what it said that it confirmed is written down outside of it."""

    def __init__(self, folder: Path, server: ServedFacility, proxy: BreakingProxy, name: str, seed: int) -> None:
        self.process = DeviceProcess(folder / "home")
        self.confirmed: dict[tuple[str, int], str] = {}
        self.said: list[str] = []
        self._seed = seed
        self._running: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        folder.mkdir(parents=True)
        (folder / "visits").write_text("")
        code = server.cli("device-code", "--url", proxy.url).split()[-1]
        asked = self.process.run("enrol", "--code-stdin", "--name", name, typed=code + "\n")
        assert asked.code == 0, asked.stdout + asked.stderr
        server.confirm(asked.result["device"], asked.result["thumbprint"])
        confirmed = self.process.run("enrol", "--wait", "10")
        assert confirmed.code == 0, confirmed.stdout + confirmed.stderr
        self.id: str = confirmed.result["device"]
        self.process.sign_in("hanako")

    def start(self, *options: str) -> None:
        self._seed += 1
        self._running = subprocess.Popen(
            [sys.executable, str(_LOOP), str(self.process.home), str(self._seed), *options],
            env={
                **self.process.environment,
                "PYTHONPATH": os.pathsep.join([str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._running,), daemon=True)
        self._listener.start()

    def kill(self) -> None:
        if self._running is not None:
            self._running.send_signal(signal.SIGKILL)
            self.wait()

    def wait(self) -> None:
        """Until it ended and everything that it said was heard."""
        if self._running is not None and self._listener is not None:
            self._running.wait(300)
            self._listener.join(10)
            if self._running.stdout is not None:
                self._running.stdout.close()
            self._running = None

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            match line.split():
                # A line that the kill cut short was not said.
                case ["confirmed", log, number, check] if line.endswith("\n") and len(check) == 32:
                    self.confirmed[log, int(number)] = check
                case _:
                    self.said.append(line.rstrip())


class Killing:
    """One run."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        devices: int = 2,
        database: str = "",
        restart_database: Callable[[], None] | None = None,
    ) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a test's dice
        self._database = database
        self._restart_database = restart_database
        self.outcome = Outcome()
        self.server = ServedFacility(
            folder / "clinic", tls="none", settings={"KAZASU_DATABASE": database} if database else None
        )
        self.proxy = BreakingProxy(self.server.port, seed, share=0)
        self.server.start()
        self.server.add_staff("hanako")
        self.proxy.__enter__()
        self.devices = [
            KilledDevice(folder / f"device-{number}", self.server, self.proxy, f"tablet {number}", seed * 1000 + number)
            for number in range(devices)
        ]
        visits = [self._visit(device) for device in self.devices for _ in range(3)]
        for number in range(devices):
            (folder / f"device-{number}" / "visits").write_text(" ".join(visits))

    def run(self, seconds: float) -> Outcome:
        """Kills and breaks for so long, then lets everything arrive, and looks."""
        self.proxy.share = 0.5
        for device in self.devices:
            device.start()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(self._dice.uniform(0.2, 2.5))
            self._strike()
        self.proxy.share = 0
        for device in self.devices:
            device.kill()
        if not self.server.is_running:
            self.server.start()
        for device in self.devices:
            device.start("finish")
        for device in self.devices:
            device.wait()
        self.outcome.breakages.update({str(fault): count for fault, count in self.proxy.done.items()})
        self._look()
        return self.outcome

    def close(self) -> None:
        for device in self.devices:
            device.kill()
        self.proxy.__exit__(None, None, None)
        self.server.stop()

    def _strike(self) -> None:
        targets = ["device", "device", "server"] + (["database"] if self._restart_database is not None else [])
        target = self._dice.choice(targets)
        self.outcome.kills[target] += 1
        if target == "device":
            device = self._dice.choice(self.devices)
            device.kill()
            device.start()
        elif target == "server":
            self.server.kill()
            time.sleep(self._dice.uniform(0, 0.5))
            self.server.start()
        elif self._restart_database is not None:
            self._restart_database()

    def _visit(self, device: KilledDevice) -> str:
        patient = self.server.post(
            "/patients",
            {
                "name": "見本　花子",
                "name_kana": "ﾐﾎﾝ ﾊﾅｺ",
                "birth_date": "1950-01-01",
                "sex": "2",
                "insured_number": {"insurer_number": "01010016", "symbol": "1", "number": "2", "branch": "01"},
            },
        )["id"]
        booked = {"patient": patient, "at": "2026-12-01T05:00:00Z", "setting": "home_visit", "device": device.id}
        visit: str = self.server.post("/visits", booked)["id"]
        return visit

    def _look(self) -> None:
        wrong = self.outcome.wrong
        entries = self.rows("SELECT log, number, outcome, digest FROM log_entries")
        numbers = Counter((log, number) for log, number, _, _ in entries)
        checks = Counter(
            (log, number, check) for check, log, number in self.rows("SELECT id, log, entry_number FROM checks")
        )
        self.outcome.on_server = len(entries)
        wrong += [f"twice on the server: {key}" for key, count in numbers.items() if count != 1]
        wrong += [f"not read: {log} {number}" for log, number, outcome, _ in entries if outcome == "pending"]
        for device in self.devices:
            name = self.devices.index(device)
            self.outcome.confirmed += len(device.confirmed)
            if not any(line == "done" for line in device.said[-3:]):
                wrong.append(f"device {name} did not finish: {device.said[-3:]}")
            for (log, number), check in device.confirmed.items():
                if numbers[log, number] != 1:
                    wrong.append(f"confirmed and not there: {log} {number}")
                if checks[log, number, check] != 1:
                    wrong.append(f"confirmed and no check: {log} {number} {check}")
            for entry in recorded(Home(device.process.home)):
                if numbers[entry.log, entry.number] != 1:
                    wrong.append(f"recorded and not there: {entry.log} {entry.number}")
            wrong += [f"device {name} said: {line}" for line in device.said if "Traceback" in line]
        for log, last in self.rows("SELECT log, number FROM device_logs"):
            if {number for found, number in numbers if found == log} != set(range(1, last + 1)):
                wrong.append(f"numbers missing in {log}")
        twice = 'SELECT "check" FROM inquiries GROUP BY "check", key HAVING COUNT(*) > 1'
        wrong += [f"asked twice: {check}" for (check,) in self.rows(twice)]
        wrong += [f"closed: {log}" for (log,) in self.rows("SELECT log FROM device_logs WHERE is_closed")]
        wrong += [f"refused: {reason}" for (reason,) in self.rows("SELECT reason FROM refused_pushes")]
        self.server.cli("audit", "verify")

    def rows(self, query: str) -> list[Any]:
        """What the database says, asked beside the server."""
        if self._database:
            with psycopg.connect(self._database) as connection:
                return connection.execute(query.encode()).fetchall()
        file = self.server.home / "kazasu.db"
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()


def fresh_seed() -> int:
    return int(os.environ.get("KAZASU_FAULTS_SEED") or random.SystemRandom().randrange(1_000_000))
