"""When a check was made: the device's clock where it lies between its anchors, else the last anchor's."""

from datetime import UTC, datetime, timedelta

import pytest

from kazasu.checks.timing import TOLERANCE, judge_time

ANCHOR = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
PUSHED = ANCHOR + timedelta(hours=6)
HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("device_time", "elapsed", "at", "why"),
    [
        (ANCHOR + HOUR, HOUR, ANCHOR + HOUR, None),
        (ANCHOR + HOUR, None, ANCHOR + HOUR, None),
        # A device asleep counts too little: the clock may be later than the monotonic time, up to the push.
        (ANCHOR + 5 * HOUR, HOUR, ANCHOR + 5 * HOUR, None),
        (ANCHOR + HOUR - TOLERANCE, HOUR, ANCHOR + HOUR - TOLERANCE, None),
        (ANCHOR + HOUR - TOLERANCE - MOMENT, HOUR, ANCHOR + HOUR, "behind"),
        (ANCHOR - TOLERANCE - MOMENT, None, ANCHOR, "behind"),
        (PUSHED + TOLERANCE, HOUR, PUSHED, None),
        (PUSHED + TOLERANCE + MOMENT, HOUR, ANCHOR + HOUR, "ahead"),
        (PUSHED + TOLERANCE + MOMENT, None, ANCHOR, "ahead"),
        (ANCHOR + HOUR, 100 * HOUR, PUSHED, "behind"),
    ],
)
def test_with_an_anchor(device_time: datetime, elapsed: timedelta | None, at: datetime, why: str | None) -> None:
    judged = judge_time(device_time, anchor_at=ANCHOR, elapsed=elapsed, received_at=PUSHED)
    assert (judged.at, judged.why_implausible, judged.recorded_after) == (at, why, ANCHOR)


def test_without_an_anchor_only_the_push_bounds_it() -> None:
    early = judge_time(ANCHOR - 1000 * HOUR, anchor_at=None, elapsed=None, received_at=PUSHED)
    assert (early.at, early.why_implausible, early.recorded_after) == (ANCHOR - 1000 * HOUR, None, None)
    late = judge_time(PUSHED + HOUR, anchor_at=None, elapsed=None, received_at=PUSHED)
    assert (late.at, late.why_implausible) == (PUSHED, "ahead")


def test_an_anchor_from_after_the_push_is_not_believed() -> None:
    judged = judge_time(PUSHED, anchor_at=PUSHED + HOUR, elapsed=None, received_at=PUSHED)
    assert (judged.at, judged.why_implausible, judged.recorded_after) == (PUSHED, "anchor_in_the_future", None)
