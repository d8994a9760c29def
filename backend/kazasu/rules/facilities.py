"""Which facility may use which type of check, where, as of a date: facts/rules.md section 1, row by row.

Pure: no clock, no I/O. A row holds from `since` to `until`, both included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kazasu.facility.kind import FacilityKind
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CheckType, IdentityMethod, Setting

__all__ = ["KNOWN_AS_OF", "ROWS", "Allowed", "NotAllowed", "Row", "allowed_check_types", "may_use"]

KNOWN_AS_OF = date(2024, 11, 28)
"""The day of the source: what changed after it is not in these rows."""

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


@dataclass(frozen=True)
class Row:
    """One line of the table: these kinds may use this type in these settings over this period."""

    kinds: frozenset[FacilityKind]
    check_type: CheckType
    settings: frozenset[Setting]
    since: date
    cites: str
    until: date | None = None
    obligatory_since: date | None = None
    visual_since: date | None = None
    ends_with_transition: bool = False


@dataclass(frozen=True)
class Allowed:
    """The check may be made; `obligatory` says that from this day it must be offered in principle."""

    row: Row
    obligatory: bool


@dataclass(frozen=True)
class NotAllowed:
    """The check may not be made so; an entry that was made all the same is kept and held with this reason."""

    code: str
    say: Say
    cites: str


def _kinds(*kinds: FacilityKind) -> frozenset[FacilityKind]:
    return frozenset(kinds)


_SOURCE = "rules.md 1 [002]"

ROWS: tuple[Row, ...] = (
    Row(
        _kinds(FacilityKind.MEDICAL_INSTITUTION, FacilityKind.PHARMACY, FacilityKind.WORKPLACE_CLINIC),
        CheckType.STANDARD,
        _ANYWHERE,
        _TABLE,
        _SOURCE,
    ),
    Row(_TRANSITIONAL, CheckType.STANDARD, _ANYWHERE, _TABLE, _SOURCE),
    # Home visits and online consultation. A house call (往診) is a doctor's; the source puts it beside the
    # outpatients (24 hours), not among what became obligatory.
    Row(
        _kinds(FacilityKind.MEDICAL_INSTITUTION),
        CheckType.HOME_CONSENT,
        frozenset({Setting.HOME_VISIT, Setting.ONLINE}),
        _MOBILE_FRONT_ENDS,
        _SOURCE,
        obligatory_since=_OBLIGATORY,
        visual_since=_APP,
    ),
    Row(
        _kinds(FacilityKind.MEDICAL_INSTITUTION),
        CheckType.HOME_CONSENT,
        frozenset({Setting.HOUSE_CALL}),
        _MOBILE_FRONT_ENDS,
        "rules.md 1, 3 [001][002]",
        visual_since=_APP,
    ),
    Row(
        _kinds(FacilityKind.PHARMACY),
        CheckType.HOME_CONSENT,
        frozenset({Setting.HOME_VISIT, Setting.ONLINE}),
        _MOBILE_FRONT_ENDS,
        _SOURCE,
        obligatory_since=_OBLIGATORY,
        visual_since=_APP,
    ),
    Row(
        _kinds(FacilityKind.VISITING_NURSING),
        CheckType.HOME_CONSENT,
        frozenset({Setting.HOME_VISIT}),
        _MOBILE_FRONT_ENDS,
        _SOURCE,
        obligatory_since=_OBLIGATORY,
        visual_since=_APP,
    ),
    # A reception whose path differs from the usual one: optional.
    Row(
        _kinds(FacilityKind.MEDICAL_INSTITUTION, FacilityKind.PHARMACY),
        CheckType.HOME_CONSENT,
        _DIFFERING_PATH,
        _MOBILE_FRONT_ENDS,
        _SOURCE,
        visual_since=_APP,
    ),
    # The guidance of 2024-09 opened it for the counter where the check there is not possible.
    Row(
        _kinds(FacilityKind.MEDICAL_INSTITUTION, FacilityKind.PHARMACY),
        CheckType.HOME_CONSENT,
        frozenset({Setting.COUNTER_FALLBACK}),
        date(2024, 9, 1),
        "rules.md 1 [001]",
        visual_since=_APP,
    ),
    # Transitional facilities: home_consent where they visit homes and the like. The deadline of a measure ends
    # the measure, not the visits, which are then those of an ordinary institution.
    Row(_TRANSITIONAL, CheckType.HOME_CONSENT, _VISITS, _MOBILE_FRONT_ENDS, _SOURCE, visual_since=_APP),
    Row(
        _kinds(
            FacilityKind.TRANSITIONAL_NETWORK, FacilityKind.TRANSITIONAL_REBUILDING, FacilityKind.TRANSITIONAL_OTHER
        ),
        CheckType.ELIGIBILITY_ONLY,
        _ANYWHERE,
        _TABLE,
        _SOURCE,
        ends_with_transition=True,
    ),
    Row(
        _kinds(FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME, FacilityKind.OUTSIDE_OBLIGATION),
        CheckType.ELIGIBILITY_ONLY,
        _ANYWHERE,
        _TABLE,
        _SOURCE,
    ),
    Row(
        _kinds(FacilityKind.TREATMENT_PRACTICE),
        CheckType.ELIGIBILITY_ONLY,
        _ANYWHERE,
        _OBLIGATORY,
        _SOURCE,
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
) -> Allowed | NotAllowed:
    """Say whether this facility may make this check on that day.

    `transitional_until` is the facility's own deadline (no table of them is public); None where none is set.
    """
    fitting = [row for row in ROWS if kind in row.kinds and row.check_type is check_type]
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
    in_force = [row for row in here if _is_in_force(row, as_of, transitional_until)]
    if not in_force:
        return _out_of_period(here, as_of)
    row = in_force[0]
    if identity is IdentityMethod.VISUAL and row.visual_since is not None and as_of < row.visual_since:
        return NotAllowed(
            "visual_not_allowed_yet",
            Say(
                ja=f"この種類の資格確認での目視確認は{row.visual_since:%Y-%m-%d}からです。",
                en=f"With this type of check the visual check is open from {row.visual_since:%Y-%m-%d}.",
            ),
            "rules.md 1 [002], oqs.md 6.1",
        )
    return Allowed(row, obligatory=row.obligatory_since is not None and as_of >= row.obligatory_since)


def allowed_check_types(
    kind: FacilityKind, as_of: date, *, transitional_until: date | None = None
) -> tuple[tuple[CheckType, Setting], ...]:
    """List what this facility's devices may offer on that day; `standard` is never a device's."""
    return tuple(
        (check_type, setting)
        for check_type in (CheckType.HOME_CONSENT, CheckType.ELIGIBILITY_ONLY)
        for setting in Setting
        if isinstance(may_use(kind, check_type, setting, as_of, transitional_until=transitional_until), Allowed)
    )


def _is_in_force(row: Row, as_of: date, transitional_until: date | None) -> bool:
    if as_of < row.since or (row.until is not None and as_of > row.until):
        return False
    return not (row.ends_with_transition and transitional_until is not None and as_of > transitional_until)


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


def _out_of_period(rows: Iterable[Row], as_of: date) -> NotAllowed:
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
