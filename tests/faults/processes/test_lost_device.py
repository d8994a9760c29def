"""A lost device tells nothing: after a full day online its process is killed, and every byte that it left is searched.

Searched are the device's folder with SQLite's journals, the folders for temporary files and for the user's state, and,
where strace can be had, that no other file was written. Swap and core dumps cannot be read back here: it is looked at
that the process leaves none. Not searched: the memory of the running process.
"""

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.network.place import enrolled
from faults.processes.lost_device_day import FIELDS
from harness.breaking_proxy import Breakage, BreakingProxy
from harness.device_process import DeviceProcess
from harness.server import PASSWORD, ServedFacility

from kazasu.gateway.simulator.registry import REGISTRY
from kazasu_device import Home, recorded
from mynacard import Certificate
from mynacard.emulator import PEOPLE
from mynacard.emulator.credential import authentication

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_DAY = Path(__file__).with_name("lost_device_day.py")
_TESTS = Path(__file__).parents[2]
_STRACE = shutil.which("strace")


def facts() -> Iterator[tuple[str, bytes]]:
    """Everything that must be found nowhere."""
    yield "an intent", b"kazasu-intent-v1"
    yield "who typed the PIN", b"daughter"
    for name, value in FIELDS.items():
        yield f"document's {name}", str(value).encode()
    for person in (PEOPLE["sato"], PEOPLE["suzuki"], PEOPLE["kimura"]):
        der = authentication(person.short_name).der
        certificate = Certificate.parse(der)
        texts = {
            "name": person.name,
            "family name": person.name.replace("　", " ").split(" ")[0],
            "kana": REGISTRY[person.short_name].current[0].name_kana,
            "insured number": REGISTRY[person.short_name].current[0].number,
            "address": person.address,
            "birth date": person.birth_date.isoformat(),
            "birth digits": f"{person.birth_date:%Y%m%d}",
            "number B": person.number_b,
            "individual number": person.individual_number,
        }
        for what, text in texts.items():
            yield f"{person.short_name} {what}", text.encode()
            yield f"{person.short_name} {what} in UTF-16", text.encode("utf-16-le")
            if not text.isascii():
                yield f"{person.short_name} {what} in Windows' Japanese", text.encode("cp932")
                yield f"{person.short_name} {what} escaped", text.encode("unicode_escape")
        yield f"{person.short_name} certificate's head", der[:80]
        yield f"{person.short_name} certificate's middle", der[400:440]
        yield f"{person.short_name} certificate's end", der[-64:]
        yield f"{person.short_name} certificate's digest", certificate.sha256
        yield f"{person.short_name} certificate's digest in hex", certificate.sha256.hex().encode()
        yield f"{person.short_name} serial", certificate.serial.to_bytes(4)
        yield f"{person.short_name} serial in hex", f"{certificate.serial:x}".encode()


def in_base64(octets: bytes) -> list[bytes]:
    """As they would stand inside any longer base64: once for each of the three places where they can begin."""
    found = []
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + octets)
        # What hangs together with octets before or behind is cut off.
        found.append(text[-(-shift * 8 // 6) : -4 if (shift + len(octets)) % 3 else None])
    return [part for part in found if len(part) >= 8]


def found_in(folder: Path, secrets: list[tuple[str, bytes]]) -> list[str]:
    contents = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    wanted = [(what, form) for what, octets in secrets for form in (octets, *in_base64(octets)) if len(form) >= 4]
    return [f"{what} in {name}" for name, content in contents.items() for what, form in wanted if form in content]


class LostDevice:
    """A device whose process writes only below one folder."""

    def __init__(self, folder: Path, server: ServedFacility) -> None:
        self.folder = folder
        self.device = DeviceProcess(folder / "device")
        for name in ("user", "tmp"):
            (folder / name).mkdir(parents=True)
        self.device.environment |= {
            "HOME": str(folder / "user"),
            "XDG_STATE_HOME": str(folder / "user" / "state"),
            "XDG_CACHE_HOME": str(folder / "user" / "cache"),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.enrolled = self.device.enrol_at(server)
        self.trace = folder.parent / "trace"
        self.status: dict[str, str] = {}

    def live_a_day(self) -> bytes:
        """Until it is killed; gives the day key, which was in its memory."""
        python = [sys.executable, str(_DAY), str(self.device.home), "hanako"]
        calls = "trace=open,openat,creat,rename,renameat,renameat2,link,linkat,memfd_create"
        traced = [_STRACE, "-f", "-qq", "-e", calls, "-o", str(self.trace), *python]
        search = os.pathsep.join([str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(
            [part for part in (traced if _STRACE else python) if part is not None],
            env={**self.device.environment, "PYTHONPATH": search},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{PASSWORD}\n")
            process.stdin.flush()
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("ready "):
                    self.status = self._of_the_process(process.pid)
                    return bytes.fromhex(line.split()[1])
            raise AssertionError("".join(lines))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _of_the_process(self, pid: int) -> dict[str, str]:
        """What the kernel says of the process itself, which is a child of its tracer where there is one."""
        if _STRACE is not None:
            pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return dict(line.split(":", 1) for line in lines)

    def written_elsewhere(self) -> list[str]:
        """Files that the process opened to write, or made, outside of its folder."""
        pattern = re.compile(r'"([^"]+)".*?(O_WRONLY|O_RDWR|O_CREAT)|(?:rename|link|creat)\w*\(.*"([^"]+)"')
        found = set()
        lines = self.trace.read_text("utf-8", "replace").splitlines()
        assert any("received.db" in line and "O_RDWR" in line for line in lines), "nothing was traced"
        for line in lines:
            match = pattern.search(line)
            path = match and (match.group(1) or match.group(3))
            if path and " = -1 " not in line and not path.startswith((str(self.folder), "/dev/", "/proc/self/")):
                found.add(path)
            if "memfd_create" in line:
                found.add(line)
        return sorted(found)


def _kilobytes(text: str) -> int:
    return int(text.split()[0])


def add_patient(server: ServedFacility, person: str, device: str) -> None:
    insured = REGISTRY[person]
    qualification = insured.current[0]
    patient = server.post(
        "/patients",
        {
            "name": qualification.name,
            "name_kana": qualification.name_kana,
            "birth_date": insured.birth_date.isoformat(),
            "sex": qualification.sex,
            "insured_number": {
                "insurer_number": qualification.insurer_number.strip(),
                "symbol": qualification.symbol,
                "number": qualification.number,
                "branch": qualification.branch,
            },
        },
    )
    at = "2026-12-01T05:00:00Z"
    server.post("/visits", {"patient": patient["id"], "at": at, "setting": "home_visit", "device": device})


def test_after_a_full_day_online_no_byte_that_a_killed_device_left_tells_of_a_patient(tmp_path: Path) -> None:
    with ServedFacility(tmp_path / "clinic", tls="none") as server:
        server.add_staff("hanako")
        lost = LostDevice(tmp_path / "lost", server)
        for person in ("sato", "suzuki"):
            add_patient(server, person, lost.enrolled["device"])
        day_key = lost.live_a_day()
        # What it had sent is here, and stays; what it had not is known by count.
        assert len(server.get("/checks")["items"]) >= 3
    names = {file.name for file in lost.device.home.rglob("*") if file.is_file()}
    assert {"outbox.db", "outbox.db-wal", "received.db", "received.db-wal"} <= names
    assert (lost.device.home / "received.db-wal").stat().st_size > 0
    # Nothing was swapped, and nothing could have been: what is resident is locked.
    assert lost.status["VmSwap"].split() == ["0", "kB"]
    if os.geteuid() == 0:
        assert _kilobytes(lost.status["VmLck"]) >= _kilobytes(lost.status["VmRSS"])
    secrets = [*facts(), ("the day key", day_key), ("the day key in hex", day_key.hex().encode())]
    assert found_in(lost.folder, secrets) == []
    if _STRACE is not None:
        assert lost.written_elsewhere() == []
    # It was no empty device: entries are there, some not sent, and nobody can open them on it.
    entries = recorded(Home(lost.device.home))
    assert len([entry for entry in entries if entry.kind == "check"]) == 4
    assert any(entry.outcome is None for entry in entries)
    assert found_in(lost.folder, secrets) == []


def test_the_search_finds_what_is_there_in_every_form(tmp_path: Path) -> None:
    sato = PEOPLE["sato"]
    name = sato.name.encode()
    forms = {
        "plain": b"\0" * 50 + name,
        "base64-0": base64.b64encode(name),
        "base64-1": base64.b64encode(b"x" + name + b"yz"),
        "base64-2": base64.b64encode(b"xy" + name + b"y"),
        "utf-16": sato.name.encode("utf-16-le"),
        "cp932": sato.name.encode("cp932"),
        "certificate": b"{" + base64.b64encode(authentication("sato").der) + b"}",
    }
    for file, content in forms.items():
        (tmp_path / file).write_bytes(content)
    found = found_in(tmp_path, list(facts()))
    assert {line.rpartition(" in ")[2] for line in found} == set(forms)


def test_a_lost_device_is_out_at_once_and_what_it_had_not_sent_is_known_by_count(tmp_path: Path) -> None:
    with ServedFacility(tmp_path / "clinic", tls="none") as server, BreakingProxy(server.port, 0, share=0) as proxy:
        place = enrolled(server, proxy.url, tmp_path / "home")
        device = place.home.settings().device
        with place.session() as session:
            place.record(session, 130)
            proxy.plan("/sync/logs/", Breakage.NONE, Breakage.REQUEST_LOST)
            assert session.exchange.round().report.acknowledged == 100
            server.revoke(device)
            # The token in its memory is worth nothing from that moment; it records on and says why it waits.
            done = session.exchange.round()
            assert done.report.acknowledged == 0
            assert [failure.name for failure in done.report.failures] in (["device-revoked"], ["no-token"])
            place.record(session)
            assert session.device.outbox.state().waiting == 31
        queue = server.get(f"/devices/{device}/queue")
        assert (queue["state"], queue["standing"], queue["still_out"]) == ("revoked", "revoked_still_out", 30)
        assert "device-revoked" in {failure["name"] for failure in queue["failures"]}
        assert len(place.stored()) == 100
