"""What the device's queue costs: confirming, resuming, keeping, and starting a command.

    python tests/benchmarks/device_queue.py [--entries 10000] [--kept 100000] [--confirmed 300] [--parts …]

confirm   checks of known cards recorded one by one, each sealed, chained, signed and on the disk before the next
          (SQLite, full synchronisation), against the bare bound: one row of the same size in one durable transaction
resume    a device with so many queued checks sends all of them: time of the device's process alone and of the whole,
          over a real socket to a server in this process that judges each push as the real one does and keeps nothing
          durably (`ingest/run.py` measures the real one); against the bare bound of sending the same bodies
memory    how much a process grows when it opens an outbox with so many entries queued, tells its state and makes the
          first push; against a process that opens an empty one
command   processor time of `kazasu device status` and of recording without sending, against a process that imports
          the libraries that no device can do without and opens its files

Each pair is measured in turn within one run: quote the ratios, and say the machine's load.
"""

import argparse
import http.client
import http.server
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.device import Tablet, direct_server
from harness.outbox_device import AT, FACILITY, Device, begin

import checksync as cs
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, DirectTransport
from checksync.http_transport import HttpTransport
from checksync.outbox import Batch, Outbox
from checksync.push import encode_push
from checksync.transport import DeviceToken


def check_body(intent: cs.Intent) -> cs.CheckBody:
    card = cs.Card(
        kind="plastic", certificate_sha256="ab" * 32, certificate=None, signature=bytes(256), attributes=None
    )
    return cs.CheckBody(check=intent.fields.check, intent=intent.octets, card=card, attestation=None)


def fill(outbox: Outbox, count: int) -> None:
    """Quickly: without the disk's promise after each, which is not what is measured then."""
    outbox._database.connection.execute("PRAGMA synchronous = OFF")
    for _ in range(count):
        outbox.append(cs.TroubleBody(visit="b1", duty_pass="aa", category="r", response="r", full_charge=False,
                                     note="x" * 1000), AT)  # fmt: skip
    outbox._database.connection.execute("PRAGMA synchronous = FULL")


def confirm(folder: Path, count: int) -> dict[str, float]:
    """Seconds of each, in turn with the bound's."""
    device = Device(folder)
    bound = sqlite3.connect(folder / "bound.db", isolation_level=None)
    bound.execute("PRAGMA journal_mode = wal")
    bound.execute("PRAGMA synchronous = FULL")
    bound.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, sealed BLOB)")
    ours, theirs = [], []
    with device.outbox() as outbox:
        for _ in range(count):
            began = time.perf_counter()
            outbox.append(check_body(begin(outbox)), AT)
            middle = time.perf_counter()
            bound.execute("INSERT INTO entry (sealed) VALUES (?)", (os.urandom(1536),))
            theirs.append(time.perf_counter() - middle)
            ours.append(middle - began)
        octets = statistics.mean(len(row[0]) for row in outbox._database.connection.execute("SELECT sealed FROM entry"))
    bound.close()
    return {
        "entry_octets": octets,
        "per_s": count / sum(ours),
        "median_ms": statistics.median(ours) * 1000,
        "bound_median_ms": statistics.median(theirs) * 1000,
        "to_bound": statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True)),
    }


@contextmanager
def judging(server: DirectServer, device: cs.EnrolledDevice) -> Iterator[int]:
    """A server on a socket; `/bound` takes bodies and does nothing with them."""
    inner = DirectTransport(server, device)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = b"{}" if self.path == "/bound" else inner.post_entries(self.path.split("/")[3], body).body
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield listener.server_port
    finally:
        listener.shutdown()
        listener.server_close()


def resume(folder: Path, count: int) -> dict[str, float]:
    device = Device(folder)
    server = DirectServer(device.server_key, FACILITY, lambda: datetime.now(UTC))
    with device.outbox() as outbox:
        fill(outbox, count)
    enrolled = cs.EnrolledDevice(FACILITY, device.key.verifying_key)
    with judging(server, enrolled) as port:
        with (
            device.outbox() as outbox,
            HttpTransport(f"http://127.0.0.1:{port}", lambda _: DeviceToken("t", "e1" * 16)) as transport,
        ):
            client = SyncClient(outbox, transport, device.server_key.verifying_key, now=lambda: datetime.now(UTC))
            began, thread = time.perf_counter(), time.thread_time()
            report = client.push()
            whole, own = time.perf_counter() - began, time.thread_time() - thread
            assert report.is_complete
            assert report.acknowledged == count
        bodies = _bodies(device, count)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        began = time.perf_counter()
        for body in bodies:
            connection.request("POST", "/bound", body)
            connection.getresponse().read()
        bound = time.perf_counter() - began
        connection.close()
    return {"entries": count, "whole_s": whole, "device_cpu_s": own, "bound_s": bound, "to_bound": whole / bound}


def _bodies(device: Device, count: int) -> list[bytes]:
    with device.outbox() as outbox:
        outbox.enter_life("e9" * 16)
        found = [item for item in outbox.everything_out() if isinstance(item, Batch)]
        assert sum(len(batch.push.sealed) for batch in found) == count
        return [encode_push(batch.push) for batch in found]


_MEMORY = """
import sys
from pathlib import Path
from harness.outbox_device import FACILITY
import checksync as cs
from checksync.push import encode_push
folder = Path(sys.argv[1])
key = cs.SigningKey.load(folder / "key.pem")
sealing = cs.SealingPublicKey((folder / "sealing").read_bytes())
with cs.Outbox(folder / "outbox.db", facility=FACILITY, signing_key=key, sealing_key=sealing) as outbox:
    state = outbox.state()
    batch = outbox.pending()
    octets = len(encode_push(batch.push))
# Not getrusage: its highest mark outlives exec, and is the parent's.
[highest] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(state.waiting, octets, highest)
"""


def memory(folder: Path, count: int) -> dict[str, float]:
    found = {}
    for name, entries in (("empty", 1), ("full", count)):
        inner = folder / name
        inner.mkdir()
        device = Device(inner)
        device.key.save(inner / "key.pem")
        (inner / "sealing").write_bytes(device.sealing_key.octets)
        with device.outbox() as outbox:
            fill(outbox, entries)
        ran = subprocess.run(
            [sys.executable, "-c", _MEMORY, str(inner)], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip
        waiting, _, kilobytes = (int(part) for part in ran.stdout.split())
        assert waiting == entries
        found[name] = kilobytes / 1024
    return {
        "entries": count,
        "mib": found["full"],
        "empty_mib": found["empty"],
        "grown_mib": found["full"] - found["empty"],
    }


_BARE = """
import sys, json, sqlite3, click, msgspec, joserfc.jws, joserfc.jwk
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pathlib import Path
home = Path(sys.argv[1])
load_pem_private_key((home / "device-key.pem").read_bytes(), None)
sqlite3.connect(home / "outbox.db").execute("SELECT count(*) FROM entry").fetchone()
"""


def command(folder: Path, rounds: int) -> dict[str, float]:
    tablet = Tablet(folder / "home")
    direct_server(tablet)
    tablet.open().close()
    program = [sys.executable, "-c", "from kazasu.cli import main; main()", "device"]
    commands = {
        "bare": [sys.executable, "-c", _BARE, str(tablet.path)],
        "status": [*program, "status", "--json"],
        "record": [*program, "substitute", "--visit", "ab" * 16, "--document", "insurance_card", "--reason", "card",
                   "--no-sync", "--json"],
    }  # fmt: skip
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                arguments, input=b"{}", capture_output=True, check=True,
                env={**os.environ, "KAZASU_DEVICE_HOME": str(tablet.path)},
            )  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    medians = {f"{name}_s": statistics.median(found) for name, found in spent.items()}
    return {**medians, **{f"{name}_to_bare": medians[f"{name}_s"] / medians["bare_s"] for name in ("status", "record")}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--kept", type=int, default=100_000)
    parser.add_argument("--confirmed", type=int, default=300)
    parser.add_argument("--parts", default="confirm,command,resume,memory")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        found["load"] = os.getloadavg()
        measured = {
            "confirm": (confirm, options.confirmed),
            "command": (command, 7),
            "resume": (resume, options.entries),
            "memory": (memory, options.kept),
        }
        for part in options.parts.split(","):
            (Path(name) / part).mkdir()
            measure, count = measured[part]
            found[part] = measure(Path(name) / part, count)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for part, figures in found.items():
        shown = figures if isinstance(figures, tuple) else [f"{key} {value:,.2f}" for key, value in figures.items()]
        print(part, *shown, sep="\n    ")


if __name__ == "__main__":
    main()
