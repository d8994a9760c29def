"""The test CA: as the real one where it matters, and never to be taken for it."""

import hashlib
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from mynacard.emulator import PEOPLE, Person, exercise_key, test_ca
from mynacard.emulator.credential import authentication, signature

# Cards are the same in every process and every release: a device that knows one still knows it tomorrow.
FINGERPRINT_OF_THE_CAST = "13b82ffbceddbde9fb6f8ecb3c7899ce111c426e63d23adfb7738356bf05fa22"


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def test_three_generations_have_one_name_and_three_keys() -> None:
    roots = test_ca.roots()
    identifiers = {root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest for root in roots}
    assert len({root.subject.public_bytes() for root in roots}) == 1
    assert len(identifiers) == 3
    assert [root.serial_number for root in roots] == [0x01, 0x0133C349, 0x06D18006]
    assert [root.not_valid_after_utc.date() for root in roots] == [
        date(2025, 10, 19),
        date(2029, 9, 14),
        date(2033, 7, 15),
    ]


def test_every_name_says_that_it_is_an_exercise() -> None:
    everyone = [*test_ca.roots(), *(authentication(name).certificate for name in PEOPLE)]
    for certificate in everyone:
        assert "JPKI-TEST" in certificate.issuer.rfc4514_string()
        assert "EXERCISE" in certificate.issuer.rfc4514_string()
        assert "EXERCISE" in certificate.subject.rfc4514_string()
        assert "O=JPKI," not in certificate.issuer.rfc4514_string() + ","


@pytest.mark.parametrize("person", PEOPLE.values(), ids=lambda person: person.short_name)
def test_certificate_is_issued_by_its_generation_alone_and_ends_with_the_day_in_japan(person: Person) -> None:
    certificate = authentication(person.short_name).certificate
    for generation, root in enumerate(test_ca.roots(), start=1):
        if generation == person.generation:
            certificate.verify_directly_issued_by(root)
        else:
            with pytest.raises(InvalidSignature):
                certificate.verify_directly_issued_by(root)
    until = person.certificate_until
    assert certificate.not_valid_after_utc == datetime(until.year, until.month, until.day, 14, 59, 59, tzinfo=UTC)
    assert len(certificate.serial_number.to_bytes(8, "big").lstrip(b"\x00")) == 4
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.content_commitment


def test_authentication_certificate_tells_nothing_about_the_person() -> None:
    for name, person in PEOPLE.items():
        raw = authentication(name).der
        for personal in (person.name, person.address, f"{person.birth_date:%Y%m%d}", person.individual_number):
            assert personal.encode() not in raw


def test_signature_certificate_tells_all_and_says_so_by_its_key_usage() -> None:
    credential = signature("sato")
    assert credential is not None
    usage = credential.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment
    assert PEOPLE["sato"].name.encode() in credential.der
    assert b"319800112" in credential.der


def test_children_have_no_signature_certificate() -> None:
    assert signature("ito") is None
    assert signature("suzuki_yui") is None


def test_one_certificate_has_exactly_1600_bytes() -> None:
    assert len(authentication("kimura").der) == 1600


def test_one_card_is_of_the_next_generation() -> None:
    key = authentication("mori").certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp384r1"


def test_serials_and_keys_are_all_different() -> None:
    credentials = [authentication(name, on_phone=phone) for name in PEOPLE for phone in (False, True)]
    credentials += [credential for name in PEOPLE if (credential := signature(name))]
    assert len({credential.certificate.serial_number for credential in credentials}) == len(credentials)
    assert len({der_of_key(credential.certificate) for credential in credentials}) == len(credentials)


def der_of_key(certificate: x509.Certificate) -> bytes:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def fingerprint_of_the_cast() -> str:
    digest = hashlib.sha256()
    for root in test_ca.roots():
        digest.update(der(root))
    for name in PEOPLE:
        digest.update(authentication(name).der + authentication(name, on_phone=True).der)
    return digest.hexdigest()


def test_certificates_are_the_same_as_ever() -> None:
    assert fingerprint_of_the_cast() == FINGERPRINT_OF_THE_CAST


@pytest.mark.slow
def test_certificates_are_the_same_in_another_process() -> None:
    script = "from mynacard.emulator.credential import authentication; print(authentication('mori').der.hex())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == authentication("mori").der.hex()


def test_issue_makes_a_certificate_for_any_key() -> None:
    certificate = test_ca.issue(
        exercise_key.load_rsa("sato-phone").public_key(),
        common_name="EXERCISE1",
        serial=0x11223344,
        not_before=date(2026, 1, 1),
        not_after=date(2026, 6, 30),
        generation=2,
    )
    certificate.verify_directly_issued_by(test_ca.roots()[1])
    assert isinstance(certificate.public_key(), rsa.RSAPublicKey)


def test_a_length_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(ValueError, match="100"):
        test_ca.issue(
            exercise_key.load_rsa("sato-phone").public_key(),
            common_name="EXERCISE1",
            serial=1,
            not_before=date(2026, 1, 1),
            not_after=date(2026, 6, 30),
            length=100,
        )
