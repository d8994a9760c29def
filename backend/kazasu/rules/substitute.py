"""What may stand in the place of a card that could not be checked: facts/rules.md sections 6 and 12, as rows. Pure.

Two eras: before 2024-12-02 and from then on. `substitution` asks these rows; the fields of each document stand in
`substitute_field`.
"""

from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.period import Row
from kazasu.rules.say import Say

__all__ = ["SUBSTITUTE_ROWS", "Beside", "FailureGroup", "FailureReason", "Scheme", "Substitute", "SubstituteRow"]


class FailureReason(StrEnum):
    """Why the check by card gave no valid qualification."""

    EQUIPMENT = "equipment"
    CARD = "card"
    PIN = "pin"
    LINE = "line"
    OUTAGE = "outage"
    CERTIFICATE_IN_GRACE = "certificate_in_grace"
    CERTIFICATE_PAST_GRACE = "certificate_past_grace"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    NO_CARD = "no_card"
    """The person shows no My Number card."""


class FailureGroup(StrEnum):
    """The groups that the substitutes go by."""

    CANNOT_READ = "cannot_read"
    PAST_GRACE = "past_grace"
    NO_VALID_ANSWER = "no_valid_answer"
    NO_CARD = "no_card"


class Scheme(StrEnum):
    """保険種別, the kinds of insurance that the declaration names."""

    EMPLOYEES = "employees"
    NATIONAL = "national"
    LATE_STAGE_ELDERLY = "late_stage_elderly"
    OTHER = "other"
    UNKNOWN = "unknown"


class Substitute(StrEnum):
    """What can be shown, said or signed in place of the check."""

    PORTAL_SCREEN = "portal_screen"
    SAVED_PDF = "saved_pdf"
    NOTICE = "notice"
    QUALIFICATION_CERTIFICATE = "qualification_certificate"
    INSURANCE_CARD = "insurance_card"
    ORAL_CONFIRMATION = "oral_confirmation"
    DECLARATION = "declaration"


class Beside(StrEnum):
    """What a substitute needs beside itself."""

    MY_NUMBER_CARD = "my_number_card"
    OWN_DEVICE = "own_device"
    """The portal is looked at on the patient's own device, never on the clinic's [004]."""
    NEWER_THAN_CHANGE = "newer_than_change"
    WITHIN_VALIDITY = "within_validity"
    SAME_INSURER = "same_insurer"
    DATA_ON_FILE = "data_on_file"
    UNCHANGED = "unchanged"
    SIGNATURE = "signature"


class SubstituteRow(Row, frozen=True, kw_only=True):
    """One substitute, open for these groups over this period. `schemes` empty: for all."""

    substitute: Substitute
    groups: frozenset[FailureGroup]
    beside: tuple[Beside, ...]
    say: Say
    schemes: frozenset[Scheme] = frozenset()


FIRST: Final = date(2023, 7, 10)
"""The notice that first laid down what to do (2023-07-10)."""
CHANGE: Final = date(2024, 12, 2)
_BEFORE_CHANGE: Final = date(2024, 12, 1)
_ONLINE: Final = date(2021, 10, 1)

_READ: Final = frozenset({FailureGroup.CANNOT_READ})
_READ_OR_PAST: Final = frozenset({FailureGroup.CANNOT_READ, FailureGroup.PAST_GRACE})
_NO_ANSWER: Final = frozenset({FailureGroup.NO_VALID_ANSWER})
_WITH_CARD: Final = frozenset(set(FailureGroup) - {FailureGroup.NO_CARD})
_ALL: Final = frozenset(FailureGroup)
_NOT_LATE_STAGE: Final = frozenset(set(Scheme) - {Scheme.LATE_STAGE_ELDERLY})

_PORTAL: Final = Say(
    ja="患者自身のスマートフォンでマイナポータルの資格情報画面を、マイナンバーカードとあわせて見せていただきます。",
    en="The portal's qualification screen on the patient's own device, together with the My Number card.",
)
_PDF: Final = Say(
    ja="マイナポータルから保存したPDFを、マイナンバーカードとあわせて見せていただきます。",
    en="The PDF saved from the portal, together with the My Number card.",
)
_PDF_NEWER: Final = Say(
    ja="資格の変更より後に保存したPDFを、マイナンバーカードとあわせて見せていただきます。",
    en="A PDF saved after the change of qualification, together with the My Number card.",
)
_NOTICE: Final = Say(
    ja="資格情報のお知らせを、マイナンバーカードとあわせて見せていただきます。",
    en="The notice of qualification, together with the My Number card.",
)
_NOTICE_NEWER: Final = Say(
    ja="資格の変更より後に交付された資格情報のお知らせを、マイナンバーカードとあわせて見せていただきます。",
    en="A notice of qualification issued after the change, together with the My Number card.",
)
_ORAL: Final = Say(
    ja="過去の受診で把握している資格情報から変わりがないことを、口頭で確認します。",
    en="The patient confirms orally that the data on file from an earlier visit are unchanged.",
)
_DECLARATION: Final = Say(
    ja="被保険者資格申立書に記入・署名していただきます。マイナンバーカードも確認します。",
    en="The patient fills in and signs the declaration; the My Number card is looked at too.",
)
_CERTIFICATE: Final = Say(
    ja="有効期限内の資格確認書だけで資格を確認できます。",
    en="A qualification certificate within its validity serves alone.",
)
_INSURANCE_CARD: Final = Say(
    ja="有効期限内の健康保険証で資格を確認できます。保険者が変わっていれば使えません。",
    en="An insurance card within its validity serves; it is void when the insurer has changed.",
)

_CARD: Final = Beside.MY_NUMBER_CARD

SUBSTITUTE_ROWS: Final[tuple[SubstituteRow, ...]] = (
    # From 2024-12-02.
    SubstituteRow(
        key="portal_screen",
        substitute=Substitute.PORTAL_SCREEN,
        groups=_READ,
        since=CHANGE,
        beside=(_CARD, Beside.OWN_DEVICE),
        cites="rules.md 6 [002]; own device [004]",
        say=_PORTAL,
    ),
    SubstituteRow(
        key="saved_pdf",
        substitute=Substitute.SAVED_PDF,
        groups=_READ_OR_PAST,
        since=CHANGE,
        beside=(_CARD,),
        cites="rules.md 5, 6 [002]",
        say=_PDF,
    ),
    # For `invalid` and `not_found` the sources name only the live screen as useless; that an older document cannot
    # show the new qualification either is our reading.
    SubstituteRow(
        key="saved_pdf_no_valid_answer",
        substitute=Substitute.SAVED_PDF,
        groups=_NO_ANSWER,
        since=CHANGE,
        beside=(_CARD, Beside.NEWER_THAN_CHANGE),
        cites="rules.md 6 [002], our reading",
        say=_PDF_NEWER,
    ),
    SubstituteRow(
        key="notice",
        substitute=Substitute.NOTICE,
        groups=_READ_OR_PAST,
        since=CHANGE,
        beside=(_CARD,),
        cites="rules.md 5, 6 [002]",
        say=_NOTICE,
    ),
    SubstituteRow(
        key="notice_no_valid_answer",
        substitute=Substitute.NOTICE,
        groups=_NO_ANSWER,
        since=CHANGE,
        beside=(_CARD, Beside.NEWER_THAN_CHANGE),
        cites="rules.md 6 [002], our reading",
        say=_NOTICE_NEWER,
    ),
    SubstituteRow(
        key="qualification_certificate",
        substitute=Substitute.QUALIFICATION_CERTIFICATE,
        groups=_ALL,
        since=CHANGE,
        beside=(Beside.WITHIN_VALIDITY,),
        cites="rules.md 6 [002]",
        say=_CERTIFICATE,
    ),
    SubstituteRow(
        key="insurance_card",
        substitute=Substitute.INSURANCE_CARD,
        groups=_ALL,
        schemes=_NOT_LATE_STAGE,
        since=_ONLINE,
        until=date(2025, 12, 1),
        beside=(Beside.WITHIN_VALIDITY, Beside.SAME_INSURER),
        cites="rules.md 6, 12 [002]",
        say=_INSURANCE_CARD,
    ),
    SubstituteRow(
        key="insurance_card_late_stage_elderly",
        substitute=Substitute.INSURANCE_CARD,
        groups=_ALL,
        schemes=frozenset({Scheme.LATE_STAGE_ELDERLY}),
        since=_ONLINE,
        until=date(2025, 7, 31),
        beside=(Beside.WITHIN_VALIDITY, Beside.SAME_INSURER),
        cites="rules.md 6, 12 [002]",
        say=_INSURANCE_CARD,
    ),
    # Oral confirmation and declaration are the same in both eras; of the card beside the declaration the earlier text
    # says as much by asking for what is printed on it.
    SubstituteRow(
        key="oral_confirmation",
        substitute=Substitute.ORAL_CONFIRMATION,
        groups=_WITH_CARD,
        since=FIRST,
        beside=(Beside.DATA_ON_FILE, Beside.UNCHANGED),
        cites="rules.md 6, 12 [001][002]",
        say=_ORAL,
    ),
    SubstituteRow(
        key="declaration",
        substitute=Substitute.DECLARATION,
        groups=_WITH_CARD,
        since=FIRST,
        beside=(_CARD, Beside.SIGNATURE),
        cites="rules.md 6, 7, 12 [001][002]",
        say=_DECLARATION,
    ),
    # Before 2024-12-02: portal screen or insurance card, else the declaration. An expired certificate then was one more
    # reason why the card could not be read. The saved PDF is named from 2024-06-21 on.
    SubstituteRow(
        key="portal_screen_2023",
        substitute=Substitute.PORTAL_SCREEN,
        groups=_READ_OR_PAST,
        since=FIRST,
        until=_BEFORE_CHANGE,
        beside=(_CARD, Beside.OWN_DEVICE),
        cites="rules.md 6 [001]; own device [004]",
        say=_PORTAL,
    ),
    SubstituteRow(
        key="saved_pdf_2024",
        substitute=Substitute.SAVED_PDF,
        groups=_READ_OR_PAST,
        since=date(2024, 6, 21),
        until=_BEFORE_CHANGE,
        beside=(_CARD,),
        cites="rules.md 6 [001]",
        say=_PDF,
    ),
    SubstituteRow(
        key="saved_pdf_2024_no_valid_answer",
        substitute=Substitute.SAVED_PDF,
        groups=_NO_ANSWER,
        since=date(2024, 6, 21),
        until=_BEFORE_CHANGE,
        beside=(_CARD, Beside.NEWER_THAN_CHANGE),
        cites="rules.md 6 [001], our reading",
        say=_PDF_NEWER,
    ),
)
"""In the order to propose: documents before statements, the signed statement last."""
