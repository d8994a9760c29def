"""Errors in words for people: what happened, and what to do next, in Japanese and English. Pure.

Holds no secret and no personal data, because the errors hold none.
"""

# Evaluated annotations: `singledispatch` reads them to know which error each function is for.
from functools import singledispatch

from mynacard.errors import (
    CardError,
    DamagedDataError,
    LastTryRefusedError,
    NoReaderError,
    NoServiceError,
    NotMyNumberCardError,
    PinBlockedError,
    PinWrongError,
    SecretFormatError,
    SignatureMismatchError,
    StatusError,
    VerifyInterruptedError,
    VerifyRefusedError,
)
from mynacard.wording import BY_ERROR, FORMAT_PROBLEMS, NUMBER_B_HINT, SECRETS, SERVICE_PROBLEMS, Message

__all__ = ["SECRETS", "Message", "message_of"]


@singledispatch
def message_of(error: CardError) -> Message:
    """What to show a person for an error of this library."""
    return next(BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR)


def _joined(*messages: Message) -> Message:
    return Message("".join(part.japanese for part in messages), " ".join(part.english for part in messages))


def _tries(left: int | None) -> Message:
    if left is None:
        return Message("残り回数は分かりません。", "How many tries are left is not known.")
    return Message(f"残り{left}回です。", f"Tries left: {left}.")


def _secret(name: str) -> Message:
    return SECRETS.get(name, Message(name, name))


@message_of.register
def _no_service(error: NoServiceError) -> Message:
    if error.service == "contactless":
        return Message(
            "nfcpy が使えません。`pip install 'kazasu[nfcpy]'` と libusb-1.0 を確かめてください。",
            "nfcpy cannot be used. Check `pip install 'kazasu[nfcpy]'` and libusb-1.0.",
        )
    return SERVICE_PROBLEMS.get(error.problem, SERVICE_PROBLEMS["not_running"])


@message_of.register
def _no_reader(error: NoReaderError) -> Message:
    if error.reader is None:
        return Message(
            "カードリーダーが見つかりません。接続を確かめてください。",
            "No card reader was found. Check that it is plugged in.",
        )
    names = ", ".join(error.candidates)
    return Message(
        f"リーダー「{error.reader}」を特定できません。`mynacard readers` で名前を確かめてください。"
        + (f"候補: {names}" if names else ""),
        f'No single reader answers to "{error.reader}". See `mynacard readers`.'
        + (f" Candidates: {names}." if names else ""),
    )


@message_of.register
def _not_my_number_card(error: NotMyNumberCardError) -> Message:
    if error.reason == "resident_card":
        return Message(
            "住民基本台帳カードです。マイナンバーカードを使ってください。",
            "This is an old resident card (juki card). Use a My Number card.",
        )
    return Message(
        "マイナンバーカードではありません。カードを確かめてください。", "This is not a My Number card. Check the card."
    )


@message_of.register
def _secret_format(error: SecretFormatError) -> Message:
    name = _secret(error.secret)
    start = Message(
        f"{name.japanese}を確かめてください。カードには送っていません。",
        f"Check {name.english}. Nothing was sent to the card.",
    )
    problem = FORMAT_PROBLEMS.get(error.problem)
    hint = [NUMBER_B_HINT] if error.secret == "number_b" else []  # noqa: S105 - a name
    return _joined(start, *([problem] if problem else []), *hint)


@message_of.register
def _pin_wrong(error: PinWrongError) -> Message:
    name = _secret(error.secret)
    wrong = Message(f"{name.japanese}が違います。", f"Wrong: {name.english}.")
    hint = [NUMBER_B_HINT] if error.secret == "number_b" else []  # noqa: S105 - a name
    return _joined(wrong, _tries(error.tries_left), *hint)


@message_of.register
def _pin_blocked(error: PinBlockedError) -> Message:
    name = _secret(error.secret)
    return Message(
        f"{name.japanese}はロックされています。市区町村の窓口で解除できます。目視など別の方法で続けてください。",
        f"Locked: {name.english}. The municipal office can unlock it. Go on another way, for example by visual check.",
    )


@message_of.register
def _last_try_refused(error: LastTryRefusedError) -> Message:
    name = _secret(error.secret)
    return _joined(
        Message(f"{name.japanese}は送っていません。", f"Not sent: {name.english}."),
        _tries(error.tries_left),
        Message(
            "間違えるとロックされるため止めました。確かな場合だけ最後の1回を許可してください。",
            "It was held back because a wrong entry locks it. Allow the last try only if you are sure.",
        ),
    )


@message_of.register
def _verify_interrupted(error: VerifyInterruptedError) -> Message:
    name = _secret(error.secret)
    outcome = {
        "not_spent": Message("回数は減っていません。", "No try was spent."),
        "spent": Message("1回分減りました。", "One try was spent."),
        "unknown": Message(
            "照合されたかどうか分かりません。次に残り回数を確かめてください。",
            "Whether it was compared is not known. Check the tries left next.",
        ),
    }[error.outcome]
    return _joined(
        Message(
            f"{name.japanese}の照合中にカードが離れました。再送はしていません。",
            f"The card was moved while it compared {name.english}. It was not sent again.",
        ),
        outcome,
        _tries(error.tries_left),
    )


@message_of.register
def _verify_refused(error: VerifyRefusedError) -> Message:
    name = _secret(error.secret)
    return _joined(
        Message(
            f"カードが{name.japanese}を受け付けません(SW {error.sw:04X})。",
            f"The card refuses {name.english} (SW {error.sw:04X}).",
        ),
        _tries(error.tries_left),
    )


@message_of.register
def _damaged_data(error: DamagedDataError) -> Message:
    return Message(
        f"カードのデータが壊れています({error.what})。もう一度かざし、続く場合は市区町村へお尋ねください。",
        f"The card's data is damaged ({error.what}). Try once more; if it stays so, ask the municipal office.",
    )


@message_of.register
def _signature_mismatch(error: SignatureMismatchError) -> Message:
    return BY_ERROR[SignatureMismatchError]


@message_of.register
def _status(error: StatusError) -> Message:
    return Message(
        f"カードが予期しない応答をしました(SW {error.sw:04X})。もう一度お試しください。",
        f"The card gave an unexpected answer (SW {error.sw:04X}). Try again.",
    )
