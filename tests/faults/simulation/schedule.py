"""One schedule: devices, server, network, disks and clocks under one seed, run through the real protocol code, brought
to rest, and judged.
"""

import random
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from faults.simulation import disk
from faults.simulation.device import SimulatedDevice
from faults.simulation.ledger import InvariantError, Ledger
from faults.simulation.oracle import Oracle
from faults.simulation.plan import Plan, draw
from faults.simulation.server import MemoryStore, SimulatedServer, Store
from faults.simulation.world import World

import checksync as cs

CALM_S = 3 * 3_600.0
"""After the faults: longer than the longest wait that a device was told to keep, several times."""

MakeStore = Callable[[cs.SigningKey, Callable[[], datetime], cs.PrivateKeyOpener, Path], Store]


def memory_store(key: cs.SigningKey, now: Callable[[], datetime], opener: cs.PrivateKeyOpener, folder: Path) -> Store:
    return MemoryStore(key, now)


@dataclass(frozen=True)
class Result:
    """What a schedule came to. `error` None: every invariant held."""

    seed: int
    plan: Plan
    confirmed: int
    counted: int
    acknowledgements: int
    devices: int
    """Clones included."""
    trace: tuple[str, ...]
    happened: Counter[str]
    error: InvariantError | None


@contextmanager
def _seeded_identifiers(seed: int) -> Iterator[None]:
    """Ids by the seed too, so that a schedule can be compared with its repetition line by line."""
    chance = random.Random(f"identifiers {seed}")  # noqa: S311
    with (
        patch.object(secrets, "token_hex", lambda octets=32: chance.randbytes(octets).hex()),
        patch.object(secrets, "token_bytes", lambda octets=32: chance.randbytes(octets)),
    ):
        yield


def quick_folder() -> Path | None:
    """Memory, where the system offers a folder in it: a schedule's disks fail when told to, not by themselves."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


def run_schedule(seed: int, *, plan: Plan | None = None, make_store: MakeStore = memory_store) -> Result:
    """Runs the schedule of a seed and judges it."""
    folder = Path(tempfile.mkdtemp(prefix="kazasu-simulation-", dir=quick_folder()))
    try:
        with _seeded_identifiers(seed):
            return _Schedule(seed, plan or draw(seed), folder, make_store).run()
    finally:
        shutil.rmtree(folder)


class _Schedule:
    def __init__(self, seed: int, plan: Plan, folder: Path, make_store: MakeStore) -> None:
        self.seed, self.plan, self.folder = seed, plan, folder
        self.world = World(seed)
        self.chance = self.world.random
        self.ledger = Ledger()
        self._keys = random.Random(f"keys {seed}")  # noqa: S311
        key = self._new_key()
        self.private = [
            X25519PrivateKey.from_private_bytes(self._keys.randbytes(32)) for _ in range(plan.key_rotations + 1)
        ]
        self.opener = cs.PrivateKeyOpener(self.private)
        store = make_store(key, lambda: self.world.now, self.opener, folder)
        self.server = SimulatedServer(store, key, self.ledger)
        shares = [plan.entries // plan.devices] * plan.devices
        self.devices = [self._device(f"d{index}", self._new_key(), share) for index, share in enumerate(shares)]
        self.images: dict[str, Path] = {}

    def _device(self, name: str, key: cs.SigningKey, entries: int) -> SimulatedDevice:
        return SimulatedDevice(
            self.world, self.plan, self.server, self.ledger, self.folder, name,
            key=key, sealing_key=self._public(0), entries=entries,
        )  # fmt: skip

    def _new_key(self) -> cs.SigningKey:
        return cs.SigningKey(ec.derive_private_key(self._keys.getrandbits(240) + 1, ec.SECP256R1()))

    def _public(self, index: int) -> cs.SealingPublicKey:
        return cs.SealingPublicKey(self.private[index].public_key().public_bytes_raw())

    def run(self) -> Result:
        error = None
        try:
            try:
                self._arrange()
                self.world.run(self.plan.duration_s)
                self._calm_down()
                self.world.after(CALM_S / 2, self.server.store.declare_missing)
                self.world.run(self.plan.duration_s + CALM_S)
            finally:
                for device in self.devices:
                    for process in device.processes:
                        process.task.kill()
            for device in self.devices:
                device.finish()
            Oracle(self.server, self.devices, self.ledger, self.opener).judge()
        except InvariantError as found:
            error = found
        finally:
            self.server.store.close()
        return Result(
            self.seed,
            self.plan,
            len(self.ledger.confirmed),
            self.ledger.counted,
            sum(map(len, self.ledger.issued.values())),
            len(self.devices),
            tuple(self.world.trace),
            self.world.happened,
            error,
        )

    def _calm_down(self) -> None:
        """Every fault ends, everything is switched on, and what is left is to arrive."""
        self.world.note("calm")
        self.server.is_down = False
        for device in self.devices:
            device.is_calm = device.link.is_quiet = device.link.is_up = True
            device.fill_disk(False)
            device.link.answers.clear()
            if device.plan.capacity_octets is not None:
                device.stop()
            device.start()
            device.restart_dead()
            for process in device.processes:
                # A pause of hours would outlast what is left.
                process.task.nudge()

    # What happens

    def _arrange(self) -> None:
        for device in self.devices:
            self._at_some_time(device.start, within=0.1)
        plan = self.plan
        self.world.count("clock_drift", int(plan.clock_drift != 0.0))
        self.world.count("two_lanes", int(plan.lanes > 1))
        self.world.count("several_devices", int(plan.devices > 1))
        for count, act in (
            (plan.partitions, self._partition),
            (plan.outages, self._outage),
            (plan.batteries, self._battery),
            (plan.full_disks, self._full_disk),
            (plan.damages, self._damage),
            (plan.rollbacks, self._image_and_roll_back),
            (plan.wipes, self._wipe),
            (plan.clones, self._clone),
            (plan.revocations, self._revoke),
            (plan.clock_jumps, self._clock_jump),
            (plan.key_rotations, self._rotate_key),
            (plan.back_ups, self._back_up),
            (plan.restores, self._restore),
            (6 if plan.feed else 0, self._publish),
        ):
            for _ in range(count):
                self._at_some_time(act)
        if plan.deaths:
            self.world.after(20.0, self._restart_dead)

    def _at_some_time(self, act: Callable[[], object], *, within: float = 1.0) -> None:
        self.world.after(self.chance.random() * self.plan.duration_s * within, act)

    def _some_device(self) -> SimulatedDevice:
        return self.chance.choice(self.devices)

    def _for_a_while(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        begin()
        length_s = self.chance.choice((5.0, 300.0, self.plan.duration_s / 2)) * self.chance.random()
        self.world.after(length_s, end)

    def _partition(self) -> None:
        self.world.count("partition")
        link = self._some_device().link
        self._for_a_while(lambda: setattr(link, "is_up", False), lambda: setattr(link, "is_up", True))

    def _outage(self) -> None:
        self.world.count("outage")
        server = self.server
        self._for_a_while(lambda: setattr(server, "is_down", True), lambda: setattr(server, "is_down", False))

    def _battery(self) -> None:
        device = self._some_device()
        if device.is_on:
            self.world.count("battery_out")
            self.world.note(f"{device.name} battery out")
            device.stop()
            self._for_a_while(lambda: None, device.start)

    def _full_disk(self) -> None:
        device = self._some_device()
        self.world.count("disk_full")
        self.world.note(f"{device.name} disk full")
        self._for_a_while(lambda: device.fill_disk(True), lambda: device.fill_disk(False))

    def _damage(self) -> None:
        device = self._some_device()
        entries = list(disk.entries_on(device.path)) if device.path.exists() else []
        if entries:
            log, number = self.chance.choice(entries)
            is_head = self.chance.random() < 0.3
            disk.damage_one(device.path, log, number, self.chance.getrandbits(30), head=is_head)
            self.ledger.excuse(log, number, "damaged")
            self.world.count("entry_damaged")
            self.world.note(f"{device.name} {number} damaged")

    def _image_and_roll_back(self) -> None:
        device = self._some_device()
        if not device.path.exists():
            return
        image = device.image()
        rest_s = max(1.0, self.plan.duration_s - self.world.now_s)

        def back() -> None:
            device.roll_back_to(image)
            device.start()

        self.world.after(rest_s * self.chance.random(), back)

    def _wipe(self) -> None:
        device = self._some_device()
        if device.path.exists():
            device.roll_back_to(None)
            device.start()

    def _clone(self) -> None:
        original = self._some_device()
        if not original.path.exists() or len(self.devices) > 6:
            return
        twin = self._device(f"{original.name}c{len(self.devices)}", original.key, self.chance.randint(1, 30))
        twin.sealing_key = original.sealing_key
        twin.is_cut_off = original.is_cut_off
        disk.copy_files(original.path, twin.path)
        for (name, log), base in list(self.ledger.bases.items()):
            if name == original.name:
                self.ledger.bases[twin.name, log] = base
        self.devices.append(twin)
        self.world.count("cloned")
        self.world.note(f"{original.name} cloned as {twin.name}")
        twin.start()

    def _revoke(self) -> None:
        revoked = self._some_device()
        self.server.revoked.add(revoked.key.thumbprint)
        for device in self.devices:
            if device.key is revoked.key:
                device.is_cut_off = True
        self.world.count("revoked")
        self.world.note(f"{revoked.name} revoked")

    def _clock_jump(self) -> None:
        device = self._some_device()
        jump_s = self.chance.choice((-9 * 3600.0, 3600.0, -1.0, 86_400.0 * 365 * 8, -86_400.0 * 365 * 20))
        device.clock_offset_s += jump_s
        self.world.count("clock_jump")
        self.world.note(f"{device.name} clock jumps {jump_s}")

    def _rotate_key(self) -> None:
        self.world.count("key_rotation")
        index = self.chance.randrange(len(self.private))
        for device in self.devices:
            if self.chance.random() < 0.7:
                device.sealing_key = self._public(index)

    def _back_up(self) -> None:
        self.world.count("back_up")
        self.server.back_up()

    def _restore(self) -> None:
        index = self.chance.randrange(1000) if self.plan.older_restores else -1
        self.world.note("restore")
        if self.server.restore(index):
            self.world.count("restore")
        self.server.is_down = True
        self.world.after(self.chance.uniform(1.0, 120.0), lambda: setattr(self.server, "is_down", False))

    def _publish(self) -> None:
        self.world.count("feed_item")
        self.ledger.published.add(self.server.store.publish())

    def _restart_dead(self) -> None:
        for device in self.devices:
            device.restart_dead()
        if self.world.now_s < self.plan.duration_s:
            self.world.after(20.0, self._restart_dead)
