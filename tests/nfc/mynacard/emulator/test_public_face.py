"""What the emulator shows to the rest of the house, and what it never loads."""

import subprocess
import sys

import pytest

from mynacard import emulator


def test_public_face_is_what_is_promised() -> None:
    assert emulator.__all__ == [
        "CARD_KINDS",
        "EXERCISE_DATE",
        "PEOPLE",
        "CardGone",
        "CardKind",
        "Faults",
        "Person",
        "VirtualCard",
        "VirtualConnection",
        "VirtualReader",
        "test_ca",
        "virtual_card",
    ]
    assert all(hasattr(emulator, name) for name in emulator.__all__)


@pytest.mark.slow
def test_library_loads_no_emulator_and_the_emulator_no_driver() -> None:
    script = (
        "import sys, mynacard, mynacard.cli; assert 'mynacard.emulator' not in sys.modules;"
        "import mynacard.emulator.cli; assert not {'nfc', 'smartcard'} & sys.modules.keys(); print('ok')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "ok\n", done.stderr
