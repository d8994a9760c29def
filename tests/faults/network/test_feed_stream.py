"""The feed at a real device: as it comes where a stream can be had, asked for where not; whatever breaks, each once."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.network.place import Place, enrolled
from harness.breaking_proxy import Breakage, BreakingProxy
from harness.server import PASSWORD, ServedFacility
from harness.shaky_line import ShakyLine

from checksync.feed import FeedItem
from checksync.feed_stream import FeedStream
from kazasu_device.password import Password
from kazasu_device.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedFacility]:
    with ServedFacility(tmp_path_factory.mktemp("clinic")) as server:
        server.add_staff("hanako")
        yield server


def book(server: ServedFacility, device: str) -> str:
    """A visit of this device: something that the feed tells it."""
    patient = server.post(
        "/patients",
        {
            "name": "見本　花子",
            "name_kana": "ﾐﾎﾝ ﾊﾅｺ",
            "birth_date": "1950-01-01",
            "sex": "2",
            "insured_number": {"insurer_number": "01010016", "symbol": "1", "number": "2", "branch": "01"},
        },
    )["id"]
    booked = {"patient": patient, "at": "2026-12-01T05:00:00Z", "setting": "home_visit", "device": device}
    visit: str = server.post("/visits", booked)["id"]
    return visit


def visits(items: list[FeedItem]) -> list[str]:
    return [str(json.loads(bytes(item.data))["visit"]) for item in items if item.kind == "roster"]


def comes(session: Session, stream: FeedStream, within_s: float = 20.0) -> list[FeedItem]:
    """What the next page of the stream that says something of a visit brings."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        page = stream.next_page(1.0)
        if page is not None:
            items, failure = session.exchange.take_page(page)
            assert failure is None
            if visits(items):
                return items
    raise AssertionError("nothing came")


def test_what_is_told_comes_by_the_stream_and_after_a_break_by_asking_each_once(
    server: ServedFacility, tmp_path: Path
) -> None:
    with ShakyLine(server.port) as line:
        place: Place = enrolled(server, f"https://localhost:{line.port}", tmp_path / "home")
        device = place.home.settings().device
        seen: list[str] = []
        with place.session() as session:
            session.sign_in("hanako", Password(PASSWORD))
            session.exchange.read_feed()
            first = session.exchange.stream()
            assert first is not None
            with first as stream:
                told = [book(server, device)]
                seen += visits(comes(session, stream))
                told.append(book(server, device))
                seen += visits(comes(session, stream))
                line.set_up(False)
                told.append(book(server, device))
                ends = time.monotonic() + 10
                while not stream.is_over:
                    stream.next_page(0.1)
                    assert time.monotonic() < ends, "a line that broke ends the stream"
            line.set_up(True)
            news, failure = session.exchange.read_feed()
            assert failure is None
            seen += visits(news)
            # And a stream again, from where asking stopped.
            again = session.exchange.stream()
            assert again is not None
            with again as stream:
                told.append(book(server, device))
                seen += visits(comes(session, stream))
        assert seen == told


def test_another_devices_visits_come_to_it_alone(server: ServedFacility, tmp_path: Path) -> None:
    one = enrolled(server, server.url, tmp_path / "one")
    other = enrolled(server, server.url, tmp_path / "other")
    visit = book(server, other.home.settings().device)
    for place, expected in ((one, []), (other, [visit])):
        with place.session() as session:
            session.sign_in("hanako", Password(PASSWORD))
            news, _ = session.exchange.read_feed()
            assert visits(news) == expected


def test_where_somebody_else_answers_there_is_no_stream_and_the_feed_is_asked_for(tmp_path: Path) -> None:
    with ServedFacility(tmp_path / "clinic", tls="none") as server, BreakingProxy(server.port, 0, share=0) as proxy:
        place = enrolled(server, proxy.url, tmp_path / "home")
        with place.session() as session:
            for fault in (Breakage.PORTAL, Breakage.BAD_GATEWAY, Breakage.REQUEST_LOST):
                proxy.plan("/sync/feed/stream", fault)
                session.exchange.read_feed()
                found = session.exchange.stream()
                assert found is not None
                with found as stream:
                    assert stream.next_page(10.0) is None
                    assert stream.is_over
                news, failure = session.exchange.read_feed()
                assert failure is None
                assert [item.kind for item in news][-1] == "anchor"


def test_a_revoked_devices_stream_ends_at_once(server: ServedFacility, tmp_path: Path) -> None:
    place = enrolled(server, server.url, tmp_path / "home")
    with place.session() as session:
        place.record(session)
        session.exchange.round()
        found = session.exchange.stream()
        assert found is not None
        with found as stream:
            assert stream.next_page(10.0) is not None
            began = time.monotonic()
            server.revoke(place.home.settings().device)
            while not stream.is_over:
                stream.next_page(0.2)
                assert time.monotonic() - began < 15
        place.record(session)
        done = session.exchange.round()
        assert [failure.name for failure in done.report.failures] in (["no-token"], ["device-revoked"])
        shown: dict[str, Any] = server.get("/devices/" + place.home.settings().device + "/queue")
        assert shown
