"""Property-based: every target, on real documents spoiled in every way and on anything at all."""

from collections.abc import Iterator

import pytest
from fuzz.all_targets import TARGETS, Target, close, run
from fuzz.mutation import octets_like
from fuzz.target import LeakError, target
from hypothesis import HealthCheck, given, settings

_WITH_A_DATABASE = {"entry read", "push stored", "import file", "sync client", "card", "outbox file"}
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


@pytest.fixture(scope="module", autouse=True)
def opened() -> Iterator[None]:
    yield
    close()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_nothing_is_raised_but_what_is_declared_and_nothing_tells_of_the_patient(name: str) -> None:
    found = TARGETS[name]
    strategy = octets_like(found.seeds())

    @settings(
        max_examples=40 if name in _WITH_A_DATABASE else 150, deadline=None, suppress_health_check=_QUIET, database=None
    )
    @given(strategy)
    def holds(octets: bytes) -> None:
        run(found, octets)

    holds()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_seeds_are_read_and_tell_nothing(name: str) -> None:
    found = TARGETS[name]
    seeds = found.seeds()
    assert seeds
    for octets in seeds:
        run(found, octets)


def test_an_undeclared_exception_and_a_telling_error_are_found() -> None:
    def raises(octets: bytes) -> object:
        raise KeyError(octets.decode())

    with pytest.raises(KeyError):
        run(Target("raises", raises, (ValueError,), list), b"x")
    with pytest.raises(LeakError, match="tells 見本"):
        run(Target("tells", raises, (KeyError,), list), "見本　花子".encode())

    def hides(octets: bytes) -> object:
        try:
            raises(octets)
        except KeyError as error:
            raise ValueError from error
        return None

    with pytest.raises(LeakError):
        run(Target("hides", hides, (ValueError,), list), "見本　花子".encode())


def test_a_name_is_registered_once() -> None:
    with pytest.raises(AssertionError):
        target("push answer", seeds=list)(lambda octets: octets)
