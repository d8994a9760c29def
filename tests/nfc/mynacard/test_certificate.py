"""The certificate on each side of its days, under each root, and the certificates that are not taken."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mynacard import CardKind, CardSession, Certificate, CertificateState, ChainError, DamagedDataError, ReaderMemory
from mynacard.certificate import JST
from mynacard.emulator import PEOPLE, VirtualReader, test_ca, virtual_card
from mynacard.emulator.credential import authentication
from mynacard.emulator.credential import signature as signature_credential

KEY = ec.generate_private_key(ec.SECP256R1())


def made(
    last_day: date = date(2025, 3, 15),
    first_day: date = date(2020, 3, 1),
    *,
    usage: dict[str, bool] | None = None,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = KEY,
    issuer_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = KEY,
    has_key_identifier: bool = False,
) -> bytes:
    """A certificate to the last second of a day in Japan."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "EXERCISE")])
    flags = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x7B6B3490)
        .not_valid_before(datetime.combine(first_day, datetime.min.time(), JST).astimezone(UTC))
        .not_valid_after(datetime(last_day.year, last_day.month, last_day.day, 23, 59, 59, tzinfo=JST).astimezone(UTC))
        .add_extension(x509.KeyUsage(**{**flags, **(usage or {"digital_signature": True})}), critical=True)
    )
    if has_key_identifier:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


VALID, ALERT, GRACE, EXPIRED = (
    CertificateState.VALID,
    CertificateState.ALERT,
    CertificateState.GRACE,
    CertificateState.EXPIRED,
)
NOT_YET = CertificateState.NOT_YET_VALID


@pytest.mark.parametrize(
    ("last_day", "as_of", "state"),
    [
        # Expiry 2025-03-15: alert from 2024-12-15, grace to 2025-06-30.
        (date(2025, 3, 15), date(2020, 2, 29), NOT_YET),
        (date(2025, 3, 15), date(2020, 3, 1), VALID),
        (date(2025, 3, 15), date(2024, 12, 14), VALID),
        (date(2025, 3, 15), date(2024, 12, 15), ALERT),
        (date(2025, 3, 15), date(2025, 3, 15), ALERT),
        (date(2025, 3, 15), date(2025, 3, 16), GRACE),
        (date(2025, 3, 15), date(2025, 6, 30), GRACE),
        (date(2025, 3, 15), date(2025, 7, 1), EXPIRED),
        # Three months before has no such day: its last one.
        (date(2025, 5, 31), date(2025, 2, 27), VALID),
        (date(2025, 5, 31), date(2025, 2, 28), ALERT),
        (date(2024, 5, 31), date(2024, 2, 28), VALID),
        (date(2024, 5, 31), date(2024, 2, 29), ALERT),
        (date(2025, 5, 30), date(2025, 2, 28), ALERT),
        (date(2025, 5, 28), date(2025, 2, 28), ALERT),
        (date(2025, 5, 28), date(2025, 2, 27), VALID),
        # Over the turn of the year, both ways.
        (date(2026, 1, 31), date(2025, 10, 30), VALID),
        (date(2026, 1, 31), date(2025, 10, 31), ALERT),
        (date(2025, 10, 1), date(2025, 12, 31), GRACE),
        (date(2025, 11, 30), date(2026, 2, 28), GRACE),
        (date(2025, 11, 30), date(2026, 3, 1), EXPIRED),
        (date(2025, 12, 31), date(2026, 3, 31), GRACE),
        (date(2025, 12, 31), date(2026, 4, 1), EXPIRED),
        # The grace exists from 2024-12-02 on.
        (date(2024, 11, 20), date(2024, 11, 21), EXPIRED),
        (date(2024, 11, 20), date(2024, 12, 1), EXPIRED),
        (date(2024, 11, 20), date(2024, 12, 2), GRACE),
        (date(2024, 11, 20), date(2025, 2, 28), GRACE),
        (date(2024, 11, 20), date(2025, 3, 1), EXPIRED),
        (date(2024, 9, 10), date(2024, 12, 2), GRACE),
        (date(2024, 8, 31), date(2024, 12, 2), EXPIRED),
    ],
)
def test_the_state_changes_on_the_day_it_should(last_day: date, as_of: date, state: CertificateState) -> None:
    certificate = Certificate.parse(made(last_day))
    assert certificate.state(as_of, CardKind.PLASTIC) is state


@pytest.mark.parametrize("kind", [CardKind.ANDROID, CardKind.IPHONE])
@pytest.mark.parametrize(
    ("as_of", "state"), [(date(2025, 3, 15), ALERT), (date(2025, 3, 16), EXPIRED), (date(2025, 6, 30), EXPIRED)]
)
def test_a_phones_certificate_has_no_grace(kind: CardKind, as_of: date, state: CertificateState) -> None:
    assert Certificate.parse(made()).state(as_of, kind) is state


def test_days_are_days_in_japan() -> None:
    certificate = Certificate.parse(made(date(2025, 3, 15), date(2020, 3, 1)))
    assert certificate.not_after == datetime(2025, 3, 15, 14, 59, 59, tzinfo=UTC)
    assert certificate.not_before.date() == date(2020, 2, 29)
    assert certificate.last_day == date(2025, 3, 15)
    assert certificate.state(date(2020, 2, 29), CardKind.PLASTIC) is NOT_YET


@pytest.mark.parametrize(
    ("person", "state"),
    [("sato", VALID), ("yoshida", ALERT), ("kobayashi", GRACE), ("nakamura", EXPIRED)],
)
def test_the_exercise_people_are_what_their_notes_say(person: str, state: CertificateState) -> None:
    from mynacard.emulator import EXERCISE_DATE

    with CardSession(VirtualReader(virtual_card(person)).connect(), memory=ReaderMemory()) as session:
        assert session.certificate().state(EXERCISE_DATE, CardKind.PLASTIC) is state


def of_card(person: str) -> Certificate:
    with CardSession(VirtualReader(virtual_card(person)).connect(), memory=ReaderMemory()) as session:
        return session.certificate()


@pytest.mark.parametrize("person", ["sato", "yoshida", "nakamura", "mori"])
@pytest.mark.parametrize("is_reversed", [True, False])
def test_the_root_is_found_among_generations_of_one_name(person: str, is_reversed: bool) -> None:
    roots = test_ca.roots()
    assert len({root.subject for root in roots}) == 1
    expected = test_ca.root(PEOPLE[person].generation)
    certificate = of_card(person)
    assert certificate.chain(list(reversed(roots)) if is_reversed else roots) == expected
    others = [root for root in roots if root != expected]
    with pytest.raises(ChainError) as raised:
        certificate.chain(others)
    assert raised.value.reason == "no_issuer"


def root_of(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    *,
    first_day: date = date(2015, 1, 1),
    last_day: date = date(2030, 1, 1),
    is_ca: bool | None = True,
    may_sign: bool = True,
    name: str = "another name",
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC))
        .not_valid_after(datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC))
        .add_extension(x509.KeyUsage(not may_sign, False, False, False, False, may_sign, may_sign, False, False), True)
    )
    if is_ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256())


def test_a_root_is_found_by_trying_where_no_key_identifier_helps_and_no_name_fits() -> None:
    certificate = Certificate.parse(made())
    root = root_of(KEY)
    assert certificate.chain([root_of(ec.generate_private_key(ec.SECP256R1())), root]) == root


def test_a_wrong_key_identifier_does_not_hide_the_root_that_signed() -> None:
    certificate = Certificate.parse(made(has_key_identifier=True))
    root = root_of(KEY)
    assert certificate.chain([root]) == root


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        (root_of(KEY, is_ca=False), "root_not_ca"),
        (root_of(KEY, is_ca=None), "root_not_ca"),
        (root_of(KEY, may_sign=False), "root_not_ca"),
        (root_of(KEY, first_day=date(2021, 1, 1)), "root_not_valid"),
        (root_of(KEY, last_day=date(2020, 1, 1)), "root_not_valid"),
    ],
    ids=["not a CA", "no constraints", "may not sign", "not yet valid at issue", "expired at issue"],
)
def test_a_root_that_may_not_vouch_does_not(root: x509.Certificate, reason: str) -> None:
    with pytest.raises(ChainError) as raised:
        Certificate.parse(made()).chain([root])
    assert raised.value.data() == {"reason": reason}


def test_a_root_that_ended_meanwhile_is_told_if_the_caller_asks() -> None:
    certificate = Certificate.parse(made())
    root = root_of(KEY, last_day=date(2022, 1, 1))
    assert certificate.chain([root]) == root
    with pytest.raises(ChainError):
        certificate.chain([root], datetime(2022, 1, 1, tzinfo=UTC) + timedelta(seconds=1))


def test_no_roots_vouch_for_nothing() -> None:
    with pytest.raises(ChainError):
        Certificate.parse(made()).chain([])


def test_a_tampered_certificate_has_no_issuer() -> None:
    der = bytearray(of_card("sato").der)
    der[-1] ^= 1
    with pytest.raises(ChainError):
        Certificate.parse(bytes(der)).chain(test_ca.roots())


@pytest.mark.parametrize(
    "usage",
    [
        {"digital_signature": True, "content_commitment": True},
        {"content_commitment": True},
        {"key_cert_sign": True},
        {"digital_signature": True, "key_cert_sign": True},
        {"key_encipherment": True},
    ],
)
def test_a_certificate_for_another_use_is_not_taken(usage: dict[str, bool]) -> None:
    with pytest.raises(DamagedDataError) as raised:
        Certificate.parse(made(usage=usage))
    assert raised.value.problem == "not_user_authentication"


def test_a_signature_certificate_is_not_taken_and_not_shown() -> None:
    import traceback

    found = signature_credential("sato")
    assert found is not None
    der = found.certificate.public_bytes(Encoding.DER)
    with pytest.raises(DamagedDataError) as raised:
        Certificate.parse(der)
    stack = traceback.TracebackException.from_exception(raised.value, capture_locals=True).stack
    ours = [frame for frame in stack if "/tests/" not in frame.filename]
    shown = "".join(text for frame in ours for text in (frame.locals or {}).values())
    assert repr(der)[2:60] not in shown


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"x" * 100])
def test_nonsense_is_no_certificate(der: bytes) -> None:
    with pytest.raises(DamagedDataError) as raised:
        Certificate.parse(der)
    assert raised.value.problem == "not_a_certificate"


def test_a_key_of_a_kind_that_no_card_has_is_damage_when_it_is_to_be_used() -> None:
    certificate = Certificate.parse(made(key=ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(DamagedDataError):
        _ = certificate.scheme


@pytest.mark.parametrize(("bits", "longest"), [(2048, 256), (3072, 384), (4096, 512)])
def test_the_length_of_an_rsa_signature_follows_the_key(bits: int, longest: int) -> None:
    certificate = Certificate.parse(made(key=rsa.generate_private_key(65537, bits)))
    assert (certificate.scheme.name, certificate.scheme.longest_signature) == ("rsa_pkcs1_sha256", longest)


@pytest.mark.parametrize(
    ("curve", "name", "hash_name"),
    [(ec.SECP256R1(), "ecdsa_secp256r1", "sha256"), (ec.SECP384R1(), "ecdsa_secp384r1", "sha384")],
)
def test_the_hash_follows_the_curve(curve: ec.EllipticCurve, name: str, hash_name: str) -> None:
    scheme = Certificate.parse(made(key=ec.generate_private_key(curve))).scheme
    assert (scheme.name, scheme.hash_name) == (name, hash_name)


def spoiled(der: bytes, wanted: str, other: str) -> bytes:
    octets = bytes.fromhex(wanted)
    assert octets in der
    return der.replace(octets, bytes.fromhex(other))


def test_a_version_that_does_not_exist_is_damage() -> None:
    with pytest.raises(DamagedDataError) as raised:
        Certificate.parse(spoiled(made(), "a003020102", "a00302014d"))
    assert raised.value.problem == "not_a_certificate"


def test_a_certificate_signed_by_an_algorithm_that_nobody_knows_has_no_issuer() -> None:
    # sha256WithRSAEncryption with its first arc changed; found by fuzzing.
    der = spoiled(authentication("sato").der, "2a864886f70d01010b", "2b864886f70d01010b")
    with pytest.raises(ChainError):
        Certificate.parse(der).chain(test_ca.roots())
