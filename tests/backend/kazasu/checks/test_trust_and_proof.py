"""Which roots are trusted, and what a card shows: invariant 10 and the judgement of certificate and signature."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from harness.door import touch

from kazasu.checks.proof import CardShown, judge_card
from kazasu.checks.trust import roots_of
from kazasu.facility import Facility, FacilityKind, FacilityMode
from kazasu.reconciliation.reason import HoldReason
from kazasu.rules import CardKind, CertificateState
from kazasu.settings import Settings
from mynacard.emulator import test_ca
from mynacard.emulator.credential import authentication

INTENT = b"kazasu-intent-v1\n{}"
DAY = date(2026, 12, 1)


def facility(mode: FacilityMode) -> Facility:
    return Facility("f", "x", mode, FacilityKind.MEDICAL_INSTITUTION, "", "e")


def own_root(name: str) -> x509.Certificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def pem(*roots: x509.Certificate) -> bytes:
    return b"".join(root.public_bytes(Encoding.PEM) for root in roots)


def fingerprint(root: x509.Certificate) -> str:
    return ":".join(f"{octet:02X}" for octet in root.fingerprint(hashes.SHA256()))


def test_an_exercise_trusts_the_test_ca_alone(tmp_path: Path) -> None:
    mine = own_root("mine")
    (tmp_path / "roots.pem").write_bytes(pem(mine))
    settings = Settings(home=tmp_path, roots="roots.pem", root_fingerprints=(fingerprint(mine),))
    assert list(roots_of(facility(FacilityMode.EXERCISE), settings)) == test_ca.roots()


def test_a_live_facility_trusts_what_was_configured_and_confirmed_and_nothing_else(tmp_path: Path) -> None:
    confirmed, unconfirmed = own_root("confirmed"), own_root("unconfirmed")
    file = tmp_path / "roots.pem"
    file.write_bytes(pem(confirmed, unconfirmed))
    live = facility(FacilityMode.LIVE)
    assert roots_of(live, Settings(home=tmp_path)) == ()
    assert roots_of(live, Settings(home=tmp_path, roots="roots.pem")) == ()
    settings = Settings(home=tmp_path, roots="roots.pem", root_fingerprints=(fingerprint(confirmed),))
    assert roots_of(live, settings) == (confirmed,)


def test_the_test_ca_is_not_trusted_by_a_live_facility_even_when_somebody_confirms_it(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(pem(*test_ca.roots()))
    prints = tuple(fingerprint(root) for root in test_ca.roots())
    settings = Settings(home=tmp_path, roots="roots.pem", root_fingerprints=prints)
    assert roots_of(facility(FacilityMode.LIVE), settings) == ()


@pytest.mark.parametrize("person", ["sato", "mori", "kimura"])
def test_the_cards_own_signature_is_valid_for_its_intent_and_for_no_other(person: str) -> None:
    signature = touch(person, "plastic", INTENT)
    shown = judge(person, signature=signature)
    assert (shown.is_signature_valid, shown.reasons) == (True, ())
    other = judge(person, signature=signature, intent=INTENT + b" ")
    assert not other.is_signature_valid
    assert [reason for reason, _ in other.reasons] == [HoldReason.CARD_SIGNATURE_NOT_VALID]


def judge(
    person: str, *, signature: bytes | None, intent: bytes = INTENT, as_of: date = DAY, **changes: object
) -> CardShown:
    arguments: dict[str, object] = {
        "kind": CardKind.PLASTIC,
        "roots": test_ca.roots(),
        "as_of": as_of,
        "intent": intent,
        "signature": signature,
        "is_pin_check": True,
    }
    return judge_card(authentication(person).der, **(arguments | changes))  # type: ignore[arg-type]


def test_a_signature_under_a_certificate_that_no_root_vouches_for_shows_nothing() -> None:
    shown = judge("sato", signature=touch("sato", "plastic", INTENT), roots=[own_root("other")])
    assert not shown.is_signature_valid
    assert [reason for reason, _ in shown.reasons] == [HoldReason.CERTIFICATE_NOT_TRUSTED]


def test_a_pin_check_without_signature_and_octets_that_are_no_certificate_are_reasons() -> None:
    assert [reason for reason, _ in judge("sato", signature=None).reasons] == [HoldReason.CARD_SIGNATURE_MISSING]
    damaged = judge_card(
        b"\x30\x03\x02\x01\x01",
        kind=CardKind.PLASTIC,
        roots=test_ca.roots(),
        as_of=DAY,
        intent=INTENT,
        signature=b"x",
        is_pin_check=True,
    )
    assert [reason for reason, _ in damaged.reasons] == [HoldReason.CERTIFICATE_DAMAGED]


# kobayashi's certificate ends on 2026-10-05; its grace on the last day of the third month after.
@pytest.mark.parametrize(
    ("as_of", "kind", "state"),
    [
        (date(2026, 7, 4), CardKind.PLASTIC, CertificateState.VALID),
        (date(2026, 7, 5), CardKind.PLASTIC, CertificateState.ALERT),
        (date(2026, 10, 5), CardKind.PLASTIC, CertificateState.ALERT),
        (date(2026, 10, 6), CardKind.PLASTIC, CertificateState.GRACE),
        (date(2027, 1, 31), CardKind.PLASTIC, CertificateState.GRACE),
        (date(2027, 2, 1), CardKind.PLASTIC, CertificateState.EXPIRED),
        (date(2026, 10, 6), CardKind.ANDROID, CertificateState.EXPIRED),
        (date(2021, 11, 1), CardKind.PLASTIC, CertificateState.NOT_YET_VALID),
    ],
)
def test_the_state_is_that_of_the_day_and_only_grace_and_better_serve(
    as_of: date, kind: CardKind, state: CertificateState
) -> None:
    shown = judge("kobayashi", signature=touch("kobayashi", "plastic", INTENT), as_of=as_of, kind=kind)
    assert shown.state is state
    held = {
        CertificateState.EXPIRED: [HoldReason.CERTIFICATE_EXPIRED],
        CertificateState.NOT_YET_VALID: [HoldReason.CERTIFICATE_NOT_YET_VALID],
    }
    assert [reason for reason, _ in shown.reasons] == held.get(state, [])
