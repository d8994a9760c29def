"""What is wrong with a line of a file that is to be taken over, said without its content. Pure."""

from dataclasses import dataclass
from typing import Final

from kazasu.rules.say import Say

__all__ = ["ImportFault"]


@dataclass(frozen=True)
class ImportFault:
    """What is wrong with a field, without its content. `is_serious`: the line cannot be taken over as it is."""

    field: str
    why: str
    is_serious: bool

    @property
    def say(self) -> Say:
        """For the person who imports."""
        ja, en = _WHY[self.why]
        return Say(ja=f"{self.field}：{ja}", en=f"{self.field}: {en}")


_WHY: Final = {
    "encoding": ("文字コードがUTF-8でもShift_JISでもありません。", "neither UTF-8 nor Shift_JIS."),
    "not_csv": ("CSVとして読めません。引用符を確かめてください。", "not readable as CSV; check the quotes."),
    "empty": ("空です。", "empty."),
    "no_column": ("必要な列がありません。見出しを確かめてください。", "the column is missing; check the headings."),
    "individual_number": ("個人番号の列は読みません。ファイルから消してください。", "never read; delete the column."),
    "columns": ("列の数が見出しと違います。", "has another number of columns than the heading."),
    "control_character": ("見えない制御文字があります。", "has invisible control characters; remove them."),
    "missing": ("空です。記入してください。", "empty; fill it in."),
    "form": ("日付として読めません。", "not a date."),
    "no_such_day": ("その日はありません。", "there is no such day."),
    "sex": ("性別として読めません。不明として扱います。", "not a sex; taken as not set."),
    "zero_restored": ("先頭の0を補いました。確かめてください。", "a leading zero was put back; check it."),
    "not_digits": ("数字ではありません。番号なしで取り込みます。", "not digits; taken over without the number."),
    "length": ("桁数が合いません。番号なしで取り込みます。", "wrong length; taken over without the number."),
    "check_digit": ("検証番号が合いません。番号なしで取り込みます。", "wrong check digit; taken over without it."),
    "not_json": ("FHIR（JSON）として読めません。", "not readable as FHIR in JSON."),
    "no_patient": ("Patient リソースがありません。", "has no Patient resource."),
    "inactive": (
        "使われていない患者として記されています。取り込みません。",
        "marked as no longer used; not taken over.",
    ),
    "partial_date": ("日まで記されていません。直してください。", "does not name a day; correct it."),
    "several_numbers": (
        "患者番号がいくつもあり、この施設のものがわかりません。",
        "several numbers, and none is known to be this facility's.",
    ),
    "several_coverages": (
        "有効な保険がいくつもあります。番号なしで取り込みます。",
        "several coverages at once; taken over without the number.",
    ),
    "contradicts_itself": (
        "同じ保険の中で番号が食い違っています。番号なしで取り込みます。",
        "the parts of one coverage contradict each other; taken over without the number.",
    ),
    "too_long": ("長すぎます。直してください。", "too long; correct it."),
    "two_people": ("同じ番号に別の人がいます。直してください。", "the same number for two people; correct it."),
    "time": ("時刻として読めません。", "not a time of day."),
    "half_day": ("午前は9時、午後は13時として取り込みます。", "taken for 9:00 or 13:00."),
    "setting": ("訪問の区分として読めません。", "not a kind of visit."),
    "setting_taken_for_home_visit": ("空のため、訪問診療等として取り込みます。", "empty; taken for a home visit."),
    "no_such_patient": (
        "この番号の患者が名簿にいません。先に患者を取り込んでください。",
        "no patient has this chart number; take the patients over first.",
    ),
    "staff_unknown": (
        "職員の名前かログイン名と合いません。担当なしで取り込みます。",
        "nobody's name or login, or several people's; taken over without.",
    ),
    "contradicts_line": (
        "同じ患者・同じ訪問の別の行と内容が違います。ファイルを直してください。",
        "another line says something else about the same patient or visit; correct the file.",
    ),
    "another_patients": (
        "この予約番号は別の患者の訪問のものです。番号を確かめてください。",
        "this booking is another patient's; check the number.",
    ),
    "other_visit_that_day": (
        "この患者は同じ日に別の時刻の訪問があります。時刻の変更なら、先の訪問を取り消してください。",
        "the patient has another visit that day; if the time was changed, cancel that one.",
    ),
    "no_chart_number": (
        "カルテ番号がなく、同じ氏名・生年月日の患者がすでにいます。カルテ番号を付けてください。",
        "without a chart number, and such a patient is on file already; give the chart number.",
    ),
    "looks_like": (
        "同じ氏名・生年月日の患者がすでにいます。同じ人なら、この行を除き、その患者にカルテ番号を付けてください。",
        "such a patient is on file already; if it is the same person, leave this line out and give them this number.",
    ),
    "other_person": (
        "このカルテ番号は、氏名も生年月日も違う患者のものです。番号を確かめてください。",
        "this chart number is that of a patient with another name and birth date; check the number.",
    ),
}
