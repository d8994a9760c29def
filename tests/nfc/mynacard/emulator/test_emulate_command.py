"""`mynacard emulate` offers every fault and every person, and says what is wrong with what it is given."""

import dataclasses
import json
import socket

import pytest
from click.testing import CliRunner

from mynacard.emulator import PEOPLE, Faults
from mynacard.emulator.cli import emulate


def test_every_fault_is_an_option() -> None:
    offered = {parameter.name for parameter in emulate.params}
    assert {field.name for field in dataclasses.fields(Faults)} <= offered


def test_without_options_no_fault_is_on() -> None:
    context = emulate.make_context("emulate", ["--list"])
    given = {field.name: context.params[field.name] for field in dataclasses.fields(Faults)}
    assert Faults(**given) == Faults()


def test_fault_options_take_their_forms() -> None:
    options = ["--blocked-sw", "6983", "--delayed-instructions", "20,2A", "--end-of-file", "6B00", "--delay-s", "0.5"]
    params = emulate.make_context("emulate", options).params
    assert params["blocked_sw"] == 0x6983
    assert params["delayed_instructions"] == {0x20, 0x2A}
    assert (params["end_of_file"], params["delay_s"]) == ("6B00", 0.5)


def test_list_tells_everyones_secrets_and_nobodys_number() -> None:
    result = CliRunner().invoke(emulate, ["--list"])
    assert result.exit_code == 0
    for person in PEOPLE.values():
        assert person.short_name in result.output
        assert person.number_b in result.output
        assert person.individual_number not in result.output


def test_list_as_json() -> None:
    people = json.loads(CliRunner().invoke(emulate, ["--list", "--json"]).output)
    assert people.keys() == PEOPLE.keys()
    assert people["sato"]["jpki_pin"] == "1234"
    assert people["sato"]["birth_date"] == "1980-01-12"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--vpcd", "127.0.0.1:1", "--udp", "127.0.0.1:1"], "--udp"),
        (["--vpcd", "35963"], "HOST:PORT"),
        (["--udp", "localhost:99999"], "HOST:PORT"),
        (["--person", "nobody"], "nobody"),
        (["--blocked-sw", "69"], "6984"),
        (["--delayed-instructions", "xx"], "2A"),
        (["--udp", "127.0.0.1:0", "--interface", "contact"], "b1"),
    ],
)
def test_wrong_options_are_usage_errors(options: list[str], message: str) -> None:
    result = CliRunner().invoke(emulate, options)
    assert result.exit_code == 2
    assert message in result.output


def test_taken_port_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        result = CliRunner().invoke(emulate, ["--udp", f"127.0.0.1:{taken.getsockname()[1]}"])
    assert result.exit_code == 1
    assert "127.0.0.1" in result.output
