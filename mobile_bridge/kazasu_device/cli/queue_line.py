"""The queue's state as JSON shows it. Pure."""

from typing import Any

from checksync.outbox import Failure, QueueState


def queue_state(state: QueueState) -> dict[str, Any]:
    return {
        "state": state.name.value,
        "reason": state.reason,
        "log": state.log,
        "number": state.number,
        "waiting": state.waiting,
        "acknowledged": state.acknowledged,
        "held": state.held,
        "stranded": state.stranded,
        "missing": [
            {"log": row.log, "first": row.first, "last": row.last, "at": row.at.isoformat()} for row in state.missing
        ],
        "kept_octets": state.kept_octets,
        "capacity_octets": state.capacity_octets,
        "is_nearly_full": state.is_nearly_full,
        "oldest_waiting_at": _moment(state.oldest_waiting_at),
        "last_success_at": _moment(state.last_success_at),
        "last_failure": None if state.last_failure is None else _failure(state.last_failure),
        "epoch": state.epoch,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {"at": failure.at.isoformat(), "name": failure.name, "reason": failure.reason}


def _moment(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
