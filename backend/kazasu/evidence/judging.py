"""Judging a bundle without the server: what it shows, what it does not, what in it does not fit together. Pure.

Roots are the caller's: a bundle that brought its own would vouch for itself.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from checksync import (
    Acknowledgement,
    Anchor,
    CheckBody,
    DutyPass,
    IntentFields,
    KeyFormError,
    MalformedError,
    Opener,
    SealingError,
    StatementError,
    VerifyingKey,
    decode_body,
    decode_entry,
    log_id,
    next_hash,
    parse_genesis,
    verify,
)
from checksync.entry import EntryTooLargeError
from checksync.intent import IntentRuleError
from kazasu.checks.opening import fields_of_intent
from kazasu.checks.timing import JudgedTime, judge_time
from kazasu.clock import day_in_japan
from kazasu.evidence.bundle import Bundle, head_of
from kazasu.evidence.finding import Finding, Verdict
from kazasu.evidence.wording import found
from mynacard.card_kind import CardKind
from mynacard.certificate import Certificate, ChainError
from mynacard.errors import CardError

__all__ = ["Judgement", "judge"]

_SHOWN, _NOT, _AGAINST = Verdict.SHOWN, Verdict.NOT_SHOWN, Verdict.CONTRADICTED


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that was looked at, in order."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing in the bundle contradicts the rest."""
        return all(finding.verdict is not Verdict.CONTRADICTED for finding in self.findings)

    def verdict(self, name: str) -> Verdict:
        """Of one finding."""
        return next(finding.verdict for finding in self.findings if finding.name == name)


@dataclass(frozen=True, slots=True)
class _Opened:
    body: CheckBody
    intent: IntentFields


def judge(
    bundle: Bundle,
    *,
    is_seal_valid: bool,
    roots: Iterable[x509.Certificate],
    opener: Opener | None = None,
    server_thumbprint: str | None = None,
) -> Judgement:
    """`opener` holds the facility's sealing key, where the judge has it; `server_thumbprint` is the server key's by
    another road than the bundle."""
    roots = tuple(roots)
    server = _key(bundle.server_key)
    device = _key(bundle.device.jwk)
    opened = _opened(bundle)
    findings = [found("bundle_sealed", _SHOWN if is_seal_valid else _AGAINST)]
    findings.append(found("server_key", _server_key(server, server_thumbprint)))
    findings.append(found("genesis", _genesis(bundle, device)))
    findings.append(found("device_signed", _chain(bundle, device)))
    findings.append(found("sealed_is_opened", _sealed_is_opened(bundle, opener)))
    findings.append(found("in_its_place", _in_its_place(bundle, opened)))
    findings += _card(bundle, opened, roots, server)
    findings += _times(bundle, opened, server)
    findings.append(found("on_duty", _on_duty(bundle, opened, server)))
    findings.append(found("answer", _NOT if bundle.answer is None else _SHOWN))
    # What no bundle of ours can ever show.
    findings += [found(name, _NOT) for name in ("not_revoked", "jpki_authentication", "payer_receipt")]
    if bundle.facility.mode != "live" or (bundle.answer is not None and bundle.answer.simulated):
        findings.append(found("real", _NOT))
    return Judgement(tuple(findings))


def _key(jwk: dict[str, str]) -> VerifyingKey | None:
    try:
        return VerifyingKey.from_jwk(jwk)
    except KeyFormError:
        return None


def _opened(bundle: Bundle) -> _Opened | None:
    if bundle.entry.opened is None:
        return None
    try:
        entry = decode_entry(bundle.entry.opened)
        body = decode_body(entry)
        if not isinstance(body, CheckBody) or (entry.log, entry.number) != (bundle.entry.log, bundle.entry.number):
            return None
        return _Opened(body, fields_of_intent(body.intent))
    except (MalformedError, IntentRuleError, EntryTooLargeError):
        return None


def _server_key(server: VerifyingKey | None, wanted: str | None) -> Verdict:
    if server is None:
        return _AGAINST
    if wanted is None:
        return _NOT
    return _SHOWN if server.thumbprint == wanted else _AGAINST


def _genesis(bundle: Bundle, device: VerifyingKey | None) -> Verdict:
    try:
        genesis = parse_genesis(bundle.entry.genesis)
    except MalformedError:
        return _AGAINST
    fits = (
        log_id(bundle.entry.genesis) == bundle.entry.log
        and genesis.facility == bundle.facility.id
        and device is not None
        and genesis.device == device.thumbprint
    )
    return _SHOWN if fits else _AGAINST


def _chain(bundle: Bundle, device: VerifyingKey | None) -> Verdict:
    entry = bundle.entry
    if entry.head is None:
        return _NOT
    head = head_of(bundle, device) if device is not None else None
    if head is None or head.log != entry.log or head.number != entry.number + len(entry.following):
        return _AGAINST
    try:
        if entry.sealed and hashlib.sha256(entry.sealed).hexdigest() != entry.digest:
            return _AGAINST
        current = bytes.fromhex(entry.before)
        for number, digest in enumerate([entry.digest, *entry.following], entry.number):
            current = next_hash(current, number, bytes.fromhex(digest))
    except ValueError:
        return _AGAINST
    return _SHOWN if current.hex() == head.hash else _AGAINST


def _sealed_is_opened(bundle: Bundle, opener: Opener | None) -> Verdict:
    entry = bundle.entry
    if opener is None or entry.opened is None or not entry.sealed:
        return _NOT
    try:
        octets = opener.open(entry.sealed, entry.log, entry.number)
    except SealingError:
        return _NOT
    return _SHOWN if octets == entry.opened else _AGAINST


def _in_its_place(bundle: Bundle, opened: _Opened | None) -> Verdict:
    if opened is None:
        return _NOT if bundle.entry.opened is None else _AGAINST
    intent, body = opened.intent, opened.body
    fits = (
        (intent.check, intent.log, intent.last_hash, intent.facility)
        == (bundle.check, bundle.entry.log, bundle.entry.before, bundle.facility.id)
        and body.check == bundle.check
        and (body.intent, body.card.signature) == (bundle.intent, bundle.card_signature)
        and (intent.anchor.statement if intent.anchor else None) == bundle.anchor
    )
    return _SHOWN if fits else _AGAINST


def _card(
    bundle: Bundle, opened: _Opened | None, roots: tuple[x509.Certificate, ...], server: VerifyingKey | None
) -> list[Finding]:
    names = ("card_signed", "certificate_trusted", "certificate_valid")
    if opened is None or bundle.certificate is None:
        return [found(name, _NOT) for name in names]
    try:
        certificate = Certificate.parse(bundle.certificate)
    except CardError:
        return [found(name, _AGAINST) for name in names]
    if certificate.sha256.hex() != opened.body.card.certificate_sha256:
        return [found(name, _AGAINST) for name in names]
    return [
        found("card_signed", _card_signed(certificate, opened)),
        found("certificate_trusted", _trusted(certificate, roots)),
        found("certificate_valid", _valid(certificate, bundle, opened, server)),
    ]


def _card_signed(certificate: Certificate, opened: _Opened) -> Verdict:
    signature = opened.body.card.signature
    if signature is None:
        # A visual check: the card's data was read, which a copy of it could look like.
        return _NOT if opened.intent.identity_method == "visual" else _AGAINST
    try:
        return _SHOWN if certificate.has_signed(opened.body.intent, signature) else _AGAINST
    except CardError:
        return _AGAINST


def _trusted(certificate: Certificate, roots: tuple[x509.Certificate, ...]) -> Verdict:
    try:
        certificate.chain(roots)
    except ChainError as error:
        return _NOT if not roots or error.reason == "no_issuer" else _AGAINST
    return _SHOWN


def _valid(certificate: Certificate, bundle: Bundle, opened: _Opened, server: VerifyingKey | None) -> Verdict:
    day = day_in_japan(_judged_time(bundle, opened, server).at)
    state = certificate.state(day, CardKind(opened.body.card.kind))
    return _SHOWN if state.value in ("valid", "alert", "grace") else _AGAINST


def _anchor(bundle: Bundle, server: VerifyingKey | None) -> Anchor | None:
    if bundle.anchor is None or server is None:
        return None
    try:
        anchor = verify(bundle.anchor, Anchor, server)
    except StatementError:
        return None
    return anchor if anchor.facility == bundle.facility.id else None


def _judged_time(bundle: Bundle, opened: _Opened, server: VerifyingKey | None) -> JudgedTime:
    anchor = _anchor(bundle, server)
    seen = opened.intent.anchor
    elapsed = seen.elapsed_ms if seen is not None and anchor is not None else None
    return judge_time(
        opened.intent.device_time,
        anchor_at=anchor.time if anchor else None,
        elapsed=None if elapsed is None else timedelta(milliseconds=elapsed),
        received_at=bundle.entry.received_at,
    )


def _times(bundle: Bundle, opened: _Opened | None, server: VerifyingKey | None) -> list[Finding]:
    anchor = _anchor(bundle, server)
    after = _NOT if bundle.anchor is None else _AGAINST if anchor is None else _SHOWN
    findings = [found("made_after", after, at=anchor.time if anchor else None)]
    findings.append(found("made_before", *_acknowledged(bundle, server)))
    if opened is not None:
        judged = _judged_time(bundle, opened, server)
        is_plausible = judged.why_implausible is None
        findings.append(found("device_time", _SHOWN if is_plausible else _NOT, at=opened.intent.device_time))
    return findings


def _acknowledged(bundle: Bundle, server: VerifyingKey | None) -> tuple[Verdict, datetime | None]:
    if server is None:
        return _AGAINST, None
    try:
        statement = verify(bundle.acknowledgement, Acknowledgement, server)
    except StatementError:
        return _AGAINST, None
    covers = (
        statement.log == bundle.entry.log
        and statement.number >= bundle.entry.number
        and statement.epoch == bundle.epoch
    )
    return (_SHOWN, bundle.entry.received_at) if covers else (_AGAINST, None)


def _on_duty(bundle: Bundle, opened: _Opened | None, server: VerifyingKey | None) -> Verdict:
    if opened is None or bundle.duty_pass is None or server is None:
        return _NOT
    try:
        duty = verify(bundle.duty_pass, DutyPass, server)
    except StatementError:
        return _AGAINST
    device = _key(bundle.device.jwk)
    fits = duty.id == opened.intent.duty_pass and device is not None and duty.device == device.thumbprint
    if not fits:
        return _AGAINST
    at = _judged_time(bundle, opened, server).at
    return _SHOWN if duty.from_at <= at < duty.until_at else _NOT
