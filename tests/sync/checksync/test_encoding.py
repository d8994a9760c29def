from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

import checksync
from checksync.encoding import MalformedError, Time, decode, encode, time_text


def test_every_exported_name_exists() -> None:
    assert checksync.__all__ == sorted(checksync.__all__, key=lambda name: (not name.isupper(), name.islower(), name))
    for name in checksync.__all__:
        assert hasattr(checksync, name)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    tokyo = datetime(2026, 11, 22, 9, 0, 0, 123999, tzinfo=timezone(timedelta(hours=9)))
    assert time_text(tokyo) == "2026-11-22T00:00:00.123Z"
    assert time_text(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        time_text(datetime(2026, 1, 1))  # noqa: DTZ001


class _Sample(msgspec.Struct):
    at: Time
    nested: list[dict[str, datetime]]


def test_times_inside_lists_and_objects_are_written_alike() -> None:
    moment = datetime(2026, 1, 1, 0, 0, 0, 5000, tzinfo=UTC)
    assert encode(_Sample(moment, [{"x": moment}])) == (
        b'{"at":"2026-01-01T00:00:00.005Z","nested":[{"x":"2026-01-01T00:00:00.005Z"}]}'
    )


def test_an_error_names_the_place_and_never_the_content() -> None:
    with pytest.raises(MalformedError) as caught:
        decode('{"at":"山田太郎","nested":[]}'.encode(), _Sample, "sample")
    assert caught.value.place == "$.at"
    assert "山田" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("octets", [b"", b"{", b"\xff", b"[" * 100_000, b'{"at":"2026-01-01T00:00:00","nested":[]}'])
def test_what_is_no_json_of_the_form_is_malformed(octets: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(octets, _Sample, "sample")
