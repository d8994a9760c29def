"""Which facility may use which type of check, where, as of a date: facts/rules.md section 1, row by row.

Pure: no clock, no I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.facility.kind import FacilityKind
from kazasu.rules.period import KNOWN_AS_OF, Found, Knowledge, Row, find
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CheckType, IdentityMethod, Setting

__all__ = [
    "CHECK_TYPE_ROWS",
    "KNOWN_AS_OF",
    "Allowed",
    "CheckTypeRow",
    "NotAllowed",
    "allowed_check_types",
    "may_use",
]

_MOBILE_FRONT_ENDS = date(2024, 4, 1)
"""The web reception for home visits opened in 2024-04 [public]; the day within the month is our reading."""

_APP = date(2024, 10, 1)
"""The app, the only one of the two front ends with a visual check, came in 2024-10 [public]."""

_OBLIGATORY = date(2024, 12, 1)
_TABLE = date(2024, 12, 2)
"""The source's table is headed "from 12-02"."""

_VISITS = frozenset({Setting.HOME_VISIT, Setting.HOUSE_CALL, Setting.ONLINE})
_DIFFERING_PATH = frozenset({Setting.DRIVE_THROUGH, Setting.FEVER_CLINIC})
_ANYWHERE = frozenset(Setting)

# Reason (1), a system being set up, has ended and is no kind that a facility can have.
_TRANSITIONAL = frozenset(
    {
        FacilityKind.TRANSITIONAL_NETWORK,
        FacilityKind.TRANSITIONAL_HOME_VISITS_ONLY,
        FacilityKind.TRANSITIONAL_REBUILDING,
        FacilityKind.TRANSITIONAL_CLOSING,
        FacilityKind.TRANSITIONAL_OTHER,
    }
)


class CheckTypeRow(Row, frozen=True, kw_only=True):
    """One line of the table: these kinds may use this type in these settings over this period."""

    kinds: frozenset[FacilityKind]
    check_type: CheckType
    settings: frozenset[Setting]
    obligatory_since: date | None = None
    visual_since: date | None = None
    ends_with_transition: bool = False


@dataclass(frozen=True)
class Allowed:
    """The check may be made; `obligatory` says that from this day it must be offered in principle."""

    row: CheckTypeRow
    obligatory: bool
    knowledge: Knowledge


@dataclass(frozen=True)
class NotAllowed:
    """The check may not be made so; an entry that was made all the same is kept and held with this reason."""

    code: str
    say: Say
    cites: str


def _kinds(*kinds: FacilityKind) -> frozenset[FacilityKind]:
    return frozenset(kinds)


_SOURCE = "rules.md 1 [002]"

CHECK_TYPE_ROWS: Final[tuple[CheckTypeRow, ...]] = (
    CheckTypeRow(
        key="standard",
        kinds=_kinds(FacilityKind.MEDICAL_INSTITUTION, FacilityKind.PHARMACY, FacilityKind.WORKPLACE_CLINIC),
        check_type=CheckType.STANDARD,
        settings=_ANYWHERE,
        since=_TABLE,
        cites=_SOURCE,
    ),
    CheckTypeRow(
        key="standard_transitional",
        kinds=_TRANSITIONAL,
        check_type=CheckType.STANDARD,
        settings=_ANYWHERE,
        since=_TABLE,
        cites=_SOURCE,
    ),
    # Home visits and online consultation. A house call (往診) is a doctor's; the source puts it beside the
    # outpatients (24 hours), not among what became obligatory.
    CheckTypeRow(
        key="home_consent_medical",
        kinds=_kinds(FacilityKind.MEDICAL_INSTITUTION),
        check_type=CheckType.HOME_CONSENT,
        settings=frozenset({Setting.HOME_VISIT, Setting.ONLINE}),
        since=_MOBILE_FRONT_ENDS,
        cites=_SOURCE,
        obligatory_since=_OBLIGATORY,
        visual_since=_APP,
    ),
    CheckTypeRow(
        key="home_consent_house_call",
        kinds=_kinds(FacilityKind.MEDICAL_INSTITUTION),
        check_type=CheckType.HOME_CONSENT,
        settings=frozenset({Setting.HOUSE_CALL}),
        since=_MOBILE_FRONT_ENDS,
        cites="rules.md 1, 3 [001][002]",
        visual_since=_APP,
    ),
    CheckTypeRow(
        key="home_consent_pharmacy",
        kinds=_kinds(FacilityKind.PHARMACY),
        check_type=CheckType.HOME_CONSENT,
        settings=frozenset({Setting.HOME_VISIT, Setting.ONLINE}),
        since=_MOBILE_FRONT_ENDS,
        cites=_SOURCE,
        obligatory_since=_OBLIGATORY,
        visual_since=_APP,
    ),
    CheckTypeRow(
        key="home_consent_nursing",
        kinds=_kinds(FacilityKind.VISITING_NURSING),
        check_type=CheckType.HOME_CONSENT,
        settings=frozenset({Setting.HOME_VISIT}),
        since=_MOBILE_FRONT_ENDS,
        cites=_SOURCE,
        obligatory_since=_OBLIGATORY,
        visual_since=_APP,
    ),
    # A reception whose path differs from the usual one: optional.
    CheckTypeRow(
        key="home_consent_differing_path",
        kinds=_kinds(FacilityKind.MEDICAL_INSTITUTION, FacilityKind.PHARMACY),
        check_type=CheckType.HOME_CONSENT,
        settings=_DIFFERING_PATH,
        since=_MOBILE_FRONT_ENDS,
        cites=_SOURCE,
        visual_since=_APP,
    ),
    # The guidance of 2024-09 opened it for the counter where the check there is not possible.
    CheckTypeRow(
        key="home_consent_counter_fallback",
        kinds=_kinds(FacilityKind.MEDICAL_INSTITUTION, FacilityKind.PHARMACY),
        check_type=CheckType.HOME_CONSENT,
        settings=frozenset({Setting.COUNTER_FALLBACK}),
        since=date(2024, 9, 1),
        cites="rules.md 1 [001]",
        visual_since=_APP,
    ),
    # Transitional facilities: home_consent where they visit homes and the like. The deadline of a measure ends
    # the measure, not the visits, which are then those of an ordinary institution.
    CheckTypeRow(
        key="home_consent_transitional",
        kinds=_TRANSITIONAL,
        check_type=CheckType.HOME_CONSENT,
        settings=_VISITS,
        since=_MOBILE_FRONT_ENDS,
        cites=_SOURCE,
        visual_since=_APP,
    ),
    CheckTypeRow(
        key="eligibility_only_transitional",
        kinds=_kinds(
            FacilityKind.TRANSITIONAL_NETWORK,
            FacilityKind.TRANSITIONAL_REBUILDING,
            FacilityKind.TRANSITIONAL_OTHER,
        ),
        check_type=CheckType.ELIGIBILITY_ONLY,
        settings=_ANYWHERE,
        since=_TABLE,
        cites=_SOURCE,
        ends_with_transition=True,
    ),
    CheckTypeRow(
        key="eligibility_only",
        kinds=_kinds(FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME, FacilityKind.OUTSIDE_OBLIGATION),
        check_type=CheckType.ELIGIBILITY_ONLY,
        settings=_ANYWHERE,
        since=_TABLE,
        cites=_SOURCE,
    ),
    CheckTypeRow(
        key="eligibility_only_treatment",
        kinds=_kinds(FacilityKind.TREATMENT_PRACTICE),
        check_type=CheckType.ELIGIBILITY_ONLY,
        settings=_ANYWHERE,
        since=_OBLIGATORY,
        cites=_SOURCE,
        obligatory_since=_OBLIGATORY,
    ),
)


def may_use(
    kind: FacilityKind,
    check_type: CheckType,
    setting: Setting,
    as_of: date,
    *,
    identity: IdentityMethod = IdentityMethod.PIN,
    transitional_until: date | None = None,
    rows: tuple[CheckTypeRow, ...] = CHECK_TYPE_ROWS,
) -> Allowed | NotAllowed:
    """Say whether this facility may make this check on that day.

    `transitional_until` is the facility's own deadline (no table of them is public); None where none is set.
    """
    fitting = [row for row in rows if kind in row.kinds and row.check_type is check_type]
    if not fitting:
        return _wrong_type(kind, check_type)
    here = [row for row in fitting if setting in row.settings]
    if not here:
        return NotAllowed(
            "setting_not_allowed",
            Say(
                ja="この施設は、この場面ではこの種類の資格確認を行えません。",
                en="This facility may not make this type of check in this setting.",
            ),
            fitting[0].cites,
        )
    found = find([row for row in here if not _is_over(row, as_of, transitional_until)], as_of)
    if not isinstance(found, Found):
        return _out_of_period(here, as_of)
    row = found.row
    if identity is IdentityMethod.VISUAL and row.visual_since is not None and as_of < row.visual_since:
        return NotAllowed(
            "visual_not_allowed_yet",
            Say(
                ja=f"この種類の資格確認での目視確認は{row.visual_since:%Y-%m-%d}からです。",
                en=f"With this type of check the visual check is open from {row.visual_since:%Y-%m-%d}.",
            ),
            "rules.md 1 [002], oqs.md 6.1",
        )
    obligatory = row.obligatory_since is not None and as_of >= row.obligatory_since
    return Allowed(row, obligatory, found.knowledge)


def allowed_check_types(
    kind: FacilityKind,
    as_of: date,
    *,
    transitional_until: date | None = None,
    rows: tuple[CheckTypeRow, ...] = CHECK_TYPE_ROWS,
) -> tuple[tuple[CheckType, Setting], ...]:
    """List what this facility's devices may offer on that day; `standard` is never a device's."""
    return tuple(
        (check_type, setting)
        for check_type in (CheckType.HOME_CONSENT, CheckType.ELIGIBILITY_ONLY)
        for setting in Setting
        if isinstance(
            may_use(kind, check_type, setting, as_of, transitional_until=transitional_until, rows=rows), Allowed
        )
    )


def _is_over(row: CheckTypeRow, as_of: date, transitional_until: date | None) -> bool:
    """Whether the facility's own transitional measure has ended, and the row with it."""
    return row.ends_with_transition and transitional_until is not None and as_of > transitional_until


def _wrong_type(kind: FacilityKind, check_type: CheckType) -> NotAllowed:
    if check_type is CheckType.ELIGIBILITY_ONLY:
        say = Say(
            ja="資格確認限定型は、この種類の施設では使えません。",
            en="The eligibility-only type is not open to this kind of facility.",
        )
    elif kind is FacilityKind.WORKPLACE_CLINIC:
        say = Say(
            ja="職域診療所が使えるのは通常のオンライン資格確認だけです。",
            en="A workplace clinic uses the standard check only.",
        )
    else:
        say = Say(
            ja="この種類の施設が使えるのは資格確認限定型だけです。",
            en="This kind of facility uses the eligibility-only type only.",
        )
    return NotAllowed("check_type_not_allowed", say, _SOURCE)


def _out_of_period(rows: Iterable[CheckTypeRow], as_of: date) -> NotAllowed:
    row = min(rows, key=lambda candidate: candidate.since)
    if as_of < row.since:
        return NotAllowed(
            "not_yet_open",
            Say(
                ja=f"この資格確認は{row.since:%Y-%m-%d}からです。",
                en=f"This check is open from {row.since:%Y-%m-%d}.",
            ),
            row.cites,
        )
    return NotAllowed(
        "no_longer_open",
        Say(
            ja="この資格確認を行える期間は終わっています。",
            en="The period in which this check was open is over.",
        ),
        row.cites,
    )
