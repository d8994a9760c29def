"""How long medical information may be looked up after a consent: facts/rules.md section 3, oqs.md 2 and 6.1. Pure.

The window opens at the touch, never at the sync. What the national system says (its own available-until) is held beside
this elsewhere, and the stricter wins (invariant 7).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from kazasu.rules.certificate import CERTIFICATE_ROWS, CertificateState, CertificateStateRow, meaning
from kazasu.rules.period import Found, Knowledge, Row, find
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CheckType, Setting

__all__ = ["WINDOW_ROWS", "NoWindow", "WhyNone", "Window", "WindowRow", "window_of"]


_CONTINUING_SINCE: Final = date(2024, 4, 1)


class WindowRow(Row, frozen=True, kw_only=True):
    """How long a consent given in these settings carries. `lasts_s` None: until it is withdrawn."""

    settings: frozenset[Setting]
    lasts_s: int | None
    may_ask_again: bool
    """Whether the clinic asks again (再照会) from the second visit on without card and PIN."""
    say: Say


_DAY_S: Final = 24 * 60 * 60
_SAY_24: Final = Say(
    ja="同意の登録から24時間、医療情報を見ることができます。",
    en="Medical information may be looked up for 24 hours from the registration of the consent.",
)

WINDOW_ROWS: Final[tuple[WindowRow, ...]] = (
    WindowRow(
        key="differing_path",
        settings=frozenset({Setting.DRIVE_THROUGH, Setting.FEVER_CLINIC, Setting.COUNTER_FALLBACK}),
        since=date(2024, 9, 1),
        lasts_s=_DAY_S,
        may_ask_again=False,
        cites="rules.md 3 [001][002]",
        say=_SAY_24,
    ),
    WindowRow(
        key="house_call",
        settings=frozenset({Setting.HOUSE_CALL}),
        since=_CONTINUING_SINCE,
        lasts_s=_DAY_S,
        may_ask_again=False,
        cites="rules.md 3 [001][002]",
        say=_SAY_24,
    ),
    # Continuing visits: the rule changed on 2023-12-01 and ran fully from 2024-04-01 (oqs.md 6.1) [public].
    WindowRow(
        key="continuing_visit",
        settings=frozenset({Setting.HOME_VISIT}),
        since=_CONTINUING_SINCE,
        lasts_s=None,
        may_ask_again=True,
        cites="rules.md 3, oqs.md 6.1 [public]",
        say=Say(
            ja="継続的な訪問の関係が続くあいだ、同意が取り消されるまで、医療情報を見ることができます。",
            en="Medical information may be looked up while the continuing visits last, until the consent is withdrawn.",
        ),
    ),
    # Not confirmed: no window for online consultation was found (oqs.md 9). The stricter reading is kept, here alone.
    WindowRow(
        key="online",
        settings=frozenset({Setting.ONLINE}),
        since=_CONTINUING_SINCE,
        lasts_s=_DAY_S,
        may_ask_again=False,
        cites="oqs.md 6.1 [not confirmed]",
        say=Say(
            ja="オンライン診療の期間は資料で確認できないため、短い方の24時間として扱います。",
            en="No window for online consultation was found in the sources; the shorter one, 24 hours, is kept.",
        ),
    ),
)


class WhyNone(StrEnum):
    """Why a consent opens nothing."""

    ELIGIBILITY_ONLY = "eligibility_only"
    CERTIFICATE = "certificate"
    SETTING = "setting"


@dataclass(frozen=True)
class Window:
    """Open from `opens_at`, and before `closes_at` where there is an end; a withdrawal ends it at once."""

    opens_at: datetime
    closes_at: datetime | None
    may_ask_again: bool
    say: Say
    cites: str
    knowledge: Knowledge

    def is_open(self, at: datetime, *, withdrawn_at: datetime | None = None) -> bool:
        """Whether information may be shown at this moment; the end itself is no longer inside."""
        if at < self.opens_at or (withdrawn_at is not None and at >= withdrawn_at):
            return False
        return self.closes_at is None or at < self.closes_at


@dataclass(frozen=True)
class NoWindow:
    """The consent opens no medical information."""

    why: WhyNone
    say: Say
    cites: str


def window_of(
    check_type: CheckType,
    setting: Setting,
    certificate: CertificateState,
    consented_at: datetime,
    day: date,
    rows: tuple[WindowRow, ...] = WINDOW_ROWS,
    certificates: tuple[CertificateStateRow, ...] = CERTIFICATE_ROWS,
) -> Window | NoWindow:
    """The window of a consent given at `consented_at` (aware) with a touch on that day."""
    if check_type is CheckType.ELIGIBILITY_ONLY:
        say = Say(
            ja="資格確認限定型では、医療情報は扱いません。",
            en="The eligibility-only type never has medical information.",
        )
        return NoWindow(WhyNone.ELIGIBILITY_ONLY, say, "rules.md 1 [002]")
    if not meaning(certificate, day, certificates).serves_for_medical_information:
        say = Say(
            ja="電子証明書の有効期間が過ぎているため、医療情報は見られません。資格の確認だけができます。",
            en="The certificate has expired or is not valid yet: eligibility at most, no medical information.",
        )
        return NoWindow(WhyNone.CERTIFICATE, say, "rules.md 5 [public]")
    found = find([row for row in rows if setting in row.settings], day)
    if not isinstance(found, Found):
        say = Say(
            ja="この場面での閲覧の期間は定められていません。",
            en="No window is laid down for this setting.",
        )
        return NoWindow(WhyNone.SETTING, say, "rules.md 3")
    row = found.row
    closes_at = None if row.lasts_s is None else consented_at + timedelta(seconds=row.lasts_s)
    return Window(consented_at, closes_at, row.may_ask_again, row.say, row.cites, found.knowledge)
