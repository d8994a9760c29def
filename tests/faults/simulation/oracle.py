"""The judgement after a schedule: every invariant of docs/protocol/sync-v1.md, over what the devices confirmed, what
the server has and what lies on the devices' disks.
"""

from collections.abc import Mapping, Sequence

from faults.simulation import disk
from faults.simulation.device import SimulatedDevice
from faults.simulation.ledger import Confirmed, InvariantError, Ledger, require
from faults.simulation.server import LogAtServer, SimulatedServer

import checksync as cs


class Oracle:
    def __init__(
        self, server: SimulatedServer, devices: Sequence[SimulatedDevice], ledger: Ledger, opener: cs.PrivateKeyOpener
    ) -> None:
        self.ledger = ledger
        self._server = server
        self._devices = devices
        self._opener = opener

    def judge(self) -> None:
        """Raises `InvariantError` for the first that does not hold."""
        logs = self._server.store.logs()
        self._server.check_promises()
        for log, stored in logs.items():
            _require_one_history(log, stored)
        self._require_once(logs)
        on_disk = [self._on_disk(device) for device in self._devices]
        for entry in self.ledger.confirmed.values():
            self._require_somewhere(entry, logs, on_disk)
        self._require_gaps_excused(logs)
        self._require_nothing_waits()
        self._require_successors(logs)
        self._require_checks(logs)

    def _require_checks(self, logs: Mapping[str, LogAtServer]) -> None:
        """I4: each confirmed check that the server has is one check there, made of that entry."""
        checks = self._server.store.checks()
        if checks is None:
            return
        for entry in self.ledger.confirmed.values():
            stored = logs.get(entry.log)
            kept = None if stored is None else stored.entries.get(entry.number)
            if entry.kind == "check" and kept is not None and kept.hash.hex() == entry.hash:
                require(checks.get(entry.token) == (entry.log, entry.number), "I4", f"check {entry.number} is no check")

    def _on_disk(self, device: SimulatedDevice) -> tuple[SimulatedDevice, set[str]]:
        return device, {entry.hash.hex() for entry in disk.entries_on(device.path).values()}

    def _require_somewhere(
        self,
        entry: Confirmed,
        logs: Mapping[str, LogAtServer],
        on_disk: Sequence[tuple[SimulatedDevice, set[str]]],
    ) -> None:
        what = f"{entry.kind} {entry.number} of {self.ledger.name(entry.log)} ({entry.device})"
        stored = logs.get(entry.log)
        if stored is not None:
            main = stored.entries.get(entry.number)
            branch = stored.branch.get(bytes.fromhex(entry.hash))
            found = main if main is not None and main.hash.hex() == entry.hash else branch
            if found is not None:
                self._require_meaning(entry, found.sealed, what)
                return
        if any(device.is_cut_off and entry.hash in hashes for device, hashes in on_disk):
            return
        is_lost = bool(entry.excuses) or entry.number in self.ledger.lost_by_restore[entry.log]
        require(is_lost, "I1", f"{what} was confirmed and is nowhere")
        if "rolled_back" in entry.excuses:
            return  # its storage went back before it was sent: nobody can know of it
        if (
            stored is not None
            and entry.number in stored.entries
            and entry.number in self.ledger.lost_by_restore[entry.log]
        ):
            # The known limit that docs/protocol/sync-v1.md names at I6: another copy's entry has the number.
            return
        is_named = stored is not None and (
            stored.is_closed or any(first <= entry.number <= last for first, last, _ in stored.gaps)
        )
        is_on_disk = any(entry.hash in hashes for _, hashes in on_disk)
        is_cut_off = any(device.is_cut_off and device.name == entry.device for device, _ in on_disk)
        require(is_named or is_on_disk or is_cut_off, "I7", f"{what} is gone and no gap names it")

    def _require_meaning(self, entry: Confirmed, sealed: bytes, what: str) -> None:
        opened = self._opened(sealed, entry.log, entry.number)
        body = cs.decode_body(opened)
        token = body.check if isinstance(body, cs.CheckBody) else getattr(body, "note", None)
        require((opened.kind, token) == (entry.kind, entry.token), "I5", f"{what} says something else")
        time = cs.time_text(opened.device_recorded_at)
        require(time in self.ledger.times[entry.token], "I14", f"{what} has another time")

    def _require_once(self, logs: Mapping[str, LogAtServer]) -> None:
        seen: set[str] = set()
        known = {entry.token for entry in self.ledger.confirmed.values()} | self.ledger.in_doubt
        for log, stored in logs.items():
            for number, kept in stored.entries.items():
                entry = self.ledger.confirmed.get(kept.hash.hex())
                token = entry.token if entry is not None else self._token(kept.sealed, log, number)
                require(token not in seen, "I4", f"{token} counts twice")
                require(token not in self.ledger.refused, "I13", f"{token} was said not to be recorded")
                require(token in known, "I5", f"{token} was never recorded")
                seen.add(token)
        self.ledger.counted = len(seen)

    def _token(self, sealed: bytes, log: str, number: int) -> str:
        body = cs.decode_body(self._opened(sealed, log, number))
        return body.check if isinstance(body, cs.CheckBody) else str(getattr(body, "note", ""))

    def _opened(self, sealed: bytes, log: str, number: int) -> cs.Entry:
        try:
            return cs.decode_entry(self._opener.open(sealed, log, number))
        except (cs.SealingError, cs.MalformedError):
            raise InvariantError("I5", f"{number} of {self.ledger.name(log)} cannot be opened") from None

    def _require_gaps_excused(self, logs: Mapping[str, LogAtServer]) -> None:
        """A gap stands only for what a device had lost: by damage, or by a restore behind what was forgotten."""
        lost = {(entry.log, entry.number) for entry in self.ledger.confirmed.values() if entry.excuses}
        for log, stored in logs.items():
            for first, last, _ in stored.gaps:
                for number in range(first, last + 1):
                    is_lost = (log, number) in lost or number in self.ledger.lost_by_restore[log]
                    require(is_lost, "I7", f"{number} of {self.ledger.name(log)} declared gone and was not")

    def _require_nothing_waits(self) -> None:
        for device in self._devices:
            if device.is_cut_off:
                continue
            state = device.final_state
            assert state is not None
            require(
                state.waiting == 0,
                "I11", f"{device.name}: {state.waiting} wait, {state.reason}, last failure {state.last_failure}",
            )  # fmt: skip
            if device.plan.feed:
                items = device.feed_seen
                require(self.ledger.published <= items, "I15", f"{device.name} was not told everything")

    def _require_successors(self, logs: Mapping[str, LogAtServer]) -> None:
        """I6: whoever's log was closed went on in one that names it."""
        for device in self._devices:
            known = device.final_logs
            for log in known.values():
                at_server = logs.get(log.log)
                if at_server is None or not at_server.is_closed or device.is_cut_off:
                    continue
                require(log.is_closed or log.number <= at_server.number, "I6", f"{device.name} goes on in a closed log")


def _require_one_history(log: str, stored: LogAtServer) -> None:
    """I5: the chain, computed again from the genesis over what is stored."""
    require(cs.log_id(stored.genesis) == log, "I5", "the genesis makes another log")
    current, number = cs.log_of(stored.genesis), 0
    gaps = {first: (last, after) for first, last, after in stored.gaps}
    while number < stored.number:
        if number + 1 in gaps:
            number, current = gaps[number + 1]
            continue
        number += 1
        kept = stored.entries.get(number)
        require(kept is not None, "I4", f"number {number} is neither stored nor declared gone")
        assert kept is not None
        current = cs.next_hash(current, number, cs.sealed_digest(kept.sealed))
        require(current == kept.hash, "I5", f"the chain breaks at {number}")
    require(current == stored.hash, "I5", "the chain ends in another hash")
    require(not [n for n in stored.entries if n > stored.number], "I5", "entries beyond the log's end")
