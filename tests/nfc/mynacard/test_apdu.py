"""Commands and answers at the boundaries of their length fields."""

import pytest

from mynacard.apdu import Command, Response


@pytest.mark.parametrize(
    ("command", "octets"),
    [
        (Command.case1(0x00, 0x20, 0x00, 0x98), "00200098"),
        (Command.case2(0x00, 0xB0, 0x86, 0x00, 1), "00B0860001"),
        (Command.case2(0x00, 0xB0, 0x86, 0x00, 255), "00B08600FF"),
        (Command.case2(0x00, 0xB0, 0x86, 0x00, 256), "00B0860000"),
        (Command.case2(0x00, 0xB0, 0x86, 0x00, 257), "00B08600000101"),
        (Command.case2(0x00, 0xB0, 0x86, 0x00, 65535), "00B0860000FFFF"),
        (Command.case2(0x00, 0xB0, 0x86, 0x00, 65536), "00B08600000000"),
        (Command.case3(0x00, 0xA4, 0x02, 0x0C, b"\x00\x0a"), "00A4020C02000A"),
        (Command.case3(0x00, 0x24, 0x01, 0x80, bytes(255)), "00240180FF" + "00" * 255),
        (Command.case3(0x00, 0x24, 0x01, 0x80, bytes(256)), "00240180000100" + "00" * 256),
        (Command.case4(0x80, 0x2A, 0x00, 0x97, b"\x01\x02", 256), "802A009702010200"),
        (Command.case4(0x80, 0x2A, 0x00, 0x97, b"\x01\x02", 384), "802A009700000201020180"),
        (Command.case4(0x80, 0x2A, 0x00, 0x97, bytes(256), 1), "802A0097000100" + "00" * 256 + "0001"),
    ],
)
def test_a_command_is_encoded_in_the_shortest_form_of_its_case(command: Command, octets: str) -> None:
    assert command.encode().hex().upper() == octets


@pytest.mark.parametrize("le", [0, 65537])
def test_an_le_that_no_field_can_carry_is_refused(le: int) -> None:
    with pytest.raises(ValueError, match="Le"):
        Command.case2(0x00, 0xB0, 0x00, 0x00, le)


def test_more_data_than_any_field_can_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="65535"):
        Command.case3(0x00, 0x24, 0x00, 0x00, bytes(65536))


def test_a_header_byte_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="header"):
        Command.case1(0x100, 0x20, 0x00, 0x00)


def test_a_commands_repr_hides_its_data() -> None:
    assert "1234" not in repr(Command.case3(0x00, 0x20, 0x00, 0x98, b"1234"))


@pytest.mark.parametrize(
    ("octets", "data", "sw"), [("9000", "", 0x9000), ("0102 6282", "0102", 0x6282), ("00 9000", "00", 0x9000)]
)
def test_an_answer_is_data_and_status_word(octets: str, data: str, sw: int) -> None:
    response = Response.parse(bytes.fromhex(octets))
    assert response == Response(bytes.fromhex(data), sw)


@pytest.mark.parametrize("octets", [b"", b"\x90"])
def test_fewer_than_two_bytes_are_no_answer(octets: bytes) -> None:
    assert Response.parse(octets) is None


@pytest.mark.parametrize(
    ("sw", "tries"),
    [(0x63C3, 3), (0x63CF, 15), (0x63C0, 0), (0x6983, 0), (0x6984, 0), (0x9000, None), (0x6300, None), (0x63D0, None)],
)
def test_blocked_is_zero_tries_in_all_three_ways_to_say_it(sw: int, tries: int | None) -> None:
    assert Response(b"", sw).tries_left == tries


@pytest.mark.parametrize(
    ("sw", "more", "le"), [(0x6100, 256, None), (0x6101, 1, None), (0x6C00, None, 256), (0x6CFF, None, 255)]
)
def test_a_zero_in_61xx_and_6cxx_is_256(sw: int, more: int | None, le: int | None) -> None:
    response = Response(b"", sw)
    assert (response.more_available, response.correct_le) == (more, le)
