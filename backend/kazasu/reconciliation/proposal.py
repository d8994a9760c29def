"""Which decision is proposed for an answer that is not clean: facts/rules.md section 8. Pure; a person decides."""

from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import REASONS, HoldReason

__all__ = ["proposed"]


def proposed(reason: HoldReason, *, shows_qualification: bool, has_declaration: bool) -> Decision | None:
    """The first way to claim that is possible: the old qualification where the answer shows it; unknown only with a
    declaration on file; else the patient is asked first."""
    if reason is HoldReason.ANSWER_INVALID and not shows_qualification:
        return Decision.ASK_PATIENT
    if reason is HoldReason.ANSWER_NOT_FOUND and has_declaration:
        return Decision.UNKNOWN
    return REASONS[reason].proposal
