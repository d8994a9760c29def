"""The visit list as this device received it, for the person who holds the day key. Imports no transport."""

from checksync.feed import RosterVisit
from checksync.received import ReceivedStore


def visits(store: ReceivedStore) -> list[RosterVisit]:
    """The visits by time, each as it was told last, without those taken off the list. Empty while locked."""
    latest: dict[str, RosterVisit] = {}
    for told in store.items("roster", RosterVisit):
        if told.removed:
            latest.pop(told.visit, None)
        else:
            latest[told.visit] = told
    return sorted(latest.values(), key=lambda visit: visit.at)


def keys_of(store: ReceivedStore, *, visit: str | None, patient: str | None) -> list[str] | None:
    """The inquiry keys that the server has for the person; None where the list is closed or does not know them."""
    if not store.is_open:
        return None
    for told in visits(store):
        if visit is not None and told.visit == visit:
            return told.keys
        if patient is not None and told.patient == patient:
            return told.keys
    return None
