"""What the routes of medical information take and give."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kazasu.checks.models import ConsentRow
from kazasu.gateway import MedicalForm, MedicalSection
from kazasu.medical.guard import Closed, Opened
from kazasu.medical.looking import Look, told
from kazasu.rules import ConsentKind, Setting

__all__ = [
    "AskedLook",
    "ConsentPage",
    "DeviceKinds",
    "DeviceLook",
    "LookView",
    "MedicalKinds",
    "Withdrawal",
    "Withdrawn",
    "consent_view",
    "kinds_view",
    "look_view",
]

EXERCISE = "訓練 / EXERCISE"
Month = Annotated[str, Meta(pattern="^([0-9]{4}(0[1-9]|1[0-2]))?$", description="yyyymm, or empty")]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{1,64}$")]
Proof = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Because = Annotated[str, Meta(pattern="^(patient_said|recorded_by_mistake)$")]


class AskedLook(msgspec.Struct, frozen=True, kw_only=True):
    """Which kind is to be shown; `since` and `until` limit medication and treatment to months, both included."""

    kind: ConsentKind
    form: MedicalForm = MedicalForm.XML
    since: Month = ""
    until: Month = ""


class DeviceKinds(msgspec.Struct, frozen=True, kw_only=True):
    """A device asks what is open: docs/protocol/sync-v1.md section 5. One of `check` and `visit` is given."""

    check: Id | None = None
    visit: Id | None = None
    duty_pass: Id
    nonce: Annotated[str, Meta(max_length=200)]
    proof: Proof


class DeviceLook(DeviceKinds, frozen=True, kw_only=True):
    """A device asks for one kind."""

    kind: ConsentKind
    form: MedicalForm = MedicalForm.XML
    since: Month = ""
    until: Month = ""


class ReasonView(msgspec.Struct, frozen=True):
    """Why a kind is closed, in one sentence, with the source."""

    reason: str
    say: dict[str, str]
    cites: str


class KindView(msgspec.Struct, frozen=True):
    """One kind: open until `closes_at` (none: until it is withdrawn), or closed for all these reasons."""

    kind: ConsentKind
    open: bool
    parts: list[str]
    closes_at: datetime | None
    reasons: list[ReasonView]


class MedicalKinds(msgspec.Struct, frozen=True):
    """Every kind of one check."""

    check: str
    kinds: list[KindView]


class EntryView(msgspec.Struct, frozen=True):
    """One record, in the order and the names in which it came."""

    fields: list[tuple[str, str]]

    def __repr__(self) -> str:
        return "<EntryView>"


class SectionView(msgspec.Struct, frozen=True):
    """The records of one part."""

    part: str
    entries: list[EntryView]

    def __repr__(self) -> str:
        return "<SectionView>"


class LookView(msgspec.Struct, frozen=True):
    """What may be shown now, from memory; not to be kept. `pdf` is base64."""

    check: str
    kind: ConsentKind
    parts: list[str]
    sections: list[SectionView]
    pdf: bytes | None
    fetched_at: datetime
    simulated: bool
    exercise: str | None
    """The words that must stand beside it where it is none of the national system's; None in a live facility."""
    closes_at: datetime | None
    ask_again_at: datetime
    """Until then at the latest it may stay on a screen; a feed item `consent_withdrawn` ends it at once."""

    def __repr__(self) -> str:
        return "<LookView>"


class ConsentView(msgspec.Struct, frozen=True):
    """One kind of consent, and what it opens now; `reasons` where it opens nothing."""

    consent: str
    kind: str
    given: bool
    text: str
    given_at: datetime
    withdrawn_at: datetime | None
    check: str | None
    visit: str | None
    setting: Setting | None
    open: bool
    closes_at: datetime | None
    reasons: list[ReasonView]


class ConsentPage(msgspec.Struct, frozen=True):
    """A patient's consents, the newest first: those of the latest hundred checks."""

    items: list[ConsentView]


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken back, and why: the patient said so, or it was a mistake. All kinds where none is named."""

    because: Because
    kinds: Annotated[list[ConsentKind], Meta(min_length=1)] | None = None


class Withdrawn(msgspec.Struct, frozen=True):
    """The kinds that were given and are taken back now; none where there was nothing to take back."""

    kinds: list[str]
    consents: int


def kinds_view(check: str, kinds: Mapping[ConsentKind, Opened | Closed]) -> MedicalKinds:
    """The kinds as shown."""
    return MedicalKinds(check, [_kind_view(kind, judged) for kind, judged in kinds.items()])


def look_view(look: Look) -> LookView:
    """The look as it goes out."""
    return LookView(
        check=look.wanted.check,
        kind=look.wanted.kind,
        parts=list(look.parts),
        sections=[_section_view(section) for section in look.sections],
        pdf=look.pdf,
        fetched_at=look.fetched_at,
        simulated=look.simulated,
        exercise=EXERCISE if look.simulated else None,
        closes_at=look.closes_at,
        ask_again_at=look.ask_again_at,
    )


def consent_view(row: ConsentRow, setting: Setting | None, judged: Opened | Closed | None) -> ConsentView:
    """The consent with what it opens; one apart from a check opens something by the checks that it serves."""
    opened = judged if isinstance(judged, Opened) else None
    return ConsentView(
        consent=row.consent,
        kind=row.kind,
        given=row.is_given,
        text=row.text,
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
        check=row.check,
        visit=row.visit,
        setting=setting,
        open=opened is not None,
        closes_at=opened.closes_at if opened else None,
        reasons=_reasons(told(reason) for reason in judged.reasons) if isinstance(judged, Closed) else [],
    )


def _kind_view(kind: ConsentKind, judged: Opened | Closed) -> KindView:
    if isinstance(judged, Opened):
        return KindView(kind, True, list(judged.parts), judged.closes_at, [])
    return KindView(kind, False, [], None, _reasons(told(reason) for reason in judged.reasons))


def _reasons(found: Iterable[dict[str, Any]]) -> list[ReasonView]:
    return [msgspec.convert(one, ReasonView) for one in found]


def _section_view(section: MedicalSection) -> SectionView:
    return SectionView(section.part, [EntryView(list(entry.fields)) for entry in section.entries])
