"""What is known of a person for the claim, as the answer and the decision left it. Pure; nothing is guessed.

A decision opens its own route alone: what somebody settled as old or unknown never goes out as current.
"""

from dataclasses import dataclass
from datetime import date, datetime

from kazasu.gateway import Qualification, QualificationKind, Result
from kazasu.reconciliation.decision import Decision
from kazasu.rules import InsuredNumber, InsuredNumberError
from kazasu.rules.claim_fields import KnownForClaim, UnknownFacts

__all__ = ["ClaimFacts", "claimed_qualification", "day_of", "known_for_claim"]

_CLAIMED = (QualificationKind.INSURANCE, QualificationKind.LATE_STAGE_ELDERLY, QualificationKind.SELF_DEFENCE)


@dataclass(frozen=True, kw_only=True)
class ClaimFacts:
    """One check, decided: what was answered, shown, on file, and settled by a person (None: the answer was clean)."""

    check: str
    patient: str | None
    visit_date: date
    result: Result | None
    settled_by: Decision | None
    qualifications: tuple[Qualification, ...]
    document: InsuredNumber | None
    roster: InsuredNumber | None
    unknown: UnknownFacts | None = None
    """What was typed with the decision to claim as unknown."""

    def __repr__(self) -> str:
        return f"<ClaimFacts {self.check}>"


def known_for_claim(facts: ClaimFacts, unknown: UnknownFacts | None = None) -> KnownForClaim:
    """What the route that was settled may use; `unknown` is typed anew for the last one, in place of the decision's."""
    if facts.settled_by is Decision.UNKNOWN:
        return KnownForClaim(unknown=unknown or facts.unknown)
    if facts.settled_by is Decision.OLD_QUALIFICATION:
        return KnownForClaim(old=_answered(facts) or facts.roster)
    if facts.settled_by is Decision.CURRENT_QUALIFICATION and facts.result is not Result.VALID:
        # What was shown is newer than what is on file.
        return KnownForClaim(current=facts.document or facts.roster)
    if facts.settled_by in (None, Decision.CURRENT_QUALIFICATION) and facts.result is Result.VALID:
        return KnownForClaim(current=_answered(facts))
    return KnownForClaim()


def claimed_qualification(facts: ClaimFacts) -> Qualification | None:
    """The one qualification that a claim can name; None where there is none, or several with other numbers."""
    found: dict[InsuredNumber, Qualification] = {}
    for qualification in facts.qualifications:
        number = _number(qualification)
        if qualification.kind in _CLAIMED and number is not None and _holds(qualification, facts):
            found.setdefault(number, qualification)
    return next(iter(found.values())) if len(found) == 1 else None


def day_of(text: str) -> date | None:
    """The national system's `yyyymmdd`, None where it is none."""
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _answered(facts: ClaimFacts) -> InsuredNumber | None:
    qualification = claimed_qualification(facts)
    return None if qualification is None else _number(qualification)


def _holds(qualification: Qualification, facts: ClaimFacts) -> bool:
    """Whether it holds on the day of the visit; of an answer that is not valid that is not asked."""
    if facts.result is not Result.VALID:
        return True
    since, until = day_of(qualification.valid_from), day_of(qualification.valid_until)
    lost = day_of(qualification.disqualified_on)
    is_begun = since is None or since <= facts.visit_date
    is_over = (until is not None and until < facts.visit_date) or (lost is not None and lost <= facts.visit_date)
    return is_begun and not is_over


def _number(qualification: Qualification) -> InsuredNumber | None:
    try:
        return InsuredNumber.proven(
            qualification.insurer_number, qualification.symbol, qualification.number, qualification.branch
        )
    except InsuredNumberError:
        return None
