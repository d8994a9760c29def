"""`mynacard` as people and scripts run it: processes of their own, through pcscd and through nfcpy."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate
from harness.card_process import card_over_udp
from harness.pcscd import FIRST_SLOT, PrivatePcscd

from mynacard.emulator import PEOPLE, VirtualCard, virtual_card
from mynacard.emulator.credential import authentication
from mynacard.emulator.jpki_application import AID, PIN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

MYNACARD = (sys.executable, "-m", "mynacard.cli")
SATO = PEOPLE["sato"]


class Client:
    """Runs `mynacard` against one reader."""

    def __init__(self, reader: str, environment: dict[str, str] | None = None) -> None:
        self.reader = reader
        self.environment = environment

    def run(self, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*MYNACARD, *arguments, "--reader", self.reader],
            input=typed,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def json(self, *arguments: str, typed: str = "") -> dict[str, Any]:
        done = self.run(*arguments, "--json", typed=typed)
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def error(self, *arguments: str, typed: str = "") -> dict[str, Any]:
        done = self.run(*arguments, "--json", typed=typed)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found


@pytest.fixture(params=[pytest.param("pcsc", marks=pytest.mark.pcsc), "udp"])
def sato(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client at a reader on which sato's card lies: by PC/SC, or by nfcpy."""
    if request.param == "udp":
        with card_over_udp() as reader:
            yield Client(reader)
        return
    pcscd: PrivatePcscd = request.getfixturevalue("pcscd")
    with pcscd.inserted(virtual_card()):
        yield Client(FIRST_SLOT, pcscd.environment)


def is_signed(proof: dict[str, Any], message: bytes) -> bool:
    key = load_pem_x509_certificate(proof["certificate"]["pem"].encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(proof["signature"]), message, padding.PKCS1v15(), hashes.SHA256())
    return True


def test_info_needs_no_pin(sato: Client) -> None:
    info = sato.json("info")
    assert (info["card"], info["tries_left"]) == ("plastic", 3)
    assert info["certificate"]["serial"] == f"{authentication('sato').certificate.serial_number:08x}"


def test_certificate_is_ours(sato: Client) -> None:
    done = sato.run("certificate")
    assert load_pem_x509_certificate(done.stdout.encode()) == authentication("sato").certificate


def test_prove_signs_within_six_commands(sato: Client, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"kazasu-intent-v1 exercise")
    proof = sato.json("prove", "--message", str(message), "--pin-stdin", typed=f"{SATO.jpki_pin}\n")
    assert is_signed(proof, message.read_bytes())
    assert proof["card"] == "plastic"
    assert proof["apdus"] <= 6
    assert proof["apdus_closing"] >= 1


@pytest.mark.parametrize(("option", "secret"), [("--number-b-stdin", SATO.number_b), ("--pin-stdin", SATO.text_pin)])
def test_attributes_by_either_secret(sato: Client, option: str, secret: str) -> None:
    found = sato.json("attributes", option, typed=f"{secret}\n")
    assert found["name"] == SATO.name
    assert found["address"] == SATO.address
    assert found["birth_date"] == "1980-01-12"


def test_wrong_pins_count_down_and_the_last_try_is_kept(sato: Client, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"x")
    wrong = ("prove", "--message", str(message), "--pin-stdin")
    for tries_left in (2, 1):
        error = sato.error(*wrong, typed="9999\n")
        assert (error["error"], error["secret"], error["tries_left"]) == ("pin_wrong", "jpki_pin", tries_left)
        assert "9999" not in json.dumps(error)
    refused = sato.error(*wrong, typed="9999\n")
    assert (refused["error"], refused["secret"], refused["tries_left"]) == ("last_try_refused", "jpki_pin", 1)
    assert sato.json("info")["tries_left"] == 1
    assert sato.json(*wrong, "--allow-last-try", typed=f"{SATO.jpki_pin}\n")["card"] == "plastic"
    assert sato.json("info")["tries_left"] == 3


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--kind", "resident"), "not_my_number_card"),
        (("--kind", "foreign"), "not_my_number_card"),
        (("--damaged-certificate", "length"), "damaged_data"),
        (("--damaged-certificate", "truncated"), "damaged_data"),
    ],
)
def test_other_and_damaged_cards_are_refused_by_name(options: tuple[str, ...], error: str) -> None:
    with card_over_udp(*options) as reader:
        assert Client(reader).error("info")["error"] == error


def test_pinless_card_is_blocked_and_gives_its_attributes(tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"x")
    with card_over_udp("--kind", "pinless") as reader:
        client = Client(reader)
        assert client.json("info")["tries_left"] == 0
        prove = client.error("prove", "--message", str(message), "--pin-stdin", typed="1234\n")
        assert (prove["error"], prove["secret"]) == ("pin_blocked", "jpki_pin")
        assert client.json("attributes", "--number-b-stdin", typed=f"{SATO.number_b}\n")["name"] == SATO.name


@pytest.mark.parametrize("kind", ["android", "iphone"])
def test_phone_shows_its_certificate_after_the_pin_only(kind: str, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"x")
    with card_over_udp("--kind", kind) as reader:
        client = Client(reader)
        info = client.json("info")
        assert (info["card"], info["certificate"]) == (kind, None)
        proof = client.json("prove", "--message", str(message), "--pin-stdin", typed="1234\n")
        assert proof["card"] == kind
        assert is_signed(proof, b"x")


@pytest.mark.parametrize(
    "options",
    [
        ("--refuse-extended-length",),
        ("--refuse-short-efid",),
        ("--end-of-file", "6B00"),
        ("--end-of-file", "6282"),
        ("--first-select-6f00",),
        ("--answer-61xx", "--answer-6cxx", "--refuse-extended-length"),
        ("--frame-size", "16"),
        ("--delay-s", "0.7"),
        ("--person", "kimura", "--refuse-extended-length", "--refuse-short-efid", "--interface", "b4"),
        ("--query-9000-when-verified",),
    ],
    ids=" ".join,
)
def test_odd_cards_prove_all_the_same(options: tuple[str, ...], tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"x")
    person = PEOPLE["kimura" if "kimura" in options else "sato"]
    with card_over_udp(*options) as reader:
        proof = Client(reader).json("prove", "--message", str(message), "--pin-stdin", typed=f"{person.jpki_pin}\n")
        assert is_signed(proof, b"x")


@pytest.mark.parametrize("person", ["yamamoto", "watanabe", "garcia", "ito"])
def test_attributes_of_odd_people_come_whole(person: str) -> None:
    who = PEOPLE[person]
    western = ["--western-year"] if who.is_birth_date_printed_western else []
    with card_over_udp("--person", person, "--bytes-before-profile", "2") as reader:
        found = Client(reader).json("attributes", "--number-b-stdin", *western, typed=f"{who.number_b}\n")
        assert (found["name"], found["address"]) == (who.name, who.address)
        assert found["birth_date"] == who.birth_date.isoformat()


@pytest.mark.pcsc
def test_readers_are_listed_with_their_state(pcscd: PrivatePcscd) -> None:
    def states() -> dict[str, str]:
        command = [*MYNACARD, "readers", "--json"]
        done = subprocess.run(command, env=pcscd.environment, capture_output=True, text=True, check=True)
        return {reader["name"]: reader["state"] for reader in json.loads(done.stdout)["readers"]}

    with pcscd.inserted(virtual_card()):
        assert states() == {FIRST_SLOT: "card", "Virtual PCD 00 01": "no_card"}
    pcscd.stop()
    assert states() == {}


@pytest.mark.pcsc
def test_no_service_no_reader_and_no_card_are_told_apart(pcscd: PrivatePcscd) -> None:
    here = Client(FIRST_SLOT, pcscd.environment)
    assert here.error("info")["error"] == "no_card"
    assert Client("Nowhere", pcscd.environment).error("info")["error"] == "no_reader"
    pcscd.stop()
    assert here.error("info")["error"] == "no_service"


@pytest.mark.pcsc
def test_waiting_for_a_card_takes_the_one_that_comes(pcscd: PrivatePcscd) -> None:
    command = [*MYNACARD, "info", "--json", "--reader", FIRST_SLOT, "--wait", "30"]
    waiting = subprocess.Popen(command, env=pcscd.environment, stdout=subprocess.PIPE, text=True)
    with pcscd.inserted(virtual_card("takahashi")):
        output, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    serial = json.loads(output)["certificate"]["serial"]
    assert int(serial, 16) == authentication("takahashi").certificate.serial_number


@pytest.mark.pcsc
@pytest.mark.parametrize("after", range(6))
def test_card_removed_after_any_command_is_told_and_no_try_is_lost(
    pcscd: PrivatePcscd, tmp_path: Path, after: int
) -> None:
    message = tmp_path / "message"
    message.write_bytes(b"x")
    card: VirtualCard = virtual_card(disappear_after=after)
    with pcscd.inserted(card, back_after_s=None):
        client = Client(FIRST_SLOT, pcscd.environment)
        error = client.error("prove", "--message", str(message), "--pin-stdin", typed="1234\n")
    assert error["error"] == "card_removed"
    assert "1234" not in json.dumps(error)
    assert card.tries_left(AID, PIN) == 3


@pytest.mark.pcsc
def test_emulate_as_a_process_lies_in_vpcds_slot(pcscd: PrivatePcscd) -> None:
    command = [*MYNACARD, "emulate", "--person", "mori", "--remove-after", "30"]
    emulate = pcscd.popen(command, stderr=subprocess.PIPE)
    try:
        assert emulate.stderr is not None
        assert emulate.stderr.readline().startswith("ready: mori plastic vpcd:")
        info = Client(FIRST_SLOT, pcscd.environment).json("info", "--wait", "10")
        assert int(info["certificate"]["serial"], 16) == authentication("mori").certificate.serial_number
    finally:
        emulate.terminate()
        emulate.communicate(timeout=10)
    assert emulate.returncode == 0


def test_emulate_puts_the_card_on_late_and_takes_it_off_again() -> None:
    command = [*MYNACARD, "emulate", "--udp", "127.0.0.1:0", "--insert-after", "0.1", "--remove-after", "4"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        empty = process.stderr.readline()
        assert empty.endswith(", no card yet\n")
        client = Client(next(word for word in empty.split() if word.startswith("udp:")).rstrip(","))
        assert process.stderr.readline().startswith("ready: sato plastic udp:")
        assert client.json("info")["card"] == "plastic"
        assert process.stderr.readline() == "removed\n"
        assert client.error("info")["error"] == "no_card"
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0
