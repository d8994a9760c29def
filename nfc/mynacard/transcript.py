"""What went over the wire, in a form that may be kept and shown.

A secret's bytes are never stored, nor is any answer's data, which on these cards is a certificate, a signature or a
person's attributes: lengths and status words are enough to count, to model air time and to find a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

# VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER and their odd (BER-TLV) forms.
_CARRIES_SECRET = frozenset({0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D})


@dataclass(frozen=True)
class Exchange:
    """One command and its answer."""

    command: str
    """In hexadecimal, with `**` for every byte of a secret."""
    command_length: int
    response_length: int
    """Status word included; 0 if no answer came."""
    sw: int | None
    is_closing: bool = False

    def __str__(self) -> str:
        if self.sw is None:
            return f"> {self.command}\n< no answer"
        hidden = f"[{self.response_length - 2} bytes] " if self.response_length > 2 else ""
        return f"> {self.command}\n< {hidden}{self.sw:04X}"


def masked(apdu: bytes) -> str:
    """A command in hexadecimal, the data of commands that carry a secret replaced by `**` and its length kept."""
    if len(apdu) > 4 and apdu[1] in _CARRIES_SECRET:
        return f"{apdu[:4].hex().upper()} {'**' * (len(apdu) - 4)}"
    return apdu.hex().upper()


@dataclass
class Transcript:
    """The exchanges of one connection, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)

    def record(self, apdu: bytes, response: bytes | None, *, is_closing: bool = False) -> None:
        self.exchanges.append(
            Exchange(
                command=masked(apdu),
                command_length=len(apdu),
                response_length=len(response) if response is not None else 0,
                sw=int.from_bytes(response[-2:]) if response is not None and len(response) >= 2 else None,
                is_closing=is_closing,
            )
        )

    @property
    def commands(self) -> int:
        """Command APDUs that did the work."""
        return sum(not exchange.is_closing for exchange in self.exchanges)

    @property
    def closing_commands(self) -> int:
        """Command APDUs that only closed the session."""
        return sum(exchange.is_closing for exchange in self.exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.exchanges)

    def __len__(self) -> int:
        return len(self.exchanges)

    def __str__(self) -> str:
        return "\n".join(str(exchange) for exchange in self.exchanges)
