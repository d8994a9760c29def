"""A stand-in for the national system, in process: answers by inquiry key from its own registry, always marked.

Only an exercise facility can have one (invariant 10). It knows a certificate by its serial number alone, as the
registry behind the national front ends would; whether the certificate verifies is for the server to judge before.
"""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone

import msgspec
from cryptography import x509

from kazasu.clock import Clock
from kazasu.facility.facility import Facility
from kazasu.gateway.answer import Answer, ConsentFlag, Qualification, Result
from kazasu.gateway.bulk import BulkKind, BulkRequest, BulkResult
from kazasu.gateway.medical import PARTS, MedicalRequest, MedicalResult, flags_of
from kazasu.gateway.medical_file import request_file
from kazasu.gateway.port import GatewayUnavailableError, InquiryRequest, NumberAsked
from kazasu.gateway.simulator.bulk_desk import BULK_LIMIT, BulkDesk
from kazasu.gateway.simulator.medical_record import medical_records
from kazasu.gateway.simulator.rate import AskedBy, drawn_result
from kazasu.gateway.simulator.registry import REGISTRY, Insured
from kazasu.rules import CheckType, ConsentKind, InquiryKey, InsuredNumber

__all__ = ["REFUSAL_CODE", "NotAnExerciseError", "Simulator"]

REFUSAL_CODE = "EXERCISE-E0001"
"""Made up: central error codes are not public, and whatever comes is kept as it is."""

_JAPAN = timezone(timedelta(hours=9))
_CONSENT_HOLDS = timedelta(hours=24)
_CONSENTS_AT = time()
"""When those who consent on the government's page do so, each day: before anybody is visited."""
_CARDS = ("authentication", "phone")


class NotAnExerciseError(Exception):
    """A live facility was about to be answered by the simulator."""


class Simulator:
    """Answers in the shape and with the outcomes of the national system, after `delay_s`, when not `is_down`."""

    name = "simulator"
    is_simulated = True
    bulk_kinds: frozenset[BulkKind] = frozenset(BulkKind)
    bulk_limit = BULK_LIMIT

    def __init__(
        self,
        facility: Facility,
        clock: Clock,
        *,
        seed: str = "",
        with_measured_rates: bool = False,
        further: Iterable[Insured] = (),
        delay_s: float = 0.0,
    ) -> None:
        if not facility.is_exercise:
            raise NotAnExerciseError
        self.keys = frozenset({InquiryKey.CERTIFICATE, InquiryKey.INSURED_NUMBER})
        self._clock = clock
        self._seed = seed
        self._with_measured_rates = with_measured_rates
        self._insured = {**REGISTRY, **{insured.key: insured for insured in further}}
        self._by_number: dict[tuple[str, str, str], list[Insured]] = {}
        for insured in self._insured.values():
            for number in insured.numbers():
                found = self._by_number.setdefault(number.comparable(), [])
                if insured not in found:
                    found.append(insured)
        self._by_serial: dict[int, Insured] | None = None
        self.delay_s = delay_s
        self.is_down = False
        self.retry_after_s: float | None = None
        self.asked = 0
        """How often it was asked, answered or not."""
        self.bulk = BulkDesk(self._answer_one, self._consented)

    async def ask(self, request: InquiryRequest) -> Answer:
        """The answer of the registry; `GatewayUnavailableError` while it is told to be down."""
        await self._reach()
        return await self._answer_one(request)

    def answer_consents_singly(self) -> None:
        """From here on a consent comes at once by its check's card, with what was chosen on our device, instead of by
        the day's bulk fetch, as no real interface does it: for tests of what a consent opens."""
        self.keys |= {InquiryKey.CONSENT_FETCH}
        self.bulk_kinds = frozenset(BulkKind) - {BulkKind.HOME_CONSENTS}

    async def send_bulk(self, request: BulkRequest) -> str:
        """A reception number; `GatewayUnavailableError` while it is told to be down."""
        await self._reach()
        return self.bulk.take(request)

    async def fetch_bulk(self, reception_number: str) -> BulkResult:
        """What has become of it; `GatewayUnavailableError` while it is told to be down."""
        await self._reach()
        return await self.bulk.give(reception_number)

    async def _reach(self) -> None:
        self.asked += 1
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.is_down:
            raise GatewayUnavailableError("simulator_down", self.retry_after_s)

    async def _answer_one(self, request: InquiryRequest) -> Answer:
        # Asked for by itself, which no real interface does (see `answer_consents_singly`), a consent is one that the
        # person gave on the government's page with this very card.
        if request.key in (InquiryKey.CERTIFICATE, InquiryKey.CONSENT_FETCH) and request.certificate is not None:
            return self._answer(request, self._find_by_certificate(request.certificate), AskedBy.CARD)
        if request.key is InquiryKey.INSURED_NUMBER and request.number is not None:
            asked_by = AskedBy.TYPED if request.number.source == "document" else AskedBy.RECEIPT_COMPUTER
            return self._answer(request, self._find_by_number(request.number), asked_by)
        return self._as(request, Result.REFUSED, code=REFUSAL_CODE)

    async def fetch_medical(self, request: MedicalRequest) -> MedicalResult:
        """Synthetic records of the person whom the number names, each marked; XML alone."""
        await self._reach()
        asked = request.qualification
        number = InsuredNumber(asked.insurer_number.strip(), asked.symbol, asked.number, asked.branch)
        found = self._by_number.get(number.comparable(), [])
        sections = medical_records(request_file(request), request, found[0].key if found else None)
        return MedicalResult(sections, None, fetched_at=self._clock.now(), simulated=True)

    def _consented(self, day: date) -> list[Answer]:
        """The consents to home visits that were registered on this day, as far as it has come."""
        at = datetime.combine(day, _CONSENTS_AT, _JAPAN)
        if at > self._clock.now():
            return []
        found = []
        for insured in self._insured.values():
            if not insured.home_consents or not insured.current:
                continue
            kinds = insured.home_consents
            request = InquiryRequest(
                inquiry=f"consent-{insured.key}",
                key=InquiryKey.CONSENT_FETCH,
                check_type=CheckType.HOME_CONSENT,
                asked_for=day,
                limit_amount_consent=ConsentKind.LIMIT_AMOUNT.value in kinds,
                consents=tuple(sorted(kinds - {ConsentKind.LIMIT_AMOUNT.value})),
                is_continuing=True,
            )
            found.append(self._as(request, Result.VALID, insured.current, consented_at=at))
        return found

    def _find_by_certificate(self, octets: bytes) -> list[Insured]:
        if self._by_serial is None:
            self._by_serial = _people_by_serial(self._insured)
        try:
            serial = x509.load_der_x509_certificate(octets).serial_number
        except ValueError:
            return []
        found = self._by_serial.get(serial)
        return [found] if found else []

    def _find_by_number(self, asked: NumberAsked) -> list[Insured]:
        number = InsuredNumber(asked.insurer_number.strip(), asked.symbol, asked.number, asked.branch)
        return [
            insured
            for insured in self._by_number.get(number.comparable(), [])
            if insured.birth_date.isoformat() == asked.birth_date and _branch_fits(insured, number)
        ]

    def _answer(self, request: InquiryRequest, found: list[Insured], asked_by: AskedBy) -> Answer:
        if not found:
            return self._as(request, Result.NOT_FOUND)
        if len(found) > 1:
            return self._as(request, Result.SEVERAL_MATCH)
        insured = found[0]
        result = insured.results.get(request.key, Result.VALID)
        if self._with_measured_rates and result is Result.VALID:
            result = drawn_result(self._seed, insured.key, asked_by)
        match result:
            case Result.VALID:
                return self._as(request, result, insured.current)
            case Result.INVALID:
                lost = insured.old or _lost(insured.current[0], request.asked_for)
                return self._as(request, result, (lost,))
            case Result.INVALID_NEWER_EXISTS if insured.old is not None:
                return self._as(request, result, (insured.old,))
            case Result.REFUSED:
                return self._as(request, result, code=REFUSAL_CODE)
            case _:
                return self._as(request, result)

    def _as(
        self,
        request: InquiryRequest,
        result: Result,
        qualifications: tuple[Qualification, ...] = (),
        *,
        code: str = "",
        consented_at: datetime | None = None,
    ) -> Answer:
        now = self._clock.now()
        at = (consented_at or now).astimezone(_JAPAN)
        flags = _consent_flags(request, f"{at:%Y%m%d%H%M%S}", f"{at + _CONSENT_HOLDS:%Y%m%d%H%M%S}")
        return Answer(
            result=result,
            asked_for=request.asked_for,
            answered_at=now,
            simulated=True,
            qualifications=tuple(_as_consented(qualification, request, flags) for qualification in qualifications),
            code=code,
            message="EXERCISE 訓練",
            reference=f"EXERCISE-{request.inquiry}",
        )


def _consent_flags(request: InquiryRequest, at: str, until: str) -> dict[str, ConsentFlag]:
    flags = {
        "limit_amount": ConsentFlag(code="1" if request.limit_amount_consent else "0", at=at)
        if request.limit_amount_consent
        else ConsentFlag(code="0")
    }
    if request.check_type is CheckType.ELIGIBILITY_ONLY:
        return flags
    if request.is_re_inquiry:
        # The first consent carries on; until when is not public, so that nothing is said of it.
        given = ConsentFlag(code="1", at=at)
        return flags | {flag: given for kind in request.consents for flag in flags_of(kind)}
    # Asked by number, no card and no screen of the national system was there: it knows of no consent.
    if request.key is InquiryKey.INSURED_NUMBER:
        return flags
    given = ConsentFlag(code="1", at=at, available_until="" if request.is_continuing else until)
    for kind in PARTS:
        flags |= dict.fromkeys(flags_of(kind), given if kind in request.consents else ConsentFlag(code="0"))
    is_illness_open = ConsentKind.SPECIFIED_ILLNESS in request.consents
    flags[ConsentKind.SPECIFIED_ILLNESS] = ConsentFlag(code="1", at=at) if is_illness_open else ConsentFlag(code="0")
    return flags


def _as_consented(
    qualification: Qualification, request: InquiryRequest, flags: dict[str, ConsentFlag]
) -> Qualification:
    is_illness_open = flags.get("specified_illness", ConsentFlag(code="0")).code == "1"
    return msgspec.structs.replace(
        qualification,
        consents=flags,
        limit=qualification.limit if request.limit_amount_consent else None,
        specified_illnesses=qualification.specified_illnesses if is_illness_open else (),
    )


def _lost(qualification: Qualification, asked_for: date) -> Qualification:
    """The same qualification, lost on the last day of the month before."""
    day = asked_for.replace(day=1) - timedelta(days=1)
    return msgspec.structs.replace(qualification, disqualified_on=f"{day:%Y%m%d}", reason_of_loss="99")


def _branch_fits(insured: Insured, asked: InsuredNumber) -> bool:
    branches = {number.branch for number in insured.numbers() if number.comparable() == asked.comparable()}
    return not asked.branch or asked.branch in branches or branches == {""}


def _people_by_serial(insured: dict[str, Insured]) -> dict[int, Insured]:
    # The emulator loads exercise keys; a server without a simulator never comes here.
    from mynacard.emulator.credential import serial_of
    from mynacard.emulator.people import PEOPLE

    return {
        serial_of(person, carrier): insured[short_name]
        for short_name, person in PEOPLE.items()
        if short_name in insured
        for carrier in _CARDS
    }
