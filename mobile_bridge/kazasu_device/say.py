"""What people at the device are told, in Japanese and English: what happened and what to do next.

Sentences are made of codes and counts; no name, number or address of a patient ever enters one.
"""

from dataclasses import dataclass
from typing import Final

from checksync.entry import EntryTooLargeError
from checksync.outbox import LogReservedError, OutboxBusyError, OutboxError
from kazasu_device.dialogue import Cue
from kazasu_device.errors import DeviceError
from kazasu_device.roads import AtTheDoor, RoadNotice, RoadWarning
from mynacard import CardError
from mynacard.message import message_of

EXERCISE: Final = "訓練 / EXERCISE"


@dataclass(frozen=True)
class Text:
    """One or two sentences in both languages."""

    ja: str
    en: str

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"

    def with_data(self, **data: object) -> "Text":
        return Text(self.ja.format(**data), self.en.format(**data))


MEDICAL_CLOSED: Final = Text(
    "医療情報を閉じました（{because}）。要るときは、もう一度開いてください。",
    "Medical information was closed ({because}). Open it again if it is still needed.",
)

_ERRORS: Final = {
    "home_unusable": Text(
        "端末の保存フォルダーが使えません（{problem}）。管理者に連絡してください。",
        "This device's folder cannot be used ({problem}). Call the administrator.",
    ),
    "home_busy": Text(
        "この端末の別の画面が処理中です。少し待ってもう一度お試しください。",
        "Another window of this device is busy. Wait a moment and try again.",
    ),
    "not_enrolled": Text(
        "この端末はまだ登録されていません。管理者から登録コードを受け取り「enrol」を行ってください。",
        "This device is not enrolled. Get an enrolment code from the administrator and run 'enrol'.",
    ),
    "no_sealing_key": Text(
        "サーバーが記録用の鍵をまだ出していないため記録できません。管理者に連絡してください（鍵の控えが必要です）。",
        "The server has announced no key to record with, so nothing can be recorded. Call the administrator: the key's"
        " backup is missing.",
    ),
    "already_enrolled": Text(
        "この端末はすでに登録されています。別の端末にするには、別の保存フォルダーを使ってください。",
        "This device is enrolled already. Use another folder for another device.",
    ),
    "device_waiting": Text(
        "管理者の確認を待っています。指紋 {thumbprint} を管理者の画面と見比べてもらってください。",
        "Waiting for the administrator, who compares the thumbprint {thumbprint} with the one on their screen.",
    ),
    "enrolment_code_not_valid": Text(
        "登録コードとして読めません。全体（KZ1. から始まります）を写し直してください。",
        "This is not an enrolment code. Copy it whole; it begins with KZ1.",
    ),
    "server_not_pinned": Text(
        "サーバーの鍵が登録コードと一致しません。接続先が違う可能性があります。何も送っていません。管理者に連絡してください。",
        "The server's key is not the one of the enrolment code: this may be somebody else. Nothing was sent; call the"
        " administrator.",
    ),
    "server_unreachable": Text(
        "サーバーにつながりません。記録は端末に残り、つながったときに送られます。",
        "The server cannot be reached. What is recorded stays on the device and is sent when it can be.",
    ),
    "server_not_trusted": Text(
        "接続先がこの医療機関のサーバーだと確かめられません。何も送っていません。ネットワークを確かめ、続くときは管理者に連絡してください。",
        "Whoever answers is not proven to be this clinic's server. Nothing was sent. Check the network; if it stays,"
        " call the administrator.",
    ),
    "clock_wrong": Text(
        "端末の時計が違うか、サーバーの証明書の期限が切れています。端末の日付・時刻・タイムゾーンを合わせてください。記録は続けられます。",
        "This device's clock is wrong, or the server's certificate is out of date. Set date, time and time zone;"
        " recording goes on meanwhile.",
    ),
    "server_answer_not_understood": Text(
        "サーバー以外の何か（公衆無線LANのログイン画面など）が応答しました。接続を確かめてください。",
        "Something other than the server answered, such as a public network's login page. Check the connection.",
    ),
    "server_problem": Text(
        "サーバーが受け付けませんでした（{problem}）。",
        "The server did not accept it ({problem}).",
    ),
    "server_key_changed": Text(
        "サーバーの署名鍵が登録時と違います。受け取ったものは使いません。管理者に連絡してください。",
        "The server's signing key is not the one handed over at enrolment; nothing of it is used. Call the"
        " administrator.",
    ),
    "staff_not_chosen": Text(
        "複数の職員が勤務中です。--staff で誰が行うかを指定してください。",
        "Several people are on duty. Say with --staff who does this.",
    ),
    "sign_in_needed": Text(
        "訪問予定や医療情報を見るには、サインインしてください（接続が必要です）。",
        "Sign in to see visits or medical information; this needs a connection.",
    ),
    "medical_information_closed": Text(
        "医療情報は見られません。{because_ja}",
        "Medical information is closed. {because_en}",
    ),
    "simulated_reader_refused": Text(
        "本番の施設では模擬のカードリーダーは使えません。",
        "A live facility takes no simulated reader.",
    ),
    "medical_consent_refused": Text(
        "資格確認限定型では診療・薬剤などの情報の同意は扱えません。その同意を外すか、居宅同意取得型にしてください。",
        "An eligibility-only check asks no consent to medical information. Leave it out, or choose home_consent.",
    ),
    "visual_check_not_for_phone": Text(
        "スマートフォンは暗証番号なしでは読めません。暗証番号で行うか、実物のカードを使ってください。",
        "A phone cannot be read without its PIN. Use the PIN, or the plastic card.",
    ),
    "card_not_shown": Text(
        "{waited_s}秒待ちましたがカードが置かれませんでした。記録していません。",
        "No card came within {waited_s} seconds. Nothing was recorded.",
    ),
    "touch_unfinished": Text(
        "カードは署名しましたが証明書を読み終えていません。記録はまだです。同じカードをもう一度かざしてください（--finish）。",
        "The card signed, and its certificate is not read yet. Nothing is recorded: touch the same card again"
        " (--finish).",
    ),
    "no_unfinished_touch": Text(
        "読み残しのあるカードはありません。",
        "There is no touch left to finish.",
    ),
    "repeat_declined": Text(
        "同じカードは少し前に確認済みです。もう一度は記録しませんでした。",
        "The same card was checked a moment ago. It was not recorded again.",
    ),
    "not_recorded": Text(
        "記録できませんでした（{reason}）。この確認は残っていません。もう一度行ってください。",
        "It could NOT be recorded ({reason}). This check does not count: do it again.",
    ),
    "input_not_valid": Text(
        "入力を読めません（{part}）。形式を確かめてください。",
        "The input cannot be read ({part}). Check its form.",
    ),
    "declaration_not_complete": Text(
        "申立書に、足りない項目か正しくない項目があります。何も記録していません（{faults}）。",
        "Something on the declaration is missing or wrong; nothing was recorded ({faults}).",
    ),
    "individual_number_refused": Text(
        "個人番号（マイナンバー12桁）は記録しません。その項目を除いてください。",
        "The Individual Number (12 digits) is never recorded. Leave that field out.",
    ),
    "not_on_this_device": Text(
        "この端末にその確認の記録はありません。記録した端末で行ってください。",
        "This device recorded no such check. Do it on the device that did.",
    ),
}

_PROBLEMS: Final = {
    "enrolment-refused": Text(
        "登録コードが使えません（使用済み、期限切れ、または入力違い）。管理者に新しいコードを出してもらってください。",
        "The enrolment code cannot be used: used, run out or mistyped. Ask the administrator for a new one.",
    ),
    "sign-in-refused": Text(
        "ログイン名かパスワードが違います。確かめて、もう一度入力してください。",
        "The login or the password is not right. Check both and type them again.",
    ),
    "device-revoked": Text(
        "この端末は停止されています。記録は続けられ、端末に残ります。管理者に連絡してください。",
        "This device has been revoked. Recording goes on and stays on the device; call the administrator.",
    ),
    "too-many-attempts": Text(
        "短い間に何度も試されました。しばらく待ってからお試しください。",
        "Too many attempts in a short time. Wait a while, then try again.",
    ),
    "server-busy": Text(
        "サーバーが混み合っています。記録は端末に残り、自動で送り直されます。",
        "The server is busy. What was recorded stays on the device and is sent again by itself.",
    ),
}

CUES: Final = {
    Cue.TOUCH: Text("カードをリーダーにかざしてください。", "Hold the card to the reader."),
    Cue.TOUCH_AGAIN: Text("カードが離れました。もう一度かざしてください。", "The card left too early. Hold it again."),
    Cue.TOUCH_TO_FINISH: Text(
        "署名は済みました。証明書を読むため、同じカードをもう一度かざしてください（暗証番号は要りません）。",
        "The card has signed. Hold the same card once more to read its certificate; no PIN.",
    ),
    Cue.OTHER_CARD: Text(
        "先ほどのカードと違います。同じカードをかざしてください。",
        "This is not the same card. Hold the one from before.",
    ),
    Cue.GOING_VISUAL: Text(
        "暗証番号が使えないため、目視確認で続けます。",
        "The PIN cannot be used; it goes on as a visual check.",
    ),
    Cue.COMPARE_FACE: Text(
        "カードの写真と本人の顔を見比べてください。",
        "Compare the person with the photograph on the card.",
    ),
}

TAKE: Final = {
    AtTheDoor.ATTRIBUTES_BY_NUMBER_B: Text(
        "券面の照合番号B（生年月日・有効期限の年・セキュリティコード）で4情報を読む",
        "read the four attributes by number B (birth date, expiry year, security code)",
    ),
    AtTheDoor.DOCUMENT: Text(
        "資格確認書などの書類を見て番号を入力する（substitute）",
        "type the numbers of a document that is shown (substitute)",
    ),
    AtTheDoor.GOVERNMENT_CONSENT: Text(
        "国のアプリまたはページで同意してもらう",
        "let the patient consent on the government's app or page",
    ),
}

_WARNINGS: Final = {
    RoadWarning.CANNOT_BE_ASKED: Text(
        "このままでは資格を照会できません。記録は残ります。患者さんがいるうちに、次のどれかを行ってください。",
        "As it is this cannot be asked of the national system. It is recorded all the same; while the patient is still"
        " here, do one of these.",
    ),
    RoadWarning.CHECK_TYPE_NOT_ALLOWED: Text(
        "この施設では、この種類の確認をこの場面で使えません。記録は残り、事務で保留になります。",
        "This facility may not use this type of check in this setting. It is recorded, and will be held.",
    ),
}

AGAIN: Final = Text(
    "同じカードを{minutes}分前に確認しています。もう一度記録しますか。",
    "The same card was checked {minutes} minutes ago. Record it again?",
)
GO_VISUAL: Final = Text("目視確認で続けますか。", "Go on as a visual check?")
NOT_ON_DUTY: Final = Text(
    "勤務中のサインインがありません。記録は残り、事務で保留になります。つながったらサインインしてください。",
    "Nobody is signed in on duty. It is recorded and will be held; sign in when there is a connection.",
)
WAITING_FOR_CONNECTION: Final = Text(
    "端末に記録しました。接続を待って送ります。",
    "Recorded on this device; waiting for a connection.",
)
RECORDED: Final = Text("端末に記録しました。", "Recorded on this device.")
DRAFT_KEPT: Final = Text("途中の申立書を預かりました。", "The unfinished declaration is kept.")
DRAFT_IN_MEMORY_ONLY: Final = Text(
    "途中の申立書はこの画面の間だけ残ります（サインインすると預かれます）。",
    "The unfinished declaration lasts as long as this run; sign in for it to be kept.",
)
LOOK_AGAIN: Final = Text(
    "書類の「{field}」を見直してください（{why}）。違っていればもう一度記録します。",
    "Look at '{field}' of the document again ({why}); record it once more if it is wrong.",
)
EXPORTED: Final = Text(
    "封をしたまま書き出しました。管理者に取り込んでもらってください。端末の記録はそのまま残ります。",
    "Written as it was sealed. Give the file to an administrator to import; the device keeps everything.",
)
WAITING_FOR_ANSWER: Final = Text("資格の回答を待っています…", "Waiting for the answer…")
ATTRIBUTES_NOT_READ: Final = Text(
    "4情報は読めませんでした。確認は続けます。",
    "The four attributes were not read. The check goes on.",
)


def error_text(error: DeviceError | CardError) -> Text:
    """An error for people. Unknown ones are named by their code, never by their content."""
    if isinstance(error, CardError):
        message = message_of(error)
        return Text(message.japanese, message.english)
    data = error.data()
    text = _PROBLEMS.get(str(data.get("problem"))) or _ERRORS.get(error.code)
    if text is None:
        return Text(f"できませんでした（{error.code}）。", f"It did not work ({error.code}).")
    return text.with_data(**{name: ", ".join(one) if isinstance(one, list) else one for name, one in data.items()})


def outbox_text(error: OutboxError | EntryTooLargeError) -> tuple[str, Text]:
    """An error of the outbox outside recording (there it is `not_recorded`): its code and what people are told."""
    if isinstance(error, LogReservedError | OutboxBusyError):
        return "queue_busy", _ERRORS["home_busy"]
    return "queue_unusable", Text(
        f"端末の記録ファイルが使えません（{type(error).__name__}）。この端末では記録できません。管理者に連絡してください。",
        f"This device's queue cannot be used ({type(error).__name__}). Nothing can be recorded here; call the"
        " administrator.",
    )


def road_text(notice: RoadNotice) -> list[Text]:
    """The warning, then each thing that can be taken now."""
    return [_WARNINGS[notice.warning], *(TAKE[step] for step in notice.take)]
