"""The simulator answers in the shape of the national system, exactly for named persons, and only in exercises."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from kazasu.clock import SetClock
from kazasu.facility.facility import Facility
from kazasu.facility.kind import FacilityKind, FacilityMode
from kazasu.gateway import (
    Answer,
    GatewayUnavailableError,
    InquiryRequest,
    NumberAsked,
    QualificationKind,
    Result,
    choose_gateway,
    without_medical,
)
from kazasu.gateway.choice import UnknownGatewayError, configuration_of
from kazasu.gateway.simulator import (
    MEASURED,
    REFUSAL_CODE,
    REGISTRY,
    AskedBy,
    Insured,
    NotAnExerciseError,
    Simulator,
    generate,
)
from kazasu.rules import CheckType, InquiryKey
from kazasu.rules.insured_number import InsuredNumber, proven_insurer_number
from mynacard.emulator import PEOPLE
from mynacard.emulator.credential import authentication

CLOCK = SetClock(datetime(2026, 12, 1, 1, 2, 3, tzinfo=UTC))
TODAY = date(2026, 12, 1)


def facility(mode: FacilityMode = FacilityMode.EXERCISE) -> Facility:
    code = "9910000005" if mode is FacilityMode.EXERCISE else "1310000008"
    return Facility("f1", "x", mode, FacilityKind.MEDICAL_INSTITUTION, code, "e1")


def number_of(person: str, *, old: bool = False, branch: str | None = None, source: str = "roster") -> NumberAsked:
    insured = REGISTRY[person]
    qualification = insured.old if old or not insured.current else insured.current[0]
    assert qualification is not None
    return NumberAsked(
        insurer_number=qualification.insurer_number.strip(),
        symbol=qualification.symbol,
        number=qualification.number,
        branch=qualification.branch if branch is None else branch,
        birth_date=insured.birth_date.isoformat(),
        source=source,
    )


async def ask_number(
    simulator: Simulator, number: NumberAsked, check_type: CheckType = CheckType.HOME_CONSENT, limit: bool = False
) -> Answer:
    return await simulator.ask(
        InquiryRequest(
            inquiry="i1",
            key=InquiryKey.INSURED_NUMBER,
            check_type=check_type,
            asked_for=TODAY,
            limit_amount_consent=limit,
            number=number,
        )
    )


async def ask_card(
    simulator: Simulator, person: str, check_type: CheckType = CheckType.ELIGIBILITY_ONLY, **more: object
) -> Answer:
    return await simulator.ask(
        InquiryRequest(
            inquiry="i1",
            key=InquiryKey.CERTIFICATE,
            check_type=check_type,
            asked_for=TODAY,
            limit_amount_consent=bool(more.get("limit", False)),
            consents=tuple(more.get("consents", ())),  # type: ignore[call-overload]
            certificate=authentication(person).der,
        )
    )


def test_a_live_facility_cannot_have_the_simulator() -> None:
    with pytest.raises(NotAnExerciseError):
        Simulator(facility(FacilityMode.LIVE), CLOCK)
    with pytest.raises(NotAnExerciseError):
        choose_gateway("simulator", facility(FacilityMode.LIVE), CLOCK)


def test_a_facility_has_no_gateway_until_one_is_set_and_none_of_an_unknown_name() -> None:
    assert choose_gateway("none", facility(FacilityMode.LIVE), CLOCK) is None
    assert choose_gateway("none", facility(), CLOCK) is None
    with pytest.raises(UnknownGatewayError):
        choose_gateway("terminal", facility(), CLOCK)


def test_a_live_facility_has_its_kinds_equipment_and_an_exercise_only_the_simulator() -> None:
    live = configuration_of("none", facility(FacilityMode.LIVE))
    assert live.has_terminal
    assert not live.has_gateway
    exercise = configuration_of("simulator", facility())
    assert exercise.has_gateway
    assert not exercise.has_terminal


def test_everybody_with_an_exercise_card_is_insured_under_the_same_name_and_birth_date() -> None:
    assert set(PEOPLE) <= set(REGISTRY)
    for short_name, person in PEOPLE.items():
        insured = REGISTRY[short_name]
        assert insured.birth_date == person.birth_date
        shown = insured.current or ((insured.old,) if insured.old else ())
        for qualification in shown:
            assert qualification is not None
            assert qualification.birth_date == f"{person.birth_date:%Y%m%d}"
            # A card's field may hold less of a long name than the system does.
            assert len(person.name) >= 3
            for mine, theirs in zip(qualification.name, person.name, strict=False):
                assert mine in (theirs, "●")


def test_every_insurer_number_is_well_formed_and_names_no_real_prefecture() -> None:
    for insured in REGISTRY.values():
        for number in insured.numbers():
            proven = proven_insurer_number(number.insurer_number)
            assert proven[-6:-4] == "99"
            assert InsuredNumber.proven(number.insurer_number, number.symbol, number.number, number.branch)


@pytest.mark.parametrize(
    ("person", "result"),
    [
        ("sato", Result.VALID),
        ("takahashi", Result.VALID),
        ("ito", Result.VALID),
        ("suzuki_yui", Result.INVALID_NEWER_EXISTS),
        ("yamamoto", Result.INVALID),
        ("watanabe", Result.VALID),
        ("garcia", Result.VALID),
        ("kimura", Result.NOT_FOUND),
        ("mori", Result.SEVERAL_MATCH),
        ("nakamura", Result.REFUSED),
    ],
)
async def test_named_persons_have_exact_outcomes_by_number(person: str, result: Result) -> None:
    answer = await ask_number(Simulator(facility(), CLOCK), number_of(person, old=person == "suzuki_yui"))
    assert answer.result is result
    assert answer.simulated is True
    assert bool(answer.qualifications) is (result in (Result.VALID, Result.INVALID, Result.INVALID_NEWER_EXISTS))
    assert answer.code == (REFUSAL_CODE if result is Result.REFUSED else "")


async def test_the_card_sees_the_new_qualification_where_the_old_number_does_not() -> None:
    simulator = Simulator(facility(), CLOCK)
    by_card = await ask_card(simulator, "suzuki_yui")
    by_number = await ask_number(simulator, number_of("suzuki_yui", old=True))
    assert by_card.result is Result.VALID
    assert by_card.qualifications[0].disqualified_on == ""
    assert by_number.qualifications[0].disqualified_on == "20250331"
    assert by_card.qualifications[0].number != by_number.qualifications[0].number


async def test_text_is_kept_as_the_system_writes_it() -> None:
    simulator = Simulator(facility(), CLOCK)
    city = (await ask_number(simulator, number_of("garcia"))).qualifications[0]
    assert city.insurer_number.startswith("  ")
    assert len(city.insurer_number) == 8
    assert city.number.startswith("000")
    strange = await ask_number(simulator, number_of("watanabe"))
    assert strange.has_substitute_character
    assert strange.qualifications[0].name_kana == "ﾜﾀﾅﾍﾞ ﾖｼﾉｽｹ"
    elderly = (await ask_number(simulator, number_of("takahashi"))).qualifications[0]
    assert elderly.kind is QualificationKind.LATE_STAGE_ELDERLY
    assert (elderly.share, elderly.branch, elderly.symbol) == ("010", "", "")


async def test_one_person_may_have_two_qualifications() -> None:
    answer = await ask_number(Simulator(facility(), CLOCK), number_of("hayashi"))
    assert [qualification.kind for qualification in answer.qualifications] == [
        QualificationKind.INSURANCE,
        QualificationKind.PUBLIC_ASSISTANCE,
    ]


async def test_a_number_finds_without_branch_and_zeros_but_not_with_another_birth_date_or_branch() -> None:
    simulator = Simulator(facility(), CLOCK)
    found = number_of("sato", branch="")
    assert (await ask_number(simulator, found)).result is Result.VALID
    short = NumberAsked(**{field: getattr(found, field) for field in found.__struct_fields__} | {"number": "101"})
    assert (await ask_number(simulator, short)).result is Result.VALID
    wrong_branch = number_of("sato", branch="07")
    assert (await ask_number(simulator, wrong_branch)).result is Result.NOT_FOUND
    wrong_birth = NumberAsked(
        **{field: getattr(found, field) for field in found.__struct_fields__} | {"birth_date": "1980-01-13"}
    )
    assert (await ask_number(simulator, wrong_birth)).result is Result.NOT_FOUND


async def test_twins_without_a_branch_match_several_times() -> None:
    (one,) = generate(1, "twin")
    simulator = Simulator(facility(), CLOCK, further=(one, Insured("twin", one.birth_date, one.current)))
    qualification = one.current[0]
    asked = NumberAsked(
        insurer_number=qualification.insurer_number,
        symbol=qualification.symbol,
        number=qualification.number,
        branch="",
        birth_date=one.birth_date.isoformat(),
        source="roster",
    )
    assert (await ask_number(simulator, asked)).result is Result.SEVERAL_MATCH


async def test_an_unknown_certificate_is_not_found() -> None:
    simulator = Simulator(facility(), CLOCK)
    request = InquiryRequest(
        inquiry="i1",
        key=InquiryKey.CERTIFICATE,
        check_type=CheckType.ELIGIBILITY_ONLY,
        asked_for=TODAY,
        limit_amount_consent=False,
        certificate=b"\x30\x00",
    )
    assert (await simulator.ask(request)).result is Result.NOT_FOUND


async def test_eligibility_only_answers_carry_the_limit_alone_and_only_on_consent() -> None:
    simulator = Simulator(facility(), CLOCK)
    without = await ask_card(simulator, "yoshida")
    assert without.qualifications[0].limit is None
    answer = await ask_card(simulator, "yoshida", limit=True, consents=("medication", "specified_illness"))
    qualification = answer.qualifications[0]
    assert qualification.limit is not None
    assert set(qualification.consents) == {"limit_amount"}
    assert qualification.specified_illnesses == ()
    assert without_medical(answer) == (answer, False)


async def test_consents_come_with_their_times_and_a_kind_not_given_is_shut() -> None:
    answer = await ask_card(
        Simulator(facility(), CLOCK), "yoshida", CheckType.HOME_CONSENT, consents=("medication", "specified_illness")
    )
    flags = answer.qualifications[0].consents
    assert flags["medication"].at == "20261201100203"
    assert flags["medication"].available_until == "20261202100203"
    assert flags["treatment"].code == "0"
    assert answer.qualifications[0].specified_illnesses
    cleaned, was_medical = without_medical(answer)
    assert was_medical
    assert cleaned.qualifications[0].specified_illnesses == ()
    assert set(cleaned.qualifications[0].consents) <= {"limit_amount"}


async def test_being_down_is_an_error_with_a_hint_and_not_an_answer() -> None:
    simulator = Simulator(facility(), CLOCK)
    simulator.is_down = True
    simulator.retry_after_s = 30.0
    with pytest.raises(GatewayUnavailableError) as down:
        await ask_card(simulator, "sato")
    assert down.value.retry_after_s == 30.0
    simulator.is_down = False
    assert (await ask_card(simulator, "sato")).result is Result.VALID


@pytest.mark.parametrize(("source", "asked_by"), [("roster", AskedBy.RECEIPT_COMPUTER), ("document", AskedBy.TYPED)])
async def test_over_many_persons_the_measured_proportions_come_out(source: str, asked_by: AskedBy) -> None:
    people = generate(12_000, "rates")
    simulator = Simulator(facility(), CLOCK, seed="rates", with_measured_rates=True, further=people)
    counts: Counter[Result] = Counter()
    for insured in people:
        qualification = insured.current[0]
        number = NumberAsked(
            insurer_number=qualification.insurer_number,
            symbol=qualification.symbol,
            number=qualification.number,
            branch=qualification.branch,
            birth_date=insured.birth_date.isoformat(),
            source=source,
        )
        counts[(await ask_number(simulator, number)).result] += 1
    rate = MEASURED[asked_by]
    for result, share in ((Result.NOT_FOUND, rate.not_found), (Result.INVALID, rate.invalid)):
        expected = share * len(people)
        assert abs(counts[result] - expected) < 4 * (expected * (1 - share)) ** 0.5
    assert counts[Result.VALID] == len(people) - counts[Result.NOT_FOUND] - counts[Result.INVALID]


async def test_without_the_proportions_everybody_generated_is_valid_and_a_seed_repeats_itself() -> None:
    assert generate(3, "a") == generate(3, "a") != generate(3, "b")
    people = generate(200, "a")
    plain = Simulator(facility(), CLOCK, further=people)
    for insured in people:
        qualification = insured.current[0]
        asked = NumberAsked(
            insurer_number=qualification.insurer_number,
            symbol=qualification.symbol,
            number=qualification.number,
            branch="",
            birth_date=insured.birth_date.isoformat(),
            source="document",
        )
        assert (await ask_number(plain, asked)).result is Result.VALID


def test_nothing_of_a_person_shows_in_a_repr() -> None:
    asked = number_of("sato")
    assert asked.number not in repr(asked)
    assert "佐藤" not in repr(REGISTRY["sato"].current[0])
