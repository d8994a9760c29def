"""Every error has words in both languages, and none repeats anything but codes and counts."""

import inspect

import pytest

from checksync.entry import EntryTooLargeError
from checksync.outbox import LogReservedError, OutboxDamagedError
from kazasu_device import errors
from kazasu_device.errors import DeviceError, ServerProblemError
from kazasu_device.say import error_text, outbox_text
from mynacard import PinBlockedError


def every_error() -> list[DeviceError]:
    """One of each class, its arguments filled with recognisable values."""
    made = []
    for _, found in inspect.getmembers(errors, inspect.isclass):
        if issubclass(found, DeviceError) and found.code not in {"device_error"} and "code" in vars(found):
            names = list(inspect.signature(found.__init__).parameters)[1:] if "__init__" in vars(found) else []
            values = {
                "logins": ["hanako"],
                "kinds": ["medication"],
                "status": 403,
                "waited_s": 30,
                "is_kept": True,
                "reasons": [("window_over", "期間。", "Over.")],
            }
            takes = [name for name in names if name not in {"args", "kwargs", "retry_after_s"}]
            made.append(found(*[values.get(name, "word") for name in takes]))
    return made


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.code)
def test_every_error_says_what_happened_and_what_to_do(error: DeviceError) -> None:
    text = error_text(error)
    assert text.ja
    assert text.en
    # The fallback is for errors of a later version; every one of this version has a sentence of its own.
    assert text.en != f"It did not work ({error.code})."
    assert "{" not in text.ja + text.en


def test_codes_are_unique() -> None:
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))


def test_a_problem_of_the_server_is_told_by_its_name() -> None:
    assert "revoked" in error_text(ServerProblemError("device-revoked", 403)).en
    assert "some-new-problem" in error_text(ServerProblemError("some-new-problem", 400)).en


def test_a_cards_error_keeps_the_librarys_words() -> None:
    assert "暗証番号" in error_text(PinBlockedError("jpki_pin")).ja


def test_the_outboxs_errors_are_told_too() -> None:
    assert outbox_text(LogReservedError())[0] == "queue_busy"
    assert outbox_text(OutboxDamagedError())[0] == "queue_unusable"
    assert outbox_text(EntryTooLargeError(99999))[0] == "queue_unusable"
