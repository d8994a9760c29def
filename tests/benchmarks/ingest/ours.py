"""Kazasu as `kazasu serve` serves it, over plain HTTP on loopback: every seal, chain, head, certificate and card
signature verified, the check made, its inquiry with it, everything audited and committed before the answer."""

import base64
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from benchmarks.ingest.clinic import Clinic, SealedLog, Writer, make_clinic, seal_log
from benchmarks.ingest.sending import Load, Sent, send_all
from benchmarks.ingest.system import BATCH
from harness.server import ServedFacility

import checksync as cs


class Ours:
    """`cards` are known to the server ("known"), or each check brings a certificate that it never saw ("new")."""

    def __init__(
        self, folder: Path, *, rounds: int, batches: int, writers: int, known: bool = True, gateway: str = "none"
    ) -> None:
        self.name = f"ours, {'known cards' if known else 'first touch'}" + (", asking" if gateway != "none" else "")
        self._known = known
        self._server = ServedFacility(folder, tls="none", gateway=gateway)
        cards = batches * BATCH
        # A patient is checked once a day, so that no check is joined with another: every round and writer has its own.
        self._clinic: Clinic = make_clinic(
            self._server, writers=rounds * writers, cards=cards * rounds * writers, known=known
        )
        self._unused = list(self._clinic.writers)
        self._cards = cards
        self._logs: list[SealedLog] = []
        self._made = 0
        self.entry_octets = 0

    def start(self) -> None:
        self._server.start()

    def prepare(self, batches: int, writers: int) -> None:
        self._logs = []
        for _ in range(writers):
            first = self._made * self._cards
            self._made += 1
            log = seal_log(
                self._clinic, self._unused.pop(), batches * BATCH, with_certificate=not self._known,
                cards=range(first, first + self._cards), at=datetime.now(UTC),
            )  # fmt: skip
            self._logs.append(log)
            self.entry_octets = log.entry_octets

    def measure(self) -> list[Sent]:
        loads = [
            Load(
                self._server.port,
                f"/sync/logs/{log.log}/entries",
                log.bodies,
                {"Authorization": f"Bearer {token(self._server, self._clinic, log.writer)}"},
            )
            for log in self._logs
        ]
        return send_all(loads, _acknowledged)

    def missing(self, sent: Sequence[Sent]) -> int:
        """Entries up to the number last acknowledged, and checks that an outcome named; each must be there once."""
        checks = [check for one in sent for answer in one.acknowledged for check in answer["checks"]]
        lost = 0
        with sqlite3.connect(self._server.home / "kazasu.db") as database:
            for log in self._logs:
                number = max(
                    answer["number"] for one in sent for answer in one.acknowledged if answer["log"] == log.log
                )
                [count] = database.execute(
                    "SELECT COUNT(DISTINCT number) FROM log_entries WHERE log = ? AND number <= ?", (log.log, number)
                ).fetchone()
                lost += number - count
            stored = {row[0] for row in database.execute("SELECT id FROM checks")}
            [doubled] = database.execute(
                'SELECT COUNT(*) FROM (SELECT 1 FROM inquiries GROUP BY "check" HAVING COUNT(*) > 1)'
            ).fetchone()
        lost += len(set(checks) - stored) + (len(checks) - len(set(checks))) + int(doubled)
        return lost

    def processes(self) -> list[int]:
        record = json.loads((self._server.home / "run" / "server.json").read_text("utf-8"))
        return [int(record["pid"])]

    def stop(self) -> None:
        self._server.stop()


def token(server: ServedFacility, clinic: Clinic, writer: Writer) -> str:
    """As a device gets it: a nonce, signed."""
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=30) as client:
        nonce = client.post("/device/nonce").json()["nonce"]
        assertion = cs.sign(cs.Assertion(nonce=nonce, facility=clinic.facility), writer.key)
        answer = client.post("/device/token", json={"device": writer.id, "assertion": assertion})
        answer.raise_for_status()
        found: str = answer.json()["token"]
        return found


def _acknowledged(_: bytes, answer: bytes) -> dict[str, object]:
    read = cs.decode_push_answer(answer)
    # The load tool need not verify the signature; the number is what is promised.
    payload = read.acknowledgement.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {
        "log": claims["log"],
        "number": claims["number"],
        "checks": [outcome.check for outcome in read.outcomes if outcome.check is not None],
    }
