"""Why something is held: every reason with what it means, what to do, and what it stops. Pure.

The names go out to devices and stay for good. Texts name no patient.
"""

from dataclasses import dataclass
from enum import StrEnum

from kazasu.reconciliation.decision import Decision
from kazasu.rules import Say

__all__ = ["REASONS", "HoldReason", "Reason", "Severity"]


class Severity(StrEnum):
    """How much stands on it."""

    BLOCKING = "blocking"
    """Who the person is, or whether this may be done, is in doubt: nothing is asked before somebody decided."""
    UNCLEAN = "unclean"
    """The check stands; the claim does not yet."""
    NOTICE = "notice"
    """Somebody should look; nothing waits for it but the reconciliation."""


class HoldReason(StrEnum):
    """The reasons."""

    # The entry cannot be read
    KEY_UNKNOWN = "key_unknown"
    ENTRY_NOT_OPENED = "entry_not_opened"
    ENTRY_DAMAGED = "entry_damaged"
    KIND_UNKNOWN = "kind_unknown"
    ENTRY_OUT_OF_PLACE = "entry_out_of_place"
    READING_FAILED = "reading_failed"
    CHECK_ID_TWICE = "check_id_twice"
    CHECK_UNKNOWN = "check_unknown"
    CHECK_OF_ANOTHER_LOG = "check_of_another_log"
    CONSENT_UNKNOWN = "consent_unknown"
    # The log
    LOG_FORKED = "log_forked"
    LOG_GAP = "log_gap"
    PUSH_REFUSED = "push_refused"
    # Who was there, and when
    DEVICE_REVOKED = "device_revoked"
    STAFF_NOT_ON_DUTY = "staff_not_on_duty"
    DEVICE_TIME_IMPLAUSIBLE = "device_time_implausible"
    INTENT_OUTDATED = "intent_outdated"
    # The card
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    CERTIFICATE_DAMAGED = "certificate_damaged"
    CERTIFICATE_NOT_TRUSTED = "certificate_not_trusted"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CARD_SIGNATURE_MISSING = "card_signature_missing"
    CARD_SIGNATURE_NOT_VALID = "card_signature_not_valid"
    ATTESTATION_MISSING = "attestation_missing"
    # The rules
    CHECK_TYPE_NOT_ALLOWED = "check_type_not_allowed"
    CONSENT_NOT_FOR_ELIGIBILITY_ONLY = "consent_not_for_eligibility_only"
    CONSENT_SUBJECT_UNKNOWN = "consent_subject_unknown"
    # The person
    SUBJECT_UNKNOWN = "subject_unknown"
    OTHER_PERSON = "other_person"
    REPEAT_DOES_NOT_FIT = "repeat_does_not_fit"
    PERHAPS_ONE_VISIT = "perhaps_one_visit"
    # Asking
    CANNOT_BE_ASKED = "cannot_be_asked"
    NOT_KNOWN_FOR_MOBILE = "not_known_for_mobile"
    DOCUMENT_NUMBER_NOT_VALID = "document_number_not_valid"
    CONSENT_NOT_FOUND = "consent_not_found"
    CONSENT_SEVERAL_MATCH = "consent_several_match"
    # The answer
    ANSWER_INVALID = "answer_invalid"
    ANSWER_INVALID_NEWER_EXISTS = "answer_invalid_newer_exists"
    ANSWER_NOT_FOUND = "answer_not_found"
    ANSWER_SEVERAL_MATCH = "answer_several_match"
    ANSWER_REFUSED = "answer_refused"
    ANSWER_WITHOUT_QUALIFICATION = "answer_without_qualification"
    ANSWER_NAME_DIFFERS = "answer_name_differs"
    ANSWER_SEX_DIFFERS = "answer_sex_differs"
    ANSWER_NUMBER_DIFFERS = "answer_number_differs"
    ANSWER_NUMBER_NOT_VALID = "answer_number_not_valid"
    EXPORTED_ANSWER_CHANGED = "exported_answer_changed"
    MEDICAL_IN_ELIGIBILITY_ONLY = "medical_in_eligibility_only"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, for people and for the rules."""

    severity: Severity
    means: Say
    to_do: Say
    proposal: Decision | None

    @property
    def stops_asking(self) -> bool:
        """Whether the national system is not asked while this is open."""
        return self.severity is Severity.BLOCKING


def _reason(severity: Severity, ja: tuple[str, str], en: tuple[str, str], proposal: Decision | None) -> Reason:
    return Reason(severity, Say(ja[0], en[0]), Say(ja[1], en[1]), proposal)


_R = HoldReason
_BLOCKING, _UNCLEAN, _NOTICE = Severity.BLOCKING, Severity.UNCLEAN, Severity.NOTICE
_ACCEPT, _ASK_PATIENT = Decision.ACCEPT, Decision.ASK_PATIENT

REASONS: dict[HoldReason, Reason] = {
    _R.KEY_UNKNOWN: _reason(
        _BLOCKING,
        ("記録を開く鍵がサーバーにありません。", "鍵を復元してください。戻ると自動的に開かれます。"),
        ("The key to this entry is not on the server.", "Restore the key; the entry then opens by itself."),
        None,
    ),
    _R.ENTRY_NOT_OPENED: _reason(
        _BLOCKING,
        ("鍵はありますが、記録が開けません。", "端末の記録と照らし、必要ならもう一度確認してください。"),
        ("The key is here, and the entry does not open.", "Compare with the device; repeat the check if needed."),
        None,
    ),
    _R.ENTRY_DAMAGED: _reason(
        _BLOCKING,
        ("記録の内容が読めません。", "端末の版を確かめ、必要ならもう一度確認してください。"),
        ("What the entry holds cannot be read.", "Look at the device's version; repeat the check if needed."),
        None,
    ),
    _R.KIND_UNKNOWN: _reason(
        _NOTICE,
        ("サーバーの知らない種類の記録です。", "サーバーを更新してください。記録は残っています。"),
        ("This server does not know this kind of entry.", "Update the server; the entry is kept."),
        None,
    ),
    _R.ENTRY_OUT_OF_PLACE: _reason(
        _BLOCKING,
        ("記録の中身が、届いた場所(記録簿・番号・施設)と合いません。", "端末を止めて調べてください。"),
        ("The entry names another log, number or facility.", "Stop the device and look into it."),
        None,
    ),
    _R.READING_FAILED: _reason(
        _NOTICE,
        ("サーバーの不具合で記録を処理できませんでした。", "管理者に知らせてください。記録は残っています。"),
        ("A fault of the server kept this entry from being read.", "Tell the administrator; the entry is kept."),
        None,
    ),
    _R.CHECK_ID_TWICE: _reason(
        _BLOCKING,
        (
            "同じ識別子の資格確認が別の番号でも届きました。",
            "先に届いたものだけが数えられています。端末を調べてください。",
        ),
        ("The same check came under another number.", "Only the first one counts; look into the device."),
        _ACCEPT,
    ),
    _R.CHECK_UNKNOWN: _reason(
        _NOTICE,
        ("この記録が指す資格確認は、まだ届いていません。", "届けば自動的に結びつきます。"),
        ("The check that this entry names has not come.", "It is linked by itself when it comes."),
        _ACCEPT,
    ),
    _R.CHECK_OF_ANOTHER_LOG: _reason(
        _NOTICE,
        ("別の端末の資格確認を取り消そうとしています。", "その資格確認を行った端末で取り消してください。"),
        ("The entry would take back another device's check.", "Take it back on the device that made it."),
        _ACCEPT,
    ),
    _R.CONSENT_UNKNOWN: _reason(
        _NOTICE,
        ("撤回された同意が見つかりません。", "患者と同意を確かめてください。届けば自動的に撤回されます。"),
        ("The consent that was withdrawn is not here.", "Find out which was meant; it applies when the consent comes."),
        _ACCEPT,
    ),
    _R.LOG_FORKED: _reason(
        _BLOCKING,
        (
            "同じ番号に別の記録が届いたため、端末の記録簿を閉じました。両方の記録は残っています。端末は新しい記録簿で動いています。",
            "端末の写しが使われていないか、古い控えから戻していないかを確かめ、"
            "枝の記録を見て、要るものはもう一度確認してください。写しなら端末を停止してください。",
        ),
        (
            "Another entry came under a number already taken, so the device's log was closed. Both versions are kept; "
            "the device goes on in a new log.",
            "Find out whether a copy of the device is in use or it was restored from an older copy. Look at the "
            "branch and repeat the checks that are missing; revoke the device if it was copied.",
        ),
        _ACCEPT,
    ),
    _R.LOG_GAP: _reason(
        _UNCLEAN,
        (
            "端末が、この番号の記録を失ったと署名して届けました（破損など）。",
            "その時間の訪問を担当者に確かめ、足りない確認はもう一度行うか、書類で補ってください。",
        ),
        (
            "The device signed that it has these numbers no more (its storage was damaged, for example).",
            "Ask who was on duty which visits are missing; repeat those checks or take documents.",
        ),
        _ACCEPT,
    ),
    _R.PUSH_REFUSED: _reason(
        _NOTICE,
        (
            "端末から届いた記録が検証できず、証拠として保存しました。端末の記録は残っています。",
            "端末の版と状態を確かめてください。続くときは端末から書き出して取り込むか、端末を停止してください。",
        ),
        (
            "What a device sent does not verify and is kept as evidence; the device keeps its entries.",
            "Look at the device's version and state. If it goes on, export there and import here, or revoke it.",
        ),
        _ACCEPT,
    ),
    _R.DEVICE_REVOKED: _reason(
        _BLOCKING,
        ("停止された端末の記録です。", "停止の前に本人が確認したものか確かめてください。"),
        ("The entry came from a revoked device.", "Find out whether it was made before the revocation."),
        None,
    ),
    _R.STAFF_NOT_ON_DUTY: _reason(
        _BLOCKING,
        ("記録の時刻に、その端末で勤務中だった職員が確認できません。", "誰が行ったかを確かめてください。"),
        ("Nobody is known to have been on duty on this device at that time.", "Find out who made the check."),
        _ACCEPT,
    ),
    _R.DEVICE_TIME_IMPLAUSIBLE: _reason(
        _NOTICE,
        ("端末の時計が合っていません。サーバーが最後に示した時刻で扱います。", "端末の時計を直してください。"),
        ("The device's clock is wrong; the server's last time is used.", "Set the device's clock."),
        _ACCEPT,
    ),
    _R.INTENT_OUTDATED: _reason(
        _BLOCKING,
        ("資格確認の内容が、記録簿のその場所のために作られたものではありません。", "端末を調べてください。"),
        ("The intent was not made for this place in the log.", "Look into the device."),
        None,
    ),
    _R.CERTIFICATE_UNKNOWN: _reason(
        _BLOCKING,
        (
            "端末が既知とした証明書が、サーバーにありません。",
            "端末から証明書を取り寄せるか、もう一度確認してください。",
        ),
        ("The certificate that the device took as known is not here.", "Get it from the device, or check again."),
        None,
    ),
    _R.CERTIFICATE_DAMAGED: _reason(
        _BLOCKING,
        ("カードの証明書が読めません。", "もう一度カードを読むか、書類で確認してください。"),
        ("The card's certificate cannot be read.", "Read the card again, or check a document."),
        _ASK_PATIENT,
    ),
    _R.CERTIFICATE_NOT_TRUSTED: _reason(
        _BLOCKING,
        ("カードの証明書の発行元が確認できません。", "発行元の証明書の設定を確かめてください。"),
        ("No configured root vouches for the card's certificate.", "Look at the roots that are configured."),
        None,
    ),
    _R.CERTIFICATE_EXPIRED: _reason(
        _BLOCKING,
        (
            "カードの電子証明書の有効期限が切れています。",
            "保存した画面(PDF)かお知らせとカード、または資格確認書で確認してください。",
        ),
        (
            "The card's certificate has expired.",
            "Take the saved PDF or the notice with the card, or the qualification certificate.",
        ),
        _ASK_PATIENT,
    ),
    _R.CERTIFICATE_NOT_YET_VALID: _reason(
        _BLOCKING,
        ("カードの電子証明書はまだ有効ではありません。", "端末の日付を確かめてください。"),
        ("The card's certificate is not valid yet.", "Look at the device's date."),
        None,
    ),
    _R.CARD_SIGNATURE_MISSING: _reason(
        _BLOCKING,
        ("暗証番号による確認なのに、カードの署名がありません。", "目視で確認したのかを担当者に確かめてください。"),
        ("A PIN check without the card's signature.", "Ask the staff member how the person was identified."),
        None,
    ),
    _R.CARD_SIGNATURE_NOT_VALID: _reason(
        _BLOCKING,
        ("カードの署名が、この資格確認と合いません。", "端末を止めて調べてください。"),
        ("The card's signature does not fit this check.", "Stop the device and look into it."),
        None,
    ),
    _R.ATTESTATION_MISSING: _reason(
        _BLOCKING,
        ("目視確認なのに、職員の確認の記録がありません。", "担当者に確かめてください。"),
        ("A visual check without the staff member's attestation.", "Ask the staff member."),
        _ACCEPT,
    ),
    _R.CHECK_TYPE_NOT_ALLOWED: _reason(
        _BLOCKING,
        ("この施設・場面では、この種類の資格確認は認められていません。", "施設の種類の設定と場面を確かめてください。"),
        ("This facility may not make this check in this setting.", "Look at the facility's kind and the setting."),
        None,
    ),
    _R.CONSENT_NOT_FOR_ELIGIBILITY_ONLY: _reason(
        _NOTICE,
        ("資格確認限定型に医療情報の同意が付いていました。同意は保存していません。", "端末の版を確かめてください。"),
        (
            "An eligibility-only check carried consents to medical information; they were not stored.",
            "Look at the device's version.",
        ),
        _ACCEPT,
    ),
    _R.CONSENT_SUBJECT_UNKNOWN: _reason(
        _NOTICE,
        ("同意がどの患者のものかわかりません。", "担当者に確かめてください。"),
        ("It is not known whose consent this is.", "Ask the staff member."),
        _ACCEPT,
    ),
    _R.SUBJECT_UNKNOWN: _reason(
        _UNCLEAN,
        ("端末が選んだ訪問予定または患者が名簿にありません。", "名簿と担当者に確かめてください。"),
        ("The visit or patient chosen on the device is not on the roster.", "Compare roster and staff member."),
        Decision.CORRECT_ROSTER,
    ),
    _R.OTHER_PERSON: _reason(
        _BLOCKING,
        (
            "カードの持ち主、選ばれた患者、答えの記録が別人の可能性があります。",
            "生年月日・氏名・性別を確かめてください。判断されるまで、医療情報は表示されません。",
        ),
        (
            "The card's holder, the patient chosen and the answer's record may not be the same person.",
            "Compare birth date, name and sex; no medical information is shown until somebody decides.",
        ),
        Decision.CORRECT_ROSTER,
    ),
    _R.REPEAT_DOES_NOT_FIT: _reason(
        _NOTICE,
        (
            "やり直しとされましたが、元の資格確認と合いません。別の確認として扱います。",
            "必要なら片方を取り消してください。",
        ),
        ("Marked as a repeat of a check that it does not fit; it counts for itself.", "Void one of the two if needed."),
        _ACCEPT,
    ),
    _R.PERHAPS_ONE_VISIT: _reason(
        _NOTICE,
        (
            "同じ患者が同じ日に、時間をおいて別の人に確認されています。一つの訪問かもしれません。",
            "一つの訪問ならまとめ、別の訪問なら「確かめた」としてください。",
        ),
        (
            "The same patient was checked by somebody else some time apart on that day; it may be one visit.",
            "Join the two if it was; accept if they were two visits.",
        ),
        _ACCEPT,
    ),
    _R.CANNOT_BE_ASKED: _reason(
        _UNCLEAN,
        ("保険の番号がわからないため、照会できません。", "書類の番号を入力するか、患者に確かめてください。"),
        ("Nothing is known to ask with.", "Type a document's number, or ask the patient."),
        _ASK_PATIENT,
    ),
    _R.NOT_KNOWN_FOR_MOBILE: _reason(
        _UNCLEAN,
        ("スマートフォンのマイナ保険証がこの方式で使えるかは未確認です。", "実物のカードか書類で確認してください。"),
        ("Whether this type accepts a card on a phone is not known.", "Use the plastic card or a document."),
        _ASK_PATIENT,
    ),
    _R.DOCUMENT_NUMBER_NOT_VALID: _reason(
        _UNCLEAN,
        ("入力された書類の番号に誤りがあります。", "書類を見て入力し直してください。"),
        ("The number typed from the document cannot be right.", "Look at the document and type it again."),
        _ASK_PATIENT,
    ),
    _R.CONSENT_NOT_FOUND: _reason(
        _UNCLEAN,
        (
            "患者がマイナ在宅受付などで登録したという同意が、一括取得の結果に見つかりません。",
            "登録が済んでいるか患者に確かめてください。見つかり次第、自動的に取り込まれます。",
        ),
        (
            "The consent that the patient is said to have registered is not among those fetched.",
            "Ask whether it went through; once it is there it is taken by itself.",
        ),
        Decision.ASK_PATIENT,
    ),
    _R.CONSENT_SEVERAL_MATCH: _reason(
        _UNCLEAN,
        (
            "取得した同意と待っている資格確認を、一対一に決められません。",
            "取得した同意の一覧を見て、本人のものを選んでください。",
        ),
        (
            "Which fetched consent belongs to which waiting check cannot be told.",
            "Look at the fetched consents and choose the person's own.",
        ),
        None,
    ),
    _R.ANSWER_INVALID: _reason(
        _UNCLEAN,
        ("資格は無効です(喪失後、新しい資格は未登録)。", "患者に新しい資格を確かめ、なければ旧資格で請求します。"),
        (
            "The qualification has been lost and no newer one is registered.",
            "Ask for the new one; else claim with the old.",
        ),
        Decision.OLD_QUALIFICATION,
    ),
    _R.ANSWER_INVALID_NEWER_EXISTS: _reason(
        _UNCLEAN,
        ("照会した番号の資格は無効で、新しい資格があります。", "新しい番号を患者に確かめ、照会し直してください。"),
        (
            "The number asked with has lost its qualification; a newer one exists.",
            "Ask the patient for the new number.",
        ),
        _ASK_PATIENT,
    ),
    _R.ANSWER_NOT_FOUND: _reason(
        _UNCLEAN,
        ("該当する資格がありません。", "番号を見直し、患者に保険者へ問い合わせてもらってください。"),
        ("No such qualification.", "Look at the number again; the patient asks the insurer."),
        _ASK_PATIENT,
    ),
    _R.ANSWER_SEVERAL_MATCH: _reason(
        _UNCLEAN,
        ("該当する資格が複数あります。", "枝番を加えて照会し直してください。"),
        ("Several qualifications match.", "Add the branch and ask again."),
        Decision.CORRECT_ROSTER,
    ),
    _R.ANSWER_REFUSED: _reason(
        _UNCLEAN,
        ("照会が受け付けられませんでした。", "返されたコードを確かめてください。"),
        ("The inquiry was refused.", "Look at the code that came back."),
        Decision.ASK_INSURER,
    ),
    _R.ANSWER_WITHOUT_QUALIFICATION: _reason(
        _UNCLEAN,
        ("有効と答えがありましたが、資格の内容がありません。", "もう一度照会するか、患者に確かめてください。"),
        ("The answer says valid and holds no qualification.", "Ask again, or ask the patient."),
        _ASK_PATIENT,
    ),
    _R.ANSWER_NAME_DIFFERS: _reason(
        _UNCLEAN,
        (
            "答えの氏名が、名簿・カード・前回の答えと違います(同じ人と見られます)。",
            "カナ氏名で本人と確かめ、名簿を直してください。●や正しい文字での請求はどちらも返戻されません。",
        ),
        (
            "The answer's name differs from the roster, the card or the answer before (likely the same person).",
            "Confirm the person by the kana name and correct the roster; a claim may carry ● or the proper character.",
        ),
        Decision.CORRECT_ROSTER,
    ),
    _R.ANSWER_SEX_DIFFERS: _reason(
        _UNCLEAN,
        (
            "答えの性別が、名簿またはカードと違います。性別の誤りは返戻の理由になります。",
            "本人に確かめ、名簿を直すか保険者に問い合わせてください。",
        ),
        (
            "The answer's sex differs from the roster or the card; claims come back for it.",
            "Ask the person; correct the roster or ask the insurer.",
        ),
        Decision.CORRECT_ROSTER,
    ),
    _R.ANSWER_NUMBER_DIFFERS: _reason(
        _UNCLEAN,
        (
            "答えの保険者番号・記号・番号・枝番が、名簿または前回の答えと違います。",
            "資格が変わったかを確かめ、答えの番号で請求し、名簿を直してください。",
        ),
        (
            "The answer's insurer number, symbol, number or branch differs from the roster or the answer before.",
            "Find out whether the qualification changed; claim with the answer's number and correct the roster.",
        ),
        Decision.CURRENT_QUALIFICATION,
    ),
    _R.ANSWER_NUMBER_NOT_VALID: _reason(
        _UNCLEAN,
        (
            "答えの保険者番号の検証番号が合いません。",
            "入力した答えなら画面を見て入力し直してください。そうでなければ保険者に問い合わせてください。",
        ),
        (
            "The insurer number of the answer has a wrong check digit.",
            "If it was typed, look at the screen and type it again; else ask the insurer.",
        ),
        Decision.ASK_INSURER,
    ),
    _R.EXPORTED_ANSWER_CHANGED: _reason(
        _UNCLEAN,
        (
            "出力したあとに、違う答えが届きました。",
            "請求前なら出力を取り消して判断し直してください。請求後なら請求を確かめ、「確かめた」としてください。",
        ),
        (
            "After this check went out, another answer came.",
            "Before the claim is sent, withdraw the batch and decide again; after it, look at the claim and accept.",
        ),
        _ACCEPT,
    ),
    _R.MEDICAL_IN_ELIGIBILITY_ONLY: _reason(
        _NOTICE,
        (
            "資格確認限定型の答えに医療情報が含まれていました。その部分は保存していません。",
            "管理者に知らせてください。",
        ),
        (
            "The answer to an eligibility-only check held medical information; that part was not stored.",
            "Tell the administrator.",
        ),
        _ACCEPT,
    ),
}
