"""The fixed wording of messages for people, in Japanese and English. `mynacard.message` puts it together. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mynacard.certificate import ChainError
from mynacard.errors import (
    CardError,
    CardRemovedError,
    CertificateNeedsPinError,
    CertificateNotReadError,
    NoCardError,
    ProfileUnavailableError,
    ReaderBusyError,
    RefusedByPolicyError,
    SignatureMismatchError,
    TransportError,
)


@dataclass(frozen=True)
class Message:
    """One message in both languages."""

    japanese: str
    english: str

    def __str__(self) -> str:
        return f"{self.japanese}\n{self.english}"


SECRETS: Final = {
    "jpki_pin": Message("利用者証明用電子証明書の暗証番号(4桁)", "the user-authentication PIN (4 digits, JPKI)"),
    "text_pin": Message("券面事項入力補助用の暗証番号(4桁)", "the card-face input support PIN (4 digits, Text AP)"),
    "number_b": Message("照合番号B(14桁)", "reference number B (照合番号B, 14 digits)"),
}

SERVICE_PROBLEMS: Final = {
    "package_absent": Message(
        "pyscard が入っていません。`pip install 'kazasu[pcsc]'` で入れてください。",
        "pyscard is not installed. Install it with `pip install 'kazasu[pcsc]'`.",
    ),
    "library_absent": Message(
        "libpcsclite がありません。Debian では `apt install libpcsclite1 pcscd` で入れてください。",
        "libpcsclite is not installed. On Debian: `apt install libpcsclite1 pcscd`.",
    ),
    "not_running": Message(
        "スマートカードサービス(pcscd)が動いていません。起動してください。",
        "The smart card service (pcscd) is not running. Start it.",
    ),
}

FORMAT_PROBLEMS: Final = {
    "empty": Message("何も入力されていません。", "Nothing was entered."),
    "not_digits": Message("半角の数字だけで入力してください。", "Use the digits 0 to 9 only."),
    "length": Message("桁数が違います。", "The number of digits is wrong."),
    "wiped": Message("入力は消去済みです。もう一度入力してください。", "The entry was erased. Enter it again."),
    "western_birth_date": Message(
        "生年月日は西暦8桁ではなく、券面の和暦の年2桁と月日(6桁)です。",
        "The birth date is not eight Western digits but six: the era year as printed on the card, month, day.",
    ),
    "western_year": Message(
        "最初の2桁がどの元号の年にも当たりません。西暦ではなく券面の和暦の年を使ってください"
        "(券面が西暦の場合は西暦の年であることを指定してください)。",
        "The first two digits are no era year. Use the era year printed on the card, not the Western year "
        "(if the card prints a Western year, say so).",
    ),
    "birth_date": Message(
        "生年月日の6桁(和暦の年・月・日)に当たる日がありません。",
        "No era has the day that the first six digits (era year, month, day) name.",
    ),
    "birth_after_expiry": Message(
        "生年月日がカードの有効期限より後です。", "The birth date lies after the card's expiry."
    ),
    "birth_in_future": Message("生年月日が未来の日付です。", "The birth date lies in the future."),
    "expiry_year": Message(
        "有効期限の年(西暦4桁)があり得ません。電子証明書ではなくカードの有効期限の年です。",
        "The expiry year (four digits, Western) cannot be. It is the card's, not the electronic certificate's.",
    ),
    "security_code": Message(
        "セキュリティコードは券面の4桁です。暗証番号ではありません。",
        "The security code is the four digits printed on the card. It is not a PIN.",
    ),
}
NUMBER_B_HINT: Final = Message(
    "生年月日(和暦の年2桁・月・日)、カードの有効期限の西暦年4桁、券面のセキュリティコード4桁(暗証番号ではありません)の順です。",
    "It is the birth date (era year, month, day: 6 digits), the card's expiry year (4), and the security code printed "
    "on the card (4; not a PIN).",
)

BY_ERROR: Final[dict[type[CardError], Message]] = {
    NoCardError: Message("カードがありません。リーダーにかざしてください。", "No card. Hold it to the reader."),
    ReaderBusyError: Message(
        "別のプログラムがカードを使っています。終了してからお試しください。",
        "Another program is using the card. Close it and try again.",
    ),
    CertificateNotReadError: Message(
        "署名はできましたが、証明書を読む前にカードが離れました。もう一度かざしてください。",
        "The card signed but was moved before its certificate was read. Hold it to the reader again.",
    ),
    CardRemovedError: Message(
        "カードが離れました。動かさずにもう一度かざしてください。",
        "The card was moved. Hold it still and try again.",
    ),
    TransportError: Message(
        "カードとの通信に失敗しました。もう一度かざしてください。",
        "Communication with the card failed. Hold it to the reader again.",
    ),
    CertificateNeedsPinError: Message(
        "スマートフォンの証明書は暗証番号なしには読めません。暗証番号で署名する方法を使ってください。",
        "A phone gives its certificate only after the PIN. Use the way that signs with the PIN.",
    ),
    ProfileUnavailableError: Message(
        "スマートフォンからは氏名などを読めません。マイナンバーカードを使ってください。",
        "A phone does not give name and address. Use the plastic My Number card.",
    ),
    SignatureMismatchError: Message(
        "署名が証明書と合いません。同じカードかどうか確かめてください。",
        "The signature does not match the certificate. Check that it is the same card.",
    ),
    RefusedByPolicyError: Message(
        "この操作は許されていないため、カードに送りませんでした。",
        "This is not allowed, so nothing was sent to the card.",
    ),
    ChainError: Message(
        "証明書が信頼するルート証明書につながりません。設定を確かめてください。",
        "No trusted root vouches for the certificate. Check which roots are configured.",
    ),
    CardError: Message(
        "カードの処理に失敗しました。もう一度お試しください。", "The card could not be used. Try again."
    ),
}
