"""All tables of rules together, with the facility's own rows laid over them row by row. Pure.

Each rule takes the rows it asks as an argument; a service hands it those of its facility's `Rulebook`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

from kazasu.rules.addition import POINT_ROWS, REQUIREMENTS
from kazasu.rules.certificate import CERTIFICATE_ROWS
from kazasu.rules.claim_return import REMAINING_RETURNS
from kazasu.rules.claim_route import CLAIM_ROUTES, UNKNOWN_INSURER_ROWS
from kazasu.rules.consent import CONSENT_ROWS
from kazasu.rules.consent_window import WINDOW_ROWS
from kazasu.rules.copayment import SHARE_ROWS
from kazasu.rules.declaration_form import FORMS
from kazasu.rules.document import DOCUMENT_ROWS
from kazasu.rules.facilities import CHECK_TYPE_ROWS
from kazasu.rules.identity import IDENTITY_ROWS
from kazasu.rules.override import OverrideFault, read_overrides
from kazasu.rules.period import Row
from kazasu.rules.re_inquiry import RE_INQUIRY_ROWS
from kazasu.rules.substitute import SUBSTITUTE_ROWS
from kazasu.rules.support_money import SUPPORT_ROWS
from kazasu.rules.usage_level import LEVEL_ROWS
from kazasu.rules.window_payment import PAYMENT_ROWS

__all__ = ["FIXED", "TABLES", "Rulebook", "RulebookReading", "read_rulebook"]

TABLES: Final[Mapping[str, tuple[Row, ...]]] = {
    "check_types": CHECK_TYPE_ROWS,
    "certificates": CERTIFICATE_ROWS,
    "identity": IDENTITY_ROWS,
    "consents": CONSENT_ROWS,
    "consent_windows": WINDOW_ROWS,
    "re_inquiries": RE_INQUIRY_ROWS,
    "substitutes": SUBSTITUTE_ROWS,
    "window_payments": PAYMENT_ROWS,
    "declarations": FORMS,
    "shares": SHARE_ROWS,
    "claim_routes": CLAIM_ROUTES,
    "unknown_insurers": UNKNOWN_INSURER_ROWS,
    "returns": REMAINING_RETURNS,
    "points": POINT_ROWS,
    "requirements": REQUIREMENTS,
    "levels": LEVEL_ROWS,
    "support_money": SUPPORT_ROWS,
    "documents": DOCUMENT_ROWS,
}
"""The tables by the names that `rules.d` uses."""

FIXED: Final = frozenset({"consents"})
"""Tables that no file of a facility changes: an invariant stands on them."""

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Rulebook:
    """The tables of one facility."""

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=lambda: TABLES)
    _asked: dict[tuple[str, type[Row]], tuple[Row, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Tables that were asked for, by name and form."""

    def rows(self, table: str, form: type[R]) -> tuple[R, ...]:
        """The rows of a table, as the rows that its rule takes; KeyError for a table that does not exist."""
        asked = (table, form)
        if asked not in self._asked:
            self._asked[asked] = tuple(row for row in self.tables[table] if isinstance(row, form))
        return cast(tuple[R, ...], self._asked[asked])

    def with_rows(self, rows: Iterable[tuple[str, Row]]) -> "Rulebook":
        """The same with these rows: one of a name that stands there replaces it in its place, others come after."""
        tables = dict(self.tables)
        for table, own in rows:
            present = tables[table]
            if any(row.key == own.key for row in present):
                tables[table] = tuple(own if row.key == own.key else row for row in present)
            else:
                tables[table] = (*present, own)
        return Rulebook(tables)

    def own_rows(self) -> tuple[tuple[str, Row], ...]:
        """The facility's own rows, with their tables: what an administrator looks through."""
        return tuple((table, row) for table, rows in self.tables.items() for row in rows if row.vouched is not None)


@dataclass(frozen=True)
class RulebookReading:
    """The rulebook with all rows that count, and the faults of the rest."""

    rulebook: Rulebook
    faults: tuple[OverrideFault, ...]


def read_rulebook(texts: Iterable[tuple[str, str]]) -> RulebookReading:
    """The rulebook with the facility's files laid over, given as pairs of file name and text. Raises nothing."""
    reading = read_overrides(texts, TABLES, FIXED)
    return RulebookReading(Rulebook().with_rows(reading.rows), reading.faults)
