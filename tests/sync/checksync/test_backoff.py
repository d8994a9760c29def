from datetime import UTC, datetime

import pytest

from checksync.backoff import LONGEST_DELAY_S, parse_retry_after_s, retry_delay_s

NOW = datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC)


def test_nothing_failed_needs_no_wait() -> None:
    assert retry_delay_s(0, 0.5) == 0


def test_delays_double_up_to_the_longest_and_spread() -> None:
    assert [retry_delay_s(n, 0.0) for n in range(1, 5)] == [1, 2, 4, 8]
    assert retry_delay_s(1, 0.999) == pytest.approx(2, rel=0.01)
    assert retry_delay_s(10_000, 0.0) == LONGEST_DELAY_S / 2


def test_a_refusal_is_not_retried_in_a_hurry() -> None:
    assert retry_delay_s(1, 0.0, is_refused=True) == 450


def test_what_the_server_asks_for_is_never_undercut() -> None:
    assert retry_delay_s(1, 0.0, retry_after_s=60) == 60
    assert retry_delay_s(1, 0.5, retry_after_s=60) == pytest.approx(63)
    assert retry_delay_s(9, 0.0, retry_after_s=1) == 150


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("-7", None),
        ("99999", 3600),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
        ("７", None),
        ("Sun, 22 Nov 2026 00:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 00:00:30 -0000", 30),
        ("Sat, 21 Nov 2026 00:00:30 GMT", 0),
        ("Sun, 99 Nov 2026 00:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after_s(text, NOW) == seconds
