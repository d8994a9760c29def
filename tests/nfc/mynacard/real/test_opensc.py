"""OpenSC, written by others from real cards, takes the emulator for its `jpki` card, through pcscd."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_pem_x509_certificate
from harness.pcscd import PrivatePcscd

from mynacard.emulator import test_ca, virtual_card
from mynacard.emulator.credential import authentication, signature
from mynacard.emulator.jpki_application import AID, PIN, SIGNATURE_PASSWORD

pytestmark = [pytest.mark.pcsc, pytest.mark.opensc, pytest.mark.slow]

DRIVERS = pytest.mark.parametrize("driver", [None, "jpki"], ids=["found by OpenSC", "named"])


class OpenSC:
    """OpenSC's command line tools as another program on the same reader."""

    def __init__(self, pcscd: PrivatePcscd, driver: str | None) -> None:
        self._environment = {**pcscd.environment, "OPENSC_CONF": os.devnull}
        if driver is not None:
            self._environment["OPENSC_DRIVER"] = driver

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=60, check=False)

    def output(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tries_left(self) -> list[int]:
        """Of the authentication PIN and the signature password."""
        return [
            int(tries) for tries in re.findall(r"Tries left\s*:\s*(\d+)", self.output("pkcs15-tool", "--list-pins"))
        ]


@pytest.fixture(autouse=True)
def _opensc_is_installed() -> None:
    if shutil.which("pkcs15-tool") is None or shutil.which("openssl") is None:
        pytest.skip("OpenSC and openssl are not installed")


@DRIVERS
@pytest.mark.parametrize("atr", ["b1", "b4", "contact"])
def test_opensc_takes_the_emulator_for_a_jpki_card(pcscd: PrivatePcscd, driver: str | None, atr: str) -> None:
    with pcscd.inserted(virtual_card(), atr=atr):
        assert OpenSC(pcscd, driver).output("opensc-tool", "-n") == "jpki\n"


def test_opensc_does_not_take_another_card_for_it(pcscd: PrivatePcscd) -> None:
    with pcscd.inserted(virtual_card(kind="foreign")):
        assert "jpki" not in OpenSC(pcscd, None).run("opensc-tool", "-n").stdout


@DRIVERS
@pytest.mark.parametrize("person", ["sato", "kimura"])
def test_opensc_lists_and_reads_our_certificates(pcscd: PrivatePcscd, driver: str | None, person: str) -> None:
    def read(number: str) -> Certificate:
        return load_pem_x509_certificate(opensc.output("pkcs15-tool", "--read-certificate", number).encode())

    with pcscd.inserted(virtual_card(person)):
        opensc = OpenSC(pcscd, driver)
        listed = opensc.output("pkcs15-tool", "--list-certificates")
        assert re.findall(r"X\.509 Certificate \[(.*)\]", listed) == [
            "User Authentication Certificate",
            "Digital Signature Certificate",
            "User Authentication Certificate CA",
            "Digital Signature Certificate CA",
        ]
        assert read("01") == authentication(person).certificate
        assert read("03") == test_ca.roots()[2]
        assert read("04") == test_ca.root(3, "signature")


@DRIVERS
def test_opensc_logs_in_and_signs_and_openssl_verifies(pcscd: PrivatePcscd, driver: str | None, tmp_path: Path) -> None:
    with pcscd.inserted(virtual_card()) as front:
        assert front.is_connected
        message, signed = tmp_path / "message", tmp_path / "signature"
        message.write_bytes(b"kazasu-intent-v1 exercise")
        OpenSC(pcscd, driver).output(
            *("pkcs11-tool", "--login", "--pin", "1234", "--sign", "--id", "01", "-m", "SHA256-RSA-PKCS"),
            *("--input-file", str(message), "--output-file", str(signed)),
        )
    assert openssl_verifies(authentication("sato").certificate, message, signed, tmp_path)
    octets = signed.read_bytes()
    signed.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    assert not openssl_verifies(authentication("sato").certificate, message, signed, tmp_path)


def test_opensc_signs_with_the_signature_key_and_reads_its_certificate_after_its_own_password(
    pcscd: PrivatePcscd, tmp_path: Path
) -> None:
    credential = signature("sato")
    assert credential is not None
    message, signed = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(b"exercise")
    with pcscd.inserted(virtual_card()):
        opensc = OpenSC(pcscd, "jpki")
        pem = opensc.output(
            "pkcs15-tool", "--read-certificate", "02", "--verify-pin", "--auth-id", "02", "--pin", "EXERCISE1"
        )
        opensc.output(
            *("pkcs11-tool", "--slot-index", "1", "--login", "--pin", "EXERCISE1", "--sign", "--id", "02"),
            *("-m", "SHA256-RSA-PKCS", "--input-file", str(message), "--output-file", str(signed)),
        )
    assert load_pem_x509_certificate(pem[pem.index("-----BEGIN") :].encode()) == credential.certificate
    assert openssl_verifies(credential.certificate, message, signed, tmp_path)


def test_opensc_sees_the_counter_fall_by_a_wrong_pin_and_rise_by_the_right_one(pcscd: PrivatePcscd) -> None:
    card = virtual_card()
    with pcscd.inserted(card):
        opensc = OpenSC(pcscd, "jpki")
        assert opensc.tries_left() == [3, 5]
        wrong = opensc.run("pkcs11-tool", "--login", "--pin", "9999", "--test")
        assert "CKR_PIN_INCORRECT" in wrong.stderr
        assert opensc.tries_left() == [2, 5]
        assert card.tries_left(AID, PIN) == 2
        opensc.output("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "1234")
        assert opensc.tries_left() == [3, 5]


@pytest.mark.parametrize(("blocked_sw", "code"), [(0x6983, "CKR_PIN_LOCKED"), (0x6984, "CKR_GENERAL_ERROR")])
def test_opensc_sees_the_lock_at_zero(pcscd: PrivatePcscd, blocked_sw: int, code: str) -> None:
    card = virtual_card(blocked_sw=blocked_sw)
    with pcscd.inserted(card):
        opensc = OpenSC(pcscd, "jpki")
        for _ in range(3):
            opensc.run("pkcs11-tool", "--login", "--pin", "9999", "--test")
        assert opensc.tries_left() == [0, 5]
        assert "user PIN locked" in opensc.output("pkcs11-tool", "--list-slots")
        assert code in opensc.run("pkcs11-tool", "--login", "--pin", "1234", "--test").stderr
    assert [card.tries_left(AID, PIN), card.tries_left(AID, SIGNATURE_PASSWORD)] == [0, 5]


def test_two_cards_lie_in_two_slots(pcscd: PrivatePcscd) -> None:
    def certificate_in(slot: int) -> Certificate:
        pem = OpenSC(pcscd, "jpki").output("pkcs15-tool", "--reader", str(slot), "--read-certificate", "01")
        return load_pem_x509_certificate(pem.encode())

    with pcscd.inserted(virtual_card("sato")), pcscd.inserted(virtual_card("takahashi"), "Virtual PCD 00 01"):
        assert certificate_in(0) == authentication("sato").certificate
        assert certificate_in(1) == authentication("takahashi").certificate


def openssl_verifies(certificate: Certificate, message: Path, signed: Path, folder: Path) -> bool:
    key = folder / "public.pem"
    key.write_bytes(certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(signed), str(message)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout == "Verified OK\n"


def test_sessions_of_opensc_leave_no_secret_in_the_transcript(pcscd: PrivatePcscd) -> None:
    card = virtual_card()
    with pcscd.inserted(card):
        OpenSC(pcscd, "jpki").output("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "1234")
    verifies = [exchange.command for exchange in card.transcript if exchange.command.startswith("00200080 ")]
    assert verifies == ["00200080 **********"]
    assert "31323334" not in repr(card.transcript)
