"""The bulk inquiry of the simulator: a reception number at once, the result later, each person for himself."""

from datetime import UTC, date, datetime

import pytest

from kazasu.clock import SetClock
from kazasu.facility.facility import Facility
from kazasu.facility.kind import FacilityKind, FacilityMode
from kazasu.gateway import (
    BulkGateway,
    BulkKind,
    BulkRequest,
    BulkResult,
    BulkUnitAsked,
    GatewayUnavailableError,
    NumberAsked,
    Result,
    Segment,
)
from kazasu.gateway.simulator import REGISTRY, Simulator
from kazasu.gateway.simulator.bulk_desk import BULK_LIMIT, UNKNOWN_RECEPTION_CODE, BulkTooLargeError


@pytest.fixture
def simulator() -> Simulator:
    facility = Facility("f1", "x", FacilityMode.EXERCISE, FacilityKind.MEDICAL_INSTITUTION, "9910000005", "e1")
    return Simulator(facility, SetClock(datetime(2026, 12, 1, 1, 2, 3, tzinfo=UTC)))


def unit(person: str, *consents: str, limit: bool = False) -> BulkUnitAsked:
    insured = REGISTRY[person]
    one = insured.current[0] if insured.current else insured.old
    assert one is not None
    number = NumberAsked(
        insurer_number=one.insurer_number.strip(),
        symbol=one.symbol,
        number=one.number,
        branch=one.branch,
        birth_date=insured.birth_date.isoformat(),
        source="roster",
    )
    return BulkUnitAsked(identifier=person, number=number, limit_amount_consent=limit, consents=consents)


def request(*units: BulkUnitAsked, kind: BulkKind = BulkKind.BEFORE_VISIT) -> BulkRequest:
    return BulkRequest(identifier="j1", kind=kind, asked_for=date(2026, 12, 2), units=units)


async def result(simulator: Simulator, asked: BulkRequest) -> BulkResult:
    number = await simulator.send_bulk(asked)
    while True:
        found = await simulator.fetch_bulk(number)
        if found.segment is not Segment.WORKING:
            return found


def test_the_simulator_is_a_gateway_for_many(simulator: Simulator) -> None:
    assert isinstance(simulator, BulkGateway)


async def test_it_works_for_a_while_and_then_has_each_persons_answer_or_error_with_the_counts(
    simulator: Simulator,
) -> None:
    number = await simulator.send_bulk(request(unit("sato"), unit("kimura"), unit("yamamoto"), unit("nakamura")))
    assert number.startswith("EXERCISE")
    assert (await simulator.fetch_bulk(number)).segment is Segment.WORKING
    done = await simulator.fetch_bulk(number)
    assert (done.segment, done.processed, done.normal, done.errors) == (Segment.DONE, 4, 3, 1)
    results = {one.identifier: one.answer.result if one.answer else one.code for one in done.units}
    assert results == {
        "sato": Result.VALID,
        "kimura": Result.NOT_FOUND,
        "yamamoto": Result.INVALID,
        "nakamura": "EXERCISE-E0001",
    }
    assert all(one.answer is None or one.answer.simulated for one in done.units)
    # Fetched again it is the same.
    assert await simulator.fetch_bulk(number) == done


async def test_a_failed_one_has_no_answers_and_an_unknown_number_has_failed(simulator: Simulator) -> None:
    simulator.bulk.fails_next = 1
    failed = await result(simulator, request(unit("sato")))
    assert (failed.segment, failed.units) == (Segment.FAILED, ())
    unknown = await simulator.fetch_bulk("EXERCISE000000000000")
    assert (unknown.segment, unknown.code) == (Segment.FAILED, UNKNOWN_RECEPTION_CODE)
    assert (await result(simulator, request(unit("sato")))).segment is Segment.DONE


async def test_while_it_is_down_nothing_is_taken(simulator: Simulator) -> None:
    simulator.is_down = True
    with pytest.raises(GatewayUnavailableError):
        await simulator.send_bulk(request(unit("sato")))
    with pytest.raises(GatewayUnavailableError):
        await simulator.fetch_bulk("x")
    assert simulator.bulk.requests == []


async def test_more_than_the_interface_takes_is_a_fault_of_the_caller(simulator: Simulator) -> None:
    with pytest.raises(BulkTooLargeError):
        await simulator.send_bulk(request(*[unit("sato")] * (BULK_LIMIT + 1)))


async def test_before_a_visit_no_consent_opens_anything_and_asked_again_the_first_one_does(
    simulator: Simulator,
) -> None:
    asked = unit("yoshida", "medication", "specified_illness", limit=True)
    before = (await result(simulator, request(asked))).units[0].answer
    assert before is not None
    assert set(before.qualifications[0].consents) == {"limit_amount"}
    assert before.qualifications[0].specified_illnesses == ()
    again = (await result(simulator, request(asked, kind=BulkKind.RE_INQUIRY))).units[0].answer
    assert again is not None
    flags = {kind: flag.code for kind, flag in again.qualifications[0].consents.items()}
    assert flags == {"limit_amount": "1", "medication": "1", "specified_illness": "1"}
    assert again.qualifications[0].specified_illnesses != ()
