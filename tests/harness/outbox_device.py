"""A device with an outbox, a server's keys and an opener, for tests of checksync's device side."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import checksync as cs
from checksync.outbox import Capacity, Outbox

AT = datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC)
FACILITY = "fa"
EPOCH = "e1" * 16


class Device:
    """What survives a restart: the folder and the keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "outbox.db"
        self.key = cs.SigningKey.generate()
        self.server_key = cs.SigningKey.generate()
        self.private = X25519PrivateKey.generate()
        self.sealing_key = cs.SealingPublicKey(self.private.public_key().public_bytes_raw())
        self.opener = cs.PrivateKeyOpener([self.private])
        self._tick = 0

    def outbox(
        self,
        *,
        capacity: Capacity | None = None,
        patience_s: float = 0.2,
        longest_touch_s: float = 60.0,
        connection_class: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> Outbox:
        return Outbox(
            self.path,
            facility=FACILITY,
            signing_key=self.key,
            sealing_key=self.sealing_key,
            capacity=capacity or Capacity(),
            patience_s=patience_s,
            longest_touch_s=longest_touch_s,
            connection_class=connection_class,
        )

    @contextmanager
    def sqlite(self) -> Iterator[sqlite3.Connection]:
        """The file itself, to look at it or to damage it."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    def now(self) -> datetime:
        self._tick += 1
        return AT + timedelta(seconds=self._tick)

    def acknowledgement(
        self, log: str, number: int, digest: str, *, epoch: str = EPOCH, forgettable: int = 0
    ) -> cs.Acknowledgement:
        return cs.Acknowledgement(
            epoch=epoch, log=log, number=number, hash=digest, forgettable=forgettable, time=self.now()
        )

    def read(self, outbox: Outbox) -> list[tuple[str, int, cs.Entry]]:
        """Everything kept, opened as the server would."""
        with self.sqlite() as connection:
            rows = connection.execute("SELECT log, number, sealed FROM entry ORDER BY 1, 2").fetchall()
        opened = [(log, number, cs.decode_entry(self.opener.open(sealed, log, number))) for log, number, sealed in rows]
        assert len(outbox.recorded()) == len(opened)
        return opened


def trouble(note: str = "") -> cs.TroubleBody:
    return cs.TroubleBody(visit="b1", duty_pass="aa", category="reader", response="r", full_charge=False, note=note)


def begin(outbox: Outbox, check: str | None = None) -> cs.Intent:
    extra = {} if check is None else {"check": check}
    return outbox.begin_check(
        check_type="home_consent",
        setting="home_visit",
        identity_method="pin",
        pin_typed_by=cs.Holder(),
        subject=cs.NotOnList(),
        consents=[cs.ConsentChoice(kind="medication", given=True, text="medication-1")],
        duty_pass="aa",
        device_time=AT,
        anchor=None,
        **extra,  # type: ignore[typeddict-item]
    )


def check_of(intent: cs.Intent, name: str = "見本　花子") -> cs.CheckBody:
    attributes = cs.Attributes(name=name, address="架空県見本市", birth_date="19500101", sex="2", by="number_b")
    card = cs.Card(
        kind="plastic",
        certificate_sha256="ab" * 32,
        certificate=b"certificate of " + name.encode(),
        signature=bytes(256),
        attributes=attributes,
    )
    return cs.CheckBody(check=intent.fields.check, intent=intent.octets, card=card, attestation=None)
