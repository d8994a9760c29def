"""A claim's fields as a screen shows them and as text to type or paste from. Pure; every form has this much."""

from kazasu.japanese import full_width, hiragana_to_katakana, outside_jis_x_0208, without_spaces
from kazasu.rules.claim_fields import ClaimFields

__all__ = ["claim_lines", "claim_name", "clipboard_text"]

UNKNOWN_SHOWN = "（記録しない）"


def claim_lines(fields: ClaimFields) -> tuple[tuple[str, str], ...]:
    """Label and value, in the order of the claim; a remark has a line of its own."""
    return (
        ("保険者番号", fields.insurer_number),
        ("記号", fields.symbol or UNKNOWN_SHOWN),
        ("番号", fields.number),
        ("枝番", fields.branch or UNKNOWN_SHOWN),
        *(("摘要", remark.text) for remark in fields.remarks),
    )


def clipboard_text(fields: ClaimFields) -> str:
    """The same with a tab between label and value, one field a line."""
    return "".join(f"{label}\t{value}\r\n" for label, value in claim_lines(fields))


def claim_name(name: str, name_kana: str) -> str:
    """The name as a claim can carry it: the kanji name if JIS X 0208 has all of it, else the kana name without spaces.

    A name with `●` may go out as it is (rules.md 4 [001]); JIS X 0208 has that character.
    """
    wide = full_width(name)
    if wide and not outside_jis_x_0208(wide):
        return wide
    return without_spaces(hiragana_to_katakana(full_width(name_kana)))
