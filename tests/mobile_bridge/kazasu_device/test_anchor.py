"""The last anchor and the time since it came."""

from datetime import timedelta
from pathlib import Path

from harness.clinic import NOON, Clinic

from checksync.key import SigningKey
from kazasu_device.anchor import AnchorKeeper
from kazasu_device.clock import Mark, boot_mark
from kazasu_device.home import Home


class Ticking:
    def __init__(self, boot: str = "boot-1") -> None:
        self.boot = boot
        self.nanoseconds = 1_000_000_000

    def __call__(self) -> Mark:
        return Mark(self.boot, self.nanoseconds)


def keeper(home: Home, clinic: Clinic, clock: Ticking) -> AnchorKeeper:
    return AnchorKeeper(home, clinic.key.verifying_key, clinic.facility, clock)


def test_the_time_since_the_anchor_is_measured_within_one_boot_also_by_another_process(tmp_path: Path) -> None:
    clinic, clock = Clinic(), Ticking()
    statement = clinic.anchor()
    assert keeper(Home(tmp_path), clinic, clock).keep(statement)
    clock.nanoseconds += 2_500_000_000
    seen = keeper(Home(tmp_path), clinic, clock).seen()
    assert seen is not None
    assert (seen.statement, seen.elapsed_ms) == (statement, 2500)


def test_after_a_restart_of_the_machine_nothing_has_measured(tmp_path: Path) -> None:
    clinic, clock = Clinic(), Ticking()
    keeper(Home(tmp_path), clinic, clock).keep(clinic.anchor())
    seen = keeper(Home(tmp_path), clinic, Ticking("boot-2")).seen()
    assert seen is not None
    assert seen.elapsed_ms is None


def test_a_clock_that_ran_backwards_measured_nothing(tmp_path: Path) -> None:
    clinic, clock = Clinic(), Ticking()
    keeper(Home(tmp_path), clinic, clock).keep(clinic.anchor())
    clock.nanoseconds -= 1
    seen = keeper(Home(tmp_path), clinic, clock).seen()
    assert seen is not None
    assert seen.elapsed_ms is None


def test_an_older_anchor_does_not_displace_a_newer_one(tmp_path: Path) -> None:
    clinic = Clinic()
    kept = keeper(Home(tmp_path), clinic, Ticking())
    newer = clinic.anchor(NOON)
    assert kept.keep(newer)
    assert not kept.keep(clinic.anchor(NOON - timedelta(seconds=1), number=2))
    seen = kept.seen()
    assert seen is not None
    assert seen.statement == newer


def test_an_anchor_of_another_epoch_counts_though_its_time_is_earlier(tmp_path: Path) -> None:
    clinic = Clinic()
    kept = keeper(Home(tmp_path), clinic, Ticking())
    kept.keep(clinic.anchor(NOON))
    assert kept.keep(clinic.anchor(NOON - timedelta(hours=1), number=2, epoch="e2"))


def test_nobody_elses_anchor_is_kept(tmp_path: Path) -> None:
    clinic = Clinic()
    kept = keeper(Home(tmp_path), clinic, Ticking())
    assert not kept.keep(Clinic(key=SigningKey.generate()).anchor())
    assert not kept.keep(Clinic(key=clinic.key, facility="0b").anchor())
    assert not kept.keep("not a statement")
    assert kept.seen() is None


def test_this_machine_knows_its_boot() -> None:
    before, after = boot_mark(), boot_mark()
    assert before.milliseconds_until(after) is not None
