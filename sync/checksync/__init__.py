"""The device log and its sync: entries, chain, sealing, statements, outbox, push client, acceptance.

Knows neither the card, nor a web framework, nor the server's database. The formats are those of
docs/protocol/sync-v1.md.

A name is loaded when it is first asked for: a device's command waits for what it needs and for nothing else. The stub
beside this file says to type checkers what the names are.
"""

from importlib import import_module
from typing import Any, Final

_ROOMS: Final = {
    "acceptance": "Accepted AlreadyClosed EnrolledDevice Fork Gap GapAccepted GapJudgement Held LogState PushJudgement"
    " Refused RefusedReason VerifiedEntry judge_gap judge_push",
    "assurance": "Assurance assurance_of",
    "backoff": "parse_retry_after_s retry_delay_s",
    "body": "BODIES Body ConsentBody ConsentWithdrawnBody DeclarationBody SubstituteBody TroubleBody VoidBody",
    "chain": "log_of next_hash sealed_digest",
    "check": "Attestation Attributes Card CardKind CheckBody",
    "client": "SyncClient",
    "direct_transport": "DirectServer DirectTransport Fault",
    "encoding": "MalformedError Record time_text",
    "enrolment": "NO_PIN EnrolmentCode EnrolmentCodeError certificate_pin new_enrolment_secret",
    "entry": "MAX_ENTRY_OCTETS Entry EntryTooLargeError decode_body decode_entry encode_body encode_entry",
    "feed": "Answer FeedItem FeedPage Hold ListedCertificate RosterVisit Say VisitEligibility",
    "genesis": "Genesis Predecessor log_id new_genesis parse_genesis",
    "identifier": "new_identifier",
    "intent": "AnchorSeen CheckType ConsentChoice ConsentKind Holder IdentityMethod Intent IntentFields"
    " IntentRuleError NotOnList PatientSubject Proxy Setting VisitSubject build_intent parse_intent",
    "key": "KeyFormError SigningKey VerifyingKey",
    "known_card": "KnownCertificate",
    "log_storage": "LogStorage",
    "memory_log_storage": "MemoryLogStorage",
    "outbox": "AcknowledgementError Batch Capacity Confirmed Failure GapToReport IntentOutdatedError"
    " LogReservedError Outbox OutboxError QueueFullError QueueName QueueState RecordedEntry",
    "problem": "Problem decode_problem encode_problem",
    "push": "MAX_PUSH_ENTRIES MAX_PUSH_OCTETS EntryOutcome GapReport Outcome Push PushAnswer PushTooLargeError"
    " decode_gap_report decode_push decode_push_answer digest_of_request encode_gap_report encode_push"
    " encode_push_answer",
    "received": "ReceivedStore UnfinishedTouch",
    "reception": "receive_gap receive_push",
    "sealing": "SEALED_OVERHEAD NotOpenedError Opener PrivateKeyOpener SealingError SealingPublicKey"
    " UnknownSealingKeyError UnknownSuiteError key_id_of sealing_key_id",
    "statement": "Acknowledgement Anchor Assertion Closed DutyPass Enrolment GapStatement Head Statement"
    " StatementError fresh_anchor_id sign signer_of verify",
    "sync_report": "SyncReport Words",
    "transport": "Reply Transport TransportError",
}

_WHERE: Final = {name: room for room, names in _ROOMS.items() for name in names.split()}

# Constants, classes, functions.
__all__ = sorted(_WHERE, key=lambda name: (not name.isupper(), name.islower(), name))


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
