"""What one schedule is made of, drawn from its seed: not every fault in every schedule, so that rare pairs of faults
meet often enough (each schedule has its own few, and some have none).
"""

import dataclasses
import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What the road does to one call."""

    LOSE_REQUEST = "lose_request"
    LOSE_ANSWER = "lose_answer"
    CUT_ANSWER = "cut_answer"
    DAMAGE_REQUEST = "damage_request"
    REPEAT_REQUEST = "repeat_request"
    """The same request comes again, perhaps much later, perhaps to another life of the server."""
    LATE_ANSWER = "late_answer"
    """An answer that an earlier call got comes instead."""
    PORTAL = "portal"
    BAD_GATEWAY = "bad_gateway"
    BUSY = "busy"
    TOO_LARGE = "too_large"
    SLOW = "slow"
    FAIL_BEFORE_COMMIT = "fail_before_commit"
    TOKEN_EXPIRED = "token_expired"


EVENTS = (
    *(fault.value for fault in Fault),
    "partition", "outage", "battery_out", "death_inside_a_write", "disk_full", "queue_full", "entry_damaged",
    "rolled_back", "wiped", "cloned", "revoked", "clock_jump", "clock_drift", "key_rotation", "back_up", "restore",
    "feed_item", "log_closed", "gap_told", "two_lanes", "several_devices",
)  # fmt: skip
"""What comes about in schedules, as `World.count` counts it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Rates are chances for one call or one step; counts are of the whole schedule."""

    devices: int
    lanes: int
    entries: int
    duration_s: float
    checks: float
    slow_touches: float
    bursts: float
    feed: bool
    road_faults: tuple[Fault, ...]
    fault_rate: float
    partitions: int
    outages: int
    deaths: float
    """Death of a process inside a write."""
    batteries: int
    full_disks: int
    capacity_octets: int | None
    damages: int
    rollbacks: int
    wipes: int
    clones: int
    revocations: int
    clock_jumps: int
    clock_drift: float
    key_rotations: int
    back_ups: int
    restores: int
    older_restores: bool


def draw(seed: int, *, most_entries: int = 150) -> Plan:
    """The plan of a seed."""
    chance = random.Random(f"plan {seed}")  # noqa: S311 - a seed is what it is for

    def sometimes(probability: float, most: int) -> int:
        return chance.randint(1, most) if chance.random() < probability else 0

    faults = [fault for fault in Fault if chance.random() < 0.4] if chance.random() < 0.85 else []
    restores = sometimes(0.45, 3)
    return Plan(
        devices=chance.choice((1, 1, 2, 2, 3, 4)),
        lanes=chance.choice((1, 1, 1, 2)),
        # Mostly a day or two of one clinic; now and then more than goes into a few pushes.
        entries=chance.randint(10, most_entries) if chance.random() < 0.9 else chance.randint(1, 4) * most_entries,
        duration_s=chance.choice((600.0, 3_600.0, 8 * 3_600.0)),
        checks=chance.choice((0.05, 0.1, 0.5)),
        slow_touches=chance.choice((0.0, 0.3)),
        bursts=chance.choice((0.05, 0.2, 0.5)),
        feed=chance.random() < 0.3,
        road_faults=tuple(faults),
        fault_rate=chance.choice((0.05, 0.2, 0.5)),
        partitions=sometimes(0.5, 4),
        outages=sometimes(0.3, 3),
        deaths=chance.choice((0.0, 0.0, 0.01, 0.05)),
        batteries=sometimes(0.3, 3),
        full_disks=sometimes(0.2, 3),
        capacity_octets=chance.choice((None, None, None, None, 6_000, 20_000)),
        damages=sometimes(0.25, 4),
        rollbacks=sometimes(0.15, 2),
        wipes=sometimes(0.08, 1),
        clones=sometimes(0.2, 2),
        revocations=sometimes(0.1, 1),
        clock_jumps=sometimes(0.3, 4),
        clock_drift=chance.choice((0.0, 0.0, 1e-4, -0.3)),
        key_rotations=sometimes(0.3, 2),
        back_ups=sometimes(0.6, 6) + restores,
        restores=restores,
        older_restores=chance.random() < 0.3,
    )


def without_faults(plan: Plan) -> Plan:
    """The same devices and entries under a quiet sky."""
    return dataclasses.replace(
        plan, road_faults=(), partitions=0, outages=0, deaths=0.0, batteries=0, full_disks=0, capacity_octets=None,
        damages=0, rollbacks=0, wipes=0, clones=0, revocations=0, clock_jumps=0, key_rotations=0, back_ups=0,
        restores=0,
    )  # fmt: skip
