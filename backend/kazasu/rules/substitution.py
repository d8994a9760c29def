"""Which substitutes are open for a person whose card could not be checked, in the order to propose. Pure.

A proposal, never a reason to refuse a valid document that is being shown: what is shown and valid goes first.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.rules.age import first_day_late_stage
from kazasu.rules.period import Found, Knowledge, find, knowledge_of_procedure
from kazasu.rules.say import Say
from kazasu.rules.substitute import (
    CHANGE,
    FIRST,
    SUBSTITUTE_ROWS,
    Beside,
    FailureGroup,
    FailureReason,
    Scheme,
    Substitute,
    SubstituteRow,
)

__all__ = [
    "GROUP_OF_REASON",
    "WHY_CLOSED",
    "Case",
    "ClosedSubstitute",
    "OpenSubstitute",
    "Proposal",
    "Shown",
    "propose",
]

GROUP_OF_REASON: Final = {
    **dict.fromkeys(FailureReason, FailureGroup.CANNOT_READ),
    FailureReason.CERTIFICATE_PAST_GRACE: FailureGroup.PAST_GRACE,
    FailureReason.INVALID: FailureGroup.NO_VALID_ANSWER,
    FailureReason.NOT_FOUND: FailureGroup.NO_VALID_ANSWER,
    FailureReason.NO_CARD: FailureGroup.NO_CARD,
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A document that the person shows. None: not looked at yet, or it does not say."""

    substitute: Substitute
    valid_until: date | None = None
    is_newer_than_change: bool | None = None
    has_insurer_changed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything the rule goes by."""

    reason: FailureReason
    day: date
    has_my_number_card: bool
    is_returning: bool = False
    has_data_on_file: bool = False
    is_unchanged: bool | None = None
    """What a returning patient says about the data on file; None: not asked yet."""
    scheme: Scheme = Scheme.UNKNOWN
    birth_date: date | None = None
    shown: tuple[Shown, ...] = ()

    def __repr__(self) -> str:
        return f"<Case {self.reason} {self.day}>"


@dataclass(frozen=True)
class OpenSubstitute:
    """A way that is open, what it needs beside it, and whether it is being shown already."""

    substitute: Substitute
    beside: tuple[Beside, ...]
    is_shown: bool
    say: Say
    cites: str


@dataclass(frozen=True)
class ClosedSubstitute:
    """A way that is not, with why in one word and one sentence."""

    substitute: Substitute
    why: str
    say: Say
    cites: str


@dataclass(frozen=True)
class Proposal:
    """What is open, best first, and why the rest is not."""

    open: tuple[OpenSubstitute, ...]
    closed: tuple[ClosedSubstitute, ...]
    knowledge: Knowledge


def propose(case: Case, rows: tuple[SubstituteRow, ...] = SUBSTITUTE_ROWS) -> Proposal:
    """The substitutes for this case; every one of them is either open or closed with its reason."""
    order = list(dict.fromkeys(row.substitute for row in rows))
    opened: list[OpenSubstitute] = []
    closed: list[ClosedSubstitute] = []
    for substitute in order:
        answer = _ask(substitute, case, rows)
        if isinstance(answer, OpenSubstitute):
            opened.append(answer)
        else:
            closed.append(answer)
    # Stable: those that are shown keep their order among themselves, and so do the rest.
    opened.sort(key=lambda one: not one.is_shown)
    return Proposal(tuple(opened), tuple(closed), knowledge_of_procedure(case.day))


def _ask(substitute: Substitute, case: Case, rows: tuple[SubstituteRow, ...]) -> OpenSubstitute | ClosedSubstitute:
    group = GROUP_OF_REASON[case.reason]
    scheme = _scheme(case)
    of_kind = [row for row in rows if row.substitute is substitute and (not row.schemes or scheme in row.schemes)]
    found = find([row for row in of_kind if group in row.groups], case.day)
    if not isinstance(found, Found):
        return _not_in_force(substitute, case, of_kind, group)
    row = found.row
    shown = next((one for one in case.shown if one.substitute is substitute), None)
    why = _missing(row, case, shown)
    if why is not None:
        return ClosedSubstitute(substitute, why, WHY_CLOSED[why], row.cites)
    return OpenSubstitute(substitute, row.beside, shown is not None, row.say, row.cites)


def _scheme(case: Case) -> Scheme:
    """Late-stage elderly by age where nobody said which insurance it is."""
    if case.scheme is not Scheme.UNKNOWN or case.birth_date is None:
        return case.scheme
    is_late_stage = case.day >= first_day_late_stage(case.birth_date)
    return Scheme.LATE_STAGE_ELDERLY if is_late_stage else Scheme.UNKNOWN


def _missing(row: SubstituteRow, case: Case, shown: Shown | None) -> str | None:
    if Beside.MY_NUMBER_CARD in row.beside and not case.has_my_number_card:
        return "never_alone"
    if Beside.DATA_ON_FILE in row.beside and not (case.is_returning and case.has_data_on_file):
        return "no_data_on_file"
    if Beside.UNCHANGED in row.beside and case.is_unchanged is False:
        return "data_changed"
    if shown is None:
        return None
    # The date on a portal screen or a notice (70 and over) is that of the share, not of the document.
    has_validity = Beside.WITHIN_VALIDITY in row.beside
    if has_validity and shown.valid_until is not None and shown.valid_until < case.day:
        return "past_its_date"
    if Beside.SAME_INSURER in row.beside and shown.has_insurer_changed:
        return "insurer_changed"
    if Beside.NEWER_THAN_CHANGE in row.beside and shown.is_newer_than_change is False:
        return "older_than_change"
    return None


def _not_in_force(
    substitute: Substitute, case: Case, of_kind: list[SubstituteRow], group: FailureGroup
) -> ClosedSubstitute:
    on_the_day = [row for row in of_kind if row.holds_on(case.day)]
    cites = (on_the_day or of_kind)[0].cites if of_kind else "rules.md 6"
    if on_the_day:
        if group is FailureGroup.NO_CARD:
            return ClosedSubstitute(substitute, "no_card", WHY_CLOSED["no_card"], cites)
        if group is FailureGroup.NO_VALID_ANSWER:
            return ClosedSubstitute(substitute, "shows_no_valid_either", WHY_CLOSED["shows_no_valid_either"], cites)
        return ClosedSubstitute(substitute, "certificate_past_grace", WHY_CLOSED["certificate_past_grace"], cites)
    ends = [row.until for row in of_kind if row.until is not None and row.until < case.day]
    if ends:
        last = max(ends)
        say = Say(
            ja=f"この方法は{last:%Y-%m-%d}で終わりました。",
            en=f"This way ended on {last:%Y-%m-%d}.",
        )
        return ClosedSubstitute(substitute, "ended", say, cites)
    since = min((row.since for row in of_kind), default=FIRST if case.day < FIRST else CHANGE)
    say = Say(ja=f"この方法は{since:%Y-%m-%d}からです。", en=f"This way is open from {since:%Y-%m-%d}.")
    return ClosedSubstitute(substitute, "not_yet", say, cites)


WHY_CLOSED: Final = {
    "never_alone": Say(
        ja="これだけでは確認できません。マイナンバーカードもあわせて必要です。",
        en="It never suffices alone: the My Number card is needed beside it.",
    ),
    "no_card": Say(
        ja="マイナンバーカードを使った確認ができなかった場合の方法です。カードの提示がありません。",
        en="It serves where a check by My Number card failed; no card was shown.",
    ),
    "no_data_on_file": Say(
        ja="過去の受診で把握している資格情報がないため、口頭での確認では足りません。",
        en="No data from an earlier visit are on file, so that an oral confirmation does not suffice.",
    ),
    "data_changed": Say(
        ja="資格情報が変わっているため、口頭での確認では足りません。",
        en="The data have changed, so that an oral confirmation does not suffice.",
    ),
    "past_its_date": Say(ja="有効期限が過ぎています。", en="Its validity is over."),
    "insurer_changed": Say(
        ja="保険者が変わったため、この保険証は使えません。",
        en="The insurer has changed, which voids this insurance card.",
    ),
    "older_than_change": Say(
        ja="資格の変更より前のものなので、今の資格は確認できません。",
        en="It is older than the change of qualification and cannot show the present one.",
    ),
    "shows_no_valid_either": Say(
        ja="「資格（無効）」「資格情報なし」のときは、マイナポータルの画面でも有効な資格は確認できません。",
        en="Where the answer is invalid or not found, the portal's live screen shows no valid qualification either.",
    ),
    "certificate_past_grace": Say(
        ja="電子証明書の期限から3か月が過ぎているため、画面ではなく、保存したPDFかお知らせで確認します。",
        en="Three months after the certificate's expiry the saved PDF or the notice serves, not the live screen.",
    ),
}
"""Why a way is closed, by the word. `ended` and `not_yet` name a day and are made of their rows."""
