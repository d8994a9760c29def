"""The card's side of the block protocol, frame by frame, as ISO/IEC 14443-3 and -4 word it."""

import threading
import time
from collections.abc import Callable

import pytest

from mynacard.emulator import CardGone, Faults, virtual_card
from mynacard.emulator.interface import ATRS, BATCHES, DEFAULT_BATCH, TypeB
from mynacard.emulator.iso_dep import IsoDepTarget

SELECT = "00A4040C0AD392F000260100000001"
# Multiplier 59, which a card asks for whose frame waiting time is short.
LONGEST_WTX = "F23B"
REQB = bytes.fromhex("050000")
WUPB = bytes.fromhex("050008")


class Air:
    """A reader's hand: frames in hexadecimal, activation done."""

    def __init__(
        self,
        faults: Faults | None = None,
        type_b: TypeB = DEFAULT_BATCH,
        *,
        fsdi: int = 8,
        cid: int = 0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.card = virtual_card(faults=faults, sleep=sleep)
        self.target = IsoDepTarget(self.card, type_b)
        atqb = self.target.receive(REQB)
        assert atqb is not None
        self.pupi = atqb[1:5]
        assert self.target.receive(self.attrib(fsdi, cid)) == bytes([cid])

    def attrib(self, fsdi: int = 8, cid: int = 0) -> bytes:
        return b"\x1d" + self.pupi + bytes([0x00, fsdi, 0x01, cid])

    def send(self, frame: str) -> str | None:
        answer = self.target.receive(bytes.fromhex(frame))
        return None if answer is None else answer.hex().upper()

    def send_in_time(self, frame: str) -> str | None:
        """The answer, however often the card asks for more time: it does when this machine is busy."""
        answer = self.send(frame)
        while answer == LONGEST_WTX:
            answer = self.send(answer)
        return answer


def test_atrs_are_those_reported_for_the_four_batches() -> None:
    assert {name: atr.hex().upper() for name, atr in ATRS.items()} == {
        "contact": "3BE000FF8131FE4514",
        "b1": "3B888001000005E0B381A1007F",
        "b2": "3B888001000041E0B381A1003B",
        "b3": "3B888001004B51FF0081D100BC",
        "b4": "3B888001004B51FFB381D1000F",
    }


def test_answer_to_request_carries_random_identifier_and_batch() -> None:
    card = virtual_card()
    target = IsoDepTarget(card, BATCHES["b4"])
    first = target.receive(REQB)
    target.field_off()
    second = target.receive(WUPB)
    assert first is not None
    assert second is not None
    assert (first[0], first[5:].hex().upper()) == (0x50, "004B51FFB381D1")
    assert first[1:5] != second[1:5] == card.pupi


@pytest.mark.parametrize("frame", ["26", "050300", "0500", "1D00000000000801 00", "0200A4040C00"])
def test_idle_card_answers_nothing_but_a_request_to_all(frame: str) -> None:
    assert IsoDepTarget(virtual_card()).receive(bytes.fromhex(frame)) is None


def test_card_answers_to_its_own_identifier_only() -> None:
    target = IsoDepTarget(virtual_card())
    target.receive(REQB)
    assert target.receive(bytes.fromhex("1DFFFFFFFF00080100")) is None


def test_command_and_answer_carry_the_readers_block_number() -> None:
    air = Air()
    assert air.send("02" + SELECT) == "029000"
    assert air.send("0300200098") == "0363C3"
    assert air.send("0200200098") == "0263C3"


def test_chained_command_is_acknowledged_part_by_part() -> None:
    air = Air()
    assert air.send("12" + SELECT[:10]) == "A2"
    assert air.send("13" + SELECT[10:20]) == "A3"
    assert air.send("02" + SELECT[20:]) == "029000"
    assert air.card.transcript.commands == 1


def test_long_answer_is_chained_in_the_readers_frame_size() -> None:
    air = Air(fsdi=2)
    air.send("02" + SELECT)
    first = air.send("0300B0860040")
    assert first is not None
    assert (first[:2], len(first) // 2) == ("13", 30)
    second = air.send("A2")
    third = air.send("A3")
    assert second is not None
    assert third is not None
    assert (second[:2], len(second) // 2, third[:2], len(third) // 2) == ("12", 30, "03", 1 + 64 + 2 - 58)
    assert bytes.fromhex(first[2:] + second[2:] + third[2:])[:15] == b"JPKIAPICCTOKEN2"


def test_lost_answer_is_repeated_without_carrying_the_command_out_again() -> None:
    air = Air()
    air.send("02" + SELECT)
    assert air.send("030020009804" + "30303030") == "0363C2"
    # R(NAK) with our number: the reader did not get it.
    assert air.send("B3") == "0363C2"
    assert air.send("B3") == "0363C2"
    assert air.send("0200200098") == "0263C2"


def test_lost_command_is_told_by_an_acknowledgement_of_the_other_number() -> None:
    air = Air()
    assert air.send("B2") == "A3"
    assert air.send("02" + SELECT) == "029000"
    assert air.send("B3") == "A2"


def test_lost_part_of_a_chained_answer_is_repeated() -> None:
    air = Air(fsdi=2)
    air.send("02" + SELECT)
    air.send("0300B0860040")
    second = air.send("A2")
    assert air.send("A2") == second
    assert air.send("A3") != second


def test_slow_card_asks_for_time_until_it_is_done() -> None:
    done = threading.Event()

    def until_done(_seconds: float) -> None:
        assert done.wait(10)

    air = Air(Faults(delay_s=1.0), DEFAULT_BATCH.with_fwi(1), sleep=until_done)
    assert air.send_in_time("02" + SELECT) == "029000"
    assert air.send_in_time("03002000980431323334") == "039000"
    assert air.send("02802A009733" + "30" * 51 + "00") == "F23B"
    # A lost request for time is repeated as any block is.
    assert air.send("B2") == "F23B"
    assert air.send("F23B") == "F23B"
    done.set()
    answer = air.send_in_time("F23B")
    assert answer is not None
    assert (answer[:2], len(answer)) == ("12", 2 * 254)
    assert air.target.waiting_time_extensions >= 2


def test_frame_longer_than_the_card_takes_is_not_understood() -> None:
    air = Air(type_b=DEFAULT_BATCH.with_frame_size(16))
    assert air.send("02" + SELECT) is None
    assert air.send("12" + SELECT[:26]) == "A2"
    assert air.send("03" + SELECT[26:]) == "039000"


def test_blocks_carry_the_number_that_the_card_was_given() -> None:
    air = Air(cid=5)
    assert air.send("0A05" + SELECT) == "0A059000"
    assert air.send("0B0400200098") is None
    assert air.send("0300200098") is None
    assert air.send("0B0500200098") == "0B0563C3"


def test_deselected_card_sleeps_until_woken_and_keeps_its_power() -> None:
    air = Air()
    air.send("02" + SELECT)
    assert air.send("C2") == "C2"
    assert air.target.receive(REQB) is None
    assert air.send("0300200098") is None
    atqb = air.target.receive(WUPB)
    assert atqb is not None
    assert atqb[1:5] == air.pupi
    assert air.target.receive(air.attrib()) == b"\x00"
    assert air.send("0200200098") == "0263C3"


def test_halted_card_is_woken_by_wupb_only() -> None:
    target = IsoDepTarget(virtual_card())
    atqb = target.receive(REQB)
    assert atqb is not None
    assert target.receive(b"\x50" + atqb[1:5]) == b"\x00"
    assert target.receive(REQB) is None
    assert target.receive(WUPB) == atqb


def test_field_off_forgets_selection_and_pin() -> None:
    air = Air()
    air.send("02" + SELECT)
    air.target.field_off()
    assert not air.card.is_powered
    assert air.send("0300200098") is None


def test_vanished_card_is_told_as_such() -> None:
    air = Air(Faults(disappear_after=1))
    air.send("02" + SELECT)
    with pytest.raises(CardGone):
        air.send("0300200098")


def test_other_blocks_get_no_answer() -> None:
    air = Air()
    for frame in ("F23B", "E2", "0600", "42"):
        assert air.send(frame) is None
