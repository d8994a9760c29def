"""Documents and voids, recorded at the door."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from harness.clinic import door
from harness.device import Tablet
from harness.dialogue import ScriptedDialogue

from checksync.body import SubstituteBody, TroubleBody, VoidBody
from checksync.intent import VisitSubject
from checksync.received import ReceivedStore
from kazasu_device.check import Checking, CheckOrder
from kazasu_device.device import Device
from kazasu_device.document import Remark, remarks
from kazasu_device.door import Document, Trouble, parse_fields, record_document, record_trouble, record_void
from kazasu_device.duty import NOBODY
from kazasu_device.errors import IndividualNumberRefusedError, InputNotValidError, NotOnThisDeviceError
from kazasu_device.keeping import Keeping
from kazasu_device.presence import Presence
from mynacard.emulator import VirtualReader, virtual_card

FIELDS = {"insurer_number": "01990011", "symbol": "訓練", "number": "0012", "branch": "01", "name": "佐藤　花子"}
SHOWN = Document("qualification_certificate", "not_on_list", {**FIELDS})


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


@pytest.fixture
def device(tablet: Tablet) -> Iterator[Device]:
    with tablet.open() as opened:
        tablet.put_on_duty(opened)
        yield opened


def a_check(device: Device) -> str:
    order = CheckOrder(check_type="home_consent", setting="home_visit", subject=VisitSubject(id="ab"))
    presence = Presence(VirtualReader(virtual_card("sato")), within_s=0)
    acting = device.duty.acting(device.now())
    with ReceivedStore(device.home.received_file) as store:
        checking = Checking(device, presence, ScriptedDialogue(["1234"]), Keeping(store, device.now), acting)
        return checking.perform(order).check


def test_a_document_is_recorded_for_its_check(tablet: Tablet, device: Device) -> None:
    acting = device.duty.acting(device.now())
    assert acting is not None
    confirmed = record_document(device, acting, SHOWN, check="cd" * 16, visit=None)
    [(entry, body)] = tablet.sent(device)
    assert isinstance(body, SubstituteBody)
    assert (entry.number, entry.kind) == (confirmed.number, "substitute")
    assert (body.check, body.visit, body.duty_pass) == ("cd" * 16, None, acting.pass_id)
    assert (body.document, body.reason, body.fields) == ("qualification_certificate", "not_on_list", FIELDS)


def test_a_document_is_recorded_alone_for_a_visit(tablet: Tablet, device: Device) -> None:
    record_document(device, None, SHOWN, check=None, visit="ab" * 16)
    [(_, body)] = tablet.sent(device)
    assert isinstance(body, SubstituteBody)
    assert (body.check, body.visit, body.duty_pass) == (None, "ab" * 16, NOBODY)


@pytest.mark.parametrize(("check", "visit"), [(None, None), ("cd" * 16, "ab" * 16)])
def test_a_document_belongs_to_a_check_or_to_a_visit(device: Device, check: str | None, visit: str | None) -> None:
    with pytest.raises(InputNotValidError):
        record_document(device, None, SHOWN, check=check, visit=visit)


@pytest.mark.parametrize(
    "name", ["individual_number", "my_number", "MyNumber", "personal_number", "kojin_bango", "個人番号", "マイナンバー"]
)
def test_a_field_for_the_individual_number_is_refused(name: str) -> None:
    with pytest.raises(IndividualNumberRefusedError):
        Document("notice", "card", {name: "123456789018"})


@pytest.mark.parametrize("kind", ["", "佐藤花子", "a b", "x" * 61, "Notice"])
def test_a_kind_or_reason_is_a_word_because_it_is_listed_in_clear(kind: str) -> None:
    with pytest.raises(InputNotValidError):
        Document(kind, "card", {})
    with pytest.raises(InputNotValidError):
        Document("notice", kind, {})


@pytest.mark.parametrize(
    "typed", [b"", b"[]", b'"\xe4', b'{"a":{}}', b'{"name":"' + "佐藤".encode() + b'"', b"[" * 9999]
)
def test_fields_that_cannot_be_read_are_refused_without_repeating_them(typed: bytes) -> None:
    with pytest.raises(InputNotValidError) as caught:
        parse_fields(typed)
    assert "佐藤" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_a_documents_repr_shows_nothing_of_it() -> None:
    assert "花子" not in repr(SHOWN)


def test_a_check_of_this_device_is_taken_back(tablet: Tablet, device: Device) -> None:
    check = a_check(device)
    record_void(device, None, check, "wrong_person")
    (_, _), (_, body) = tablet.sent(device)
    assert isinstance(body, VoidBody)
    assert (body.check, body.reason) == (check, "wrong_person")


def test_a_check_of_another_device_is_not_taken_back_here(device: Device) -> None:
    a_check(device)
    with pytest.raises(NotOnThisDeviceError):
        record_void(device, None, "ee" * 16, "wrong_person")


def test_a_reason_in_free_text_is_refused(device: Device) -> None:
    with pytest.raises(InputNotValidError):
        record_void(device, None, a_check(device), "佐藤さんではなかった")


@pytest.mark.parametrize(("check", "visit"), [("cd" * 16, None), (None, "ab" * 16)])
def test_a_trouble_is_recorded_in_two_touches(
    tablet: Tablet, device: Device, check: str | None, visit: str | None
) -> None:
    record_trouble(device, None, Trouble("reader", "last_visit", True, "怒っていた"), check=check, visit=visit)
    [(entry, body)] = tablet.sent(device)
    assert isinstance(body, TroubleBody)
    assert (entry.kind, body.check, body.visit, body.category, body.response) == (
        "trouble", check, visit, "reader", "last_visit",
    )  # fmt: skip
    assert (body.full_charge, body.note) == (True, "怒っていた")


def test_a_trouble_of_nobody_has_a_visit_of_its_own(tablet: Tablet, device: Device) -> None:
    record_trouble(device, None, Trouble("reader", "vendor"), check=None, visit=None)
    record_trouble(device, None, Trouble("reader", "vendor"), check=None, visit=None)
    visits = [body.visit for _, body in tablet.sent(device) if isinstance(body, TroubleBody)]
    assert len(set(visits)) == 2
    assert all(visit is not None and len(visit) == 32 for visit in visits)


@pytest.mark.parametrize(
    ("category", "response"), [("novel", "vendor"), ("reader", "last_visits_data"), ("佐藤", "vendor"), ("reader", "")]
)
def test_a_trouble_is_said_in_the_words_of_the_list(device: Device, category: str, response: str) -> None:
    with pytest.raises(InputNotValidError):
        record_trouble(device, None, Trouble(category, response), check=None, visit=None)
    assert device.outbox.recorded() == []


def test_a_device_whose_server_hands_over_no_words_takes_any_code(tablet: Tablet, device: Device) -> None:
    device.policy = msgspec.structs.replace(device.policy, door=None)
    record_trouble(device, None, Trouble("novel", "vendor"), check=None, visit=None)
    assert len(tablet.sent(device)) == 1


@pytest.mark.parametrize(
    ("document", "fields", "expected"),
    [
        ("qualification_certificate", {**FIELDS, "valid_until": "令和8年12月1日"}, ()),
        ("qualification_certificate", {"valid_until": "R8.11.30"}, (Remark("valid_until", "past_its_date"),)),
        # The date of a notice is that of the share.
        ("notice", {"valid_until": "R8.11.30", "name_kana": "サトウ"}, ()),
        ("notice", {"issued_on": "霜月"}, (Remark("issued_on", "not_a_date"),)),
        ("oral_confirmation", {"shoe_size": "26"}, (Remark("shoe_size", "unknown_field"),)),
        ("library_card", {}, (Remark("document", "unknown_document"),)),
    ],
)
def test_what_is_odd_about_a_document_is_said_and_never_keeps_it_back(
    document: str, fields: dict[str, str], expected: tuple[Remark, ...]
) -> None:
    assert remarks(door(), document, fields, "2026-12-01") == expected
