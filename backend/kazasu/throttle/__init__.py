"""Who tried in vain too often must wait: sign-in and enrolment."""

from kazasu.throttle.limit import Attempts, Limit, after_failure
from kazasu.throttle.service import attempt_key, forgive, note_failure, refuse_while_blocked

__all__ = ["Attempts", "Limit", "after_failure", "attempt_key", "forgive", "note_failure", "refuse_while_blocked"]
