"""Medical information on the device: asked with a proof by the day key, in memory alone, closed as soon as told."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result
from harness.clinic import NOON
from harness.device import Tablet, direct_server, direct_session

import kazasu_device.link
from checksync.encoding import encode
from checksync.feed import FeedItem
from checksync.look import ConsentWithdrawnItem, is_look_proof, look_proof, look_subject
from checksync.outbox import Failure
from kazasu_device.cli import device as device_group
from kazasu_device.errors import MedicalClosedError, SignInNeededError
from kazasu_device.link import Link, SignedInStaff
from kazasu_device.medical import About, MedicalView, Shown, ask_kinds, ask_look, watch
from kazasu_device.memory import MemoryKept
from kazasu_device.password import Password
from kazasu_device.server import Server
from kazasu_device.session import Session

DAY_KEY = bytes(range(200, 232))
CHECK = "ab" * 16
RECORD = "訓練錠A-9417"


def shown(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "check": CHECK, "kind": "medication", "parts": ["medication"],
        "sections": [{"part": "medication", "entries": [{"fields": [["Notice", "訓練 EXERCISE"], ["Name", RECORD]]}]}],
        "pdf": None, "fetched_at": "2026-11-22T03:00:00Z", "simulated": True, "exercise": "訓練 / EXERCISE",
        "closes_at": "2026-11-23T03:00:00Z", "ask_again_at": "2026-11-22T03:05:00Z",
    }  # fmt: skip
    return found | changes


class FakeServer:
    """Answers as the server's routes do; what it was sent is kept for the test."""

    def __init__(self, tablet: Tablet) -> None:
        self.tablet, self.clinic = tablet, tablet.clinic
        self.duty_pass = self.clinic.duty_pass(tablet.key.thumbprint)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.closed: list[dict[str, Any]] = []

    def connect(self, url: str, context: Any) -> Server:
        return Server(url, context, httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = msgspec.json.decode(request.content) if request.content else {}
        self.sent.append((request.url.path, body))
        match request.url.path:
            case "/device/nonce":
                return httpx.Response(200, json={"nonce": f"n{len(self.sent)}"})
            case "/device/token":
                anchor = self.clinic.anchor(NOON + timedelta(seconds=1), answers=body["assertion"])
                token = {"token": "t", "expires_in": 600, "epoch": self.clinic.epoch, "anchor": anchor}
                return httpx.Response(200, json=token)
            case "/device/sign-in":
                staff = {"id": "a1", "name": "看護 花子", "roles": ["visitor"]}
                key = base64.b64encode(DAY_KEY).decode()
                anchor = self.clinic.anchor(NOON + timedelta(minutes=1), 99)
                duty = {"duty_pass": self.duty_pass, "day_key": key, "staff": staff, "anchor": anchor}
                return httpx.Response(200, json=duty)
            case "/device/medical/looks" | "/device/medical/kinds" if self.closed:
                problem = {"type": "urn:kazasu:problem:medical-information-closed", "reasons": self.closed}
                return httpx.Response(403, json=problem, headers={"content-type": "application/problem+json"})
            case "/device/medical/looks":
                return httpx.Response(200, json=shown())
            case "/device/medical/kinds":
                why = {"reason": "window_over", "say": {"ja": "期間", "en": "over"}, "cites": "rules.md 3"}
                kinds = [
                    {"kind": "medication", "open": True, "parts": ["medication"], "closes_at": "2026-11-23T03:00:00Z"},
                    {"kind": "treatment", "open": False, "reasons": [why]},
                ]
                return httpx.Response(200, json={"check": CHECK, "kinds": kinds})
        return httpx.Response(404)


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


@pytest.fixture
def fake(tablet: Tablet) -> FakeServer:
    return FakeServer(tablet)


def signed_in(fake: FakeServer) -> tuple[Session, SignedInStaff]:
    session = direct_session(fake.tablet, direct_server(fake.tablet))
    session.link.close()
    session.link = Link(fake.tablet.home, fake.connect, fake.tablet.clock.mark)
    return session, session.sign_in("hanako", Password("fixture-password-4711"))


def withdrawn() -> FeedItem:
    item = ConsentWithdrawnItem(consent="cd" * 16, kinds=["medication"])
    return FeedItem(id="9", kind="consent_withdrawn", data=msgspec.Raw(encode(item)))


def test_a_look_is_proven_by_the_day_key_for_this_very_request(fake: FakeServer) -> None:
    session, staff = signed_in(fake)
    with session:
        view = ask_look(session, staff, About(CHECK), "medication", since="202601")
        acting = session.device.duty.acting(session.device.now())
    assert view.shown is not None
    assert view.shown.sections[0].entries[0].fields[1] == ("Name", RECORD)
    path, body = fake.sent[-1]
    assert path == "/device/medical/looks"
    assert acting is not None
    assert (body["check"], body["kind"], body["since"], body["duty_pass"]) == (
        CHECK, "medication", "202601", acting.pass_id,
    )  # fmt: skip
    named = {"duty_pass": body["duty_pass"], "about": CHECK, "nonce": body["nonce"]}
    assert is_look_proof(body["proof"], DAY_KEY, kind="medication", **named)
    for other in ({"kind": "treatment"}, {"kind": "medication", "nonce": "other"}, {"kind": ""}):
        assert not is_look_proof(body["proof"], DAY_KEY, **{**named, **other})
    assert not is_look_proof(body["proof"], bytes(32), kind="medication", **named)


def test_the_proof_is_as_the_protocol_writes_it() -> None:
    import hashlib
    import hmac

    key = hmac.digest(DAY_KEY, b"kazasu-look-v1", hashlib.sha256)
    expected = hmac.digest(key, b"aa\nbb\nmedication\nnn", hashlib.sha256).hex()
    assert look_proof(DAY_KEY, duty_pass="aa", about="bb", kind="medication", nonce="nn") == expected
    assert not is_look_proof("\ud800", DAY_KEY, duty_pass="aa", about="bb", kind="medication", nonce="nn")


def test_a_visit_without_a_card_is_named_as_one(fake: FakeServer) -> None:
    session, staff = signed_in(fake)
    with session:
        ask_look(session, staff, About(visit="ef" * 16), "medication")
    body = fake.sent[-1][1]
    assert (body["visit"], "check" in body) == ("ef" * 16, False)
    named = {"duty_pass": body["duty_pass"], "nonce": body["nonce"], "kind": "medication"}
    assert is_look_proof(body["proof"], DAY_KEY, about="visit:" + "ef" * 16, **named)
    assert look_subject() is None
    assert look_subject(check="a", visit="b") is None


def test_what_is_closed_comes_with_every_reason_in_words(fake: FakeServer) -> None:
    fake.closed = [
        {"reason": "consent_withdrawn", "say": {"ja": "取り消し。", "en": "Withdrawn."}, "cites": "x"},
        {"reason": "window_over", "say": {"ja": "期間切れ。", "en": "Over."}, "cites": "y"},
    ]
    session, staff = signed_in(fake)
    with session, pytest.raises(MedicalClosedError) as raised:
        ask_look(session, staff, About(CHECK), "medication")
    assert raised.value.data()["reasons"] == ["consent_withdrawn", "window_over"]
    from kazasu_device.say import error_text

    assert "取り消し。期間切れ。" in error_text(raised.value).ja
    assert "Withdrawn. Over." in error_text(raised.value).en


def test_the_kinds_are_listed(fake: FakeServer) -> None:
    session, staff = signed_in(fake)
    with session:
        found, kinds = ask_kinds(session, staff, About(CHECK))
    assert found == CHECK
    assert [(kind.kind, kind.open) for kind in kinds] == [("medication", True), ("treatment", False)]
    assert fake.sent[-1][0] == "/device/medical/kinds"


def test_any_withdrawal_closes_what_is_open_and_lets_go_of_it() -> None:
    view = MedicalView(msgspec.convert(shown(), Shown, strict=False))
    view.take([FeedItem(id="1", kind="answer", data=msgspec.Raw(b"{}"))])
    assert view.shown is not None
    view.take([withdrawn()])
    assert (view.shown, view.closed_because) == (None, "consent_withdrawn")
    view.close("watched")
    assert view.closed_because == "consent_withdrawn"


@pytest.mark.parametrize("why", ["consent_withdrawn", "no_connection", "watched", "time_over"])
def test_a_screen_that_is_kept_open_closes(fake: FakeServer, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    session, staff = signed_in(fake)
    with session:
        view = ask_look(session, staff, About(CHECK), "medication")
        if why == "time_over":
            view = MedicalView(msgspec.convert(shown(ask_again_at="2026-11-22T03:00:00Z"), Shown, strict=False))
        rounds: list[int] = []

        def read_feed() -> tuple[list[FeedItem], Failure | None]:
            rounds.append(len(rounds))
            if len(rounds) < 3 or why in ("watched", "time_over"):
                return [], None
            return ([withdrawn()], None) if why == "consent_withdrawn" else ([], _failure())

        monkeypatch.setattr(session.exchange, "read_feed", read_feed)
        clock = iter(range(1000))
        watch(session, view, 20, now=lambda: float(next(clock)), sleep=lambda _: None)
    assert (view.shown, view.closed_because) == (None, why)
    assert len(rounds) == {"consent_withdrawn": 3, "no_connection": 3, "time_over": 1}.get(why, len(rounds))


def _failure() -> Failure:
    return Failure(name="no-connection", at=NOON)


def test_nothing_of_a_look_shows_in_a_repr(fake: FakeServer) -> None:
    session, staff = signed_in(fake)
    with session:
        view = ask_look(session, staff, About(CHECK), "medication")
    assert view.shown is not None
    for thing in (view, view.shown, view.shown.sections[0], view.shown.sections[0].entries[0]):
        assert RECORD not in repr(thing)


@pytest.fixture
def run(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mynacard.terminal.keep_stdout_for_results", lambda: None)
    monkeypatch.setattr("kazasu_device.memory.keep_memory_off_disk", lambda: MemoryKept(False, False))
    monkeypatch.setattr(kazasu_device.link, "open_server", lambda home, _connect: fake.connect("http://x", None))

    def run(*arguments: str, typed: str = "", as_json: bool = True) -> Result:
        given = ["--home", str(fake.tablet.path), "medical", *arguments, *(["--json"] if as_json else [])]
        return CliRunner().invoke(device_group, given, input=typed, prog_name="kazasu device")

    return run


PASSWORD = "fixture-password-4711\n"
STAFF = ("--staff", "hanako", "--password-stdin")


def test_the_command_prints_what_came(run: Any, fake: FakeServer) -> None:
    result = run(CHECK, "--kind", "medication", "--since", "2026-01", *STAFF, typed=PASSWORD)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["sections"][0]["entries"][0][1] == ["Name", RECORD]
    assert (found["exercise"], found["simulated"]) == (True, True)
    assert fake.sent[-1][1]["since"] == "202601"
    result = run(CHECK, "--kind", "medication", *STAFF, typed=PASSWORD, as_json=False)
    assert result.exit_code == 0, result.output
    assert all(line.startswith("[訓練 / EXERCISE]") for line in result.stdout.splitlines())
    assert RECORD in result.stdout


def test_without_a_kind_the_command_lists_what_is_open_and_why_not(run: Any) -> None:
    result = run(CHECK, *STAFF, typed=PASSWORD)
    assert [kind["open"] for kind in json.loads(result.stdout)["kinds"]] == [True, False]
    result = run(CHECK, *STAFF, typed=PASSWORD, as_json=False)
    assert "期間 / over [rules.md 3]" in result.stdout


def test_without_a_sign_in_nothing_is_asked(run: Any, fake: FakeServer) -> None:
    session, _ = signed_in(fake)
    with session:
        pass
    before = len(fake.sent)
    result = run(CHECK, "--kind", "medication", "--staff", "hanako")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"] == SignInNeededError.code
    assert len(fake.sent) == before


def test_after_a_look_no_file_of_the_device_holds_any_of_it(run: Any, fake: FakeServer) -> None:
    for _ in range(2):
        assert run(CHECK, "--kind", "medication", *STAFF, typed=PASSWORD).exit_code == 0
        assert run(CHECK, *STAFF, typed=PASSWORD).exit_code == 0
    session, staff = signed_in(fake)
    files = 0
    with session:
        view = ask_look(session, staff, About(CHECK), "medication")
        assert view.shown is not None
        for file in fake.tablet.path.rglob("*"):
            if file.is_file():
                files += 1
                content = file.read_bytes()
                for secret in (RECORD, "訓練 EXERCISE"):
                    assert secret.encode() not in content, file.name
                    assert secret.encode("utf-16-le") not in content, file.name
                    assert json.dumps(secret).strip('"').encode() not in content, file.name
                assert DAY_KEY not in content, file.name
    assert files >= 4
