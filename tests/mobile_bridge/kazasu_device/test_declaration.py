"""The declaration on the device: asked and judged as by the server's rule, drafts that never rest in clear."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from harness.clinic import door
from harness.device import Tablet
from hypothesis import given
from hypothesis import strategies as st

from checksync.body import DeclarationBody, FieldValue
from checksync.received import ReceivedStore
from kazasu.rules import declaration as rule
from kazasu_device.declaration import (
    DeclarationDraft,
    Drafts,
    asked_fields,
    faults,
    form_on,
    merged,
    record_declaration,
)
from kazasu_device.device import Device
from kazasu_device.errors import DeclarationNotCompleteError, IndividualNumberRefusedError, InputNotValidError

NAME = "架空　花子"
INK = "strokes:300x100:10,50 60,20"
WHOLE: dict[str, FieldValue] = {
    "has_valid": True,
    "scheme": "national",
    "insurer_name": "架空市",
    "name": NAME,
    "name_kana": "カクウ　ハナコ",
    "birth_date": "昭和60年5月1日",
    "sex": "female",
    "address": "架空県架空市１－２",
    "date": "令和8年12月1日",
    "signature": INK,
    "telephone": "03-0000-0000",
}
DAY = date(2026, 12, 1)
DAY_KEY = b"k" * 32
VALUES = st.sampled_from(
    ["", " ", "x", True, False, None, 1, "national", "employees", "unknown", "late_stage_elderly", "30", "male", INK,
     "昭和20年1月1日", "1940-02-29", "霜月", "令和20年1月1日", "架空国民健康保険組合", "within_a_month", "on_paper"]
)  # fmt: skip
NAMES = st.sampled_from(
    [*WHOLE, "workplace", "share", "residence", "relation", "issued_when", "is_signed_by_other", "shoe_size"]
)


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


@pytest.fixture
def device(tablet: Tablet) -> Iterator[Device]:
    with tablet.open() as opened:
        tablet.put_on_duty(opened)
        yield opened


@given(
    st.sampled_from(["2023-07", "2024-12"]),
    st.dictionaries(NAMES, VALUES, max_size=8),
    st.booleans(),
    st.sampled_from([DAY, date(2023, 7, 10), date(2024, 12, 2)]),
)
def test_what_is_asked_and_what_is_wrong_are_as_by_the_servers_rule(
    version: str, changes: dict[str, FieldValue], is_whole: bool, day: date
) -> None:
    answers = {**(WHOLE if is_whole else {}), **changes}
    ours = next(form for form in door().declarations if form.version == version)
    theirs = next(form for form in rule.FORMS if form.version == version)
    assert [field.name for field in asked_fields(ours, answers, day)] == [
        field.name for field in rule.asked_fields(theirs, answers, day)
    ]
    assert [(one.field, one.why) for one in faults(ours, answers, day)] == [
        (one.field, one.why.value) for one in rule.validate(theirs, answers, day)
    ]


@pytest.mark.parametrize(
    ("day", "version"),
    [(date(2023, 7, 9), None), (date(2023, 7, 10), "2023-07"), (date(2024, 12, 1), "2023-07"), (DAY, "2024-12")],
)
def test_the_version_goes_by_the_day(day: date, version: str | None) -> None:
    found = form_on(door().declarations, day)
    assert (None if found is None else found.version) == version


def test_a_whole_one_is_recorded_as_an_entry(tablet: Tablet, device: Device) -> None:
    form = form_on(door().declarations, DAY)
    assert form is not None
    record_declaration(device, device.duty.acting(device.now()), form, WHOLE, check="cd" * 16, visit=None)
    [(entry, body)] = tablet.sent(device)
    assert isinstance(body, DeclarationBody)
    assert (entry.kind, body.form, body.check, body.fields) == ("declaration", "2024-12", "cd" * 16, WHOLE)
    # Nothing at rest can be read back: the entry is sealed to the clinic.
    assert not any(NAME.encode() in path.read_bytes() for path in tablet.path.rglob("*") if path.is_file())


def test_one_that_cannot_serve_is_refused_by_field_and_records_nothing(device: Device) -> None:
    form = form_on(door().declarations, DAY)
    assert form is not None
    with pytest.raises(DeclarationNotCompleteError) as raised:
        record_declaration(device, None, form, {**WHOLE, "signature": "x", "sex": None}, check="cd" * 16, visit=None)
    assert raised.value.faults == ["sex:missing", "signature:not_a_signature"]
    assert NAME not in str(raised.value)
    with pytest.raises(IndividualNumberRefusedError):
        record_declaration(device, None, form, {**WHOLE, "my_number": "123456789018"}, check="cd" * 16, visit=None)
    with pytest.raises(InputNotValidError):
        record_declaration(device, None, form, WHOLE, check=None, visit=None)
    assert device.outbox.recorded() == []


def test_an_unfinished_one_rests_under_the_day_key_alone(tablet: Tablet, device: Device) -> None:
    draft = merged(None, "cd" * 16, "2024-12", {"name": NAME, "sex": None}, device.now())
    assert draft.fields == {"name": NAME}
    with ReceivedStore(tablet.home.received_file) as store:
        assert not Drafts(store).keep(draft)
        assert Drafts(store).of("cd" * 16) == draft
    with ReceivedStore(tablet.home.received_file) as store:
        # In memory only, without the day's key: the next run knows nothing of it.
        assert Drafts(store).of("cd" * 16) is None
        store.unlock(DAY_KEY)
        assert Drafts(store).keep(draft)
    assert not any(NAME.encode() in path.read_bytes() for path in tablet.path.rglob("*") if path.is_file())
    with ReceivedStore(tablet.home.received_file) as store:
        assert store.notes(DeclarationDraft) == []
        store.unlock(DAY_KEY)
        drafts = Drafts(store)
        assert drafts.of("cd" * 16) == draft
        assert drafts.of("ab" * 16) is None
        drafts.drop("cd" * 16)
        assert drafts.of("cd" * 16) is None
    with ReceivedStore(tablet.home.received_file) as store:
        store.unlock(DAY_KEY)
        assert store.notes(DeclarationDraft) == []
