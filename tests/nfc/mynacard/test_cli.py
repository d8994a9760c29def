"""The command line: what it prints, how it fails, and that a secret is never an argument."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mynacard import READER_MEMORY, NoReaderError
from mynacard import cli as cli_module
from mynacard.cli import cli
from mynacard.connection import ReaderKind, ReaderState
from mynacard.emulator import PEOPLE, Faults, VirtualReader, virtual_card
from mynacard.readers import GuardedReader, ReaderInfo, ServiceInfo

SATO = PEOPLE["sato"]


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    READER_MEMORY.reset()


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin)


def one_object(result: Result) -> dict[str, Any]:
    """Standard output is exactly one JSON object on one line."""
    assert result.stdout.count("\n") == 1
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def message(tmp_path: Path) -> str:
    path = tmp_path / "message"
    path.write_bytes(b"a message\n")
    return str(path)


def on(card: str = "sato") -> tuple[str, str]:
    return "--reader", f"emulator:{card}"


def test_prove_prints_one_object(message: str) -> None:
    result = run("prove", *on(), "--json", "--pin-stdin", "--message", message, stdin=f"{SATO.jpki_pin}\n")
    assert result.exit_code == 0
    found = one_object(result)
    assert set(found) == {"card", "certificate", "tries_left", "signature", "apdus", "apdus_closing"}
    assert (found["card"], found["tries_left"], found["apdus"], found["apdus_closing"]) == ("plastic", 3, 6, 1)
    certificate = x509.load_pem_x509_certificate(found["certificate"]["pem"].encode())
    assert int(found["certificate"]["serial"], 16) == certificate.serial_number
    assert found["certificate"]["sha256"] == certificate.fingerprint(hashes.SHA256()).hex()
    assert found["certificate"]["not_after"] == certificate.not_valid_after_utc.isoformat()
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(found["signature"]), b"a message\n", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(("card", "kind"), [("sato:android", "android"), ("sato:iphone", "iphone")])
def test_prove_by_phone_names_it(message: str, card: str, kind: str) -> None:
    result = run("prove", *on(card), "--json", "--pin-stdin", "--message", message, stdin=SATO.jpki_pin)
    assert one_object(result)["card"] == kind


def test_info_needs_no_pin() -> None:
    found = one_object(run("info", *on(), "--json"))
    assert set(found) == {"card", "tries_left", "certificate"}
    assert (found["card"], found["tries_left"]) == ("plastic", 3)
    assert found["certificate"]["pem"].startswith("-----BEGIN CERTIFICATE-----")


def test_info_of_a_phone_has_no_certificate() -> None:
    found = one_object(run("info", *on("sato:iphone"), "--json"))
    assert found == {"card": "iphone", "tries_left": 3, "certificate": None}


def test_info_of_a_card_without_pin_shows_no_tries() -> None:
    assert one_object(run("info", *on("sato:pinless"), "--json"))["tries_left"] == 0


def test_certificate_is_pem_or_an_object() -> None:
    pem = run("certificate", *on())
    assert x509.load_pem_x509_certificate(pem.stdout.encode())
    found = one_object(run("certificate", *on(), "--json"))
    assert found["pem"] == pem.stdout
    assert set(found) == {"serial", "not_before", "not_after", "sha256", "pem", "state"}


@pytest.mark.parametrize(("option", "secret"), [("--number-b-stdin", SATO.number_b), ("--pin-stdin", SATO.text_pin)])
def test_attributes_come_by_either_secret(option: str, secret: str) -> None:
    found = one_object(run("attributes", *on(), "--json", option, stdin=f"{secret}\r\n"))
    assert found == {"name": SATO.name, "address": SATO.address, "birth_date": "1980-01-12", "sex": "female"}


def test_attributes_of_a_card_with_a_western_year() -> None:
    garcia = PEOPLE["garcia"]
    refused = run("attributes", *on("garcia"), "--json", "--number-b-stdin", stdin=garcia.number_b)
    assert one_object(refused)["problem"] == "western_year"
    found = run("attributes", *on("garcia"), "--json", "--number-b-stdin", "--western-year", stdin=garcia.number_b)
    assert one_object(found)["name"] == garcia.name


@pytest.mark.parametrize(
    ("arguments", "stdin", "error", "more"),
    [
        (("prove", *on()), "0000", "pin_wrong", {"secret": "jpki_pin", "tries_left": 2}),
        (("prove", *on()), "12345", "secret_format", {"secret": "jpki_pin", "problem": "length"}),
        (("prove", *on()), "", "secret_format", {"secret": "jpki_pin", "problem": "empty"}),
        (("prove", *on("sato:pinless")), "0000", "pin_blocked", {"secret": "jpki_pin", "tries_left": 0}),
        (("prove", *on("sato:resident")), "1234", "not_my_number_card", {"reason": "resident_card"}),
        (("prove", *on("sato:foreign")), "1234", "not_my_number_card", {"reason": "no_application"}),
        (("attributes", *on()), "0000", "pin_wrong", {"secret": "text_pin", "tries_left": 2}),
        (("attributes", *on("sato:android")), "0000", "profile_unavailable", {"card": "android"}),
        (("prove", "--reader", "emulator:nobody"), "1234", "no_reader", {"reader": "emulator:nobody"}),
    ],
)
def test_an_error_is_one_object_and_exit_status_1(
    message: str, arguments: tuple[str, ...], stdin: str, error: str, more: dict[str, Any]
) -> None:
    extra = ("--message", message) if arguments[0] == "prove" else ()
    result = run(*arguments, "--json", "--pin-stdin", *extra, stdin=stdin)
    found = one_object(result)
    assert result.exit_code == 1
    assert found == {"error": error, "message": found["message"], **more}
    assert result.stderr == ""
    assert not stdin or stdin not in result.stdout


def test_an_error_for_people_goes_to_standard_error_in_both_languages(message: str) -> None:
    result = run("prove", *on(), "--pin-stdin", "--message", message, stdin="0000")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "利用者証明用電子証明書の暗証番号(4桁)が違います" in result.stderr
    assert "Wrong: the user-authentication PIN" in result.stderr
    assert "0000" not in result.stderr


def with_card(monkeypatch: pytest.MonkeyPatch, reader: VirtualReader) -> None:
    monkeypatch.setattr(cli_module, "open_reader", lambda name: GuardedReader(reader))


def test_the_last_try_is_given_only_if_asked_for(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    reader = VirtualReader(virtual_card("sato"))
    with_card(monkeypatch, reader)
    arguments = ("prove", "--json", "--pin-stdin", "--message", message)
    errors = [one_object(run(*arguments, stdin="0000")).get("error") for _ in range(3)]
    assert errors == ["pin_wrong", "pin_wrong", "last_try_refused"]
    found = one_object(run(*arguments, "--allow-last-try", stdin=SATO.jpki_pin))
    assert found["tries_left"] == 3


def test_a_card_removed_is_told(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    with_card(monkeypatch, VirtualReader(virtual_card("sato", faults=Faults(disappear_after=2))))
    result = run("prove", "--json", "--pin-stdin", "--message", message, stdin=SATO.jpki_pin)
    assert one_object(result)["error"] == "card_removed"


def test_a_card_removed_during_verify_names_secret_and_tries(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    with_card(monkeypatch, VirtualReader(virtual_card("sato", faults=Faults(disappear_during_verify=True))))
    found = one_object(run("prove", "--json", "--pin-stdin", "--message", message, stdin="0000"))
    assert (found["error"], found["secret"], found["tries_left"]) == ("card_removed", "jpki_pin", 2)
    assert found["outcome"] == "spent"


@pytest.mark.parametrize("damage", ["length", "truncated"])
def test_damage_is_told(monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    faults = Faults(damaged_certificate=damage)  # type: ignore[arg-type]
    with_card(monkeypatch, VirtualReader(virtual_card("sato", faults=faults)))
    assert one_object(run("certificate", "--json"))["error"] == "damaged_data"


def test_an_empty_reader_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with_card(monkeypatch, VirtualReader())
    result = run("info", "--json")
    assert one_object(result)["error"] == "no_card"
    assert one_object(run("info", "--json", "--wait", "0.05"))["error"] == "no_card"


def test_a_card_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    reader = VirtualReader()
    with_card(monkeypatch, reader)
    timer = threading.Timer(0.15, lambda: reader.insert(virtual_card("sato")))
    timer.start()
    found = one_object(run("info", "--json", "--wait", "10"))
    timer.join()
    assert found["card"] == "plastic"


def test_a_touch_broken_after_the_signature_is_finished_while_waiting(
    monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    card = virtual_card("sato", "plastic", faults=Faults(disappear_after=5))
    reader = VirtualReader(card)

    class TakenAway:
        """The card comes back with the next connection only."""

        name, kind = "Reader", ReaderKind.VIRTUAL

        def state(self) -> ReaderState:
            return reader.state()

        def connect(self) -> Any:
            connection = reader.connect()
            connection.reconnect = _removed  # type: ignore[method-assign]
            return connection

        def close(self) -> None: ...

    def _removed() -> None:
        from mynacard import CardRemovedError

        raise CardRemovedError

    monkeypatch.setattr(cli_module, "open_reader", lambda name: GuardedReader(TakenAway()))
    arguments = ("prove", "--json", "--pin-stdin", "--message", message)
    found = one_object(run(*arguments, "--wait", "5", stdin=SATO.jpki_pin))
    assert found["tries_left"] is None
    assert found["signature"]
    assert sum("**" in exchange.command for exchange in card.transcript) == 1


def test_readers_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [ReaderInfo("Reader 0", ReaderKind.PCSC, ReaderState.NO_CARD)]
    services = [ServiceInfo(ReaderKind.PCSC, None), ServiceInfo(ReaderKind.CONTACTLESS, "package_absent")]
    monkeypatch.setattr(cli_module, "list_readers", lambda: found)
    monkeypatch.setattr(cli_module, "service_states", lambda: services)
    assert one_object(run("readers", "--json")) == {
        "state": "no_card",
        "readers": [{"name": "Reader 0", "kind": "pcsc", "state": "no_card"}],
        "services": [{"kind": "pcsc", "problem": None}, {"kind": "contactless", "problem": "package_absent"}],
    }
    assert "Reader 0" in run("readers").stdout
    assert "contactless: package_absent" in run("readers").stdout


@pytest.mark.parametrize("is_missing", [True, False])
def test_without_a_reader_the_state_tells_whether_the_service_is_missing(
    monkeypatch: pytest.MonkeyPatch, is_missing: bool
) -> None:
    from mynacard import NoServiceError

    missing = NoServiceError("pcsc", "not_running") if is_missing else None
    monkeypatch.setattr(cli_module, "list_readers", list)
    monkeypatch.setattr(cli_module, "missing_service", lambda: missing)
    assert one_object(run("readers", "--json"))["state"] == ("no_service" if is_missing else "no_reader")


@pytest.mark.parametrize(
    "arguments",
    [
        ("prove",),
        ("prove", "--message", "no such file"),
        ("attributes", "--pin-stdin", "--number-b-stdin"),
        ("attributes", "--by", "number-a"),
        ("info", "--wait", "-1"),
        ("info", "--no-such-option"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_is_exit_status_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("command", ["prove", "attributes"])
def test_without_a_terminal_a_secret_must_be_asked_for_on_standard_input(command: str, message: str) -> None:
    extra = ("--message", message) if command == "prove" else ()
    result = run(command, *on(), "--json", *extra, stdin=SATO.jpki_pin)
    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "typed", "name"),
    [
        (("prove",), SATO.jpki_pin, "the user-authentication PIN"),
        (("attributes",), SATO.number_b, "照合番号B"),
        (("attributes", "--by", "text-pin"), SATO.text_pin, "the card-face input support PIN"),
    ],
)
def test_the_prompt_is_hidden_and_says_which_secret(
    monkeypatch: pytest.MonkeyPatch, message: str, arguments: tuple[str, ...], typed: str, name: str
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def prompt(text: str, **options: Any) -> str:
        asked.append((text, options))
        return typed

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr("mynacard.terminal.sys.stdin.isatty", lambda: True, raising=False)
    extra = ("--message", message) if arguments[0] == "prove" else ()
    runner = CliRunner()
    with runner.isolation():
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        with pytest.raises(SystemExit) as ended:
            cli([*arguments, *on(), *extra])
    assert ended.value.code == 0
    [(text, options)] = asked
    assert name in text
    assert options == {"hide_input": True, "err": True}


@pytest.mark.parametrize(
    ("command", "names"),
    [("prove", ["(JPKI)", "--pin-stdin"]), ("attributes", ["(Text AP)", "照合番号B", "--number-b-stdin"])],
)
def test_the_help_says_which_secret_is_meant(command: str, names: list[str]) -> None:
    text = run(command, "--help").stdout
    for name in names:
        assert name in text


def test_no_option_takes_a_secret() -> None:
    for command in cli.commands.values():
        for parameter in command.params:
            assert isinstance(parameter, click.Option), "an argument could be a secret"
            named = any(word in option for option in parameter.opts for word in ("pin", "number", "secret", "password"))
            assert not named or parameter.is_flag, parameter.opts


def test_a_secret_as_an_argument_is_refused(message: str) -> None:
    assert run("prove", *on(), "--message", message, "1234").exit_code == 2


def test_every_command_is_named_in_the_help() -> None:
    assert cli.list_commands(click.Context(cli)) == [
        "attributes",
        "certificate",
        "emulate",
        "info",
        "prove",
        "readers",
    ]


def test_an_ambiguous_reader_is_told_with_its_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    def ambiguous(name: str | None) -> GuardedReader:
        raise NoReaderError(name, ("ACR 1", "ACR 2"))

    monkeypatch.setattr(cli_module, "open_reader", ambiguous)
    found = one_object(run("info", "--json", "--reader", "ACR"))
    assert found["error"] == "no_reader"
    assert "ACR 1, ACR 2" in found["message"]


@pytest.mark.slow
def test_whatever_else_prints_to_standard_output_goes_to_standard_error() -> None:
    code = """
import os, sys
from mynacard import cli, terminal
real = cli.list_readers
def noisy():
    os.write(1, b"Failed to dlopen libpcsclite.so.1\\n")
    return []
cli.list_readers = noisy
sys.argv = ["mynacard", "readers", "--json"]
cli.main()
"""
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["readers"] == []
    assert "Failed to dlopen" in done.stderr
