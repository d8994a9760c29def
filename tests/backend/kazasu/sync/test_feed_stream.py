"""The feed as a stream: what the polled one says, as it comes; it ends when its token does."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import uvicorn
from harness.office import Office, Tablet

from kazasu.app import asgi, create_app
from kazasu.problems import ProblemError
from kazasu.sync.feed import publish
from kazasu.sync.feed.stream import ANCHOR_EVERY, MOST_STREAMS, Ended, FeedPage, feed_pages, one_of_few


async def tell(office: Office, device: str | None, *checks: str) -> None:
    async with office.context.database.writing() as session:
        for check in checks:
            await publish(session, device, "answer", {"check": check}, at=office.clock.now())
        await session.commit()


def stream(
    office: Office, tablet: Tablet, after: str | None = None, look_every_s: float = 5.0
) -> AsyncIterator[FeedPage | Ended | None]:
    return feed_pages(office.context, tablet.id, tablet.token, after, look_every_s=look_every_s)


def checks(page: FeedPage | Ended | None) -> list[str]:
    assert isinstance(page, FeedPage)
    return [data["check"] for _, kind, data in page.items if kind == "answer"]


async def following(pages: AsyncIterator[FeedPage | Ended | None]) -> FeedPage | Ended | None:
    return await asyncio.wait_for(anext(pages), 4)


async def test_what_is_told_comes_at_once_and_each_once(office: Office) -> None:
    tablet = await office.tablet()
    await tell(office, tablet.id, "a")
    pages = stream(office, tablet)
    assert checks(await following(pages)) == ["a"]
    # Well before the next look: the commit wakes the stream.
    for check in "bcd":
        waiting = asyncio.ensure_future(following(pages))
        await asyncio.sleep(0.05)
        await tell(office, tablet.id, check)
        assert checks(await waiting) == [check]


async def test_a_stream_goes_on_from_the_cursor_of_the_one_that_broke(office: Office) -> None:
    tablet = await office.tablet()
    await tell(office, tablet.id, *(str(number) for number in range(450)))
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        page = await following(stream(office, tablet, after))
        assert isinstance(page, FeedPage)
        seen += checks(page)
        after = page.cursor
    assert seen == [str(number) for number in range(450)]
    polled = (await office.client.get("/sync/feed", params={"after": after}, headers=tablet.headers)).json()
    assert [item["kind"] for item in polled["items"]] == ["anchor"]


async def test_two_devices_see_their_own_and_what_is_for_all(office: Office) -> None:
    one, other = await office.tablet(), await office.tablet()
    first, second = stream(office, one), stream(office, other)
    assert checks(await following(first)) == checks(await following(second)) == []
    await tell(office, one.id, "for one")
    await tell(office, other.id, "for the other")
    await tell(office, None, "for all")
    seen: dict[str, list[str]] = {"one": [], "other": []}
    for name, pages in (("one", first), ("other", second)):
        while len(seen[name]) < 2:
            seen[name] += checks(await following(pages))
    assert seen == {"one": ["for one", "for all"], "other": ["for the other", "for all"]}


async def test_a_new_epoch_starts_again(office: Office) -> None:
    tablet = await office.tablet()
    await tell(office, tablet.id, "a", "b")
    page = await following(stream(office, tablet, "ffff.999"))
    assert checks(page) == ["a", "b"]


async def test_a_revoked_devices_stream_ends_at_once(office: Office) -> None:
    tablet = await office.tablet()
    pages = stream(office, tablet)
    await following(pages)
    headers = await office.sign_in()
    waiting = asyncio.ensure_future(following(pages))
    await asyncio.sleep(0.05)
    await office.client.post(f"/devices/{tablet.id}/revoke", json={"reason": "lost"}, headers=headers)
    assert await waiting == Ended("token-not-valid")
    await tell(office, tablet.id, "a secret")
    with pytest.raises(StopAsyncIteration):
        await anext(pages)


async def test_a_stream_ends_with_its_token(office: Office) -> None:
    tablet = await office.tablet()
    pages = stream(office, tablet, look_every_s=0.01)
    await following(pages)
    office.clock.advance(timedelta(hours=2))
    assert await following(pages) == Ended("token-not-valid")


async def test_an_anchor_comes_now_and_then_though_nothing_else_does(office: Office) -> None:
    tablet = await office.tablet()
    pages = stream(office, tablet, look_every_s=0.01)
    await following(pages)
    office.clock.advance(ANCHOR_EVERY)
    page = await following(pages)
    assert isinstance(page, FeedPage)
    assert [kind for _, kind, _ in page.items] == ["anchor"]


async def test_a_silent_line_is_shown_to_be_alive(office: Office) -> None:
    tablet = await office.tablet()
    pages = feed_pages(office.context, tablet.id, tablet.token, None, look_every_s=0.002, keep_alive_s=0.01)
    await following(pages)
    assert await following(pages) is None


def test_a_device_has_a_few_streams_and_no_more() -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(MOST_STREAMS):
            stack.enter_context(one_of_few("d1"))
        with one_of_few("d2"), pytest.raises(ProblemError, match="too-many-attempts"), one_of_few("d1"):
            pass
    with one_of_few("d1"):
        pass


@pytest.mark.slow
async def test_the_served_stream_speaks_server_sent_events(office: Office) -> None:
    """Over a real socket: events as they come, resumed by Last-Event-ID, ended by the revocation."""
    tablet = await office.tablet()
    await tell(office, tablet.id, "a", "b")
    config = uvicorn.Config(asgi(create_app(office.context)), port=0, log_config=None, lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/sync/feed/stream"
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            async with client.stream("GET", url, headers=tablet.headers) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                lines = answer.aiter_lines()
                event = await one_event(lines)
                assert [item["data"].get("check") for item in json.loads(event["data"])["items"]] == ["a", "b", None]
                await tell(office, tablet.id, "c")
                second = await one_event(lines)
                assert second["event"] == "page"
            resumed = {**tablet.headers, "Last-Event-ID": event["id"]}
            async with client.stream("GET", url, headers=resumed) as answer:
                lines = answer.aiter_lines()
                again = await one_event(lines)
                assert [item["data"].get("check") for item in json.loads(again["data"])["items"]][:1] == ["c"]
                headers = await office.sign_in()
                await office.client.post(f"/devices/{tablet.id}/revoke", json={"reason": "lost"}, headers=headers)
                ended = await one_event(lines)
                assert (ended["event"], json.loads(ended["data"])) == ("end", {"why": "token-not-valid"})
                assert [line async for line in lines] == []
    finally:
        server.should_exit = True
        await serving


async def one_event(lines: AsyncIterator[str]) -> dict[str, str]:
    event: dict[str, str] = {}
    async for line in lines:
        if not line and event:
            return event
        name, _, value = line.partition(":")
        if name:
            event[name] = event.get(name, "") + value.strip()
    raise AssertionError("the stream ended")
