"""Why a kind of medical information is closed: every reason in one sentence, with its source. Pure.

The names go out to devices and stay for good. Texts name no patient.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kazasu.rules import Say

__all__ = ["REASONS", "ClosedReason", "Why"]


class ClosedReason(StrEnum):
    """The reasons, in the order in which they are told."""

    # Who asks
    ROLE = "role"
    NOT_ON_DUTY = "not_on_duty"
    SIGN_IN_NEEDED = "sign_in_needed"
    # The check
    ELIGIBILITY_ONLY = "eligibility_only"
    CHECK_VOID = "check_void"
    PERSON_IN_DOUBT = "person_in_doubt"
    HELD = "held"
    CERTIFICATE = "certificate"
    ASSURANCE = "assurance"
    TOUCH_TIME_UNKNOWN = "touch_time_unknown"
    # Our consent
    CONSENT_NOT_RECORDED = "consent_not_recorded"
    CONSENT_DECLINED = "consent_declined"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    # The national system's
    NOT_ANSWERED = "not_answered"
    NOT_VALID = "not_valid"
    NATIONAL_CONSENT_MISSING = "national_consent_missing"
    NATIONAL_CONSENT_DECLINED = "national_consent_declined"
    NATIONAL_CONSENT_OVER = "national_consent_over"
    # The window
    NO_WINDOW = "no_window"
    WINDOW_OVER = "window_over"
    RELATION_OVER = "relation_over"
    # The way to it
    NO_GATEWAY = "no_gateway"
    FORM_NOT_GIVEN = "form_not_given"


@dataclass(frozen=True, slots=True)
class Why:
    """The sentence, and the source that it rests on."""

    say: Say
    cites: str


def _why(ja: str, en: str, cites: str) -> Why:
    return Why(Say(ja, en), cites)


_R = ClosedReason
_INVARIANT: Final = "rules.md 3"
REASONS: Final[dict[ClosedReason, Why]] = {
    _R.ROLE: _why(
        "医療情報は、患者を診る職員(訪問・窓口の役割)だけが見られます。",
        "Medical information is for those who see the patient: the roles visitor and counter.",
        "rules.md 1, 3 [our reading]",
    ),
    _R.NOT_ON_DUTY: _why(
        "この端末で勤務中の職員が確かめられません。",
        "Nobody on duty on this device stands behind this request.",
        "sync-v1 section 5",
    ),
    _R.SIGN_IN_NEEDED: _why(
        "この端末でパスワードを入れてサインインし直してください。",
        "Sign in on this device with the password: what it keeps at rest does not open medical information.",
        "sync-v1 section 5",
    ),
    _R.ELIGIBILITY_ONLY: _why(
        "資格確認限定型では、医療情報は扱いません。",
        "The eligibility-only type never has medical information.",
        "rules.md 1 [002]",
    ),
    _R.CHECK_VOID: _why(
        "この資格確認は取り消されています。",
        "This check was taken back.",
        _INVARIANT,
    ),
    _R.PERSON_IN_DOUBT: _why(
        "別の人の記録かもしれません。本人と確かめて保留を「先へ進める」と決めるまで、見られません。",
        "The record may be another person's: it stays closed until somebody made sure and accepted the hold.",
        "rules.md 4 [001][004]",
    ),
    _R.HELD: _why(
        "資格確認が保留されています。保留が解けるまで、見られません。",
        "The check is held; it stays closed until that is decided.",
        "rules.md 4 [001]",
    ),
    _R.CERTIFICATE: _why(
        "電子証明書の有効期間が過ぎているか確かめられないため、医療情報は見られません。資格の確認だけができます。",
        "The certificate has expired (also in its 3 months' grace) or could not be verified: eligibility at most.",
        "rules.md 5 [public]",
    ),
    _R.ASSURANCE: _why(
        "この施設では、この確認方法では医療情報を見ない決まりです。",
        "By this facility's setting, a check made in this way does not open medical information.",
        "setting medical_assurance",
    ),
    _R.TOUCH_TIME_UNKNOWN: _why(
        "カードをかざした時刻が確かめられないため、閲覧できる期間が決まりません。もう一度確認してください。",
        "When the card was touched cannot be established, so that no window opens. Repeat the check.",
        "rules.md 3 [001][002]",
    ),
    _R.CONSENT_NOT_RECORDED: _why(
        "この種類の情報への同意が記録されていません。",
        "No consent to this kind is recorded.",
        "rules.md 3 [001][002][003]",
    ),
    _R.CONSENT_DECLINED: _why(
        "患者がこの種類の情報の提供に同意していません。",
        "The patient declined this kind.",
        "rules.md 3 [003]",
    ),
    _R.CONSENT_WITHDRAWN: _why(
        "患者が同意を取り消しました。",
        "The patient withdrew the consent.",
        "rules.md 3 [public]",
    ),
    _R.NOT_ANSWERED: _why(
        "資格の照会にまだ回答がありません。",
        "The eligibility inquiry has no answer yet.",
        "oqs.md 2",
    ),
    _R.NOT_VALID: _why(
        "回答に、有効な資格がちょうど一つありません。",
        "The answer has not exactly one valid qualification.",
        "oqs.md 2",
    ),
    _R.NATIONAL_CONSENT_MISSING: _why(
        "回答にこの種類の同意の欄がありません。国のページでの同意を取り込むと見られます。",
        "The answer carries no consent field of this kind; fetch the consent given on the government's page.",
        "oqs.md 2, 6.1",
    ),
    _R.NATIONAL_CONSENT_DECLINED: _why(
        "オンライン資格確認等システムには、この種類の同意がありません。",
        "The national system has no consent to this kind.",
        "oqs.md 2",
    ),
    _R.NATIONAL_CONSENT_OVER: _why(
        "オンライン資格確認等システムでの閲覧の期限が過ぎているか、読めません。",
        "The national system's own time for it is over, or cannot be read.",
        "oqs.md 2",
    ),
    _R.NO_WINDOW: _why(
        "この場面での閲覧の期間は定められていません。",
        "No window is laid down for this setting on that day.",
        "rules.md 3",
    ),
    _R.WINDOW_OVER: _why(
        "閲覧できる期間(かざした時から24時間)が過ぎました。",
        "The window (24 hours from the touch) is over.",
        "rules.md 3 [001][002]",
    ),
    _R.RELATION_OVER: _why(
        "訪問が終了したか、最後の訪問から日が経ち予定もないため、続いていることが確かめられません。",
        "The visits have ended, or do not seem to continue: the last one is too long ago and none is planned.",
        "rules.md 3 [public]; setting continuing_visit_days",
    ),
    _R.NO_GATEWAY: _why(
        "この施設には、医療情報を取りに行く手段がまだ設定されていません。",
        "This facility has nothing set up to fetch medical information with.",
        "oqs.md 1.1",
    ),
    _R.FORM_NOT_GIVEN: _why(
        "この種類はこの形式では単独で得られません。XML を選んでください。",
        "This kind does not come alone in this form; choose XML.",
        "oqs.md 1.5",
    ),
}
