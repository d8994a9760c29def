"""Two exercise facilities with their servers, devices and cards, all made anew in one folder."""

import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kazasu.demo.office import Office
from kazasu.demo.process import Ended, Kept, run, start
from kazasu.rules.insured_number import luhn_check_digit
from mynacard.emulator.vpcd import NOTICED_AFTER_S
from mynacard.emulator.vpcd_slot import SLOTS


@dataclass(frozen=True)
class Place:
    """What a facility of the exercise is called and what it is."""

    key: str
    name: str
    kind: str
    code_body: str
    """Nine digits of the institution code, 99 first: a prefecture that does not exist."""

    @property
    def institution_code(self) -> str:
        return self.code_body + luhn_check_digit(self.code_body)


class Table(Protocol):
    """Where cards are held: makes a reader's name that has the card on it for a while."""

    @contextmanager
    def card(self, person: str, kind: str = "plastic", *, slot: int = 0) -> Iterator[str]: ...


class RadioTable:
    """Cards on nfcpy's UDP driver: ISO-DEP Type B, no reader and no system package needed."""

    @contextmanager
    def card(self, person: str, kind: str = "plastic", *, slot: int = 0) -> Iterator[str]:
        address = f"127.0.0.1:{_free_udp_port()}"
        with Kept("mynacard", "emulate", "--person", person, "--kind", kind, "--udp", address, ready="ready"):
            yield f"udp:{address}"


class PcscTable:
    """Cards in vpcd's two slots, read through pcscd."""

    @contextmanager
    def card(self, person: str, kind: str = "plastic", *, slot: int = 0) -> Iterator[str]:
        address = f"127.0.0.1:{SLOTS[slot].port}"
        with Kept("mynacard", "emulate", "--person", person, "--kind", kind, "--vpcd", address, ready="ready"):
            yield SLOTS[slot].reader
        # pcscd polls: a card that is followed at once by the next is never seen to leave, and the next gets no power.
        time.sleep(NOTICED_AFTER_S)


class Device:
    """One device of a facility: its folder, and its command line."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.name = name
        self.id = ""

    def run(self, command: str, *arguments: str, typed: str = "", expect: tuple[int, ...] = (0,)) -> Ended:
        """`kazasu device COMMAND … --json`."""
        return run("kazasu", "device", "--home", self.home, command, *arguments, "--json", typed=typed, expect=expect)

    def begin(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """The same, running while something else goes on."""
        return start("kazasu", "device", "--home", self.home, command, *arguments, "--json")


class FacilityOnStage:
    """One facility: set up, its server started and stopped, its office signed in, its devices enrolled."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.home = folder / place.key
        self._folder = folder
        self._password = secrets.token_urlsafe(18)
        self._port = _free_tcp_port()
        self._server: Kept | None = None
        self._office: Office | None = None
        self.devices: list[Device] = []
        self.url = ""

    def set_up(self) -> None:
        """`kazasu init`, with a CA and a certificate of its own."""
        options = {
            "--home": self.home,
            "--mode": "exercise",
            "--name": self.place.name,
            "--kind": self.place.kind,
            "--institution-code": self.place.institution_code,
            "--login": "admin",
            "--administrator": "訓練 管理者",
            "--recovery-file": self._folder / f"{self.place.key}-recovery.json",
            "--port": str(self._port),
        }
        arguments = [str(part) for option in options.items() for part in option]
        run("kazasu", "init", *arguments, "--password-stdin", "--json", typed=self._password + "\n")

    def open(self) -> None:
        """Starts the server, with the simulator in place of the national system."""
        self._server = Kept(
            "kazasu",
            "serve",
            "--home",
            self.home,
            ready="kazasu: ready at",
            environment={"KAZASU_GATEWAY": "simulator"},
        )
        self.url = str(json.loads((self.home / "run" / "server.json").read_text("utf-8"))["url"])

    def close(self) -> None:
        """Stops the server; devices then find nobody."""
        if self._office is not None:
            self._office.close()
            self._office = None
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def office(self) -> Office:
        """The back office, signed in at the running server."""
        if self._office is None:
            authority = (self.home / "keys" / "authority.crt").read_text("ascii")
            self._office = Office(self.url, certificate_authority=authority, login="admin", password=self._password)
        return self._office

    def add_device(self, name: str, login: str, person: str, role: str) -> Device:
        """Enrols a device, compares its thumbprint, confirms it, and signs a person on duty on it."""
        device = Device(self._folder / f"{self.place.key}-{len(self.devices) + 1}", name)
        code = self.office.enrolment_code()
        asked: dict[str, Any] = device.run("enrol", "--code-stdin", "--name", name, typed=code + "\n").printed
        self.office.confirm(asked["device"], asked["thumbprint"])
        device.run("enrol", "--wait", "10")
        device.id = asked["device"]
        password = secrets.token_urlsafe(18)
        self.office.add_staff(login, person, password, [role])
        device.run("sign-in", "--login", login, "--password-stdin", typed=password + "\n")
        self.devices.append(device)
        return device


def _free_tcp_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        # nfcpy's driver listens on every address, whatever it is told.
        listener.bind(("", 0))
        return int(listener.getsockname()[1])
