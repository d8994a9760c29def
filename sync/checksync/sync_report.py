"""What a run of the push client did, as data and in words for the person at the device."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from checksync.outbox.state import Failure


@dataclass(frozen=True)
class Words:
    """The same sentence twice."""

    ja: str
    en: str


@dataclass(frozen=True)
class SyncReport:
    """One run. `is_complete`: nothing is waiting any more."""

    acknowledged: int
    held: int
    gaps: int
    closed_logs: Sequence[str]
    failures: Sequence[Failure]
    is_complete: bool
    retry_after_s: float | None = None
    is_refused: bool = False

    def words(self) -> list[Words]:
        """What happened, and what to do next."""
        said = []
        if self.acknowledged:
            said.append(
                Words(f"{self.acknowledged}件をサーバーが受け取りました。", f"The server took {self.acknowledged}.")
            )
        if self.held:
            said.append(
                Words(
                    f"うち{self.held}件は事務での確認が必要です。",
                    f"Of these, {self.held} wait for the office's decision.",
                )
            )
        if self.gaps:
            said.append(
                Words(
                    "端末の記録の一部が壊れていたため、サーバーに欠番として届けました。管理者に知らせてください。",
                    "Part of this device's records was damaged and was reported to the server as missing. "
                    "Tell the administrator.",
                )
            )
        if self.closed_logs:
            said.append(
                Words(
                    "この端末の写しが使われた形跡があり、サーバーが記録簿を閉じました。"
                    "新しい記録簿で続けています。管理者に知らせてください。",
                    "A copy of this device seems to be in use, so the server closed its log. "
                    "Work goes on in a new one. Tell the administrator.",
                )
            )
        said += [WORDS.get(failure.name, _OTHER) for failure in self.failures]
        if self.is_complete and not self.failures:
            said.append(Words("送信待ちはありません。", "Nothing is waiting to be sent."))
        return list(dict.fromkeys(said))


_KEPT_JA: Final = "記録は端末に残っています。"
_KEPT_EN: Final = "What was recorded stays on this device."

WORDS: Final = {
    "no-connection": Words(
        f"サーバーにつながりません。{_KEPT_JA}つながり次第送ります。",
        f"No connection to the server. {_KEPT_EN} It is sent as soon as there is one.",
    ),
    "timeout": Words(
        f"サーバーの応答がありません。{_KEPT_JA}後でもう一度送ります。",
        f"The server does not answer. {_KEPT_EN} It is sent again later.",
    ),
    "not-trusted": Words(
        f"相手が医療機関のサーバーであることを確かめられません。{_KEPT_JA}別の回線で試し、続くなら管理者に知らせてください。",
        f"What answers cannot prove to be the clinic's server. {_KEPT_EN} Try another network; "
        "if it goes on, tell the administrator.",
    ),
    "clock-wrong": Words(
        f"端末の時計が違うか、サーバーの証明書の期限が切れています。{_KEPT_JA}端末の日付・時刻・タイムゾーンを合わせてください。"
        "合っているなら管理者に知らせてください。",
        f"This device's clock is wrong, or the server's certificate is out of date. {_KEPT_EN} "
        "Set the device's date, time and time zone; if they are right, tell the administrator.",
    ),
    "no-token": Words(
        f"端末の認証ができませんでした。{_KEPT_JA}続くなら管理者に知らせてください。",
        f"This device could not sign in. {_KEPT_EN} If it goes on, tell the administrator.",
    ),
    "not-verified": Words(
        f"受け取りの証明がない応答でした（公衆回線の案内画面など）。{_KEPT_JA}回線を確かめてください。",
        f"The answer proves no receipt (a hotspot's own page, perhaps). {_KEPT_EN} Check the network.",
    ),
    "not-committed": Words(
        f"サーバーはまだ保存していません。{_KEPT_JA}後でもう一度送ります。",
        f"The server has not stored it yet. {_KEPT_EN} It is sent again later.",
    ),
    "other-life": Words(
        f"古い応答が遅れて届きました。{_KEPT_JA}後でもう一度送ります。",
        f"An old answer came late. {_KEPT_EN} It is sent again later.",
    ),
    "server-ahead": Words(
        "サーバーの方が新しい記録を持っています。この端末は古い控えから戻されています。管理者に知らせてください。",
        "The server has newer records than this device, which was restored from an older copy. Tell the administrator.",
    ),
    "other-history": Words(
        f"サーバーの記録と端末の記録が食い違っています。{_KEPT_JA}管理者に知らせてください。",
        f"The server's records differ from this device's. {_KEPT_EN} Tell the administrator.",
    ),
    "push-refused": Words(
        f"サーバーが受け取りを断りました。{_KEPT_JA}管理者に知らせてください。",
        f"The server refused what was sent. {_KEPT_EN} Tell the administrator.",
    ),
    "push-gap": Words(
        f"サーバーが求める番号がそろいません。{_KEPT_JA}管理者に知らせてください。",
        f"The server asks for numbers that do not fit. {_KEPT_EN} Tell the administrator.",
    ),
    "push-too-large": Words(
        f"一件でも大きすぎると断られました。{_KEPT_JA}管理者に知らせてください。",
        f"Even a single entry was refused as too large. {_KEPT_EN} Tell the administrator.",
    ),
    "token-not-valid": Words(
        f"端末の認証が切れました。{_KEPT_JA}続くなら管理者に知らせてください。",
        f"This device's sign-in expired. {_KEPT_EN} If it goes on, tell the administrator.",
    ),
    "device-revoked": Words(
        f"この端末は停止されています。{_KEPT_JA}管理者に知らせてください。",
        f"This device was revoked. {_KEPT_EN} Tell the administrator.",
    ),
    "device-storage": Words(
        "端末の空き容量が足りないか、保存に失敗しました。空きを作り、続くなら管理者に知らせてください。",
        "This device is out of space or failed to store. Make room; if it goes on, tell the administrator.",
    ),
    "server-busy": Words(
        f"サーバーが混んでいます。{_KEPT_JA}後でもう一度送ります。",
        f"The server is busy. {_KEPT_EN} It is sent again later.",
    ),
    "server-error": Words(
        f"サーバーの不具合です。{_KEPT_JA}後でもう一度送ります。続くなら管理者に知らせてください。",
        f"The server failed. {_KEPT_EN} It is sent again later. If it goes on, tell the administrator.",
    ),
}

_OTHER: Final = Words(
    f"予期しない応答でした。{_KEPT_JA}続くなら管理者に知らせてください。",
    f"An unexpected answer. {_KEPT_EN} If it goes on, tell the administrator.",
)


@dataclass
class RunningReport:
    """A run as it goes."""

    acknowledged: int = 0
    held: int = 0
    gaps: int = 0
    closed_logs: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    retry_after_s: float | None = None
    is_refused: bool = False

    def finished(self, *, is_complete: bool) -> SyncReport:
        return SyncReport(
            acknowledged=self.acknowledged,
            held=self.held,
            gaps=self.gaps,
            closed_logs=tuple(self.closed_logs),
            failures=tuple(self.failures),
            is_complete=is_complete,
            retry_after_s=self.retry_after_s,
            is_refused=self.is_refused,
        )
