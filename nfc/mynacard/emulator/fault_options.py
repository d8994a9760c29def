"""`Faults` as options of a command line: one for each field, none forgotten (a test compares them)."""

from collections.abc import Callable
from typing import Any, Final, get_args

import click

from .faults import CertificateDamage, EndOfFile, Faults, ProfileDamage


class StatusWordType(click.ParamType[int]):
    """Four hexadecimal digits."""

    name = "SW"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            if len(value) != 4:
                raise ValueError(value)
            return int(value, 16)
        except ValueError:
            self.fail("4桁の16進数 / four hexadecimal digits, for example 6984", param, ctx)


class InstructionsType(click.ParamType[frozenset[int]]):
    """Instruction bytes in hexadecimal, with commas between them."""

    name = "INS[,INS…]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        if isinstance(value, frozenset):
            return value
        try:
            return frozenset(bytes.fromhex(value.replace(",", "")))
        except ValueError:
            self.fail("16進数 / hexadecimal bytes, for example 2A or 20,2A", param, ctx)


_OPTIONS: Final[dict[str, tuple[click.ParamType[Any] | None, str]]] = {
    "refuse_extended_length": (None, "Answer 6700 to every extended-length command."),
    "refuse_short_efid": (None, "Refuse short EF ids."),
    "end_of_file": (click.Choice(get_args(EndOfFile)), "A read past the end of the file."),
    "no_filler": (None, "Files end where their content ends."),
    "disappear_after": (click.IntRange(min=0), "Disappear, once, instead of answering the command after that many."),
    "disappear_during_verify": (None, "Disappear, once, after a VERIFY was counted and before its answer."),
    "delay_s": (click.FloatRange(min=0), "Seconds before the answer to the delayed instructions."),
    "delayed_instructions": (InstructionsType(), "Which instructions answer late."),
    "damaged_certificate": (click.Choice(get_args(CertificateDamage)), "How the certificate is damaged."),
    "damaged_profile": (click.Choice(get_args(ProfileDamage)), "How the attribute record is damaged."),
    "bytes_before_profile": (click.IntRange(0, 16), "Zero bytes before FF20."),
    "long_address": (None, "An address of 200 bytes."),
    "first_select_6f00": (None, "Answer 6F00 to the first SELECT after power-up."),
    "answer_61xx": (None, "Let data wait for GET RESPONSE, as over T=0."),
    "answer_6cxx": (None, "Answer a read past the end with the right Le."),
    "blocked_sw": (StatusWordType(), "VERIFY on a blocked secret: 6984, 6983 or 63C0."),
    "blocked_query_sw": (StatusWordType(), "The free query on a blocked secret."),
    "query_9000_when_verified": (None, "Answer the free query with 9000 once the secret is verified."),
    "wrong_answer_6300": (None, "Answer a wrong secret without a counter."),
}


def fault_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds an option for each fault; the command gets them as keyword arguments of Faults."""
    ordinary = Faults()
    for name, (kind, text) in reversed(_OPTIONS.items()):
        flag = f"--{name.replace('_', '-')}"
        default = getattr(ordinary, name)
        if kind is None:
            command = click.option(flag, name, is_flag=True, help=text)(command)
        else:
            command = click.option(flag, name, type=kind, default=default, help=text)(command)
    return command
