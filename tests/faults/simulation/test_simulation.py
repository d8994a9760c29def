"""A small run of the simulation with fresh seeds, and the simulation's own promises: it repeats itself, and it sees."""

import os
import secrets
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from faults.simulation import run
from faults.simulation.oracle import Oracle
from faults.simulation.plan import EVENTS, Fault, Plan, draw, without_faults
from faults.simulation.run import SQL_EVERY, Outcome, Totals, run_one
from faults.simulation.schedule import Result, run_schedule
from faults.simulation.world import DeathError, Task, World

FRESH = [secrets.randbelow(2**32) * SQL_EVERY + 1 + offset for offset in range(16)]


def _again(result: Result) -> str:
    return f"python tests/faults/simulation/run.py --seed {result.seed}    {result.error}"


@pytest.mark.parametrize("place", range(len(FRESH)))
def test_every_invariant_holds_under_fresh_seeds(place: int) -> None:
    seed = FRESH[place]
    print(f"seed {seed}")
    result = run_one(seed)
    assert result.error is None, _again(result)
    assert result.confirmed > 0


@pytest.mark.database
@pytest.mark.parametrize("place", range(2))
def test_every_invariant_holds_on_the_real_service(place: int) -> None:
    seed = secrets.randbelow(2**32) * SQL_EVERY
    print(f"seed {seed}")
    result = run_one(seed)
    assert result.error is None, _again(result)


@pytest.mark.parametrize(
    "seed",
    [139, 1045, 1088, 2015, 26, 45, 275653629480, 1047905620464, 38790666728, 871464455091],
    ids=lambda seed: f"seed-{seed}",
)
def test_what_failed_once_holds_now(seed: int) -> None:
    """Seeds that found: a number gone that came again, a branch of several batches, a branch begun at its newest
    entry, an old answer that was ahead, damaged heads that took whole entries with them, a late word of an earlier life
    that a device whose storage went back took for the present life's, a late word that a log is closed that was taken
    for the answer to another offer, a life that a device heard of by a word that did not fit; and in the simulation
    itself, an entry of a second history that went with the second restore of a tablet already shut out."""
    result = run_one(seed)
    assert result.error is None, _again(result)


@pytest.mark.parametrize("place", range(4))
def test_a_seed_repeats_itself_line_by_line(place: int) -> None:
    seed = FRESH[place]
    print(f"seed {seed}")
    one, other = run_one(seed), run_one(seed)
    assert one.trace == other.trace
    assert len(one.trace) > 10
    assert run_one(seed + 1).trace != one.trace


def test_a_seed_repeats_itself_in_another_process() -> None:
    """Whose hashes of texts, and with them the order of every set, are others."""
    seed = FRESH[0]
    script = run.__file__
    assert script is not None
    told = subprocess.run(
        [sys.executable, script, "--seed", str(seed)],
        env=os.environ | {"PYTHONHASHSEED": "17"}, capture_output=True, text=True, timeout=120,
    ).stdout  # fmt: skip
    assert told.startswith("\n".join(run_one(seed).trace)), f"seed {seed}"


_FAULTY = (
    "partitions", "outages", "deaths", "batteries", "full_disks", "damages", "rollbacks", "wipes", "clones",
    "revocations", "clock_jumps", "clock_drift", "key_rotations", "back_ups", "restores",
)  # fmt: skip


def test_seeds_draw_every_fault_and_quiet_skies_too() -> None:
    plans = [draw(seed) for seed in range(300)]
    assert {fault for plan in plans for fault in plan.road_faults} == set(Fault)
    for name in _FAULTY:
        values = {bool(getattr(plan, name)) for plan in plans}
        assert values == {True, False}, name
    assert any(not plan.road_faults for plan in plans)


def test_a_long_run_in_which_a_kind_of_event_never_came_about_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def all_but(missing: str | None) -> Totals:
        totals = Totals()
        happened = Counter({event: 1 for event in EVENTS if event != missing})
        for seed in range(run.ENOUGH):
            totals.add(Outcome(seed, 1, 1, 1, happened, None))
        return totals

    monkeypatch.setattr(sys, "argv", ["run.py"])
    monkeypatch.setattr(run, "run", lambda *_, **__: all_but(None))
    assert run.main() == 0
    monkeypatch.setattr(run, "run", lambda *_, **__: all_but("key_rotation"))
    assert run.main() == 1
    assert "never came about: key_rotation" in capsys.readouterr().out


def test_a_quiet_day_ends_with_everything_at_the_server_once() -> None:
    plan = without_faults(replace(draw(7), devices=3, lanes=2, entries=90))
    result = run_schedule(7, plan=plan)
    assert result.error is None
    # Intents outdated by the other lane's entry are told to the person and recorded by nobody.
    assert result.counted == result.confirmed
    assert 60 <= result.confirmed <= 90


def _quiet() -> Plan:
    return without_faults(replace(draw(8), devices=2, lanes=1, entries=20, checks=0.5, feed=False))


@pytest.mark.parametrize(
    ("spoil", "invariant"),
    [
        ("lose", "I3"),
        ("swap", "I5"),
        ("twice", "I4"),
        ("phantom", "I5"),
        ("unconfirmed", "I13"),
        ("forget", "I1"),
        ("time", "I14"),
    ],
)
def test_the_oracle_sees(monkeypatch: pytest.MonkeyPatch, spoil: str, invariant: str) -> None:
    """What is wrong at the server or in the ledger is named by its invariant."""
    judge = Oracle.judge

    def spoil_and_judge(oracle: Oracle) -> None:
        _spoil(oracle, spoil)
        judge(oracle)

    monkeypatch.setattr(Oracle, "judge", spoil_and_judge)
    error = run_schedule(8, plan=_quiet()).error
    assert error is not None
    assert error.invariant == invariant


def _spoil(oracle: Oracle, how: str) -> None:
    ledger, storage = oracle.ledger, oracle._server.store._server.storage  # type: ignore[attr-defined]
    first, second = list(storage.logs.values())[:2]
    number = first.number
    entry = first.entries[number]
    token = ledger.confirmed[entry.hash.hex()].token
    match how:
        case "lose":
            first.number, first.hash = number - 1, first.entries[number - 1].hash
            del first.entries[number]
        case "swap":
            first.entries[number] = replace(entry, sealed=first.entries[1].sealed)
        case "twice":
            ledger.confirmed[second.entries[1].hash.hex()].token = token
        case "phantom":
            del ledger.confirmed[entry.hash.hex()]
        case "unconfirmed":
            ledger.refused.add(token)
        case "forget":
            found = ledger.confirmed[entry.hash.hex()]
            ledger.confirmed["ab"] = replace(found, hash="ab" * 32, token="other")
        case "time":
            ledger.times[token] = {"2000-01-01T00:00:00.000Z"}


def test_tasks_take_turns_in_the_order_of_virtual_time_and_die_where_they_wait() -> None:
    world = World(1)
    seen: list[str] = []

    def act(name: str, pause_s: float) -> Task:
        def live(task: Task) -> None:
            try:
                for turn in range(3):
                    seen.append(f"{name}{turn}")
                    task.sleep(pause_s)
            except DeathError:
                seen.append(f"{name} dies")
                raise

        return Task(world, live)

    act("a", 2.0)
    b = act("b", 3.0)
    world.after(4.0, b.kill)
    world.run(100.0)
    assert seen == ["a0", "b0", "a1", "b1", "b dies", "a2"]
    assert world.now_s == 100.0
