"""By which keys the national system can be asked about a check, in the order to propose. Pure: no clock, no I/O.

The order: a key that comes from the card itself sees a newer qualification, a typed number does not (facts/rules.md 4);
what a person has to type comes last. `certificate` is what the national mobile front ends do themselves; no public
interface takes it, so that only the simulator, or a later vendor interface, opens it, and only for `eligibility_only`:
the front end of `home_consent` hands its result over by the bulk fetch, not to whoever shows a certificate
(facts/oqs.md 6.1). This is our reading [not confirmed]; it is kept here and nowhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kazasu.facility.kind import FacilityKind
from kazasu.rules.facilities import CHECK_TYPE_ROWS, Allowed, CheckTypeRow, may_use
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CardKind, CheckType, InquiryKey, Setting

__all__ = [
    "AtTheDoor",
    "Closed",
    "Configuration",
    "FacilityRoads",
    "NoRoad",
    "Open",
    "Subject",
    "policy_roads",
    "roads_for",
    "roads_of_facility",
]

PROPOSED_ORDER = (
    InquiryKey.CERTIFICATE,
    InquiryKey.CONSENT_FETCH,
    InquiryKey.INSURED_NUMBER,
    InquiryKey.APP_TEXT,
    InquiryKey.TERMINAL_SCREEN,
)


class NoRoad(StrEnum):
    """Why no key is open; the name is the reason of the hold."""

    CANNOT_BE_ASKED = "cannot_be_asked"
    NOT_KNOWN_FOR_MOBILE = "not_known_for_mobile"


class AtTheDoor(StrEnum):
    """What can be taken while the patient is still there, so that the check can be asked after all."""

    ATTRIBUTES_BY_NUMBER_B = "attributes_by_number_b"
    DOCUMENT = "document"
    GOVERNMENT_CONSENT = "government_consent"
    PLASTIC_CARD = "plastic_card"


@dataclass(frozen=True)
class Configuration:
    """What this facility has to ask with."""

    gateway_keys: frozenset[InquiryKey] = frozenset()
    """The keys that the gateway set up answers by itself (simulator, terminal's folder, a vendor's interface)."""
    has_terminal: bool = False
    """A qualification terminal at which a person can type what a task shows."""
    has_app: bool = False
    """The eligibility-only app, whose copied text a person can paste."""

    @property
    def has_gateway(self) -> bool:
        """Whether anything answers by itself; where not, inquiries wait and say so."""
        return bool(self.gateway_keys)


@dataclass(frozen=True)
class Subject:
    """What is known of the person of one check."""

    card: CardKind | None
    has_certificate: bool = False
    has_insured_number: bool = False
    """From the roster, an earlier answer, or a document."""
    has_document: bool = False
    """The number was read from a document at the door, so that the card need not speak for it."""
    has_attributes: bool = False
    """Name, birth date, sex and address, as the card gave them by number B or the Text-AP PIN."""
    has_government_consent: bool = False
    """The patient also consented on the government's page or app, whose result the bulk fetch brings."""


@dataclass(frozen=True)
class Open:
    """The keys to ask by, best first; `waits_for_gateway` where nothing is set up yet to ask with."""

    keys: tuple[InquiryKey, ...]
    waits_for_gateway: bool = False


@dataclass(frozen=True)
class Closed:
    """No key is open: why, what is missing, and what can be taken at the door."""

    reason: NoRoad
    say: Say
    at_the_door: tuple[AtTheDoor, ...] = field(default=())


@dataclass(frozen=True)
class FacilityRoads:
    """What a device is told for one type of check in one setting, whoever the patient is."""

    check_type: CheckType
    setting: Setting
    open: tuple[InquiryKey, ...]


def roads_of_facility(check_type: CheckType, configuration: Configuration) -> tuple[InquiryKey, ...]:
    """The keys that this facility could ask by, given the data for them, in the order to propose."""
    fitting: set[InquiryKey] = set()
    if check_type is CheckType.HOME_CONSENT:
        # The number of a check waits where nothing is set up to ask with, rather than being dropped.
        fitting.add(InquiryKey.INSURED_NUMBER)
        if InquiryKey.CONSENT_FETCH in configuration.gateway_keys:
            fitting.add(InquiryKey.CONSENT_FETCH)
        if configuration.has_terminal:
            fitting.add(InquiryKey.TERMINAL_SCREEN)
    elif check_type is CheckType.ELIGIBILITY_ONLY:
        # These facilities have no terminal, so that a number is asked only where the gateway takes numbers.
        for key in (InquiryKey.CERTIFICATE, InquiryKey.INSURED_NUMBER):
            if key in configuration.gateway_keys:
                fitting.add(key)
        if configuration.has_app:
            fitting.add(InquiryKey.APP_TEXT)
    return _ordered(fitting)


def roads_for(check_type: CheckType, configuration: Configuration, subject: Subject) -> Open | Closed:
    """The keys by which this check is asked, or why none is open and what to take at the door."""
    if subject.card in (CardKind.ANDROID, CardKind.IPHONE) and not subject.has_document:
        # Whether the mobile types accept a phone-borne card is not known (facts/oqs.md 6.3).
        return Closed(
            NoRoad.NOT_KNOWN_FOR_MOBILE,
            Say(
                ja="スマートフォンのマイナ保険証がモバイルの資格確認で使えるかは未確認です。"
                "実物のカードか書類で確認してください。",
                en="Whether the mobile types take a card on a phone is not known; use the plastic card or a document.",
            ),
            (AtTheDoor.PLASTIC_CARD, AtTheDoor.DOCUMENT),
        )
    has_data = {
        InquiryKey.CERTIFICATE: subject.has_certificate and subject.card is CardKind.PLASTIC,
        InquiryKey.CONSENT_FETCH: subject.has_government_consent,
        InquiryKey.INSURED_NUMBER: subject.has_insured_number,
        InquiryKey.APP_TEXT: True,
        InquiryKey.TERMINAL_SCREEN: subject.has_attributes,
    }
    facility = roads_of_facility(check_type, configuration)
    keys = tuple(key for key in facility if has_data[key])
    if keys:
        by_hand = {InquiryKey.APP_TEXT, InquiryKey.TERMINAL_SCREEN}
        return Open(keys, waits_for_gateway=keys[0] not in configuration.gateway_keys | by_hand)
    return _cannot_be_asked(facility)


def policy_roads(
    kind: FacilityKind,
    configuration: Configuration,
    as_of: date,
    *,
    transitional_until: date | None = None,
    rows: tuple[CheckTypeRow, ...] = CHECK_TYPE_ROWS,
) -> tuple[FacilityRoads, ...]:
    """What the device's policy lists: each type and setting allowed on that day, with the keys that could be open."""
    return tuple(
        FacilityRoads(check_type, setting, roads_of_facility(check_type, configuration))
        for check_type in (CheckType.HOME_CONSENT, CheckType.ELIGIBILITY_ONLY)
        for setting in Setting
        if isinstance(
            may_use(kind, check_type, setting, as_of, transitional_until=transitional_until, rows=rows), Allowed
        )
    )


def _cannot_be_asked(facility: Iterable[InquiryKey]) -> Closed:
    possible = set(facility)
    steps: list[AtTheDoor] = []
    if InquiryKey.TERMINAL_SCREEN in possible:
        steps.append(AtTheDoor.ATTRIBUTES_BY_NUMBER_B)
    if InquiryKey.INSURED_NUMBER in possible:
        steps.append(AtTheDoor.DOCUMENT)
    if InquiryKey.CONSENT_FETCH in possible:
        steps.append(AtTheDoor.GOVERNMENT_CONSENT)
    if steps:
        say = Say(
            ja="この患者の保険の番号がわからないため、照会できません。"
            "患者がいるうちに、書類の番号を入力するなどしてください。",
            en="The patient's insured number is not known, so nothing can be asked. While the patient is still there,"
            " take a document's number or another of the ways listed.",
        )
    else:
        say = Say(
            ja="この施設には照会の手段がまだ設定されていません。管理者に連絡し、書類で資格を確認してください。",
            en="This facility has nothing set up to ask with. Tell the administrator, and check a document.",
        )
        steps.append(AtTheDoor.DOCUMENT)
    return Closed(NoRoad.CANNOT_BE_ASKED, say, tuple(steps))


def _ordered(keys: set[InquiryKey]) -> tuple[InquiryKey, ...]:
    return tuple(key for key in PROPOSED_ORDER if key in keys)
