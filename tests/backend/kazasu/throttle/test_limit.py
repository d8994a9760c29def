"""The wait after failures: from the limit on, started again by each further one, forgiven by quiet."""

from datetime import timedelta

from harness.office import NOON

from kazasu.throttle import Attempts, Limit, after_failure

LIMIT = Limit(3, timedelta(minutes=5))


def test_failures_below_the_limit_wait_for_nothing() -> None:
    once = after_failure(None, LIMIT, NOON)
    twice = after_failure(once, LIMIT, NOON + timedelta(seconds=1))
    assert (once.wait_s(NOON), twice.wait_s(NOON + timedelta(seconds=1)), twice.failures) == (0, 0, 2)


def test_the_limit_and_each_failure_beyond_it_start_the_wait() -> None:
    third = after_failure(Attempts(2, NOON, None), LIMIT, NOON)
    assert third.wait_s(NOON) == 301
    assert third.wait_s(NOON + timedelta(seconds=299.5)) == 1
    assert third.wait_s(NOON + timedelta(minutes=5)) == 0
    later = NOON + timedelta(minutes=5)
    assert after_failure(third, LIMIT, later).wait_s(later) == 301


def test_a_quiet_time_longer_than_the_wait_forgives() -> None:
    blocked = after_failure(Attempts(2, NOON, None), LIMIT, NOON)
    assert after_failure(blocked, LIMIT, NOON + timedelta(minutes=5, seconds=1)).failures == 1
