"""What a bundle can show, each in words. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from kazasu.rules import Say

__all__ = ["Finding", "Verdict"]


class Verdict(StrEnum):
    """Whether the bundle shows it. `not_shown` is no fault: nothing in this bundle could."""

    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    CONTRADICTED = "contradicted"

    @property
    def say(self) -> Say:
        """The word for people."""
        return _WORDS[self]


_WORDS = {
    Verdict.SHOWN: Say(ja="示す", en="shows"),
    Verdict.NOT_SHOWN: Say(ja="示さない", en="does not show"),
    Verdict.CONTRADICTED: Say(ja="矛盾", en="CONTRADICTS"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, by a permanent name."""

    name: str
    verdict: Verdict
    say: Say
