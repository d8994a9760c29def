"""The 21 kinds of qualification documents, and which can be checked online: facts/rules.md section 6 [000]. Pure."""

from datetime import date
from typing import Final

from kazasu.rules.period import Row
from kazasu.rules.say import Say

__all__ = ["DOCUMENT_ROWS", "NOT_NEEDED_AFTER_CHECK", "DocumentRow"]


class DocumentRow(Row, frozen=True, kw_only=True):
    """One kind, by its number in the list."""

    number: int
    say: Say
    is_checkable_online: bool


_SINCE: Final = date(2021, 3, 1)
"""The list is headed "as of 2021-03"; it was to grow step by step."""

_KINDS: Final[tuple[tuple[str, bool, str, str], ...]] = (
    (
        "employees_card",
        True,
        "健康保険被保険者証/共済組合組合員証/私立学校教職員共済加入者証/船員保険被保険者証/共済組合船員組合員証",
        "employees' health insurance, mutual aid, private-school mutual aid or seamen's insurance card",
    ),
    ("national_card", True, "国民健康保険被保険者証", "national health insurance card"),
    (
        "elderly_recipient_certificate",
        True,
        "国民健康保険被保険者証兼高齢受給者証/高齢受給者証",
        "national health insurance card with elderly recipient certificate, elderly recipient certificate",
    ),
    ("late_stage_elderly_card", True, "後期高齢者医療被保険者証", "late-stage elderly card"),
    ("retired_card", True, "退職被保険者証", "retired insured card"),
    ("short_term_card", True, "短期被保険者証", "short-term card"),
    ("child_short_term_card", True, "子ども短期被保険者証", "children's short-term card"),
    ("student_card", True, "修学中の被保険者の特例による被保険証（マル学保険証）", "student special-case card"),
    ("residence_card", True, "住所地特例制度による被保険者証", "residence-special-case card"),
    ("qualification_slip", True, "被保険者資格証明書", "insured qualification certificate (資格証明書)"),
    ("limit_amount", True, "限度額適用認定証", "limit-amount certificate"),
    (
        "limit_amount_standard_burden",
        True,
        "限度額適用・標準負担額減額認定証、標準負担額減額認定証",
        "limit-amount and standard-burden reduction certificates",
    ),
    ("specified_illness", True, "特定疾病療養受療証", "specified disease recipient certificate"),
    (
        "self_defence_force",
        False,
        "自衛官診療証、自衛官限度額適用認定証、自衛官限度額適用・標準負担額減額認定証、自衛官特定疾病療養受療証",
        "Self-Defence Force certificates",
    ),
    ("day_labourer", False, "被保険者受給資格者票", "day-labourer's eligibility card"),
    ("special_medical_expense", False, "特別療養費受給票", "special medical expense slip"),
    (
        "seamen_compensation",
        False,
        "船員保険療養補償証明書/船員組合員療養補償証明書",
        "seamen's medical compensation certificate",
    ),
    (
        "seamen_continued_treatment",
        False,
        "船員保険継続療養受領証明書/船員組合員継続療養受療証明書",
        "seamen's continued treatment certificate",
    ),
    (
        "copayment_exemption",
        False,
        "一部負担金等減免（免除・徴収猶予）証明書",
        "co-payment exemption certificate",
    ),
    ("public_expense", False, "公費負担・地域単独事業の受給証", "public-expense and local-programme certificates"),
    ("public_assistance", False, "生活保護受給者に交付される医療券等", "public-assistance medical vouchers"),
)

DOCUMENT_ROWS: Final[tuple[DocumentRow, ...]] = tuple(
    DocumentRow(
        key=key,
        number=number,
        since=_SINCE,
        cites="rules.md 6 [000]",
        say=Say(ja=ja, en=en),
        is_checkable_online=is_checkable,
    )
    for number, (key, is_checkable, ja, en) in enumerate(_KINDS, start=1)
)

NOT_NEEDED_AFTER_CHECK: Final = frozenset(
    {"elderly_recipient_certificate", "limit_amount", "limit_amount_standard_burden", "specified_illness"}
)
"""What the patient need not show after a successful check by My Number card (rules.md 12 [002])."""
