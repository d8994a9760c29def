"""A person at the device who says what a test wrote down, and remembers what they were asked."""

from collections.abc import Callable, Iterable

from kazasu_device.dialogue import Cue
from mynacard import CardError, JpkiPin, NumberB


class ScriptedDialogue:
    """Types the PINs and numbers given, in order; when they run out, what was asked for is raised as the problem."""

    def __init__(
        self,
        pins: Iterable[str] = (),
        numbers: Iterable[str] = (),
        *,
        wants_visual: bool = False,
        wants_again: bool = True,
        on_cue: Callable[[Cue], None] = lambda _: None,
    ) -> None:
        self._pins = list(pins)
        self._numbers = list(numbers)
        self._wants_visual = wants_visual
        self._wants_again = wants_again
        self._on_cue = on_cue
        self.typed: list[JpkiPin | NumberB] = []
        self.problems: list[CardError] = []
        self.cues: list[Cue] = []
        self.repeats: list[tuple[str, int]] = []

    def pin(self, problem: CardError | None) -> JpkiPin:
        if problem is not None:
            self.problems.append(problem)
        if not self._pins:
            raise problem if problem is not None else AssertionError("a PIN was asked for")
        pin = JpkiPin(self._pins.pop(0))
        self.typed.append(pin)
        return pin

    def number_b(self, problem: CardError | None) -> NumberB | None:
        if problem is not None:
            self.problems.append(problem)
        if not self._numbers:
            return None
        number = NumberB.parse(self._numbers.pop(0))
        self.typed.append(number)
        return number

    def wants_visual(self, problem: CardError) -> bool:
        self.problems.append(problem)
        return self._wants_visual

    def wants_again(self, check: str, minutes: int) -> bool:
        self.repeats.append((check, minutes))
        return self._wants_again

    def cue(self, cue: Cue) -> None:
        self.cues.append(cue)
        self._on_cue(cue)
