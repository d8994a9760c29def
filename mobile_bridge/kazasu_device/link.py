"""The device's standing with its server: token, policy, anchor, sign-in. Tokens and the day key stay in memory."""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

from checksync.key import KeyFormError, SigningKey, VerifyingKey
from kazasu_device.anchor import AnchorKeeper
from kazasu_device.clock import TakeMark, boot_mark
from kazasu_device.duty import Duty
from kazasu_device.enrolment import Connect, connect_server, open_server
from kazasu_device.errors import ServerAnswerError, ServerKeyChangedError
from kazasu_device.home import Home
from kazasu_device.password import Password
from kazasu_device.policy import Policy

if TYPE_CHECKING:
    from kazasu_device.server import Server, Staff, Token

_EARLY_S = 5.0
"""A token is renewed that long before it runs out."""


@dataclass(frozen=True)
class SignedInStaff:
    """Somebody on duty, and the day key, which lives in memory alone."""

    staff: "Staff"
    login: str
    day_key: bytes = field(repr=False)


class Link:
    """Speaks to the server as this device. Nothing is asked before something is wanted."""

    def __init__(self, home: Home, connect: Connect = connect_server, take_mark: TakeMark = boot_mark) -> None:
        self._home = home
        self._connect = connect
        self._take_mark = take_mark
        self._settings = home.settings()
        self._key: SigningKey = home.signing_key()
        self._server: Server | None = None
        self._token: Token | None = None
        self._token_ends = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def server(self) -> "Server":
        if self._server is None:
            self._server = open_server(self._home, self._connect)
        return self._server

    def token(self) -> "Token":
        """A token that holds; `DeviceWaitingError` before the administrator's confirmation."""
        if self._token is None or time.monotonic() >= self._token_ends:
            server_key = self._home.policy().verifying_key if self._home.is_confirmed else None
            token = self.server.fetch_token(self._settings.device, self._settings.facility, self._key, server_key)
            self._token_ends = time.monotonic() + max(0.0, token.expires_in - _EARLY_S)
            self._token = token
            self._keep_anchor(token.anchor)
        return self._token

    def drop_token(self) -> None:
        """The server took it no more: the next call gets a new one."""
        self._token = None

    def refresh_policy(self) -> Policy:
        """The policy as the server has it now, kept for the time without a connection.

        `ServerKeyChangedError` where it names another signing key than the first one did: a device trusts the key
        that enrolment handed over.
        """
        policy = self.server.fetch_policy(self.token())
        if policy.facility.id != self._settings.facility:
            raise ServerAnswerError("policy", 200)
        fresh = _server_key(policy)
        with self._home.lock():
            if self._home.is_confirmed and self._home.policy().verifying_key != fresh:
                raise ServerKeyChangedError
            self._home.write(self._home.policy_file, policy)
        if self._token is not None:
            # Before the first policy nothing could verify it.
            self._keep_anchor(self._token.anchor)
        return policy

    def sign_in(self, login: str, password: Password) -> SignedInStaff:
        """Puts somebody on duty on this device and keeps the duty pass; the day key is given, and kept nowhere."""
        token = self.token()
        policy = self._home.policy() if self._home.is_confirmed else self.refresh_policy()
        signed_in = self.server.sign_in(token, login, password)
        duty = Duty(self._home, policy.verifying_key, self._settings.facility, self._settings.thumbprint)
        if not duty.keep(signed_in.duty_pass, login, signed_in.staff.name):
            raise ServerAnswerError("sign-in", 200)
        self._keep_anchor(signed_in.anchor)
        return SignedInStaff(signed_in.staff, login, signed_in.day_key)

    def _keep_anchor(self, statement: str) -> None:
        if self._home.is_confirmed:
            key = self._home.policy().verifying_key
            AnchorKeeper(self._home, key, self._settings.facility, self._take_mark).keep(statement)


def _server_key(policy: Policy) -> VerifyingKey:
    try:
        return policy.verifying_key
    except KeyFormError:
        pass
    raise ServerAnswerError("policy", 200)
