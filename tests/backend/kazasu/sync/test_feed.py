"""The feed: each device its own items and those for all, in the order of commits, from where it was."""

import asyncio

import pytest
from harness.office import Office

import checksync as cs
from kazasu.db import new_id
from kazasu.sync.feed import publish
from kazasu.sync.feed.cursor import cursor, seq_after


async def _publish(office: Office, device: str | None, *texts: str) -> None:
    async with office.context.database.writing() as session:
        for text in texts:
            await publish(session, device, "answer", {"check": text}, at=office.clock.now())
        await session.commit()


async def test_a_device_reads_its_own_items_and_those_for_all(office: Office) -> None:
    one, other = await office.tablet(), await office.tablet()
    await _publish(office, one.id, "a")
    await _publish(office, other.id, "b")
    await _publish(office, None, "c")
    feed = (await office.client.get("/sync/feed", headers=one.headers)).json()
    assert [item["data"] for item in feed["items"][:-1]] == [{"check": "a"}, {"check": "c"}]
    assert (feed["epoch"], feed["more"]) == (office.context.facility.epoch, False)
    again = await office.client.get("/sync/feed", params={"after": feed["cursor"]}, headers=one.headers)
    assert [item["kind"] for item in again.json()["items"]] == ["anchor"]
    assert again.json()["cursor"] == feed["cursor"]


async def test_the_feed_ends_with_a_fresh_anchor(office: Office) -> None:
    tablet = await office.tablet()
    item = (await office.client.get("/sync/feed", headers=tablet.headers)).json()["items"][-1]
    anchor = cs.verify(item["data"]["statement"], cs.Anchor, office.context.keys.server.verifying_key)
    assert (item["kind"], anchor.id, anchor.time) == ("anchor", item["id"], office.clock.now())


async def test_a_long_feed_comes_in_pages_without_loss(office: Office) -> None:
    tablet = await office.tablet()
    await _publish(office, tablet.id, *(str(number) for number in range(450)))
    found: list[str] = []
    after: str | None = None
    more = True
    pages = 0
    while more:
        parameters = {"after": after} if after else {}
        feed = (await office.client.get("/sync/feed", params=parameters, headers=tablet.headers)).json()
        found += [item["data"]["check"] for item in feed["items"] if item["kind"] == "answer"]
        after, more, pages = feed["cursor"], feed["more"], pages + 1
    assert found == [str(number) for number in range(450)]
    assert pages == 3


@pytest.mark.parametrize("text", [None, "", "5", "other.5", "e.x", "e.", "e.-1", "e.²", "e." + "9" * 19])
def test_a_cursor_of_another_epoch_or_none_starts_again(text: str | None) -> None:
    assert seq_after(text, "e") == 0


def test_a_cursor_of_this_epoch_goes_on() -> None:
    assert seq_after(cursor("e", 17), "e") == 17


async def test_an_item_published_while_another_waits_to_commit_is_never_skipped(office: Office) -> None:
    """A reader that has seen a later item has seen every earlier one, whichever transaction began first."""
    tablet = await office.tablet()
    database = office.context.database
    is_first_written, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.writing() as session:
            await publish(session, tablet.id, "answer", {"check": "slow"}, at=office.clock.now())
            is_first_written.set()
            await may_commit.wait()
            await session.commit()

    async def quick() -> None:
        await is_first_written.wait()
        async with database.writing() as session:
            await publish(session, tablet.id, "answer", {"check": "quick"}, at=office.clock.now())
            await session.commit()

    slow_task, quick_task = asyncio.create_task(slow()), asyncio.create_task(quick())
    await is_first_written.wait()
    await asyncio.sleep(0.2)
    first = (await office.client.get("/sync/feed", headers=tablet.headers)).json()
    may_commit.set()
    await asyncio.gather(slow_task, quick_task)
    rest = await office.client.get("/sync/feed", params={"after": first["cursor"]}, headers=tablet.headers)
    seen = [item["data"].get("check") for item in first["items"] + rest.json()["items"] if item["kind"] == "answer"]
    assert seen == ["slow", "quick"]


async def test_a_rolled_back_item_is_told_to_nobody(office: Office) -> None:
    tablet = await office.tablet()
    async with office.context.database.writing() as session:
        await publish(session, tablet.id, "answer", {}, at=office.clock.now(), id=new_id())
    feed = (await office.client.get("/sync/feed", headers=tablet.headers)).json()
    assert [item["kind"] for item in feed["items"]] == ["anchor"]
