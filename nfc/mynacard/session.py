"""The state of one touch that its parts share: which card it is, what is selected, what was verified."""

from __future__ import annotations

from mynacard.apdu import SW, Response
from mynacard.application import Application, JpkiFile
from mynacard.card_kind import LABEL_LENGTH, CardKind
from mynacard.errors import NotMyNumberCardError, StatusError
from mynacard.guard import GuardedConnection
from mynacard.memory import ReaderMemory
from mynacard.reading import FileReader
from mynacard.secret import Secret

_CARD_IN_TROUBLE = (0x64, 0x65, 0x6F)


class Session:
    """One powered card, between its first command and its last."""

    def __init__(self, connection: GuardedConnection, memory: ReaderMemory) -> None:
        self.connection = connection
        self.files = FileReader(connection, memory)
        self.has_verified = False
        self.kind: CardKind | None = None

    def select(self, application: Application) -> None:
        """Selects unless it is selected. Raises NotMyNumberCardError if the card does not have it."""
        if self.connection.application is application:
            return
        self.has_verified = False
        response = self.connection.select(application)
        if not _is_selected(response):
            if response.sw >> 8 in _CARD_IN_TROUBLE:
                raise StatusError(response.sw, "select_application")
            raise NotMyNumberCardError("no_application")

    def identify(self) -> CardKind:
        """Selects the JPKI application and tells the card by its token label, once."""
        self.select(Application.JPKI)
        if self.kind is None:
            self.kind = CardKind.of_label(self._read_label())
        return self.kind

    def _read_label(self) -> bytes:
        missing = False
        try:
            return self.files.read_start(JpkiFile.TOKEN, LABEL_LENGTH)
        except StatusError as error:
            if error.sw != SW.FILE_OR_APPLICATION_NOT_FOUND:
                raise
            missing = True
        raise NotMyNumberCardError("unknown_label" if missing else "no_application")

    def power_anew(self) -> None:
        """Cuts the card's power and selects what was selected; a verified secret is forgotten by the card."""
        application = self.connection.application or Application.JPKI
        self.has_verified = False
        self.connection.reconnect()
        self.select(application)

    def verify(self, secret: Secret, *, allow_last_try: bool) -> None:
        """Asks the counter and presents the secret; powers the card anew first if it still holds one verified."""
        self.select(secret.reference.application)
        if self.connection.tries_left(type(secret)) is None:
            # It answers as verified: another program's session. Without power it forgets.
            self.power_anew()
        self.connection.verify(secret, allow_last_try=allow_last_try)
        self.has_verified = True


def _is_selected(response: Response) -> bool:
    return response.is_ok or response.more_available is not None
