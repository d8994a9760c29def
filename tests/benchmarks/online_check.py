"""One online check from touch to answer, split into card, device, push and inquiry.

    python tests/benchmarks/online_check.py [--checks 30] [--json]

A served exercise facility over TLS on loopback (SQLite, synchronous=FULL), one enrolled device, a virtual card in the
device's process, the simulator without delay. Each check is a visit by PIN; people and settings change, since the same
card again within a quarter of an hour would be a repeat, which nobody asks about.

    card      label, counter, PIN, signature and certificate on the virtual card, and the signature verified; a real
              card adds its wire time (`card_wire.py`: about 226 ms at 106 kbit/s) and its own computing
    device    the intent before the touch, sealing, chaining, signing and storing the entry, until it may be confirmed
    push      the request, verification, storing and reading at the server, commit, acknowledgement verified
    inquiry   from the acknowledgement until the answer is read from the feed (polled each 10 ms here)

Prints the median and the range of each part in milliseconds, and each part's share of the whole.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.server import PASSWORD, ServedFacility

from checksync.check import Card, CheckBody
from checksync.intent import Holder, Setting, VisitSubject
from kazasu.gateway.simulator import REGISTRY
from kazasu_device.answer import Fate
from kazasu_device.enrolment import enrol, parse_code, wait_for_confirmation
from kazasu_device.home import Home
from kazasu_device.link import Link
from kazasu_device.password import Password
from kazasu_device.session import Session
from mynacard import CardSession, JpkiPin
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card

PEOPLE_CHECKED = ("sato", "takahashi", "ito", "suzuki", "garcia")
SETTINGS: tuple[Setting, ...] = (
    "home_visit",
    "house_call",
    "online",
    "drive_through",
    "fever_clinic",
    "counter_fallback",
)
LONGEST_WAIT_S = 30.0
PARTS = ("card", "device", "push", "inquiry")


def measure(checks: int) -> dict[str, list[float]]:
    """Seconds of each part, one figure a check."""
    found: dict[str, list[float]] = {part: [] for part in (*PARTS, "whole")}
    with tempfile.TemporaryDirectory() as folder, ServedFacility(Path(folder) / "server") as server:
        server.add_staff("nurse")
        home = Home(Path(folder) / "device")
        device_id = _enrolled(server, home)
        patients = {person: _on_roster(server, person) for person in PEOPLE_CHECKED}
        with Session(home) as session:
            session.sign_in("nurse", Password(PASSWORD))
            duty = session.device.duty.acting(session.device.now(), "nurse")
            assert duty is not None
            for setting, person in islice(product(SETTINGS, PEOPLE_CHECKED), checks):
                booked = {"patient": patients[person], "at": datetime.now(UTC).isoformat(), "setting": setting}
                visit = server.post("/visits", {**booked, "device": device_id})["id"]
                for part, seconds in _check(session, person, setting, visit, duty.pass_id).items():
                    found[part].append(seconds)
    return found


def _enrolled(server: ServedFacility, home: Home) -> str:
    enrol(home, parse_code(server.device_code()), "benchmark")
    settings = home.settings()
    server.confirm(settings.device, settings.thumbprint)
    with Link(home) as link:
        wait_for_confirmation(link.token, 10)
        link.refresh_policy()
    return settings.device


def _on_roster(server: ServedFacility, person: str) -> str:
    on_file = REGISTRY[person].current[0]
    number = {"insurer_number": on_file.insurer_number.strip()}
    number |= {part: getattr(on_file, part) for part in ("symbol", "number", "branch")}
    patient = {"name": on_file.name, "name_kana": on_file.name_kana, "insured_number": number}
    return str(server.post("/patients", {**patient, "birth_date": REGISTRY[person].birth_date.isoformat()})["id"])


def _check(session: Session, person: str, setting: Setting, visit: str, duty_pass: str) -> dict[str, float]:
    outbox = session.device.outbox
    reader = VirtualReader(virtual_card(person))
    start = time.perf_counter()
    intent = outbox.begin_check(
        check_type="home_consent",
        setting=setting,
        identity_method="pin",
        pin_typed_by=Holder(),
        subject=VisitSubject(id=visit),
        consents=[],
        duty_pass=duty_pass,
        device_time=session.device.now(),
        anchor=session.device.anchors.seen(),
    )
    before_touch = time.perf_counter()
    with CardSession(reader.connect()) as card:
        proof = card.prove(intent.octets, JpkiPin(PEOPLE[person].jpki_pin))
        touched = time.perf_counter()
    given = proof.certificate
    body = CheckBody(
        check=intent.fields.check,
        intent=intent.octets,
        card=Card(
            kind=proof.kind.value,
            certificate_sha256=given.sha256.hex(),
            certificate=given.der,
            signature=proof.signature,
            attributes=None,
        ),
        attestation=None,
    )
    closed = time.perf_counter()
    confirmed = session.device.record(body)
    recorded = time.perf_counter()
    fate = Fate()
    done = session.exchange.round()
    pushed = time.perf_counter()
    assert done.report.acknowledged >= 1, done.report
    fate.take(done.news, intent.fields.check)
    while fate.answer is None:
        assert not fate.holds, fate.holds
        assert time.perf_counter() - pushed < LONGEST_WAIT_S, "no answer came"
        time.sleep(0.01)
        news, _ = session.exchange.read_feed()
        fate.take(news, intent.fields.check)
    answered = time.perf_counter()
    assert confirmed.number == outbox.state().number
    return {
        "card": touched - before_touch,
        "device": (before_touch - start) + (recorded - closed),
        "push": pushed - recorded,
        "inquiry": answered - pushed,
        "whole": answered - start,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=30, choices=range(1, 31), metavar="1..30")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.checks)
    whole = statistics.median(found["whole"])
    rows = {
        part: {
            "median_ms": round(statistics.median(figures) * 1000, 1),
            "least_ms": round(min(figures) * 1000, 1),
            "most_ms": round(max(figures) * 1000, 1),
            "share": round(statistics.median(figures) / whole, 2),
        }
        for part, figures in found.items()
    }
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'part':10}{'median ms':>12}{'range ms':>18}{'share':>8}   ({options.checks} checks)")
    for part, row in rows.items():
        spread = f"{row['least_ms']} to {row['most_ms']}"
        print(f"{part:10}{row['median_ms']:>12}{spread:>18}{row['share']:>8}")


if __name__ == "__main__":
    main()
