"""User authentication with the JPKI application: certificate, signature, and the proof of both in one touch.

Between VERIFY and the signature nothing else is sent but, where the card wants it, the selection of the key: whether
a verified PIN outlives more than that is not agreed on by anyone.
"""

from __future__ import annotations

from mynacard.apdu import EXTENDED_LE, INS, SHORT_LE, SW, Command, Response
from mynacard.application import JpkiFile
from mynacard.certificate import Certificate, length_of_certificate, serial_in
from mynacard.chaining import rest_of
from mynacard.errors import (
    CertificateNeedsPinError,
    CertificateNotReadError,
    DamagedDataError,
    SignatureMismatchError,
    StatusError,
    TransportError,
)
from mynacard.proof import KnownCertificate, Proof
from mynacard.secret import JpkiPin
from mynacard.session import Session
from mynacard.signature import RSA_2048, SignatureScheme

# Two headers, the version, and a serial number of at most 20 bytes.
HEAD_LENGTH = 35


def read_certificate(session: Session, head: bytes = b"") -> Certificate:
    """Reads the certificate whole, going on after what is there of it."""
    kind = session.identify()
    if kind.is_phone and not session.has_verified:
        raise CertificateNeedsPinError
    der = session.files.read_object(
        JpkiFile.CERTIFICATE,
        "certificate",
        length_of_certificate,
        first=head,
        power_anew=None if kind.is_phone else session.power_anew,
    )
    return Certificate.parse(der)


def compute_signature(session: Session, scheme: SignatureScheme, digest: bytes) -> bytes:
    """The card's signature over a digest; the PIN must have been verified in this session."""
    data = scheme.card_input(digest)
    needs_extended = scheme.longest_signature > SHORT_LE and session.connection.extended_length
    le = EXTENDED_LE if needs_extended else SHORT_LE
    response = _sign(session, 0x80 | JpkiFile.KEY, data, le)
    if response.sw in (SW.WRONG_P1P2, SW.REFERENCE_DATA_NOT_FOUND, SW.FILE_OR_APPLICATION_NOT_FOUND):
        # A card that does not take short identifiers; asking costs no try.
        selected = session.connection.exchange(Command.case3(0x00, INS.SELECT, 0x02, 0x0C, JpkiFile.KEY.to_bytes(2)))
        if not selected.is_ok:
            raise StatusError(selected.sw, "select_key")
        response = _sign(session, 0x80, data, le)
    if not response.is_ok:
        raise StatusError(response.sw, "sign")
    return response.data


def _sign(session: Session, selector: int, data: bytes, le: int) -> Response:
    command = Command.case4(0x80, INS.PERFORM_SECURITY_OPERATION, 0x00, selector, data, le)
    return rest_of(session.connection, session.connection.exchange(command))


def prove(
    session: Session, message: bytes, pin: JpkiPin, known: KnownCertificate | None, *, allow_last_try: bool
) -> Proof:
    """See `CardSession.prove`."""
    kind = session.identify()
    head = _read_head(session) if known is not None and not kind.is_phone else b""
    held = _find_held(known, head)
    session.verify(pin, allow_last_try=allow_last_try)
    scheme = held.scheme if held is not None else RSA_2048
    signature, refusal = _try_signature(session, scheme, message)
    if signature is not None:
        try:
            if known is not None and kind.is_phone:
                head = _read_head(session)
                held = _find_held(known, head)
            if held is not None and held.has_signed(message, signature):
                return _proof(session, held, signature, certificate_read=False)
            certificate = read_certificate(session, head)
        except TransportError:
            certificate = None
        if certificate is None:
            raise CertificateNotReadError(signature)
    else:
        certificate = read_certificate(session, head)
    if certificate.scheme != scheme:
        # Another kind of key than the label let expect: the same session signs again the way that key does.
        signature = compute_signature(session, certificate.scheme, certificate.scheme.digest(message))
    elif signature is None:
        raise StatusError(refusal, "sign")
    if not certificate.has_signed(message, signature):
        raise SignatureMismatchError
    return _proof(session, certificate, signature, certificate_read=True)


def _try_signature(session: Session, scheme: SignatureScheme, message: bytes) -> tuple[bytes | None, int]:
    """The signature, or None and the status word if the card does not sign what it was given."""
    try:
        return compute_signature(session, scheme, scheme.digest(message)), SW.OK
    except StatusError as error:
        if error.sw == SW.SECURITY_STATUS_NOT_SATISFIED:
            raise
        return None, error.sw


def finish(session: Session, message: bytes, signature: bytes) -> Proof:
    """See `CardSession.finish`."""
    certificate = read_certificate(session)
    if not certificate.has_signed(message, signature):
        raise SignatureMismatchError
    return _proof(session, certificate, signature, certificate_read=True, tries_left=None)


def _proof(
    session: Session,
    certificate: Certificate,
    signature: bytes,
    *,
    certificate_read: bool,
    tries_left: int | None = JpkiPin.reference.initial_tries,
) -> Proof:
    return Proof(
        kind=session.identify(),
        certificate=certificate,
        certificate_read=certificate_read,
        tries_left=tries_left,
        signature=signature,
        apdus=session.connection.transcript.commands,
    )


def _read_head(session: Session) -> bytes:
    return session.files.read_start(JpkiFile.CERTIFICATE, HEAD_LENGTH)


def _find_held(known: KnownCertificate | None, head: bytes) -> Certificate | None:
    """The held certificate that begins like the one on the card. Only a hint: its key must verify the signature."""
    serial = serial_in(head)
    der = known(serial) if known is not None and serial is not None else None
    if der is None or der[:HEAD_LENGTH] != head:
        return None
    try:
        held = Certificate.parse(der)
        return held if held.scheme is not None else None
    except DamagedDataError:
        return None
