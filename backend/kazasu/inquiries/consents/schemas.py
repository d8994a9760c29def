"""What the routes of fetched consents take and give. The repr of none shows a patient."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.gateway import Answer, without_medical
from kazasu.inquiries.consents.models import FetchedConsentRow

__all__ = ["Assignment", "ConsentPage", "FetchDays", "FetchedConsentView", "FetchesView", "consent_view"]


class FetchDays(msgspec.Struct, frozen=True):
    """The days on which consents were registered, both included; 31 at most, none to come."""

    since: date
    until: date


class FetchesView(msgspec.Struct, frozen=True):
    """How many days are fetched now; of the others a fetch is under way. `waits_because` as of the bulk inquiry."""

    days: int
    under_way: int
    waits_because: str | None


class Assignment(msgspec.Struct, frozen=True):
    """The check that a consent is the answer of."""

    check: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class FetchedConsentView(msgspec.Struct, frozen=True):
    """A consent as fetched: eligibility alone, and which kinds it is about; null `check` while none waits for it."""

    id: str
    day: date
    check: str | None
    simulated: bool
    kinds: list[str]
    fetched_at: datetime
    matched_at: datetime | None
    content: Answer

    def __repr__(self) -> str:
        return "<FetchedConsentView>"


class ConsentPage(msgspec.Struct, frozen=True):
    """Some consents, and the cursor of the next ones."""

    items: list[FetchedConsentView]
    next: str | None


def consent_view(row: FetchedConsentRow) -> FetchedConsentView:
    """The consent as shown; what it opens is shown for a check alone."""
    answer = msgspec.convert(row.content, Answer)
    kinds = {kind for one in answer.qualifications for kind, flag in one.consents.items() if flag.code == "1"}
    return FetchedConsentView(
        row.id,
        row.day,
        row.check,
        row.is_simulated,
        sorted(kinds),
        row.fetched_at,
        row.matched_at,
        without_medical(answer)[0],
    )
