"""The parts of a card application: files, secrets with their counters, keys. Must never import a transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .exercise_key import ExerciseKey

# What a physical file holds behind its content. Its value is not known; readers must go by the content's own length.
_FILLER: Final = b"\xff"

FREE: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True)
class ElementaryFile:
    """A transparent EF. `unlocked_by` names the secrets of which any one opens it; FREE is open, None never opens."""

    content: bytes = field(repr=False)
    unlocked_by: frozenset[int] | None = FREE
    # Bytes that the file occupies; longer than the content, as on the card.
    size: int = 0

    @property
    def stored(self) -> bytes:
        """What READ BINARY sees: the content and the filler behind it."""
        return self.content + _FILLER * (self.size - len(self.content))


@dataclass
class Secret:
    """Reference data of a VERIFY with its counter, which outlives power and reader as the chip's does."""

    value: bytes = field(repr=False)
    tries_max: int
    tries_left: int

    @property
    def is_blocked(self) -> bool:
        return self.tries_left == 0

    def verify(self, presented: bytes) -> bool:
        """Spend a try, and give all of them back if it was right. The caller asks is_blocked first."""
        self.tries_left -= 1
        if presented != self.value:
            return False
        self.tries_left = self.tries_max
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key and the secret without which it does not sign."""

    key: ExerciseKey = field(repr=False)
    unlocked_by: int


@dataclass(frozen=True)
class Application:
    """A DF: everything in it is reached by the last five bits of a two-byte id, 0001 to 001E."""

    name: str
    aid: bytes
    files: Mapping[int, ElementaryFile] = field(default_factory=dict)
    secrets: Mapping[int, Secret] = field(default_factory=dict)
    keys: Mapping[int, SigningKey] = field(default_factory=dict)
    records: tuple[bytes, ...] = ()

    def has(self, file_id: int) -> bool:
        """Whether SELECT EF finds that id, be it a file, a secret or a key."""
        return file_id in self.files or file_id in self.secrets or file_id in self.keys
