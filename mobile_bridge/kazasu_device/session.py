"""One run of the device: what is open while a command or a screen lasts, and who signed in during it."""

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from kazasu_device.clock import Now, TakeMark, boot_mark, device_time
from kazasu_device.device import Device, open_device
from kazasu_device.exchange import Exchange, MakeTransport
from kazasu_device.home import Home
from kazasu_device.keeping import Keeping
from kazasu_device.link import Link, SignedInStaff
from kazasu_device.password import Password
from kazasu_device.store import open_store


class Session:
    """A device with its link and its store. The store is locked until somebody signs in here."""

    def __init__(
        self,
        home: Home,
        make_transport: MakeTransport | None = None,
        *,
        now: Now = device_time,
        take_mark: TakeMark = boot_mark,
    ) -> None:
        self.device: Device = open_device(home, now=now, take_mark=take_mark)
        self.link = Link(home, take_mark=take_mark)
        self._stores = ExitStack()
        self.store = self._stores.enter_context(open_store(home))
        self.keeping = Keeping(self.store, self.device.now)
        self._make_transport = make_transport
        self._exchange: Exchange | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._exchange is not None:
            self._exchange.close()
        self._stores.close()
        self.link.close()
        self.device.close()

    @property
    def exchange(self) -> Exchange:
        """Made when first wanted: recording needs none."""
        if self._exchange is None:
            self._exchange = Exchange(self.device, self.link, self.store, self._make_transport)
        return self._exchange

    def sign_in(self, login: str, password: Password) -> SignedInStaff:
        """Puts somebody on duty and opens what was received today."""
        signed_in = self.link.sign_in(login, password)
        self.store.unlock(signed_in.day_key)
        return signed_in
