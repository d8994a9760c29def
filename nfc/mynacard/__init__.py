"""Reads the My Number card: certificate, PIN, signature and the four attributes; never the Individual Number."""

from mynacard.card import CardSession
from mynacard.card_kind import CardKind
from mynacard.certificate import Certificate, CertificateState, ChainError
from mynacard.connection import CardConnection, ReaderKind, ReaderState
from mynacard.era import Era, EraDate
from mynacard.errors import (
    CardError,
    CardRemovedError,
    CertificateNeedsPinError,
    CertificateNotReadError,
    DamagedDataError,
    LastTryRefusedError,
    NoCardError,
    NoReaderError,
    NoServiceError,
    NotMyNumberCardError,
    PinBlockedError,
    PinWrongError,
    ProfileUnavailableError,
    ReaderBusyError,
    ReaderError,
    RefusedByPolicyError,
    SecretError,
    SecretFormatError,
    SignatureMismatchError,
    StatusError,
    TransportError,
    VerifyInterruptedError,
    VerifyRefusedError,
)
from mynacard.guard import GuardedConnection
from mynacard.memory import READER_MEMORY, ReaderMemory
from mynacard.profile import Attributes, Sex
from mynacard.proof import Proof
from mynacard.readers import Reader, ReaderInfo, ReaderWatch, list_readers, open_reader
from mynacard.secret import JpkiPin, NumberB, Secret, TextPin
from mynacard.signature import SignatureScheme
from mynacard.transcript import Exchange, Transcript

__all__ = [
    "READER_MEMORY",
    "Attributes",
    "CardConnection",
    "CardError",
    "CardKind",
    "CardRemovedError",
    "CardSession",
    "Certificate",
    "CertificateNeedsPinError",
    "CertificateNotReadError",
    "CertificateState",
    "ChainError",
    "DamagedDataError",
    "Era",
    "EraDate",
    "Exchange",
    "GuardedConnection",
    "JpkiPin",
    "LastTryRefusedError",
    "NoCardError",
    "NoReaderError",
    "NoServiceError",
    "NotMyNumberCardError",
    "NumberB",
    "PinBlockedError",
    "PinWrongError",
    "ProfileUnavailableError",
    "Proof",
    "Reader",
    "ReaderBusyError",
    "ReaderError",
    "ReaderInfo",
    "ReaderKind",
    "ReaderMemory",
    "ReaderState",
    "ReaderWatch",
    "RefusedByPolicyError",
    "Secret",
    "SecretError",
    "SecretFormatError",
    "Sex",
    "SignatureMismatchError",
    "SignatureScheme",
    "StatusError",
    "TextPin",
    "Transcript",
    "TransportError",
    "VerifyInterruptedError",
    "VerifyRefusedError",
    "list_readers",
    "open_reader",
]
