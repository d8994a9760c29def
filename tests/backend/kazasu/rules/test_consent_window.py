"""How long a consent carries: every setting, every certificate state, and the moments at its ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kazasu.rules.certificate import CertificateState as C
from kazasu.rules.consent_window import WINDOW_ROWS, NoWindow, Window, window_of
from kazasu.rules.period import Knowledge
from kazasu.rules.vocabulary import CheckType as T
from kazasu.rules.vocabulary import Setting as S

AT = datetime(2024, 11, 5, 1, 30, tzinfo=UTC)
DAY = date(2024, 11, 5)
SECOND = timedelta(seconds=1)


def window(setting: S, *, day: date = DAY, certificate: C = C.VALID, check_type: T = T.HOME_CONSENT) -> Window:
    found = window_of(check_type, setting, certificate, AT, day)
    assert isinstance(found, Window)
    return found


@pytest.mark.parametrize("setting", [S.HOUSE_CALL, S.DRIVE_THROUGH, S.FEVER_CLINIC, S.COUNTER_FALLBACK, S.ONLINE])
def test_the_differing_path_and_a_house_call_have_24_hours(setting: S) -> None:
    found = window(setting)
    assert found.closes_at == AT + timedelta(hours=24)
    assert not found.may_ask_again
    assert not found.is_open(AT - SECOND)
    assert found.is_open(AT)
    assert found.is_open(AT + timedelta(hours=24) - SECOND)
    assert not found.is_open(AT + timedelta(hours=24))


def test_continuing_visits_last_until_the_consent_is_withdrawn() -> None:
    found = window(S.HOME_VISIT)
    assert found.closes_at is None
    assert found.may_ask_again
    assert found.is_open(AT + timedelta(days=3650))
    withdrawn_at = AT + timedelta(days=10)
    assert found.is_open(withdrawn_at - SECOND, withdrawn_at=withdrawn_at)
    assert not found.is_open(withdrawn_at, withdrawn_at=withdrawn_at)


def test_a_withdrawal_ends_24_hours_at_once() -> None:
    assert not window(S.HOUSE_CALL).is_open(AT + SECOND, withdrawn_at=AT + SECOND)


@pytest.mark.parametrize("setting", S)
def test_eligibility_only_opens_nothing(setting: S) -> None:
    found = window_of(T.ELIGIBILITY_ONLY, setting, C.VALID, AT, DAY)
    assert isinstance(found, NoWindow)
    assert found.why == "eligibility_only"


@pytest.mark.parametrize("certificate", [C.GRACE, C.EXPIRED, C.NOT_YET_VALID])
@pytest.mark.parametrize("setting", S)
def test_the_grace_opens_nothing(setting: S, certificate: C) -> None:
    found = window_of(T.HOME_CONSENT, setting, certificate, AT, DAY)
    assert isinstance(found, NoWindow)
    assert found.why == "certificate"


@pytest.mark.parametrize("certificate", [C.VALID, C.ALERT])
def test_a_certificate_that_runs_out_soon_still_opens(certificate: C) -> None:
    assert window(S.HOME_VISIT, certificate=certificate).is_open(AT)


@pytest.mark.parametrize("setting", [S.CHECK_UP, S.TREATMENT])
def test_a_setting_without_a_window_opens_nothing(setting: S) -> None:
    found = window_of(T.HOME_CONSENT, setting, C.VALID, AT, DAY)
    assert isinstance(found, NoWindow)
    assert found.why == "setting"


@pytest.mark.parametrize("row", WINDOW_ROWS, ids=lambda row: row.key)
def test_each_window_is_there_from_its_first_day(row: object) -> None:
    assert row in WINDOW_ROWS
    found = next(r for r in WINDOW_ROWS if r == row)
    (setting, *_) = sorted(found.settings)
    before = window_of(T.HOME_CONSENT, setting, C.VALID, AT, found.since - timedelta(days=1))
    assert isinstance(before, NoWindow)
    assert isinstance(window_of(T.HOME_CONSENT, setting, C.VALID, AT, found.since), Window)
    late = window_of(T.HOME_CONSENT, setting, C.VALID, AT, date(2026, 1, 1))
    assert isinstance(late, Window)
    assert late.knowledge is Knowledge.AS_KNOWN_ON
