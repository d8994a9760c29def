"""Every network: the real device and a served server over real sockets, with a road between them that does what roads
do. After each, what the device believes is true, and once the road is good again everything is there once.
"""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults.network.place import Place, enrolled
from harness.breaking_proxy import RETRY_AFTER_S, Breakage, BreakingProxy
from harness.server import ServedFacility
from harness.shaky_line import ShakyLine

from checksync.deadline import Line
from checksync.outbox import QueueName
from checksync.sealing import SealingPublicKey
from kazasu_device.answer import follow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ENTRIES = "/sync/logs/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedFacility]:
    with ServedFacility(tmp_path_factory.mktemp("clinic"), tls="none") as server:
        yield server


@pytest.fixture(scope="module")
def proxy(server: ServedFacility) -> Iterator[BreakingProxy]:
    with BreakingProxy(server.port, seed=0, share=0) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def place(server: ServedFacility, proxy: BreakingProxy, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = enrolled(server, proxy.url, tmp_path_factory.mktemp("device") / "home")
    with place.session() as session:
        place.record(session)
        place.arrives(session)
    return place


SAID = {
    Breakage.REQUEST_LOST: "no-connection",
    Breakage.REQUEST_LATE: "no-connection",
    Breakage.ANSWER_LOST: "no-connection",
    Breakage.ANSWER_CUT: "no-connection",
    Breakage.ANSWER_OF_BEFORE: "not-committed",
    Breakage.PORTAL: "not-verified",
    Breakage.BAD_GATEWAY: "server-error",
    Breakage.TOO_MANY: "server-busy",
    Breakage.UNAVAILABLE: "server-busy",
}
"""What the device says of each; with a request that came twice nothing is wrong."""


@pytest.mark.parametrize("fault", SAID)
def test_whatever_befalls_a_push_is_named_kept_and_made_good(
    place: Place, proxy: BreakingProxy, fault: Breakage
) -> None:
    with place.session() as session:
        session.device.outbox.note_success(session.device.now())
        place.record(session)
        place.arrives(session)
        new = place.record(session, 3)
        proxy.plan(ENTRIES, fault)
        done = session.exchange.round()
        assert [failure.name for failure in done.report.failures] == [SAID[fault]]
        assert done.report.acknowledged == 0
        assert session.exchange.next_delay_s(done) >= 1, "nothing is retried without a pause"
        state = session.device.outbox.state()
        assert (state.name, state.reason, state.waiting) == (QueueName.HELD_BACK, SAID[fault], 3)
        kept = session.device.outbox.failures(1)[0]
        assert (kept.name, kept.log, kept.first, kept.last) == (SAID[fault], new[0].log, new[0].number, new[-1].number)
        place.claims_nothing_false(session)
        place.arrives(session)
        assert session.device.outbox.state().name is QueueName.EMPTY


@pytest.mark.parametrize("fault", [Breakage.REQUEST_LOST, Breakage.PORTAL, Breakage.BAD_GATEWAY, Breakage.TOO_MANY])
@pytest.mark.parametrize("path", ["/device/nonce", "/device/token"])
def test_without_a_token_the_push_waits_and_comes(
    place: Place, proxy: BreakingProxy, path: str, fault: Breakage
) -> None:
    with place.session() as session:
        place.record(session)
        proxy.plan(path, fault)
        done = session.exchange.round()
        assert [failure.name for failure in done.report.failures] in (["no-connection"], ["no-token"])
        assert session.device.outbox.state().waiting == 1
        place.arrives(session)


def test_a_request_that_comes_twice_counts_once(place: Place, proxy: BreakingProxy) -> None:
    with place.session() as session:
        place.record(session, 3)
        proxy.plan(ENTRIES, Breakage.REQUEST_REPEATED)
        assert session.exchange.round().report.acknowledged == 3
        place.is_right(session)


def test_a_request_that_comes_after_later_ones_changes_nothing(place: Place, proxy: BreakingProxy) -> None:
    with place.session() as session:
        proxy.deliver_late()
        place.record(session, 2)
        proxy.plan(ENTRIES, Breakage.REQUEST_LATE)
        assert not session.exchange.round().report.is_complete
        place.record(session, 2)
        place.arrives(session)
        before = place.stored()
        assert proxy.deliver_late() == [200]
        assert place.stored() == before
        place.record(session)
        place.arrives(session)


def test_a_proxy_with_a_limit_of_its_own_gets_less_at_once(place: Place, proxy: BreakingProxy) -> None:
    with place.session() as session:
        place.record(session, 40)
        proxy.largest = 12_000
        try:
            report = session.exchange.round().report
        finally:
            proxy.largest = None
        assert (report.acknowledged, report.is_complete, list(report.failures)) == (40, True, [])
        place.is_right(session)


@pytest.mark.parametrize("fault", [Breakage.TOO_MANY, Breakage.UNAVAILABLE])
def test_what_the_server_asks_for_is_waited(place: Place, proxy: BreakingProxy, fault: Breakage) -> None:
    with place.session() as session:
        (new,) = place.record(session)
        proxy.plan(ENTRIES, fault)
        slept: list[float] = []
        looks = 0

        def on_wait(_: float) -> None:
            nonlocal looks
            looks += 1
            if looks > 2:
                raise _StoppedWaiting

        with pytest.raises(_StoppedWaiting):
            follow(session, new, None, wait_s=3600, on_wait=on_wait, sleep=slept.append)
        [pause] = slept
        assert pause >= RETRY_AFTER_S
        assert session.device.outbox.state().waiting == 0
        proxy.plan("/sync/feed", fault)
        news, failure = session.exchange.read_feed()
        assert (news, failure and failure.name) == ([], "server-busy")
        assert session.exchange.feed_pause_s == RETRY_AFTER_S
        session.exchange.read_feed()
        assert session.exchange.feed_pause_s == 0
        place.is_right(session)


class _StoppedWaiting(Exception):
    """Enough was seen."""


def test_an_answer_that_trickles_is_left_and_comes_again(place: Place, proxy: BreakingProxy) -> None:
    with place.session(line=Line(longest_answer_s=1.0)) as session:
        place.record(session)
        place.arrives(session)
        place.record(session, 4)
        proxy.plan(ENTRIES, Breakage.TRICKLE)
        began = time.monotonic()
        done = session.exchange.round()
        # Octet by octet it would have taken minutes.
        assert time.monotonic() - began < 20
        assert [failure.name for failure in done.report.failures] == ["timeout"]
        place.claims_nothing_false(session)
        place.arrives(session)


def test_a_thin_line_carries_everything_in_smaller_pieces(server: ServedFacility, tmp_path: Path) -> None:
    with ShakyLine(server.port) as line:
        place = enrolled(server, f"http://localhost:{line.port}", tmp_path / "home")
        with place.session(line=Line(longest_request_s=2.0, longest_answer_s=2.0)) as session:
            session.exchange.round()
            place.record(session, 30, note="x" * 1000)
            line.octets_per_s = 12_000
            first = session.exchange.round().report
            assert [failure.name for failure in first.failures] == ["timeout"]
            place.arrives(session)


# A reset in the first moment of a handshake makes the standard library leave the socket to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_a_connection_that_comes_and_goes_each_second(tmp_path: Path) -> None:
    """Over TLS. What is recorded is confirmed all the time, and all of it arrives while the line still flickers."""
    with ServedFacility(tmp_path / "clinic") as server, ShakyLine(server.port) as line:
        place = enrolled(server, f"https://localhost:{line.port}", tmp_path / "home")
        with place.session() as session:
            line.flicker(1.0, 1.0)
            ends = time.monotonic() + 12
            rounds = failed = 0
            while time.monotonic() < ends:
                place.record(session, 5)
                done = session.exchange.round()
                rounds += 1
                failed += bool(done.report.failures or done.feed_failure)
                place.claims_nothing_false(session)
                time.sleep(0.15)
            assert failed > 0, "the line went"
            assert rounds > failed, "the line came"
            place.arrives(session)
            line.steady()
        assert line.connections > 2


@contextmanager
def _plain_page() -> Iterator[int]:
    """A hotspot that speaks plain HTTP where TLS is expected."""
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield listener.server_port
    finally:
        listener.shutdown()
        listener.server_close()


def test_whatever_is_wrong_with_tls_the_device_records_on_and_tells(tmp_path: Path) -> None:
    with ServedFacility(tmp_path / "clinic") as server, ShakyLine(server.port) as line:
        place = enrolled(server, f"https://localhost:{line.port}", tmp_path / "home")
        with ServedFacility(tmp_path / "other") as other, _plain_page() as portal:
            for port, name in ((other.port, "not-trusted"), (portal, "no-connection")):
                line.server_port = port
                with place.session() as session:
                    place.record(session)
                    done = session.exchange.round()
                    assert [failure.name for failure in done.report.failures] == [name]
                    assert session.device.outbox.state().name is QueueName.HELD_BACK
        line.server_port = server.port
        with place.session() as session:
            place.arrives(session)


def test_a_name_that_does_not_resolve_is_no_connection(place: Place) -> None:
    settings = json.loads(place.home.settings_file.read_text())
    real = settings["server_url"]
    try:
        place.home.settings_file.write_text(json.dumps({**settings, "server_url": "http://kazasu.invalid:1"}))
        with place.session() as session:
            place.record(session)
            done = session.exchange.round()
            assert [failure.name for failure in done.report.failures] == ["no-connection"]
    finally:
        place.home.settings_file.write_text(json.dumps({**settings, "server_url": real}))
    with place.session() as session:
        place.arrives(session)


def test_an_entry_that_nobody_can_read_stops_no_other(place: Place) -> None:
    with place.session() as session:
        ours = session.device.outbox.sealing_key
        place.record(session)
        session.device.outbox.sealing_key = SealingPublicKey(bytes.fromhex("09" + "00" * 31))
        (sealed_to_another,) = place.record(session)
        session.device.outbox.sealing_key = ours
        place.record(session)
        report = session.exchange.round().report
        assert (report.acknowledged, report.is_complete, list(report.failures)) == (3, True, [])
        outcomes = {(log, number): outcome for log, number, outcome in place.stored()}
        assert outcomes[sealed_to_another.log, sealed_to_another.number] == "held"
        # Acknowledged is done with: it does not come again.
        assert session.exchange.round().report.acknowledged == 0


def test_the_very_same_push_succeeds_for_ever(place: Place, server: ServedFacility) -> None:
    sent: list[tuple[str, bytes]] = []
    with place.session() as session:
        place.record(session, 3)
        transport = session.exchange._inner
        original = transport.post_entries
        transport.post_entries = lambda log, body: (sent.append((log, body)), original(log, body))[1]  # type: ignore
        place.arrives(session)
        place.record(session, 2)
        place.arrives(session)
        before = place.stored()
        replies = [original(log, body) for _ in range(10) for log, body in sent]
        assert {reply.status for reply in replies} == {200}
    server.stop()
    server.start()
    with place.session() as session:
        transport = session.exchange._inner
        assert {transport.post_entries(log, body).status for _ in range(3) for log, body in sent} == {200}
        assert place.stored() == before
        place.is_right(session)
