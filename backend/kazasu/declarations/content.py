"""What a declaration says, and what a claim as unknown takes from it. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from kazasu.japanese import EraDateError, parse_date
from kazasu.rules.claim_fields import UnknownFacts
from kazasu.rules.declaration import Answers, addresses, form_of_version
from kazasu.rules.declaration_form import FormRow, FormVersion
from kazasu.rules.substitute import Scheme

__all__ = ["Declaration", "unknown_facts_of"]


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One declaration, opened. `day` is that on which it was filled in, of Japan."""

    id: str
    check: str | None
    visit: str | None
    version: FormVersion
    answers: Answers = field(repr=False)
    day: date
    recorded_at: datetime
    origin: str

    @property
    def form(self) -> FormRow:
        """Its form, whenever it was filled in."""
        return form_of_version(self.version)


def unknown_facts_of(
    declared: Declaration, *, contacted_on: date | None, is_inpatient_or_returning: bool, was_asked_again: bool
) -> UnknownFacts:
    """What the remarks of an unknown claim take from it (facts/rules.md section 8), with what the clinic did since."""
    answers = declared.answers
    return UnknownFacts(
        name_kana=_text(answers, "name_kana"),
        addresses=addresses(answers),
        telephone=_text(answers, "telephone"),
        contacted_on=contacted_on,
        scheme=_scheme(answers),
        has_declaration=True,
        declared_on=_day(_text(answers, "date")) or declared.day,
        insurer_name=_text(answers, "insurer_name"),
        workplace=_text(answers, "workplace"),
        is_inpatient_or_returning=is_inpatient_or_returning,
        was_asked_again=was_asked_again,
    )


def _text(answers: Answers, name: str) -> str:
    return str(answers.get(name) or "").strip()


def _scheme(answers: Answers) -> Scheme:
    stated = _text(answers, "scheme")
    return next((scheme for scheme in Scheme if scheme.value == stated), Scheme.UNKNOWN)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except EraDateError:
        return None
