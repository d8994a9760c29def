"""What would release a hold: something that comes by itself, or a person's decision alone. Pure."""

from kazasu.reconciliation.reason import HoldReason
from kazasu.rules import Say

__all__ = ["may_release_itself", "released_by"]

_R = HoldReason
_ANSWER = Say(
    ja="全国システムの答えが来ると外れます。判断によっても外せます。",
    en="An answer of the national system releases it; so does a decision.",
)
_READ_AGAIN = Say(
    ja="サーバーの更新後に読み直されると外れます。判断によっても外せます。",
    en="It is read again after an update of the server, and released; so does a decision.",
)
_COMPARED = Say(
    ja="名簿が直されるか、違いのない答えが来ると外れます。判断によっても外せます。",
    en="A corrected roster, or an answer without the difference, releases it; so does a decision.",
)
_BY_ITSELF = {
    _R.KEY_UNKNOWN: Say(ja="鍵が戻ると自動的に開かれて外れます。", en="It opens by itself when the key is back."),
    _R.KIND_UNKNOWN: _READ_AGAIN,
    _R.READING_FAILED: _READ_AGAIN,
    _R.CHECK_UNKNOWN: Say(
        ja="指された資格確認が届くと外れます。判断によっても外せます。",
        en="The check that it names releases it when it comes; so does a decision.",
    ),
    _R.CONSENT_UNKNOWN: Say(
        ja="撤回された同意が届くと外れます。判断によっても外せます。",
        en="The consent that it names releases it when it comes; so does a decision.",
    ),
    _R.CANNOT_BE_ASKED: Say(
        ja="書類の番号、名簿の番号、または答えが入ると外れます。判断によっても外せます。",
        en="A document's number, a number on the roster or an answer releases it; so does a decision.",
    ),
    _R.PERHAPS_ONE_VISIT: Say(
        ja="二つの確認が一つの訪問にまとめられると外れます。判断によっても外せます。",
        en="Joining the two checks to one visit releases it; so does a decision.",
    ),
    _R.NOT_KNOWN_FOR_MOBILE: _ANSWER,
    _R.DOCUMENT_NUMBER_NOT_VALID: Say(
        ja="正しい番号の書類が届くと外れます。判断によっても外せます。",
        en="A document with a number that can be right releases it; so does a decision.",
    ),
    _R.CONSENT_NOT_FOUND: _ANSWER,
    _R.CONSENT_SEVERAL_MATCH: _ANSWER,
    _R.ANSWER_INVALID: _ANSWER,
    _R.ANSWER_INVALID_NEWER_EXISTS: _ANSWER,
    _R.ANSWER_NOT_FOUND: _ANSWER,
    _R.ANSWER_SEVERAL_MATCH: _ANSWER,
    _R.ANSWER_REFUSED: _ANSWER,
    _R.ANSWER_WITHOUT_QUALIFICATION: _ANSWER,
    _R.ANSWER_NAME_DIFFERS: _COMPARED,
    _R.ANSWER_SEX_DIFFERS: _COMPARED,
    _R.ANSWER_NUMBER_DIFFERS: _COMPARED,
    _R.ANSWER_NUMBER_NOT_VALID: _COMPARED,
}
_DECISION = Say(ja="人の判断だけが外します。", en="A person's decision alone releases it.")


def may_release_itself(reason: HoldReason) -> bool:
    """Whether something other than a decision may release it."""
    return reason in _BY_ITSELF


def released_by(reason: HoldReason) -> Say:
    """What would release it, for people."""
    return _BY_ITSELF.get(reason, _DECISION)
