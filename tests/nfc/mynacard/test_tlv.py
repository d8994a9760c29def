"""BER-TLV at the boundaries of its length forms, and damage."""

import pytest

from mynacard.errors import DamagedDataError
from mynacard.tlv import end_of_object, read_object, read_objects


@pytest.mark.parametrize(
    ("header", "length"),
    [
        ("30 00", 0),
        ("30 7F", 0x7F),
        ("30 81 80", 0x80),
        ("30 81 FF", 0xFF),
        ("30 82 01 00", 0x100),
        ("30 82 06 2B", 0x62B),
        ("30 82 FF FF", 0xFFFF),
        ("FF20 7F", 0x7F),
        ("FF20 81 80", 0x80),
        ("FF20 82 01 00", 0x100),
        # Longer than needed, as some writers make it.
        ("FF20 82 00 05", 5),
    ],
)
def test_every_length_form_is_read(header: str, length: int) -> None:
    start = bytes.fromhex(header)
    found = read_object(start + b"x" * length + b"behind", "test")
    assert (found.value, found.end) == (b"x" * length, len(start) + length)
    assert end_of_object(start, "test") == len(start) + length


@pytest.mark.parametrize("head", ["", "30", "FF", "FF20", "3081", "3082", "308201", "FF2082", "FF208201"])
def test_a_header_that_is_not_all_there_asks_for_more(head: str) -> None:
    assert end_of_object(bytes.fromhex(head), "test") is None


@pytest.mark.parametrize(
    ("damaged", "problem"),
    [
        ("", "truncated"),
        ("30", "truncated"),
        ("3005 01020304", "truncated"),
        ("3081 80 00", "truncated"),
        ("3080 0000", "length"),
        ("3083 000001 00", "length"),
        ("30FF", "length"),
        ("FFA0 01 00", "tag"),
    ],
)
def test_damage_is_named_and_not_shown(damaged: str, problem: str) -> None:
    with pytest.raises(DamagedDataError) as raised:
        read_object(bytes.fromhex(damaged), "test")
    assert raised.value.data() == {"what": "test", "problem": problem}


def test_another_tag_than_the_expected_one_is_damage() -> None:
    with pytest.raises(DamagedDataError):
        end_of_object(bytes.fromhex("3182010000"), "test", tag=0x30)


def test_objects_fill_their_container_exactly() -> None:
    data = bytes.fromhex("DF2202AABB DF2501 31 5000")
    assert [(found.tag, found.value.hex(), found.start) for found in read_objects(data, "test")] == [
        (0xDF22, "aabb", 0),
        (0xDF25, "31", 5),
        (0x50, "", 9),
    ]
    with pytest.raises(DamagedDataError):
        list(read_objects(data + b"\xdf", "test"))


def test_an_objects_repr_hides_its_value() -> None:
    assert "name" not in repr(read_object(b"\x50\x04name", "test"))
