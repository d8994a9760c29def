"""What the back office sees of logs: one word, what it means, what to do; forks, gaps and refused pushes as holds."""

import pytest
from harness.office import Office, Tablet, problem

from kazasu.devices.failure.service import KEPT_FAILURES
from kazasu.staff import Role


@pytest.fixture
async def tablet(office: Office) -> Tablet:
    return await office.tablet()


async def get(office: Office, path: str) -> dict[str, object] | list[dict[str, object]]:
    answer = await office.client.get(path, headers=await office.sign_in())
    assert answer.status_code == 200, answer.text
    result: dict[str, object] | list[dict[str, object]] = answer.json()
    return result


async def holds(office: Office) -> list[tuple[str, dict[str, object]]]:
    page = (await office.client.get("/holds", headers=await office.sign_in())).json()
    return [(hold["reason"], hold["evidence"]) for hold in page["items"] if hold["closed_at"] is None]


async def test_a_log_says_what_is_still_out_and_what_to_do(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcde")
    await tablet.push(log, log.push(1, 2))
    detail = await get(office, f"/logs/{log.log}")
    assert isinstance(detail, dict)
    assert {name: detail[name] for name in ("standing", "number", "newest_number", "still_out", "device")} == {
        "standing": "still_out", "number": 2, "newest_number": 5, "still_out": 3, "device": tablet.id,
    }  # fmt: skip
    assert "export" in detail["say"]["en"]  # type: ignore[index]
    await tablet.push(log)
    assert (await get(office, f"/logs/{log.log}"))["standing"] == "complete"  # type: ignore[call-overload]
    assert problem(await office.client.get("/logs/abc", headers=await office.sign_in())) == "not-found"


async def test_a_fork_is_a_hold_and_both_versions_are_shown(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    twin = log.clone()
    log.record("b")
    twin.record("c", "d")
    await tablet.push(log)
    for _ in range(2):
        assert (await tablet.push(twin, twin.push(2))).status_code == 409
    assert await holds(office) == [("log_forked", {"log": log.log, "device": tablet.id, "at": 2})]
    detail = await get(office, f"/logs/{log.log}")
    assert (detail["standing"], detail["branch_entries"], detail["number"]) == ("closed", 2, 2)  # type: ignore[call-overload]
    branch = await get(office, f"/logs/{log.log}/branches")
    assert [(entry["number"], entry["kind"]) for entry in branch] == [(2, None), (3, None)]  # type: ignore[index]


async def test_a_gap_is_a_hold_and_shows_the_devices_signature(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcd")
    await tablet.push(log, log.push(1, 1))
    for _ in range(2):
        answer = await office.client.post(f"/sync/logs/{log.log}/gaps", content=log.gap(2, 3), headers=tablet.headers)
        assert answer.status_code == 200
    assert await holds(office) == [
        ("log_gap", {"log": log.log, "device": tablet.id, "from": 2, "to": 3, "why": "damaged"})
    ]
    [gap] = await get(office, f"/logs/{log.log}/gaps")
    assert (gap["from_number"], gap["to_number"], gap["why"]) == (2, 3, "damaged")  # type: ignore[index]
    assert gap["statement"].count(".") == 2  # type: ignore[index]


async def test_what_does_not_verify_is_listed_and_held_once_a_device_and_reason(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    for sealed in (b"x" * 80, b"y" * 80):
        assert (await tablet.push(log, log.push(sealed=[sealed]))).status_code == 422
    page = await get(office, "/refused-pushes?limit=1")
    assert isinstance(page, dict)
    rest = await get(office, f"/refused-pushes?before={page['before']}")
    assert [len(page["items"]), len(rest["items"]), rest["before"]] == [1, 1, None]  # type: ignore[call-overload, arg-type]
    assert page["items"][0]["reason"] == "chain"  # type: ignore[index]
    assert [reason for reason, _ in await holds(office)] == ["push_refused"]


async def test_a_log_hold_is_decided_like_any_other(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"ab")
    await office.client.post(f"/sync/logs/{log.log}/gaps", content=log.gap(1, 1), headers=tablet.headers)
    headers = await office.sign_in()
    [hold] = (await office.client.get("/holds", headers=headers)).json()["items"]
    assert (hold["may_release_itself"], "decision" in hold["released_by"]["en"]) == (False, True)
    decided = await office.client.post(
        f"/holds/{hold['id']}/decision", json={"decision": "accept", "reason": "asked the nurse"}, headers=headers
    )
    assert (decided.status_code, decided.json()["state"]) == (201, "decided")


async def test_a_devices_queue_shows_what_is_out_and_every_failure_with_reason_and_time(
    office: Office, tablet: Tablet
) -> None:
    assert (await get(office, f"/devices/{tablet.id}/queue"))["standing"] == "nothing_yet"  # type: ignore[call-overload]
    log = tablet.new_log()
    log.record(*"abc")
    await tablet.push(log, log.push(2))
    await tablet.push(log, log.push(1, 1))
    await tablet.push(log, b"{")
    queue = await get(office, f"/devices/{tablet.id}/queue")
    assert isinstance(queue, dict)
    assert (queue["standing"], queue["still_out"], queue["heard_at"]) == ("still_out", 2, "2026-11-22T03:00:00Z")
    assert [(found["name"], found["reason"], found["at"]) for found in queue["failures"]] == [  # type: ignore[attr-defined]
        ("push-refused", "malformed", "2026-11-22T03:00:00Z"),
        ("push-gap", None, "2026-11-22T03:00:00Z"),
    ]
    assert queue["failures_by_day"] == [
        {"day": "2026-11-22", "name": "push-gap", "count": 1},
        {"day": "2026-11-22", "name": "push-refused", "count": 1},
    ]


async def test_the_last_failures_are_kept_and_all_are_counted(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a", "b")
    for _ in range(KEPT_FAILURES + 7):
        await tablet.push(log, log.push(2))
    queue = await get(office, f"/devices/{tablet.id}/queue")
    assert isinstance(queue, dict)
    assert len(queue["failures"]) == KEPT_FAILURES  # type: ignore[arg-type]
    assert queue["failures_by_day"][0]["count"] == KEPT_FAILURES + 7  # type: ignore[index]


async def test_what_a_revoked_device_never_sent_is_known_by_count(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcdefg")
    await tablet.push(log, log.push(1, 3))
    headers = await office.sign_in()
    await office.client.post(f"/devices/{tablet.id}/revoke", json={"reason": "lost"}, headers=headers)
    assert problem(await tablet.push(log)) == "token-not-valid"
    assert problem(await office.ask_token(tablet.id, tablet.key)) == "device-revoked"
    queue = await get(office, f"/devices/{tablet.id}/queue")
    assert isinstance(queue, dict)
    assert (queue["standing"], queue["still_out"], queue["state"]) == ("revoked_still_out", 4, "revoked")
    assert [found["name"] for found in queue["failures"]] == ["device-revoked"]  # type: ignore[attr-defined]


async def test_the_logs_are_for_the_office_alone(office: Office, tablet: Tablet) -> None:
    await office.add_staff("nurse", Role.VISITOR)
    nurse = await office.sign_in("nurse")
    for path in ("/logs", "/refused-pushes", f"/devices/{tablet.id}/queue"):
        assert problem(await office.client.get(path, headers=nurse)) == "role-not-allowed"
        assert problem(await office.client.get(path, headers=tablet.headers)) == "token-not-valid"
