"""What must hold of the rules on every day and for every person."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kazasu.exports.receipt_record import RecordLines, receipt_records
from kazasu.facility.kind import FacilityKind
from kazasu.gateway.app_text import read_app_text
from kazasu.japanese import era_text, is_full_width, is_half_width, parse_date
from kazasu.patients.import_table import read_roster
from kazasu.rules.addition import Addition, Occasion, points_of
from kazasu.rules.age import first_day_at_70_share, first_day_late_stage, school_start
from kazasu.rules.certificate import CertificateState
from kazasu.rules.claim_fields import ClaimFields, KnownForClaim, Remark, RemarkKind, UnknownFacts, plan_claim
from kazasu.rules.claim_route import ClaimForm, ClaimRoute
from kazasu.rules.compared_field import Result
from kazasu.rules.comparison import PersonFacts, compare
from kazasu.rules.consent_window import Window, window_of
from kazasu.rules.copayment import AgeGroup, age_group, share_by_age
from kazasu.rules.insured_number import InsuredNumber
from kazasu.rules.period import KNOWN_AS_OF, Found, Knowledge, Nature, NotKnown, find
from kazasu.rules.rulebook import TABLES, read_rulebook
from kazasu.rules.say import Say
from kazasu.rules.substitute import FailureReason, Scheme, Substitute
from kazasu.rules.substitution import Case, Shown, propose
from kazasu.rules.usage_level import LEVEL_ROWS, answer_by, months_compared
from kazasu.rules.vocabulary import CheckType, Setting
from kazasu.rules.window_payment import Payment, window_payment

DAYS = st.dates(date(2021, 10, 1), date(2030, 12, 31))
BIRTH_DATES = st.dates(date(1900, 1, 1), date(2021, 9, 30))
TEXT = st.text(max_size=30)
NEEDS_CARD = {Substitute.PORTAL_SCREEN, Substitute.SAVED_PDF, Substitute.NOTICE, Substitute.DECLARATION}

SHOWN = st.builds(
    Shown,
    substitute=st.sampled_from(Substitute),
    valid_until=st.none() | DAYS,
    is_newer_than_change=st.none() | st.booleans(),
    has_insurer_changed=st.none() | st.booleans(),
)
CASES = st.builds(
    Case,
    reason=st.sampled_from(FailureReason),
    day=DAYS,
    has_my_number_card=st.booleans(),
    is_returning=st.booleans(),
    has_data_on_file=st.booleans(),
    is_unchanged=st.none() | st.booleans(),
    scheme=st.sampled_from(Scheme),
    birth_date=st.none() | BIRTH_DATES,
    shown=st.lists(SHOWN, max_size=3).map(tuple),
)


@given(CASES)
def test_every_substitute_is_open_or_closed_with_its_reason(case: Case) -> None:
    proposal = propose(case)
    names = [one.substitute for one in (*proposal.open, *proposal.closed)]
    assert sorted(names) == sorted(Substitute)
    assert all(one.say.ja and one.say.en and one.cites for one in (*proposal.open, *proposal.closed))


@given(CASES)
def test_without_the_card_nothing_that_needs_it_is_open(case: Case) -> None:
    if not case.has_my_number_card:
        assert not NEEDS_CARD & {one.substitute for one in propose(case).open}


@given(CASES)
def test_the_live_screen_never_answers_for_an_invalid_answer_or_a_lapsed_certificate(case: Case) -> None:
    lapsed = case.reason is FailureReason.CERTIFICATE_PAST_GRACE and case.day >= date(2024, 12, 2)
    if lapsed or case.reason in (FailureReason.INVALID, FailureReason.NOT_FOUND, FailureReason.NO_CARD):
        assert Substitute.PORTAL_SCREEN not in [one.substitute for one in propose(case).open]


@given(CASES, st.integers(0, 400))
def test_a_valid_qualification_certificate_shown_is_never_refused(case: Case, days_left: int) -> None:
    shown = Shown(substitute=Substitute.QUALIFICATION_CERTIFICATE, valid_until=case.day + timedelta(days=days_left))
    with_it = Case(
        reason=case.reason, day=case.day, has_my_number_card=case.has_my_number_card, scheme=case.scheme, shown=(shown,)
    )
    first = propose(with_it).open[:1]
    assert bool(first and first[0].substitute is Substitute.QUALIFICATION_CERTIFICATE) is (
        case.day >= date(2024, 12, 2)
    )


@given(CASES)
def test_what_is_shown_goes_before_what_is_not(case: Case) -> None:
    shown = [one.is_shown for one in propose(case).open]
    assert shown == sorted(shown, reverse=True)


@given(CASES)
def test_with_the_card_the_declaration_is_always_left(case: Case) -> None:
    is_open = Substitute.DECLARATION in [one.substitute for one in propose(case).open]
    is_possible = case.has_my_number_card and case.reason is not FailureReason.NO_CARD
    assert is_open is (is_possible and case.day >= date(2023, 7, 10))


@given(st.dates(date(2023, 7, 10), date(2030, 1, 1)), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_who_brings_something_and_has_insurance_never_pays_in_full(
    day: date, card: bool, document: bool, insured: bool, returning: bool
) -> None:
    found = window_payment(
        day,
        brought_card=card,
        brought_document=document,
        has_valid_insurance=insured,
        is_known_returning=returning,
    )
    assert found is not None
    assert (found.payment is Payment.OWN_SHARE) is ((card or document) and insured)


@given(st.sampled_from(sorted(TABLES)), DAYS)
def test_no_money_of_the_sources_is_known_after_their_last_day(table: str, day: date) -> None:
    for row in TABLES[table]:
        found = find([row], day)
        if row.nature is Nature.MONEY and day > KNOWN_AS_OF:
            assert isinstance(found, NotKnown)
        elif isinstance(found, Found):
            assert (found.knowledge is Knowledge.KNOWN) is (day <= KNOWN_AS_OF)
        else:
            assert not row.holds_on(day)


@given(st.sampled_from(Addition), st.sampled_from(Occasion), DAYS, st.booleans(), st.sampled_from([None, 1, 2, 3]))
def test_by_card_never_costs_the_patient_more(
    addition: Addition, occasion: Occasion, day: date, by_card: bool, level: int | None
) -> None:
    with_card = points_of(addition, occasion, day, by_card=True, level=level)
    without = points_of(addition, occasion, day, by_card=False, level=level)
    if isinstance(with_card, Found) and isinstance(without, Found):
        assert with_card.row.points <= without.row.points


@given(st.sampled_from(LEVEL_ROWS), st.fractions(0, 1), st.fractions(0, 1))
def test_a_higher_rate_never_comes_to_a_worse_level(row: object, one: Fraction, other: Fraction) -> None:
    found = next(level_row for level_row in LEVEL_ROWS if level_row is row)
    month = (found.since.year, found.since.month)
    compared = months_compared(found, month)[0]
    low, high = (answer_by(found, month, {compared: rate}).level for rate in sorted((one, other)))
    assert (high or 4) <= (low or 4)


@given(BIRTH_DATES, DAYS)
def test_the_age_groups_follow_one_another_and_each_day_has_a_share(birth_date: date, day: date) -> None:
    assert birth_date < school_start(birth_date) < first_day_at_70_share(birth_date) < first_day_late_stage(birth_date)
    order = list(AgeGroup)
    later = day + timedelta(days=1)
    assert order.index(age_group(birth_date, day)) <= order.index(age_group(birth_date, later))
    share = share_by_age(birth_date, day)
    assert share is not None
    assert set(share.possible) <= {10, 20, 30}
    assert share.percent is None or share.possible == (share.percent,)


@given(BIRTH_DATES)
def test_school_age_begins_on_1_april_and_the_share_of_70_on_the_1st(birth_date: date) -> None:
    start = school_start(birth_date)
    assert (start.month, start.day) == (4, 1)
    assert first_day_at_70_share(birth_date).day == 1
    # No child starts before it is six, nor a full year after.
    assert 6 * 365 < (start - birth_date).days <= 7 * 366


@given(st.dates(date(1868, 1, 25), date(2100, 1, 1)))
def test_a_date_by_era_reads_back(day: date) -> None:
    assert parse_date(era_text(day)) == day
    assert parse_date(era_text(day, short=True)) == day
    assert parse_date(f"{day:%Y%m%d}") == parse_date(day.isoformat()) == day


@given(
    st.sampled_from(CheckType),
    st.sampled_from(Setting),
    st.sampled_from(CertificateState),
    st.datetimes(datetime(2021, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    st.integers(-10, 200_000),
)
def test_a_window_never_opens_for_eligibility_only_nor_beyond_24_hours_but_for_continuing_visits(
    check_type: CheckType, setting: Setting, certificate: CertificateState, at: datetime, seconds: int
) -> None:
    at = at.replace(tzinfo=UTC)
    found = window_of(check_type, setting, certificate, at, at.date())
    if not isinstance(found, Window):
        return
    assert check_type is not CheckType.ELIGIBILITY_ONLY
    assert certificate in (CertificateState.VALID, CertificateState.ALERT)
    is_open = found.is_open(at + timedelta(seconds=seconds))
    assert is_open is (seconds >= 0 and (setting is Setting.HOME_VISIT or seconds < 86_400))
    assert not found.is_open(at + timedelta(seconds=seconds), withdrawn_at=at + timedelta(seconds=seconds))


PEOPLE = st.builds(
    PersonFacts,
    name=TEXT,
    name_kana=TEXT,
    birth_date=st.none() | BIRTH_DATES,
    sex=st.sampled_from(["1", "2", "3", ""]),
    insurer_number=st.sampled_from(["138057", "  138057", "06130488", ""]),
    symbol=TEXT,
    number=TEXT,
    branch=st.sampled_from(["", "00", "01", "1"]),
)


@given(PEOPLE)
def test_nobody_is_another_person_than_oneself(person: PersonFacts) -> None:
    found = compare(person, person)
    assert not found.other_person_likely
    assert {one.result for one in found.fields} <= {Result.SAME, Result.CANNOT_SAY}


@given(PEOPLE, PEOPLE)
def test_a_comparison_is_the_same_from_both_sides(one: PersonFacts, other: PersonFacts) -> None:
    here, there = compare(one, other), compare(other, one)
    assert here.other_person_likely == there.other_person_likely
    assert [field.result for field in here.fields] == [field.result for field in there.fields]


CLAIMS = st.builds(
    ClaimFields,
    route=st.sampled_from(ClaimRoute),
    insurer_number=st.sampled_from(["138057", "06130488", "39131234", "77777777"]),
    symbol=TEXT,
    number=TEXT,
    branch=st.sampled_from(["", "00", "01"]),
    remarks=st.lists(st.builds(Remark, st.sampled_from(RemarkKind), TEXT), max_size=4).map(tuple),
    say=st.just(Say(ja="x", en="x")),
    cites=st.just("x"),
)


@given(CLAIMS, st.sampled_from([ClaimForm.MEDICAL, ClaimForm.DENTAL]))
def test_whatever_comes_the_lines_keep_their_items_widths_and_character_set(
    fields: ClaimFields, form: ClaimForm
) -> None:
    found = receipt_records(fields, form, (2024, 10))
    assert isinstance(found, RecordLines)
    items = {"HO": 15 if form is ClaimForm.MEDICAL else 14, "SN": 9, "CO": 5}
    for line in found.lines:
        parts = line.split(",")
        assert len(parts) == items[parts[0]]
        assert all(is_half_width(part) or is_full_width(part) for part in parts)
        if parts[0] == "HO":
            assert len(parts[1]) == 8
            assert max(len(part.encode("cp932", "replace")) for part in parts[2:4]) <= 38
    assert found.octets().count(b"\r\n") == len(found.lines)


@given(
    st.sampled_from(FacilityKind),
    st.booleans(),
    st.booleans(),
    st.none() | st.sampled_from(Scheme),
    st.dates(date(2023, 1, 1), date(2030, 1, 1)),
)
def test_a_claim_takes_the_first_route_and_the_unknown_one_never_has_a_symbol(
    kind: FacilityKind, has_current: bool, has_old: bool, scheme: Scheme | None, filed_on: date
) -> None:
    number = InsuredNumber("06130488", "1", "2", "03")
    facts = None
    if scheme is not None:
        facts = UnknownFacts(
            name_kana="ア", addresses=(), telephone="", contacted_on=filed_on, scheme=scheme, has_declaration=True
        )
    known = KnownForClaim(current=number if has_current else None, old=number if has_old else None, unknown=facts)
    plan = plan_claim(kind, known, filed_on)
    if plan.fields is None:
        assert [one.route for one in plan.closed] == list(ClaimRoute)
        return
    assert [one.route for one in plan.closed] == list(ClaimRoute)[: len(plan.closed)]
    assert plan.fields.route is list(ClaimRoute)[len(plan.closed)]
    if plan.fields.route is ClaimRoute.UNKNOWN:
        assert plan.fields.symbol == ""
        assert set(plan.fields.number) == {"7"}
        assert plan.fields.remarks[0].text == "不詳"


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"氏名,生年月日\n{text}".encode()))
def test_no_file_makes_the_roster_reader_fail(octets: bytes) -> None:
    found = read_roster(octets)
    assert found.rows or found.faults or found.columns


@given(st.text(max_size=300).map(lambda text: f"資格情報\n{text}"))
def test_no_text_makes_the_app_text_reader_fail(text: str) -> None:
    found = read_app_text(text)
    assert (found.qualification is None) is any(fault.is_serious for fault in found.faults)


@given(st.text(max_size=200) | st.text(max_size=60).map(lambda text: f'[[row]]\nrow = "points.x"\n{text}'))
def test_no_file_of_rules_changes_a_rule_unseen(text: str) -> None:
    reading = read_rulebook([("own.toml", text)])
    assert reading.rulebook.own_rows() == ()
