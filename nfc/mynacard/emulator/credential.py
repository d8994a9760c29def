"""What one person's card signs with: key and certificate for a use and a carrier. Must never import a transport."""

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from . import exercise_key, test_ca
from .people import PEOPLE
from .person import CertificateUse, Person, Sex, era_year

# otherName arcs of the signature certificate's personal data; the authentication certificate has none of it.
_SAN_ARC: Final = "1.2.392.200149.8.5.5."
_SAN_SEX: Final[dict[Sex, str]] = {"1": "1", "2": "2", "9": "3", "0": "3"}


@dataclass(frozen=True)
class Credential:
    """A key on the card and the certificate that names its public half."""

    key: exercise_key.ExerciseKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate's bytes as they stand in its EF."""
        return self.certificate.public_bytes(Encoding.DER)


def serial_of(person: Person, carrier: str) -> int:
    """Four bytes, first bit clear, stable for ever: no list of serials has to be kept."""
    digest = hashlib.sha256(f"exercise serial {person.short_name} {carrier}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF | 0x01000000


@cache
def authentication(short_name: str, *, on_phone: bool = False) -> Credential:
    """The user-authentication credential; a phone's is another key and certificate than the plastic card's."""
    person = PEOPLE[short_name]
    carrier = "phone" if on_phone else "authentication"
    key = exercise_key.load(f"{short_name}-{carrier}")
    certificate = test_ca.issue(
        key.public_key(),
        common_name=_opaque_name(person, carrier),
        serial=serial_of(person, carrier),
        not_before=person.certificate_from,
        not_after=person.certificate_until,
        generation=person.generation,
        length=None if on_phone else person.certificate_length,
    )
    return Credential(key, certificate)


@cache
def signature(short_name: str) -> Credential | None:
    """The signature credential, full of personal data: it is there to be refused. None where none was issued."""
    person = PEOPLE[short_name]
    if person.signature_password is None:
        return None
    key = exercise_key.load(f"{short_name}-signature")
    certificate = test_ca.issue(
        key.public_key(),
        common_name=_opaque_name(person, "signature"),
        serial=serial_of(person, "signature"),
        not_before=person.certificate_from,
        not_after=person.certificate_until,
        use="signature",
        locality=person.municipality_code,
        alternative_names=_personal_data(person),
    )
    return Credential(key, certificate)


def _opaque_name(person: Person, carrier: CertificateUse | str) -> str:
    digest = hashlib.sha256(f"exercise name {person.short_name} {carrier}".encode()).hexdigest()
    use: CertificateUse = "signature" if carrier == "signature" else "authentication"
    return f"EXERCISE{digest[:14].upper()}{20 if use == 'signature' else 30}A"


def _personal_data(person: Person) -> tuple[x509.OtherName, ...]:
    era = {"M": "1", "T": "2", "S": "3", "H": "4", "R": "5"}[era_year(person.birth_date)[0]]
    values = {
        "1": person.name,
        "3": _SAN_SEX[person.sex],
        "4": f"{'0' if person.is_birth_date_printed_western else era}{person.birth_date:%Y%m%d}",
        "5": person.address,
    }
    return tuple(
        x509.OtherName(x509.ObjectIdentifier(_SAN_ARC + arc), _utf8_string(value)) for arc, value in values.items()
    )


def _utf8_string(text: str) -> bytes:
    value = text.encode()
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    return b"\x0c" + length + value
