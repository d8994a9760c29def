"""What a touch asks of the people around it, and tells them: implemented by a command line, a kiosk, a test.

Imports no reader and no transport.
"""

from enum import StrEnum
from typing import Protocol

from mynacard import CardError, JpkiPin, NumberB


class Cue(StrEnum):
    """What people are to do now, or what goes on without them."""

    TOUCH = "touch"
    """Hold the card to the reader."""
    TOUCH_AGAIN = "touch_again"
    """The card left too early; nothing is lost, hold it again."""
    TOUCH_TO_FINISH = "touch_to_finish"
    """The card has signed; hold it once more so that its certificate can be read. No PIN."""
    OTHER_CARD = "other_card"
    """This is not the card that signed."""
    GOING_VISUAL = "going_visual"
    """The PIN cannot be used; it goes on as a visual check."""
    COMPARE_FACE = "compare_face"
    """Compare the person with the photograph on the card."""


class Dialogue(Protocol):
    """The person at the device."""

    def pin(self, problem: CardError | None) -> JpkiPin:
        """The JPKI PIN, typed now. `problem` says why it is asked again; where nobody can type, it is raised."""

    def number_b(self, problem: CardError | None) -> NumberB | None:
        """照合番号B, where it was offered for this check; None goes on without the four attributes.

        First asked for (no `problem`) with the card on the reader: have it typed before.
        """

    def wants_visual(self, problem: CardError) -> bool:
        """Whether the check goes on as a visual one, now that the PIN cannot be used."""

    def wants_again(self, check: str, minutes: int) -> bool:
        """Whether the same card, checked that many minutes ago, is to be recorded once more."""

    def cue(self, cue: Cue) -> None:
        """Shown at once; never asks."""
