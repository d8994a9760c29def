"""What stands in the place of the card: both eras, every reason, every end date."""

from datetime import date, timedelta

import pytest

from kazasu.rules.period import Knowledge
from kazasu.rules.substitute import SUBSTITUTE_ROWS, Beside, Scheme, SubstituteRow
from kazasu.rules.substitute import FailureReason as F
from kazasu.rules.substitute import Substitute as S
from kazasu.rules.substitution import Case, Proposal, Shown, propose

DAY = timedelta(days=1)
OLD = date(2024, 12, 1)
NEW = date(2024, 12, 2)
LATER = date(2025, 6, 1)
CANNOT_READ = (F.EQUIPMENT, F.CARD, F.PIN, F.LINE, F.OUTAGE, F.CERTIFICATE_IN_GRACE)


def case(
    reason: F,
    day: date,
    *shown: Shown,
    card: bool = True,
    returning: bool = False,
    unchanged: bool | None = None,
    scheme: Scheme = Scheme.EMPLOYEES,
    birth_date: date | None = None,
) -> Proposal:
    return propose(
        Case(
            reason=reason,
            day=day,
            has_my_number_card=card,
            is_returning=returning,
            has_data_on_file=returning,
            is_unchanged=unchanged,
            scheme=scheme,
            birth_date=birth_date,
            shown=shown,
        )
    )


def open_ones(proposal: Proposal) -> list[S]:
    return [one.substitute for one in proposal.open]


def why(proposal: Proposal, substitute: S) -> str:
    return next(one.why for one in proposal.closed if one.substitute is substitute)


@pytest.mark.parametrize("reason", CANNOT_READ)
@pytest.mark.parametrize("day", [NEW, NEW + DAY, LATER])
def test_from_the_change_on_a_card_that_cannot_be_read_opens_all(reason: F, day: date) -> None:
    assert open_ones(case(reason, day, returning=True)) == [
        S.PORTAL_SCREEN,
        S.SAVED_PDF,
        S.NOTICE,
        S.QUALIFICATION_CERTIFICATE,
        S.INSURANCE_CARD,
        S.ORAL_CONFIRMATION,
        S.DECLARATION,
    ]


@pytest.mark.parametrize("reason", CANNOT_READ)
@pytest.mark.parametrize("day", [OLD - DAY, OLD])
def test_before_the_change_it_was_portal_or_insurance_card_else_the_declaration(reason: F, day: date) -> None:
    proposal = case(reason, day)
    assert open_ones(proposal) == [S.PORTAL_SCREEN, S.SAVED_PDF, S.INSURANCE_CARD, S.DECLARATION]
    assert why(proposal, S.NOTICE) == "not_yet"
    assert why(proposal, S.QUALIFICATION_CERTIFICATE) == "not_yet"
    assert why(proposal, S.ORAL_CONFIRMATION) == "no_data_on_file"


@pytest.mark.parametrize(("day", "is_open"), [(date(2024, 6, 20), False), (date(2024, 6, 21), True)])
def test_the_saved_pdf_is_named_from_2024_06_21(day: date, is_open: bool) -> None:
    assert (S.SAVED_PDF in open_ones(case(F.EQUIPMENT, day))) is is_open
    newer = Shown(substitute=S.SAVED_PDF, is_newer_than_change=True)
    assert (S.SAVED_PDF in open_ones(case(F.INVALID, day, newer))) is is_open


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2023, 7, 9), [S.INSURANCE_CARD]), (date(2023, 7, 10), [S.PORTAL_SCREEN, S.INSURANCE_CARD, S.DECLARATION])],
)
def test_before_the_notice_of_2023_07_10_only_the_insurance_card_stood(day: date, expected: list[S]) -> None:
    proposal = case(F.EQUIPMENT, day)
    assert open_ones(proposal) == expected
    if day < date(2023, 7, 10):
        assert why(proposal, S.DECLARATION) == "not_yet"


def test_past_the_grace_the_saved_pdf_serves_and_the_live_screen_does_not() -> None:
    proposal = case(F.CERTIFICATE_PAST_GRACE, LATER, returning=True)
    assert open_ones(proposal) == [
        S.SAVED_PDF,
        S.NOTICE,
        S.QUALIFICATION_CERTIFICATE,
        S.INSURANCE_CARD,
        S.ORAL_CONFIRMATION,
        S.DECLARATION,
    ]
    assert why(proposal, S.PORTAL_SCREEN) == "certificate_past_grace"


def test_before_the_change_an_expired_certificate_was_a_card_that_cannot_be_read() -> None:
    assert S.PORTAL_SCREEN in open_ones(case(F.CERTIFICATE_PAST_GRACE, OLD))


@pytest.mark.parametrize("reason", [F.INVALID, F.NOT_FOUND])
@pytest.mark.parametrize("day", [date(2024, 6, 21), OLD, NEW, LATER])
def test_the_live_screen_never_serves_where_no_valid_answer_came(reason: F, day: date) -> None:
    proposal = case(reason, day, Shown(substitute=S.PORTAL_SCREEN))
    assert why(proposal, S.PORTAL_SCREEN) == "shows_no_valid_either"
    assert S.DECLARATION in open_ones(proposal)


@pytest.mark.parametrize("substitute", [S.SAVED_PDF, S.NOTICE])
@pytest.mark.parametrize(("newer", "is_open"), [(True, True), (None, True), (False, False)])
def test_a_document_serves_after_invalid_only_if_newer_than_the_change(
    substitute: S, newer: bool | None, is_open: bool
) -> None:
    proposal = case(F.INVALID, LATER, Shown(substitute=substitute, is_newer_than_change=newer))
    assert (substitute in open_ones(proposal)) is is_open
    if is_open:
        one = next(one for one in proposal.open if one.substitute is substitute)
        assert Beside.NEWER_THAN_CHANGE in one.beside
    else:
        assert why(proposal, substitute) == "older_than_change"


@pytest.mark.parametrize("reason", [*CANNOT_READ, F.CERTIFICATE_PAST_GRACE, F.INVALID, F.NOT_FOUND, F.NO_CARD])
@pytest.mark.parametrize("day", [date(2023, 7, 10), OLD, NEW, LATER, date(2026, 6, 1)])
def test_notice_alone_and_portal_alone_never_suffice(reason: F, day: date) -> None:
    shown = (Shown(substitute=S.NOTICE), Shown(substitute=S.PORTAL_SCREEN), Shown(substitute=S.SAVED_PDF))
    proposal = case(reason, day, *shown, card=False)
    assert not {S.NOTICE, S.PORTAL_SCREEN, S.SAVED_PDF, S.DECLARATION} & set(open_ones(proposal))


def test_the_reason_why_a_notice_alone_is_closed_is_the_card_beside_it() -> None:
    assert why(case(F.EQUIPMENT, LATER, card=False), S.NOTICE) == "never_alone"
    assert why(case(F.NO_CARD, LATER, card=False), S.NOTICE) == "no_card"


def test_without_a_card_the_certificate_and_the_insurance_card_stand_alone() -> None:
    proposal = case(F.NO_CARD, LATER, card=False, returning=True, unchanged=True)
    assert open_ones(proposal) == [S.QUALIFICATION_CERTIFICATE, S.INSURANCE_CARD]
    assert why(proposal, S.ORAL_CONFIRMATION) == "no_card"


@pytest.mark.parametrize("reason", F)
def test_a_valid_qualification_certificate_that_is_shown_is_never_refused_and_goes_first(reason: F) -> None:
    for day in (NEW, LATER, date(2027, 1, 1)):
        shown = Shown(substitute=S.QUALIFICATION_CERTIFICATE, valid_until=day)
        for card in (True, False):
            proposal = case(reason, day, shown, card=card)
            assert proposal.open[0].substitute is S.QUALIFICATION_CERTIFICATE
            assert proposal.open[0].is_shown


@pytest.mark.parametrize("reason", F)
def test_a_valid_insurance_card_that_is_shown_goes_first_while_it_counts(reason: F) -> None:
    for day in (OLD, NEW, LATER):
        proposal = case(reason, day, Shown(substitute=S.INSURANCE_CARD))
        assert proposal.open[0].substitute is S.INSURANCE_CARD


@pytest.mark.parametrize(
    ("scheme", "last_day"),
    [
        (Scheme.EMPLOYEES, date(2025, 12, 1)),
        (Scheme.NATIONAL, date(2025, 12, 1)),
        (Scheme.OTHER, date(2025, 12, 1)),
        (Scheme.UNKNOWN, date(2025, 12, 1)),
        (Scheme.LATE_STAGE_ELDERLY, date(2025, 7, 31)),
    ],
)
def test_the_insurance_card_ends(scheme: Scheme, last_day: date) -> None:
    for day, is_open in ((last_day - DAY, True), (last_day, True), (last_day + DAY, False)):
        proposal = case(F.EQUIPMENT, day, scheme=scheme)
        assert (S.INSURANCE_CARD in open_ones(proposal)) is is_open
    ended = case(F.EQUIPMENT, last_day + DAY, scheme=scheme)
    assert why(ended, S.INSURANCE_CARD) == "ended"
    said = next(one.say for one in ended.closed if one.substitute is S.INSURANCE_CARD)
    assert f"{last_day:%Y-%m-%d}" in said.ja
    assert f"{last_day:%Y-%m-%d}" in said.en


def test_age_decides_where_nobody_said_which_insurance() -> None:
    day = date(2025, 8, 1)
    assert S.INSURANCE_CARD not in open_ones(case(F.EQUIPMENT, day, scheme=Scheme.UNKNOWN, birth_date=date(1950, 8, 1)))
    assert S.INSURANCE_CARD in open_ones(case(F.EQUIPMENT, day, scheme=Scheme.UNKNOWN, birth_date=date(1950, 8, 2)))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (Shown(substitute=S.INSURANCE_CARD, valid_until=LATER), None),
        (Shown(substitute=S.INSURANCE_CARD, valid_until=LATER - DAY), "past_its_date"),
        (Shown(substitute=S.INSURANCE_CARD, valid_until=LATER, has_insurer_changed=True), "insurer_changed"),
        (Shown(substitute=S.QUALIFICATION_CERTIFICATE, valid_until=LATER - DAY), "past_its_date"),
        (Shown(substitute=S.QUALIFICATION_CERTIFICATE, valid_until=LATER), None),
        (Shown(substitute=S.NOTICE, valid_until=LATER - DAY), None),
        (Shown(substitute=S.DECLARATION, valid_until=LATER - DAY), None),
    ],
)
def test_a_document_counts_within_its_own_validity(shown: Shown, expected: str | None) -> None:
    proposal = case(F.EQUIPMENT, LATER, shown)
    if expected is None:
        assert shown.substitute in open_ones(proposal)
    else:
        assert why(proposal, shown.substitute) == expected


@pytest.mark.parametrize(
    ("returning", "unchanged", "expected"),
    [(True, True, None), (True, None, None), (True, False, "data_changed"), (False, None, "no_data_on_file")],
)
@pytest.mark.parametrize("day", [OLD, NEW, LATER])
def test_oral_confirmation_is_for_a_returning_patient_with_unchanged_data(
    returning: bool, unchanged: bool | None, expected: str | None, day: date
) -> None:
    proposal = case(F.EQUIPMENT, day, returning=returning, unchanged=unchanged)
    if expected is None:
        assert S.ORAL_CONFIRMATION in open_ones(proposal)
    else:
        assert why(proposal, S.ORAL_CONFIRMATION) == expected
    # Whenever nothing else works, the declaration is the way, for a returning patient too.
    assert open_ones(proposal)[-1] is S.DECLARATION


@pytest.mark.parametrize("reason", F)
@pytest.mark.parametrize("day", [date(2021, 10, 1), date(2023, 7, 10), OLD, NEW, LATER, date(2026, 1, 1)])
def test_every_substitute_is_open_or_closed_with_a_sentence_and_a_source(reason: F, day: date) -> None:
    proposal = case(reason, day, returning=True)
    assert {*open_ones(proposal), *(one.substitute for one in proposal.closed)} == set(S)
    assert len(proposal.open) + len(proposal.closed) == len(S)
    for one in (*proposal.open, *proposal.closed):
        assert one.say.ja
        assert one.say.en
        assert "[00" in one.cites


def test_beyond_the_sources_the_proposal_says_so() -> None:
    assert case(F.PIN, date(2024, 11, 28)).knowledge is Knowledge.KNOWN
    assert case(F.PIN, date(2024, 11, 29)).knowledge is Knowledge.AS_KNOWN_ON


@pytest.mark.parametrize("row", SUBSTITUTE_ROWS, ids=lambda row: row.key)
def test_every_row_has_a_name_of_its_own_and_a_source(row: SubstituteRow) -> None:
    assert [one.key for one in SUBSTITUTE_ROWS].count(row.key) == 1
    assert row.beside
    assert "[00" in row.cites


def test_a_case_does_not_show_its_person() -> None:
    assert "1950" not in repr(
        Case(reason=F.PIN, day=LATER, has_my_number_card=True, birth_date=date(1950, 1, 1), scheme=Scheme.UNKNOWN)
    )
