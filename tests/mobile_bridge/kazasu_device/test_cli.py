"""The command line in process: what it prints, what it exits with, what it refuses."""

import json
import threading
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from harness.clinic import Clinic
from harness.device import Tablet
from harness.reader import UnsteadyHand

from checksync.body import DeclarationBody, TroubleBody
from checksync.check import CheckBody
from checksync.intent import NotOnList, Proxy, parse_intent
from checksync.outbox import Outbox, OutboxStorageError, QueueFullError
from kazasu_device.cli import device as device_group
from kazasu_device.memory import MemoryKept
from kazasu_device.say import EXERCISE
from mynacard.emulator import PEOPLE, virtual_card

SATO = PEOPLE["sato"]
HOME_VISIT = ("--type", "home_consent", "--setting", "home_visit", "--subject", "not-on-list", "--no-sync")


@pytest.fixture(autouse=True)
def _stdout_is_the_runners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mynacard.terminal.keep_stdout_for_results", lambda: None)
    # Of a device's process; here it would be the tests' own memory that is locked.
    monkeypatch.setattr("kazasu_device.memory.keep_memory_off_disk", lambda: MemoryKept(False, False))


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


Run = Callable[..., Result]


@pytest.fixture
def run(tablet: Tablet) -> Run:
    def run(*arguments: str, typed: str | bytes = "", as_json: bool = True) -> Result:
        given = ["--home", str(tablet.path), *arguments, *(["--json"] if as_json else [])]
        return CliRunner().invoke(device_group, given, input=typed, prog_name="kazasu device")

    return run


def shown(result: Result) -> dict[str, Any]:
    [line] = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_every_command_has_help(run: Run) -> None:
    for name in device_group.list_commands(click.Context(device_group)):
        result = run(name, "--help", as_json=False)
        assert result.exit_code == 0, result.output


def test_help_imports_neither_the_server_nor_a_reader() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from kazasu_device.cli import device\n"
        "try: device(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('kazasu', 'sqlalchemy', 'litestar', 'smartcard', 'nfc.clf', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_check_by_pin_prints_one_object(run: Run, tablet: Tablet) -> None:
    result = run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n")
    assert result.exit_code == 0, result.output
    found = shown(result)
    assert (found["recorded"], found["number"], found["assurance"]) == (True, 1, "card_signed")
    assert (found["card"], found["answer"], found["sent"], found["exercise"]) == ("plastic", None, False, True)
    assert found["queue"]["waiting"] == 1
    with tablet.open() as device:
        [entry] = device.outbox.recorded()
        assert (entry.reference, entry.kind) == (found["check"], "check")


def test_options_become_the_intent(run: Run, tablet: Tablet) -> None:
    result = run(
        "check", *HOME_VISIT, "--typed-by", "proxy:daughter", "--consent", "medication", "--decline", "check_ups",
        "--reader", "emulator:sato", "--pin-stdin", typed="1234\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    with tablet.open() as device:
        [(_, body)] = tablet.sent(device)
    assert isinstance(body, CheckBody)
    fields = parse_intent(body.intent).fields
    assert fields.pin_typed_by == Proxy(relation="daughter")
    assert fields.subject == NotOnList()
    assert [(choice.kind, choice.given) for choice in fields.consents] == [("medication", True), ("check_ups", False)]


def test_in_an_exercise_every_line_says_so(run: Run) -> None:
    result = run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n", as_json=False)
    lines = [line for line in result.output.splitlines() if line]
    assert len(lines) > 3
    assert all(line.startswith(f"[{EXERCISE}]") for line in lines)


def test_a_live_facility_takes_no_simulated_reader(tmp_path: Path) -> None:
    live = Tablet(tmp_path / "live", Clinic(mode="live"))
    for reader in ("emulator:sato", "virtual", "udp:localhost:1"):
        arguments = ["--home", str(live.path), "check", *HOME_VISIT, "--reader", reader, "--pin-stdin", "--json"]
        result = CliRunner().invoke(device_group, arguments, input="1234\n")
        assert (result.exit_code, shown(result)["error"]) == (1, "simulated_reader_refused")
        assert shown(result)["exercise"] is False
    with live.open() as device:
        assert device.outbox.recorded() == []


def test_a_wrong_pin_is_told_with_its_counter(run: Run, tablet: Tablet) -> None:
    result = run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="9999\n1234\n")
    found = shown(result)
    assert result.exit_code == 1
    assert (found["error"], found["secret"], found["tries_left"]) == ("pin_wrong", "jpki_pin", 2)
    with tablet.open() as device:
        assert device.outbox.recorded() == []


def test_what_cannot_be_a_pin_is_not_presented(run: Run) -> None:
    result = run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="12345678901234\n")
    assert (result.exit_code, shown(result)["error"]) == (1, "secret_format")


def test_a_blocked_pin_goes_on_visually_where_told(run: Run) -> None:
    result = run(
        "check", *HOME_VISIT, "--or-visual", "--reader", "emulator:sato:pinless", "--pin-stdin", typed="1234\n"
    )
    found = shown(result)
    assert (result.exit_code, found["identity_method"], found["assurance"]) == (0, "visual", "card_read")


def test_pin_and_number_b_are_read_line_by_line(run: Run, tablet: Tablet) -> None:
    result = run(
        "check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", "--number-b-stdin",
        typed=f"{SATO.jpki_pin}\n{SATO.number_b}\n",
    )  # fmt: skip
    assert shown(result)["attributes_read"] is True, result.output


def test_a_wrong_number_b_is_told_and_the_check_stands(run: Run) -> None:
    wrong = SATO.number_b[:-4] + "9999"
    result = run("check", *HOME_VISIT, "--visual", "--reader", "emulator:sato", "--number-b-stdin", typed=f"{wrong}\n")
    found = shown(result)
    assert (result.exit_code, found["recorded"], found["attributes_read"]) == (0, True, False)
    assert found["attributes_problem"]["error"] == "pin_wrong"
    assert found["attributes_problem"]["secret"] == "number_b"


def test_eligibility_only_refuses_a_medical_consent_before_the_touch(run: Run) -> None:
    result = run(
        "check", "--type", "eligibility_only", "--setting", "treatment", "--subject", "not-on-list", "--no-sync",
        "--consent", "medication", "--reader", "emulator:sato", "--pin-stdin", typed="1234\n",
    )  # fmt: skip
    assert (result.exit_code, shown(result)["error"]) == (1, "medical_consent_refused")


def test_somebody_not_on_the_list_is_warned_about_and_recorded(run: Run) -> None:
    result = run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n")
    assert "cannot be asked" in result.stderr
    assert "number B" in result.stderr
    assert shown(result)["recorded"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", *HOME_VISIT, "--visual", "--pin-stdin"),
        ("check", *HOME_VISIT[:4], "--subject", "佐藤花子"),
        ("check", *HOME_VISIT, "--typed-by", "neighbour"),
        ("check", *HOME_VISIT, "--consent", "medication", "--decline", "medication", "--reader", "emulator:sato"),
        ("visits", "--password-stdin"),
    ],
)
def test_usage_errors_exit_with_two(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_no_option_takes_a_secret() -> None:
    context = click.Context(device_group)
    for name in device_group.list_commands(context):
        command = device_group.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            if any(word in str(parameter.name) for word in ("pin", "password", "number_b")):
                assert isinstance(parameter, click.Option)
                assert parameter.is_flag


# Invariant 1


def test_recorded_is_told_only_after_the_commit(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OutboxStorageError("SQLITE_IOERR")

    monkeypatch.setattr(Outbox, "append", fail)
    result = run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n")
    assert (result.exit_code, shown(result)["error"]) == (1, "not_recorded")
    assert "Recorded on this device" not in result.stderr
    assert "記録しました" not in result.stderr


@pytest.mark.parametrize("fault", [QueueFullError("disk"), RuntimeError("a fault of ours")])
def test_what_fails_after_the_commit_does_not_take_it_back(
    run: Run, tablet: Tablet, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(_: object) -> None:
        raise fault

    monkeypatch.setattr("kazasu_device.exchange.Exchange.round", fail)
    arguments = [argument for argument in HOME_VISIT if argument != "--no-sync"]
    result = run("check", *arguments, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n")
    found = shown(result)
    assert (result.exit_code, found["recorded"], found["sent"]) == (0, True, False)
    assert found["failure"] == f"not-sent:{type(fault).__name__}"
    with tablet.open() as device:
        assert len(device.outbox.recorded()) == 1


# Invariant 2


def test_the_pin_is_in_no_output_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise Odd

    number = SATO.number_b
    for target in ("mynacard.guard.GuardedConnection.verify", "kazasu_device.check.Checking._record"):
        with monkeypatch.context() as patched:
            patched.setattr(target, fail)
            result = run(
                "check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", "--number-b-stdin",
                typed=f"7391\n{number}\n" if "verify" in target else f"{SATO.jpki_pin}\n{number}\n",
            )  # fmt: skip
        assert isinstance(result.exception, Odd)
        assert result.exc_info is not None
        whole = "".join(traceback.TracebackException(*result.exc_info, capture_locals=True).format())
        ours = [line for line in whole.splitlines() if "'input':" not in line and "click/testing" not in line]
        text = "\n".join(line for line in ours if not line.strip().startswith(("input = ", "typed = ")))
        assert "JpkiPin(****)" in text or "Conversation" in text
        assert "7391" not in text
        assert number not in text


# Documents, voids, queue, status


def test_a_document_is_recorded_from_standard_input(run: Run, tablet: Tablet) -> None:
    check = shown(run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n"))["check"]
    fields = {"insurer_number": "01990011", "symbol": "訓練", "number": "12", "branch": "01"}
    result = run(
        "substitute", "--check", check, "--document", "qualification_certificate", "--reason", "not_on_list",
        "--no-sync", typed=json.dumps(fields),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (shown(result)["kind"], shown(result)["number"]) == ("substitute", 2)


def test_what_is_odd_about_a_document_is_told_when_it_stands_recorded(run: Run) -> None:
    result = run(
        "substitute", "--visit", "ab" * 16, "--document", "notice", "--reason", "line", "--no-sync",
        typed='{"issued_on":"霜月"}',
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (shown(result)["recorded"], shown(result)["remarks"]) == (
        True,
        [{"field": "issued_on", "why": "not_a_date"}],
    )


def test_a_proposal_needs_no_connection_and_keeps_the_person_off_the_command_line(run: Run) -> None:
    person = '{"birth_date":"昭和15年1月1日","is_returning":true,"has_data_on_file":true,"is_unchanged":false}'
    result = run("propose", "--reason", "line", "--on", "令和6年12月2日", "--person-stdin", typed=person)
    assert result.exit_code == 0, result.output
    found = shown(result)
    assert [way["substitute"] for way in found["open"]][:2] == ["portal_screen", "saved_pdf"]
    assert "share" in [field["name"] for field in found["open"][0]["fields"]]
    assert {way["substitute"]: way["why"] for way in found["closed"]}["oral_confirmation"] == "data_changed"
    assert found["as_known_on"] == "2024-11-28"
    for wrong in ("{", '{"birth_date":"霜月"}', '{"shown":1}'):
        refused = run("propose", "--reason", "line", "--person-stdin", typed=wrong)
        assert (refused.exit_code, shown(refused)["error"]) == (1, "input_not_valid")
    assert run("propose", "--reason", "line", as_json=False).stdout.count("○") >= 4


def test_a_trouble_takes_two_words_and_lists_them(run: Run, tablet: Tablet) -> None:
    listed = shown(run("trouble"))
    assert (len(listed["categories"]), len(listed["responses"])) == (11, 5)
    result = run("trouble", "reader", "last_visit", "--full-charge", "--note-stdin", "--no-sync", typed="メモ")
    assert result.exit_code == 0, result.output
    assert (shown(result)["kind"], shown(result)["full_charge"], shown(result)["recorded"]) == ("trouble", True, True)
    with tablet.open() as device:
        [(_, body)] = tablet.sent(device)
    assert isinstance(body, TroubleBody)
    assert (body.category, body.note) == ("reader", "メモ")
    refused = run("trouble", "reader", "last_visits_data", "--no-sync")
    assert (refused.exit_code, shown(refused)["part"]) == (1, "response")


DECLARED = {
    "has_valid": True, "scheme": "national", "insurer_name": "架空市", "name": "架空　花子", "name_kana": "カクウ",
    "birth_date": "昭和60年5月1日", "sex": "female", "address": "架空県", "date": "令和7年1月6日",
    "signature": "strokes:300x100:10,50 60,20", "telephone": "0300000000",
}  # fmt: skip


def test_a_declaration_is_recorded_from_standard_input(run: Run, tablet: Tablet) -> None:
    result = run("declaration", "--visit", "ab" * 16, "--form", "2024-12", "--no-sync", typed=json.dumps(DECLARED))
    assert result.exit_code == 0, result.output
    found = shown(result)
    assert (found["kind"], found["form"], found["recorded"], found["faults"]) == ("declaration", "2024-12", True, [])
    assert "架空" not in result.stdout
    with tablet.open() as device:
        [(_, body)] = tablet.sent(device)
    assert isinstance(body, DeclarationBody)
    assert body.fields == DECLARED


def test_a_declaration_that_is_not_whole_is_told_by_field_and_a_draft_records_nothing(run: Run, tablet: Tablet) -> None:
    begun = json.dumps({"name": "架空　花子"})
    refused = run("declaration", "--visit", "ab" * 16, "--no-sync", typed=begun)
    assert (refused.exit_code, shown(refused)["error"]) == (1, "declaration_not_complete")
    assert "signature:missing" in shown(refused)["faults"]
    draft = run("declaration", "--visit", "ab" * 16, "--draft", typed=begun)
    assert draft.exit_code == 0, draft.output
    assert (shown(draft)["recorded"], shown(draft)["kept"]) == (False, False)
    assert "workplace" not in shown(draft)["asked"]
    dropped = run("declaration", "--visit", "ab" * 16, "--drop")
    assert shown(dropped)["dropped"] is True
    neither = run("declaration", typed=begun)
    assert (neither.exit_code, shown(neither)["part"]) == (1, "check_or_visit")
    with tablet.open() as device:
        assert device.outbox.recorded() == []


def test_a_check_is_taken_back(run: Run) -> None:
    check = shown(run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n"))["check"]
    assert shown(run("void", check, "--reason", "wrong_person", "--no-sync"))["kind"] == "void"
    assert shown(run("void", "ee" * 16, "--reason", "mistake", "--no-sync"))["error"] == "not_on_this_device"


def test_the_queue_lists_numbers_kinds_and_ids(run: Run) -> None:
    check = shown(run("check", *HOME_VISIT, "--reader", "emulator:sato", "--pin-stdin", typed="1234\n"))["check"]
    found = shown(run("queue", "--all"))
    [entry] = found["entries"]
    assert (entry["number"], entry["kind"], entry["reference"], entry["state"]) == (1, "check", check, "out")
    assert found["state"] == "waiting"


def test_status_names_queue_anchor_staff_and_reader(run: Run, tablet: Tablet) -> None:
    found = shown(run("status", "--reader", "emulator:sato"))
    assert (found["queue"]["state"], found["has_anchor"], found["on_duty"]) == ("empty", False, [])
    assert found["reader"] == {"name": "emulator:sato", "state": "card"}
    assert found["thumbprint"] == tablet.key.thumbprint


def test_visits_need_a_sign_in(run: Run) -> None:
    assert shown(run("visits"))["error"] == "sign_in_needed"


def test_a_device_that_is_not_enrolled_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(device_group, ["--home", str(tmp_path), "status", "--json"])
    assert (result.exit_code, shown(result)["error"]) == (1, "not_enrolled")


def test_nothing_to_finish_is_told(run: Run) -> None:
    assert shown(run("check", "--finish", "--no-sync", "--reader", "emulator:sato"))["error"] == "no_unfinished_touch"


class _ComesBack(UnsteadyHand):
    """The card is off the reader for a moment."""

    def remove(self) -> None:
        card = self.card
        super().remove()
        if card is not None:
            threading.Timer(0.3, self.insert, [card]).start()


def test_a_touch_that_broke_after_the_signature_is_finished_by_the_next_touch_without_pin(
    run: Run, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = _ComesBack(virtual_card("sato"), 5)
    monkeypatch.setattr("kazasu_device.cli.check.open_reader", lambda *_: nullcontext(reader))
    result = run("check", *HOME_VISIT, "--pin-stdin", typed=f"{SATO.jpki_pin}\n")
    assert (result.exit_code, shown(result)["assurance"]) == (0, "card_signed"), result.output
    assert reader.commands_left is None, "it broke"
    with tablet.open() as device:
        assert [entry.kind for entry, _ in tablet.sent(device)] == ["check"]


def test_a_touch_that_stays_broken_without_a_sign_in_records_nothing_and_says_so(
    run: Run, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = UnsteadyHand(virtual_card("sato"), 5)
    monkeypatch.setattr("kazasu_device.cli.check.open_reader", lambda *_: nullcontext(reader))
    result = run("check", *HOME_VISIT, "--pin-stdin", "--touch-wait", "0.2", typed=f"{SATO.jpki_pin}\n")
    assert (result.exit_code, shown(result)["error"]) == (1, "touch_unfinished")
    with tablet.open() as device:
        assert tablet.sent(device) == []


def test_without_a_server_the_check_is_recorded_and_says_that_it_waits(run: Run) -> None:
    arguments = [argument for argument in HOME_VISIT if argument != "--no-sync"]
    result = run("check", *arguments, "--reader", "emulator:sato", "--pin-stdin", "--wait", "60", typed="1234\n")
    found = shown(result)
    assert (result.exit_code, found["recorded"], found["sent"]) == (0, True, False)
    assert found["failure"] == "no-connection"
    assert "waiting for a connection" in result.stderr
