"""Medical information as it is asked of the national system and as it comes back. Pure values, never stored.

Its parts are what carries a consent flag of its own in an answer (facts/oqs.md section 2). How a request and a result
look as files, and what of that is not confirmed, is `medical_file` alone. `repr` shows no content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import msgspec

from kazasu.gateway.answer import Qualification
from kazasu.gateway.port import Gateway
from kazasu.rules import ConsentKind

__all__ = [
    "PARTS",
    "MedicalEntry",
    "MedicalForm",
    "MedicalGateway",
    "MedicalPart",
    "MedicalRefusedError",
    "MedicalRequest",
    "MedicalResult",
    "MedicalSection",
    "MedicalTreatment",
    "flags_of",
    "kind_of_flag",
]


class MedicalPart(StrEnum):
    """What the national system has a flag for: `Qualification.consents` names parts by these words."""

    MEDICATION = "medication"
    TREATMENT = "treatment"
    SURGERY = "surgery"
    CHECK_UPS = "check_ups"
    DIAGNOSIS_NAMES = "diagnosis_names"
    INFECTIONS = "infections"
    ALLERGIES = "allergies"
    CONTRAINDICATIONS = "contraindications"
    TESTS = "tests"
    PRESCRIPTIONS = "prescriptions"


_P = MedicalPart
PARTS: Mapping[ConsentKind, tuple[MedicalPart, ...]] = MappingProxyType(
    {
        ConsentKind.MEDICATION: (_P.MEDICATION,),
        # Surgery has a flag of its own and comes with treatment: without the flag it is left out.
        ConsentKind.TREATMENT: (_P.TREATMENT, _P.SURGERY),
        ConsentKind.CHECK_UPS: (_P.CHECK_UPS,),
        ConsentKind.CLINICAL_DOCUMENTS: (
            _P.DIAGNOSIS_NAMES,
            _P.INFECTIONS,
            _P.ALLERGIES,
            _P.CONTRAINDICATIONS,
            _P.TESTS,
            _P.PRESCRIPTIONS,
        ),
    }
)
"""The parts that one of our kinds of consent is about; each needs the flag that is its own as well."""


def flags_of(kind: str) -> tuple[str, ...]:
    """Under which names an answer's flags carry a kind of ours: its parts, or itself where it has none."""
    return tuple(part.value for part in PARTS[ConsentKind(kind)]) if kind in PARTS else (str(kind),)


def kind_of_flag(flag: str) -> str:
    """The kind of ours that a flag is about."""
    return next((kind.value for kind, parts in PARTS.items() if flag in parts), flag)


class MedicalForm(StrEnum):
    """How the national system is to give it."""

    XML = "xml"
    PDF = "pdf"


class MedicalTreatment(StrEnum):
    """MedicalTreatmentFlag: on what road the patient is met."""

    USUAL = "1"
    HOME_VISIT = "2"
    ONLINE = "3"


class MedicalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One kind for the person of one check's answer. `since` and `until` are months (`yyyymm`), or empty."""

    reference: str
    institution_code: str
    kind: ConsentKind
    parts: tuple[MedicalPart, ...]
    """What may come back; whatever else a result holds is dropped where it is read."""
    qualification: Qualification
    treatment: MedicalTreatment
    form: MedicalForm = MedicalForm.XML
    since: str = ""
    until: str = ""

    def __repr__(self) -> str:
        return f"<MedicalRequest {self.reference} {self.kind}>"


@dataclass(frozen=True, slots=True, repr=False)
class MedicalEntry:
    """One record: names and values in their order, as they came."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class MedicalSection:
    """Everything of one part, or of a kind that has no parts."""

    part: str
    entries: tuple[MedicalEntry, ...]


@dataclass(frozen=True, slots=True, repr=False)
class MedicalResult:
    """What came: sections, or one PDF. For the view alone; no caller keeps it."""

    sections: tuple[MedicalSection, ...]
    pdf: bytes | None
    fetched_at: datetime
    simulated: bool


class MedicalRefusedError(Exception):
    """The national system gave nothing; `why` is one word of ours, never what it wrote."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@runtime_checkable
class MedicalGateway(Gateway, Protocol):
    """A way to the national system that brings medical information too; not every one does."""

    async def fetch_medical(self, request: MedicalRequest) -> MedicalResult:
        """One kind for one person; raises `GatewayUnavailableError` where nothing answered, `MedicalRefusedError` where
        the answer was no."""
        ...
