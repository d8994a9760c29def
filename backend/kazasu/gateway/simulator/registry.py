"""The simulator's insured persons: synthetic, and the same people whose exercise cards the emulator has.

Insurer numbers name prefecture 99, which does not exist; check digits are right. Must never hold anyone real.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from kazasu.gateway.answer import (
    ElderlyRecipient,
    Limit,
    Qualification,
    Result,
    SpecifiedIllness,
    qualification_kind,
)
from kazasu.rules import ConsentKind, InquiryKey, InsuredNumber
from kazasu.rules.insured_number import luhn_check_digit

__all__ = ["REGISTRY", "Insured", "generate"]


@dataclass(frozen=True)
class Insured:
    """One synthetic person as the national system would know them."""

    key: str
    """The emulator's short name where the person has a card there."""
    birth_date: date
    current: tuple[Qualification, ...]
    old: Qualification | None = None
    """The lost one that an `invalid` answer shows."""
    home_consents: frozenset[str] = frozenset()
    """Kinds that the person consents to on the government's page, each day; empty where they never do."""
    results: Mapping[InquiryKey, Result] = field(default_factory=dict)
    """What this person's answer comes to by each key; `valid` where nothing is said."""

    def numbers(self) -> Iterator[InsuredNumber]:
        """Every insured number by which the person is found, old ones too."""
        for qualification in (*self.current, *((self.old,) if self.old else ())):
            if qualification.number:
                yield InsuredNumber(
                    qualification.insurer_number.strip(),
                    qualification.symbol,
                    qualification.number,
                    qualification.branch,
                )


def _insurer(law: str, insurer: str) -> str:
    digits = f"{law}99{insurer}"
    return (digits + luhn_check_digit(digits)).rjust(8)


def _qualification(
    insurer_number: str,
    insurer_name: str,
    symbol: str,
    number: str,
    branch: str,
    name: str,
    name_kana: str,
    sex: str,
    birth_date: date,
    *,
    insured_name: str = "",
    qualified_on: str = "20250101",
    disqualified_on: str = "",
    classification: str = "01",
    share: str = "",
    preschool: str = "",
    reason_of_loss: str = "",
    elderly: ElderlyRecipient | None = None,
    limit: Limit | None = None,
    specified_illnesses: tuple[SpecifiedIllness, ...] = (),
) -> Qualification:
    return Qualification(
        kind=qualification_kind(classification, insurer_number.strip()),
        classification=classification,
        insurer_number=insurer_number,
        insurer_name=insurer_name,
        symbol=symbol,
        number=number,
        branch=branch,
        personal_family="2" if insured_name else "1",
        insured_name=insured_name or name,
        name=name,
        name_kana=name_kana,
        sex=sex,
        birth_date=f"{birth_date:%Y%m%d}",
        qualified_on=qualified_on,
        disqualified_on=disqualified_on,
        valid_from=qualified_on,
        share=share,
        preschool=preschool,
        reason_of_loss=reason_of_loss,
        elderly=elderly,
        limit=limit,
        specified_illnesses=specified_illnesses,
    )


_ASSOCIATION = (_insurer("01", "001"), "訓練健康保険協会")
_SOCIETY = (_insurer("06", "002"), "訓練健康保険組合")
_OTHER_SOCIETY = (_insurer("06", "003"), "第二訓練健康保険組合")
_ELDERLY = (_insurer("39", "004"), "訓練後期高齢者医療広域連合")
_CITY = (_insurer("", "005"), "訓練市国民健康保険")

_EVERYTHING = frozenset(kind.value for kind in ConsentKind)
_ANYHOW = (InquiryKey.CERTIFICATE, InquiryKey.INSURED_NUMBER)


def _by_any_key(result: Result) -> Mapping[InquiryKey, Result]:
    return dict.fromkeys(_ANYHOW, result)


_PEOPLE = (
    Insured(
        "sato",
        date(1980, 1, 12),
        (
            _qualification(
                *_ASSOCIATION,
                "12345678",
                "0000101",
                "00",
                "佐藤　花子",
                "ｻﾄｳ ﾊﾅｺ",
                "2",
                date(1980, 1, 12),
                limit=Limit(classification="01", band="A03", valid_from="20250801", valid_until="20270731"),
            ),
        ),
        home_consents=_EVERYTHING,
    ),
    Insured(
        "takahashi",
        date(1948, 1, 3),
        (
            _qualification(
                *_ELDERLY,
                "",
                "00000202",
                "",
                "高橋　茂",
                "ﾀｶﾊｼ ｼｹﾞﾙ",
                "1",
                date(1948, 1, 3),
                share="010",
                limit=Limit(classification="02", band="B06", valid_from="20250801", valid_until="20270731"),
            ),
        ),
        home_consents=_EVERYTHING,
    ),
    Insured(
        "ito",
        date(2025, 1, 5),
        (
            _qualification(
                *_CITY,
                "訓１２",
                "0000303",
                "03",
                "伊藤　陽葵",
                "ｲﾄｳ ﾋﾏﾘ",
                "2",
                date(2025, 1, 5),
                insured_name="伊藤　大輔",
                qualified_on="20250105",
                preschool="1",
            ),
        ),
        home_consents=_EVERYTHING,
    ),
    Insured(
        "suzuki",
        date(1985, 1, 8),
        (_qualification(*_SOCIETY, "7001", "404", "00", "鈴木　一郎", "ｽｽﾞｷ ｲﾁﾛｳ", "1", date(1985, 1, 8)),),
        home_consents=_EVERYTHING,
    ),
    # The card sees the new qualification; the number of the old one only hears that a newer one exists.
    Insured(
        "suzuki_yui",
        date(2016, 1, 15),
        (
            _qualification(
                *_SOCIETY,
                "7001",
                "404",
                "02",
                "鈴木　結衣",
                "ｽｽﾞｷ ﾕｲ",
                "2",
                date(2016, 1, 15),
                insured_name="鈴木　一郎",
                qualified_on="20250401",
            ),
        ),
        old=_qualification(
            *_OTHER_SOCIETY,
            "55",
            "505",
            "01",
            "鈴木　結衣",
            "ｽｽﾞｷ ﾕｲ",
            "2",
            date(2016, 1, 15),
            insured_name="鈴木　二葉",
            qualified_on="20200401",
            disqualified_on="20250331",
            reason_of_loss="03",
        ),
        results={InquiryKey.INSURED_NUMBER: Result.INVALID_NEWER_EXISTS},
    ),
    Insured(
        "yamamoto",
        date(1959, 1, 10),
        (),
        old=_qualification(
            *_ASSOCIATION,
            "00088",
            "0000606",
            "00",
            "山本　さくら",
            "ﾔﾏﾓﾄ ｻｸﾗ",
            "2",
            date(1959, 1, 10),
            qualified_on="20190401",
            disqualified_on="20250331",
            reason_of_loss="99",
        ),
        results=_by_any_key(Result.INVALID),
    ),
    Insured(
        "watanabe",
        date(1989, 1, 11),
        (_qualification(*_SOCIETY, "7002", "707", "00", "渡●　●之助", "ﾜﾀﾅﾍﾞ ﾖｼﾉｽｹ", "1", date(1989, 1, 11)),),
        home_consents=_EVERYTHING,
    ),
    Insured(
        "garcia",
        date(1992, 11, 30),
        (
            _qualification(
                *_CITY,
                "",
                "0000808",
                "01",
                "ＧＡＲＣＩＡ　ＦＥＲＮＡＮＤＥＺ　ＤＥ　ＬＡ　ＣＲＵＺ"
                "　ＭＡＲＩＡ　ＥＳＰＥＲＡＮＺＡ　ＧＵＡＤＡＬＵＰＥ",
                "ｶﾞﾙｼｱ ﾌｪﾙﾅﾝﾃﾞｽ ﾏﾘｱ",
                "2",
                date(1992, 11, 30),
                qualified_on="20250401",
            ),
        ),
    ),
    Insured(
        "kimura",
        date(1974, 1, 9),
        (_qualification(*_ASSOCIATION, "345", "0000909", "00", "木村　健太", "ｷﾑﾗ ｹﾝﾀ", "1", date(1974, 1, 9)),),
        results=_by_any_key(Result.NOT_FOUND),
    ),
    Insured(
        "mori",
        date(2000, 1, 7),
        (
            _qualification(*_CITY, "訓３", "0001010", "01", "森　蒼", "ﾓﾘ ｱｵｲ", "3", date(2000, 1, 7)),
            _qualification(*_SOCIETY, "7003", "1010", "00", "森　蒼", "ﾓﾘ ｱｵｲ", "3", date(2000, 1, 7)),
        ),
        results=_by_any_key(Result.SEVERAL_MATCH),
    ),
    Insured(
        "yoshida",
        date(1967, 1, 20),
        (
            _qualification(
                *_ASSOCIATION,
                "222",
                "0001111",
                "00",
                "●田　美咲",
                "ﾖｼﾀﾞ ﾐｻｷ",
                "2",
                date(1967, 1, 20),
                limit=Limit(classification="01", band="A02", valid_from="20250801", valid_until="20270731"),
                specified_illnesses=(SpecifiedIllness(category="1", valid_from="20220401", self_pay="10000"),),
            ),
        ),
        home_consents=_EVERYTHING,
    ),
    Insured(
        "kobayashi",
        date(1939, 10, 5),
        (_qualification(*_ELDERLY, "", "00001212", "", "小林　実", "ｺﾊﾞﾔｼ ﾐﾉﾙ", "1", date(1939, 10, 5), share="030"),),
    ),
    Insured(
        "nakamura",
        date(1951, 5, 5),
        (_qualification(*_ELDERLY, "", "00001313", "", "中村　久子", "ﾅｶﾑﾗ ﾋｻｺ", "2", date(1951, 5, 5), share="010"),),
        results=_by_any_key(Result.REFUSED),
    ),
    # Has no exercise card: found by number only, insurance and public assistance at once, between 70 and 74.
    Insured(
        "hayashi",
        date(1954, 6, 1),
        (
            _qualification(
                *_CITY,
                "訓９",
                "0001414",
                "01",
                "林　三郎",
                "ﾊﾔｼ ｻﾌﾞﾛｳ",
                "1",
                date(1954, 6, 1),
                elderly=ElderlyRecipient(valid_from="20250801", valid_until="20280731", share="020"),
            ),
            Qualification(
                kind=qualification_kind("A1", ""),
                classification="A1",
                name="林　三郎",
                name_kana="ﾊﾔｼ ｻﾌﾞﾛｳ",
                sex="1",
                birth_date="19540601",
                valid_from="20250401",
                public_assistance={"PublicExpenseNumber": "12990018", "BeneficiaryNumber": "0001414"},
            ),
        ),
    ),
)

REGISTRY: Mapping[str, Insured] = MappingProxyType({insured.key: insured for insured in _PEOPLE})
"""The named persons, whose outcomes are exact."""


def generate(count: int, seed: str) -> tuple[Insured, ...]:
    """Many more synthetic persons, all valid by themselves, the same for the same seed."""
    people = []
    for index in range(count):
        digest = hashlib.sha256(f"exercise insured {seed} {index}".encode()).digest()
        birth_date = date(1930, 1, 1) + timedelta(days=int.from_bytes(digest[:4], "big") % 33_000)
        people.append(
            Insured(
                f"generated-{index}",
                birth_date,
                (
                    _qualification(
                        *_ASSOCIATION,
                        f"9{index:07d}",
                        f"{index:07d}",
                        "00",
                        "訓練　太郎",
                        "ｸﾝﾚﾝ ﾀﾛｳ",
                        "1" if digest[4] % 2 else "2",
                        birth_date,
                    ),
                ),
            )
        )
    return tuple(people)
