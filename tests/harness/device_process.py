"""A device as processes: each command is `kazasu device …` with a home of its own."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.server import PASSWORD, ServedFacility, program


@dataclass
class Done:
    """One command that ended."""

    code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)

    @property
    def result(self) -> dict[str, Any]:
        """The one object on standard output."""
        [line] = self.stdout.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


class DeviceProcess:
    """One device's home; commands run one after the other, or at once where a test starts them so."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KAZASU_")},
            "KAZASU_DEVICE_HOME": str(home),
        }

    def command(self, *arguments: str) -> list[str]:
        return [program("kazasu"), "device", *arguments]

    def run(self, *arguments: str, typed: str = "", as_json: bool = True) -> Done:
        done = subprocess.run(
            self.command(*arguments, *(["--json"] if as_json else [])),
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, typed: str = "") -> subprocess.Popen[str]:
        """A command that runs beside others."""
        process = subprocess.Popen(
            self.command(*arguments, "--json"),
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(typed)
        process.stdin.flush()
        return process

    def enrol_at(self, server: ServedFacility, name: str = "tablet 1") -> dict[str, Any]:
        """Enrolled and confirmed."""
        asked = self.run("enrol", "--code-stdin", "--name", name, typed=server.device_code() + "\n")
        assert asked.code == 0, asked.stdout + asked.stderr
        server.confirm(asked.result["device"], asked.result["thumbprint"])
        confirmed = self.run("enrol", "--wait", "10")
        assert confirmed.code == 0, confirmed.stdout + confirmed.stderr
        return confirmed.result

    def sign_in(self, login: str, password: str = PASSWORD) -> dict[str, Any]:
        done = self.run("sign-in", "--login", login, "--password-stdin", typed=f"{password}\n")
        assert done.code == 0, done.stdout + done.stderr
        return done.result
