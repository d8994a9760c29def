import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from checksync import EnrolmentCode, EnrolmentCodeError, certificate_pin, new_enrolment_secret

PIN = "p" * 43


def test_a_code_is_read_as_it_was_made_even_over_two_lines() -> None:
    code = EnrolmentCode("https://clinic.example:8443/kazasu", new_enrolment_secret(), PIN)
    text = code.text()
    assert text.startswith("KZ1.")
    assert EnrolmentCode.parse(text) == code
    assert EnrolmentCode.parse(f" {text[:40]}\n {text[40:]}\n") == code


def test_the_secret_is_not_shown() -> None:
    code = EnrolmentCode("https://clinic.example", new_enrolment_secret(), PIN)
    assert code.secret not in repr(code)
    with pytest.raises(EnrolmentCodeError) as caught:
        EnrolmentCode.parse(code.text() + ".x")
    assert code.secret not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1", "http://127.9.9.9"])
def test_only_this_machine_may_go_without_a_pin(url: str) -> None:
    assert EnrolmentCode.parse(EnrolmentCode(url, "s" * 22, "-").text()).url == url


@pytest.mark.parametrize(
    ("url", "secret", "pin"),
    [
        ("http://clinic.example", "s" * 22, "-"),
        ("http://10.0.0.1", "s" * 22, "-"),
        ("https://clinic.example", "s" * 22, "-"),
        ("http://127.0.0.1", "s" * 22, PIN),
        ("https://clinic.example", "s" * 21, PIN),
        ("https://clinic.example", "s" * 22, PIN + "x"),
        ("https://", "s" * 22, PIN),
        ("file:///etc/passwd", "s" * 22, "-"),
        ("https://[::1", "s" * 22, PIN),
        ("http://localhost.example", "s" * 22, "-"),
    ],
)
def test_what_would_trust_a_stranger_is_no_code(url: str, secret: str, pin: str) -> None:
    with pytest.raises(EnrolmentCodeError):
        EnrolmentCode(url, secret, pin)
    packed = base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()
    with pytest.raises(EnrolmentCodeError):
        EnrolmentCode.parse(f"KZ1.{packed}.{secret}.{pin}")


@pytest.mark.parametrize("text", ["", "KZ1", "KZ2.aHR0cHM6Ly9h." + "s" * 22 + "." + PIN, "KZ1.!!!.x.y", "KZ1._w.x.y"])
def test_other_text_is_no_code(text: str) -> None:
    with pytest.raises(EnrolmentCodeError):
        EnrolmentCode.parse(text)


def test_the_pin_is_of_the_public_key_and_outlives_the_certificate() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clinic")])
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def certificate(until: datetime) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(until)
        return builder.sign(key, hashes.SHA256())

    pins = {certificate_pin(certificate(now + timedelta(days=days))) for days in (1, 2)}
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert pins == {base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")}
    assert EnrolmentCode("https://clinic.example", "s" * 22, pins.pop())
