"""What the visit list says of a patient's qualification before the visit, in words. Codes in, sentences out."""

from typing import Final

from checksync.feed import VisitEligibility
from kazasu_device.say import Text

__all__ = ["is_flagged", "note_of"]

_VALID: Final = "valid"
_CHANGES: Final = {
    "no_longer_valid": Text("有効でなくなっています", "no longer valid"),
    "valid_again": Text("有効になっています", "valid again"),
    "insurer": Text("保険者が変わっています", "another insurer"),
    "symbol_or_number": Text("記号・番号が変わっています", "another symbol or number"),
    "branch": Text("枝番が変わっています", "another branch"),
    "share": Text("負担割合が変わっています", "another co-payment share"),
    "family": Text("本人・家族の別が変わっています", "insured and family changed"),
    "public_assistance": Text("医療扶助の有無が変わっています", "public assistance began or ended"),
    "birth_date": Text("生年月日が名簿と違います（別人の可能性）", "another birth date: perhaps another person"),
}
_RESULTS: Final = {
    "invalid": Text("資格が無効です", "the qualification is not valid"),
    "invalid_newer_exists": Text("新しい資格があります", "a newer qualification exists"),
    "not_found": Text("資格が見つかりません", "no qualification found"),
    "several_match": Text("該当が複数あります", "several match"),
    "refused": Text("照会できませんでした", "could not be asked"),
}


def is_flagged(eligibility: VisitEligibility | None) -> bool:
    """Whether to look at it before the visit: not valid, or not as it was when last known."""
    return eligibility is not None and (eligibility.result != _VALID or bool(eligibility.changes))


def note_of(eligibility: VisitEligibility | None) -> Text | None:
    """What to say of it, None where nothing was asked. A code that this version does not know is shown as it is."""
    if eligibility is None:
        return None
    told = [] if eligibility.result == _VALID else [_known(_RESULTS, eligibility.result)]
    told += [_known(_CHANGES, change) for change in eligibility.changes if change != "no_longer_valid" or not told]
    if told:
        return Text(
            f"訪問前に確認：{'、'.join(one.ja for one in told)}（{eligibility.asked_for}）",
            f"look before the visit: {', '.join(one.en for one in told)} ({eligibility.asked_for})",
        )
    if eligibility.kind == "re_inquiry":
        return Text(
            f"再照会で資格有効、カード不要（{eligibility.asked_for}）",
            f"asked again and valid, no card needed ({eligibility.asked_for})",
        )
    return Text(
        f"訪問前の照会で資格有効（{eligibility.asked_for}）", f"valid when asked beforehand ({eligibility.asked_for})"
    )


def _known(words: dict[str, Text], code: str) -> Text:
    return words.get(code, Text(code, code))
