"""One check, from the intent to the entry that is durable. Sends nothing and shows nothing of policy as a refusal.

The intent is fixed before the touch and its octets are never built again; what is recorded names them.
"""

from dataclasses import dataclass, field
from typing import Final

from checksync.assurance import Assurance, assurance_of
from checksync.check import Attestation, Attributes, Card, CheckBody
from checksync.intent import (
    ELIGIBILITY_CONSENTS,
    CheckType,
    ConsentChoice,
    Holder,
    Intent,
    NotOnList,
    PatientSubject,
    Proxy,
    Setting,
    VisitSubject,
    parse_intent,
)
from checksync.outbox import Confirmed
from kazasu_device.device import Device
from kazasu_device.dialogue import Cue, Dialogue
from kazasu_device.duty import NOBODY, OnDuty
from kazasu_device.errors import (
    CardNotShownError,
    MedicalConsentRefusedError,
    RepeatDeclinedError,
    TouchUnfinishedError,
)
from kazasu_device.keeping import Keeping
from kazasu_device.presence import Presence
from kazasu_device.touch import SignatureGiven, Touch, Touched
from mynacard import CardError, CardKind, Certificate, JpkiPin, LastTryRefusedError, PinBlockedError, Sex

ATTESTATION_TEXT: Final = "visual-v1"

Subject = VisitSubject | PatientSubject | NotOnList


@dataclass(frozen=True)
class CheckOrder:
    """What the person at the device decided before the touch."""

    check_type: CheckType
    setting: Setting
    subject: Subject
    typed_by: Holder | Proxy = field(default_factory=Holder)
    is_visual: bool = False
    consents: tuple[ConsentChoice, ...] = ()
    with_attributes: bool = False
    allow_last_try: bool = False

    def __post_init__(self) -> None:
        kinds = [consent.kind for consent in self.consents if consent.kind not in ELIGIBILITY_CONSENTS]
        if self.check_type == "eligibility_only" and kinds:
            raise MedicalConsentRefusedError(list(kinds))


@dataclass(frozen=True)
class Recorded:
    """A check that is durable on this device."""

    check: str
    confirmed: Confirmed
    assurance: Assurance
    card_kind: CardKind
    is_visual: bool
    repeat_of: str | None
    has_attributes: bool
    attributes_problem: CardError | None


class Checking:
    """Makes checks at one reader, for one acting person (or nobody, which the server holds)."""

    def __init__(
        self, device: Device, presence: Presence, dialogue: Dialogue, keeping: Keeping, acting: OnDuty | None
    ) -> None:
        self._device = device
        self._presence = presence
        self._dialogue = dialogue
        self._keeping = keeping
        self._duty_pass = NOBODY if acting is None else acting.pass_id

    def perform(self, order: CheckOrder) -> Recorded:
        """Records a check. Whatever it raises, nothing was recorded.

        Where the PIN cannot be used and the dialogue wants it, it goes on as a visual check with an intent of its own.
        """
        if order.is_visual:
            return self._visual(order)
        try:
            return self._by_pin(order)
        except (PinBlockedError, LastTryRefusedError) as error:
            if error.secret != JpkiPin.reference.name or not self._dialogue.wants_visual(error):
                raise
        self._dialogue.cue(Cue.GOING_VISUAL)
        return self._visual(order)

    def finish(self) -> Recorded | None:
        """Records the check whose touch broke in an earlier process; None where there is no such draft."""
        draft = self._keeping.draft()
        if draft is None or draft.signature is None:
            return None
        intent = parse_intent(draft.intent)
        touched = self._touch(allow_last_try=False).sign(draft.intent, given=SignatureGiven(draft.signature))
        recorded = self._record(intent, touched)
        self._keeping.drop_draft()
        return recorded

    def _by_pin(self, order: CheckOrder) -> Recorded:
        intent = self._intent(order, is_visual=False)
        is_kept: bool | None = None

        def keep(given: SignatureGiven) -> None:
            # At once, not when it is given up: a process that dies in between must not cost the patient a second PIN.
            nonlocal is_kept
            is_kept = self._keeping.keep_draft(intent.octets, given.signature)

        touch = self._touch(allow_last_try=order.allow_last_try, with_attributes=order.with_attributes)
        problem: CardNotShownError
        try:
            recorded = self._record(intent, touch.sign(intent.octets, self._keeping.known(), on_broken=keep))
            if is_kept:
                self._keeping.drop_draft()
            return recorded
        except CardNotShownError as error:
            if is_kept is None:
                raise
            problem = error
        finally:
            self._device.outbox.drop_check(intent)
        raise TouchUnfinishedError(intent.fields.check, is_kept) from problem

    def _visual(self, order: CheckOrder) -> Recorded:
        intent = self._intent(order, is_visual=True)
        self._dialogue.cue(Cue.COMPARE_FACE)
        touch = self._touch(allow_last_try=order.allow_last_try, with_attributes=order.with_attributes)
        try:
            return self._record(intent, touch.read())
        finally:
            self._device.outbox.drop_check(intent)

    def _touch(self, *, allow_last_try: bool, with_attributes: bool = False) -> Touch:
        return Touch(self._presence, self._dialogue, allow_last_try=allow_last_try, with_attributes=with_attributes)

    def _intent(self, order: CheckOrder, *, is_visual: bool) -> Intent:
        return self._device.outbox.begin_check(
            check_type=order.check_type,
            setting=order.setting,
            identity_method="visual" if is_visual else "pin",
            pin_typed_by=None if is_visual else order.typed_by,
            subject=order.subject,
            consents=list(order.consents),
            duty_pass=self._duty_pass,
            device_time=self._device.now(),
            anchor=self._device.anchors.seen(),
        )

    def _record(self, intent: Intent, touched: Touched) -> Recorded:
        fields = intent.fields
        repeat_of = self._repeat_of(touched.certificate, fields.setting)
        is_visual = fields.identity_method == "visual"
        body = CheckBody(
            check=fields.check,
            intent=intent.octets,
            card=_card(touched, is_listed=self._keeping.is_listed(touched.certificate)),
            attestation=self._attestation() if is_visual else None,
            repeat_of=repeat_of,
        )
        confirmed = self._device.record(body)
        self._keeping.remember(touched, fields.setting, fields.check, confirmed)
        return Recorded(
            check=fields.check,
            confirmed=confirmed,
            # The touch verified the signature with the certificate before it gave either.
            assurance=assurance_of(body, is_card_signature_valid=True) or Assurance.CARD_READ,
            card_kind=touched.kind,
            is_visual=is_visual,
            repeat_of=repeat_of,
            has_attributes=touched.attributes is not None,
            attributes_problem=touched.attributes_problem,
        )

    def _repeat_of(self, certificate: Certificate, setting: str) -> str | None:
        found = self._keeping.repeat_of(certificate, setting)
        if found is None:
            return None
        check, minutes = found
        if not self._dialogue.wants_again(check, minutes):
            raise RepeatDeclinedError(check)
        return check

    def _attestation(self) -> Attestation:
        return Attestation(duty_pass=self._duty_pass, text=ATTESTATION_TEXT, device_time=self._device.now())


def _card(touched: Touched, *, is_listed: bool) -> Card:
    attributes = touched.attributes
    return Card(
        kind=touched.kind.value,
        certificate_sha256=touched.certificate.sha256.hex(),
        # In a visual check the certificate is all that was read of the card: it always travels.
        certificate=None if is_listed and touched.signature is not None else touched.certificate.der,
        signature=touched.signature,
        attributes=None
        if attributes is None
        else Attributes(
            name=attributes.name,
            address=attributes.address,
            birth_date=attributes.birth_date.isoformat(),
            sex=_SEX[attributes.sex],
            by="number_b",
        ),
    )


_SEX: Final = {Sex.MALE: "1", Sex.FEMALE: "2", Sex.UNKNOWN: "9"}
