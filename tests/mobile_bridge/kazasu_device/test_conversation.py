"""The person at the terminal: what is asked when, and what a script's lines are good for."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from harness.device import Tablet

from kazasu_device.cli.conversation import Conversation
from kazasu_device.cli.screen import Screen
from kazasu_device.dialogue import Cue
from mynacard import PinBlockedError, PinWrongError, SecretFormatError
from mynacard.emulator import PEOPLE

NUMBER = PEOPLE["sato"].number_b
WRONG = PinWrongError("jpki_pin", 2)


class Terminal(io.TextIOWrapper):
    def __init__(self, octets: bytes = b"", *, is_person: bool = False) -> None:
        super().__init__(io.BytesIO(octets))
        self.is_person = is_person

    def isatty(self) -> bool:
        return self.is_person


@pytest.fixture
def screen(tmp_path: Any) -> Screen:
    return Screen(Tablet(tmp_path / "home").home, as_json=False)


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A person who types these, in order; gives the prompts that they saw."""

    def type_(*texts: str, answer: bool = False) -> list[str]:
        left, prompts = list(texts), []

        def prompt(text: str, **options: Any) -> str:
            assert options["hide_input"] is True
            prompts.append(text)
            return left.pop(0)

        def confirm(text: str, **_: Any) -> bool:
            prompts.append(text)
            return answer

        monkeypatch.setattr("sys.stdin", Terminal(is_person=True))
        monkeypatch.setattr("click.prompt", prompt)
        monkeypatch.setattr("click.confirm", confirm)
        return prompts

    return type_


def digits(secret: Any) -> bytes:
    octets: bytes = secret.octets()
    return octets


def test_a_person_is_asked_for_the_pin_again_and_told_why(
    screen: Screen, typing: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typing("1111", "2222")
    with Conversation(screen) as talk:
        talk.prepare(with_pin=True)
        assert digits(talk.pin(None)) == b"1111"
        assert digits(talk.pin(WRONG)) == b"2222"
    assert len(prompts) == 2
    assert "暗証番号" in prompts[0]
    assert "2" in capsys.readouterr().err


def test_what_cannot_be_a_pin_is_typed_again_before_any_card(screen: Screen, typing: Callable[..., list[str]]) -> None:
    typing("123", "12ab", "1234")
    with Conversation(screen) as talk:
        talk.prepare(with_pin=True)
        assert digits(talk.pin(None)) == b"1234"


def test_pin_and_number_b_are_typed_before_the_touch_in_this_order(
    screen: Screen, typing: Callable[..., list[str]]
) -> None:
    prompts = typing("1234", NUMBER)
    with Conversation(screen, number_b=True) as talk:
        talk.prepare(with_pin=True)
        assert ["照合番号B" in prompt for prompt in prompts] == [False, True]
        number = talk.number_b(None)
        assert number is not None
        assert digits(number) == NUMBER.encode()


def test_a_script_gets_the_problem_instead_of_a_question(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(b"9999\n1234\n"))
    with Conversation(screen, pin_stdin=True) as talk:
        talk.prepare(with_pin=True)
        talk.pin(None)
        with pytest.raises(PinWrongError):
            talk.pin(WRONG)
        assert talk.wants_visual(PinBlockedError("jpki_pin")) is False
        assert talk.number_b(WRONG) is None


def test_a_scripts_pin_that_is_none_is_refused(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("佐藤\n".encode()))
    with Conversation(screen, pin_stdin=True) as talk, pytest.raises(SecretFormatError):
        talk.prepare(with_pin=True)


def test_what_was_not_used_is_overwritten(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"1234\n{NUMBER}\n".encode()))
    with Conversation(screen, pin_stdin=True, number_b_stdin=True) as talk:
        talk.prepare(with_pin=True)
        pin, number = talk._pin, talk._number
    assert pin is not None
    assert number is not None
    assert pin.is_wiped
    assert number.is_wiped


def test_a_person_decides_whether_it_goes_on_visually(screen: Screen, typing: Callable[..., list[str]]) -> None:
    typing(answer=True)
    with Conversation(screen) as talk:
        assert talk.wants_visual(PinBlockedError("jpki_pin"))
    typing(answer=False)
    with Conversation(screen) as talk:
        assert not talk.wants_visual(PinBlockedError("jpki_pin"))
    with Conversation(screen, or_visual=True) as talk:
        assert talk.wants_visual(PinBlockedError("jpki_pin"))


@pytest.mark.parametrize(("again", "expected"), [(True, True), (False, False), (None, True)])
def test_a_script_that_says_nothing_records_a_repeat(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, again: bool | None, expected: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    with Conversation(screen, again=again) as talk:
        assert talk.wants_again("ab", 3) is expected


def test_a_person_is_asked_about_a_repeat(screen: Screen, typing: Callable[..., list[str]]) -> None:
    prompts = typing(answer=False)
    with Conversation(screen) as talk:
        assert not talk.wants_again("ab" * 16, 3)
    assert "3 minutes" in prompts[0]
    assert "ab" * 16 not in prompts[0]


def test_every_cue_has_words_in_both_languages(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    with Conversation(screen) as talk:
        for cue in Cue:
            talk.cue(cue)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(Cue)
    assert all(" / " in line.removeprefix("[訓練 / EXERCISE] ") for line in lines)
