"""The wire model against the published table it follows."""

import pytest

from mynacard import CardSession, JpkiPin, ReaderMemory
from mynacard.air import AirTime, air_time, blocks_of
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card
from mynacard.transcript import Exchange


def exchanges(*lengths: tuple[int, int]) -> list[Exchange]:
    return [Exchange("", command, response, 0x9000) for command, response in lengths]


# Select, select, length, seven reads of at most 256 bytes, select, VERIFY, select, sign.
CLASSIC = exchanges(
    (15, 2), (7, 2), (5, 6), *[(5, 258)] * 6, (5, 66), (7, 2), (9, 2), (7, 2), (57, 258)
)  # fmt: skip


@pytest.mark.parametrize(("kbit_s", "milliseconds"), [(106, 223), (212, 115), (424, 61), (848, 34)])
def test_the_classic_script_takes_the_time_that_was_modelled_for_it(kbit_s: int, milliseconds: int) -> None:
    assert round(air_time(CLASSIC).milliseconds(kbit_s)) == milliseconds


def test_the_classic_script_has_14_commands_and_42_blocks() -> None:
    modelled = air_time(CLASSIC)
    assert (modelled.commands, modelled.blocks) == (14, 42)


@pytest.mark.parametrize(("length", "blocks"), [(0, 1), (1, 1), (252, 1), (253, 1), (254, 2), (506, 2), (507, 3)])
def test_a_block_carries_253_bytes(length: int, blocks: int) -> None:
    assert blocks_of(length) == blocks


def test_each_chained_block_costs_an_acknowledgement() -> None:
    assert air_time(exchanges((5, 253))).blocks == 2
    assert air_time(exchanges((5, 254))).blocks == 4
    assert air_time(exchanges((5, 254))).octets - air_time(exchanges((5, 253))).octets == 1 + 2 * 3


def test_closing_commands_are_not_in_it() -> None:
    closing = Exchange("", 15, 2, 0x9000, is_closing=True)
    assert air_time([*CLASSIC, closing]) == air_time(CLASSIC)


def test_an_empty_transcript_is_the_activation_alone() -> None:
    assert air_time([]) == AirTime(commands=0, blocks=0, frames=4, octets=33)


@pytest.mark.parametrize("extended_length", [True, False])
def test_a_known_card_stays_within_520_bytes_and_56_milliseconds(extended_length: bool) -> None:
    reader = VirtualReader(virtual_card("kimura"), extended_length=extended_length)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        held = session.certificate().der
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        session.prove(b"message", JpkiPin(PEOPLE["kimura"].jpki_pin), lambda serial: held)
    modelled = air_time(session.transcript)
    assert modelled.commands == 6
    assert modelled.octets <= 520
    assert modelled.milliseconds(106) <= 56
