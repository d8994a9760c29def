"""One compared field: how it compares, why, both values, and the words for it. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kazasu.rules.say import Say

__all__ = ["Field", "FieldCompared", "Result", "Why"]


class Field(StrEnum):
    """What is compared."""

    NAME_KANA = "name_kana"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    INSURER_NUMBER = "insurer_number"
    SYMBOL = "symbol"
    NUMBER = "number"
    BRANCH = "branch"


class Result(StrEnum):
    """How a field compares."""

    SAME = "same"
    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    CANNOT_SAY = "cannot_say"


class Why(StrEnum):
    """Why two writings are equivalent, or why a field is different or cannot be told."""

    WIDTH_OR_SPACE = "width_or_space"
    SCRIPT = "script"
    SMALL_KANA = "small_kana"
    VARIANT = "variant"
    SUBSTITUTE_CHARACTER = "substitute_character"
    FORMER_NAME = "former_name"
    BACK_OF_CARD = "back_of_card"
    PADDING = "padding"
    LEADING_ZEROS = "leading_zeros"
    CHECK_DIGIT = "check_digit"
    MISSING = "missing"
    VALUES = "values"


@dataclass(frozen=True)
class FieldCompared:
    """One field: how it compares, why, and both values for the person who decides."""

    field: Field
    result: Result
    why: tuple[Why, ...]
    ours: str
    theirs: str

    def __repr__(self) -> str:
        return f"<FieldCompared {self.field} {self.result}>"

    @property
    def agrees(self) -> bool:
        """Whether it speaks for the same person or number."""
        return self.result in (Result.SAME, Result.EQUIVALENT)

    @property
    def say(self) -> Say:
        """In one sentence, without the values."""
        ja, en = _SAY[self.result]
        reasons_ja = "・".join(_WHY[why][0] for why in self.why)
        reasons_en = ", ".join(_WHY[why][1] for why in self.why)
        name_ja, name_en = _NAMES[self.field]
        return Say(
            ja=f"{name_ja}：{ja}{f'（{reasons_ja}）' if reasons_ja else ''}",
            en=f"{name_en}: {en}{f' ({reasons_en})' if reasons_en else ''}",
        )


_SAY: Final = {
    Result.SAME: ("同じです", "the same"),
    Result.EQUIVALENT: ("書き方が違うだけです", "only written otherwise"),
    Result.DIFFERENT: ("違います。確認してください", "different; please look"),
    Result.CANNOT_SAY: ("比べられません", "cannot be compared"),
}
_NAMES: Final = {
    Field.NAME_KANA: ("カナ氏名", "kana name"),
    Field.NAME: ("氏名", "name"),
    Field.BIRTH_DATE: ("生年月日", "birth date"),
    Field.SEX: ("性別", "sex"),
    Field.INSURER_NUMBER: ("保険者番号", "insurer number"),
    Field.SYMBOL: ("記号", "symbol"),
    Field.NUMBER: ("番号", "number"),
    Field.BRANCH: ("枝番", "branch"),
}
_WHY: Final = {
    Why.WIDTH_OR_SPACE: ("全角半角・空白", "width or space"),
    Why.SCRIPT: ("ひらがな・カタカナ", "hiragana or katakana"),
    Why.SMALL_KANA: ("小さいかな", "small kana"),
    Why.VARIANT: ("異体字", "variant character"),
    Why.SUBSTITUTE_CHARACTER: ("●の表示", "● shown"),
    Why.FORMER_NAME: ("旧氏の併記", "former surname beside"),
    Why.BACK_OF_CARD: ("裏面記載", "back of the card"),
    Why.PADDING: ("桁埋め", "padding"),
    Why.LEADING_ZEROS: ("先頭の0", "leading zeros"),
    Why.CHECK_DIGIT: ("検証番号の誤り", "wrong check digit"),
    Why.MISSING: ("記載なし", "not stated"),
    Why.VALUES: ("値の違い", "values"),
}
