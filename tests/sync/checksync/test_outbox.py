"""Recording: what is confirmed is durable, sealed and in order."""

import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from harness.outbox_device import AT, FACILITY, Device, begin, check_of, trouble

import checksync as cs
from checksync import outbox as ob


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_what_was_confirmed_is_there_after_a_restart_and_opens_at_the_server(device: Device) -> None:
    with device.outbox() as outbox:
        first = outbox.append(trouble("one"), AT)
        intent = begin(outbox)
        second = outbox.append(check_of(intent), AT)
    assert (first.number, second.number, first.log) == (1, 2, second.log)
    with device.outbox() as outbox:
        entries = device.read(outbox)
        assert [(log, number, entry.kind) for log, number, entry in entries] == [
            (first.log, 1, "trouble"),
            (first.log, 2, "check"),
        ]
        body = cs.decode_body(entries[1][2])
        assert isinstance(body, cs.CheckBody)
        assert body.intent == intent.octets
        assert intent.fields.last_hash == first.hash
        recorded = outbox.recorded()
        assert [(row.kind, row.reference, row.is_acknowledged) for row in recorded] == [
            ("trouble", None, False),
            ("check", intent.fields.check, False),
        ]
        assert outbox.state().name is ob.QueueName.WAITING
        assert (outbox.state().waiting, outbox.state().number) == (2, 2)


def test_no_plaintext_ever_reaches_the_disk(device: Device) -> None:
    name = "見本　花子"
    with device.outbox() as outbox:
        for _ in range(30):
            outbox.append(check_of(begin(outbox), name), AT)
        outbox.append(trouble("内緒のメモ"), AT)
        octets = {path.name: path.read_bytes() for path in device.folder.iterdir()}
        assert {"outbox.db", "outbox.db-wal", "outbox.db-shm"} <= set(octets)
    octets |= {f"{path.name} closed": path.read_bytes() for path in device.folder.iterdir()}
    secrets = [name, "架空県", "内緒", "medication", "home_visit", "19500101", "certificate of", "kazasu-intent-v1"]
    for file, content in octets.items():
        for secret in secrets:
            for encoded in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()):
                assert encoded not in content, (file, secret)


def test_the_file_is_its_owners_alone(device: Device) -> None:
    with device.outbox() as outbox:
        outbox.append(trouble(), AT)
        modes = {path.name: os.stat(path).st_mode & 0o777 for path in device.folder.glob("outbox.db*")}
    modes.pop("outbox.db-touch")
    assert set(modes.values()) == {0o600}
    assert set(modes) == {"outbox.db", "outbox.db-wal", "outbox.db-shm", "outbox.db-logs"}


def test_a_file_that_does_not_take_the_durable_settings_is_refused(device: Device) -> None:
    class Careless(sqlite3.Connection):
        def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
            return super().execute(sql.replace("synchronous = 2", "synchronous = 1"), *parameters)

    with pytest.raises(ob.OutboxNotDurableError) as caught:
        device.outbox(connection_class=Careless)
    assert (caught.value.setting, caught.value.found) == ("synchronous", "1")


def test_the_settings_hold_on_the_connection_that_writes(device: Device) -> None:
    with device.outbox() as outbox:
        connection = outbox._database.connection
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]


def test_another_devices_or_facilitys_file_is_not_written_into(device: Device) -> None:
    with device.outbox() as outbox:
        outbox.append(trouble(), AT)
    other = Device(device.folder)
    with pytest.raises(ob.OtherOwnerError):
        other.outbox()
    with pytest.raises(ob.OtherOwnerError):
        ob.Outbox(device.path, facility="fb", signing_key=device.key, sealing_key=device.sealing_key)


def test_what_is_no_outbox_is_set_aside_and_recording_goes_on(device: Device) -> None:
    strange = b"not a database, and long enough to have a header " * 20
    device.path.write_bytes(strange)
    with device.outbox() as outbox:
        assert outbox.append(trouble(), AT).number == 1
        assert outbox.state().missing == ()
    assert device.path.with_name("outbox.db-damaged-1").read_bytes() == strange


def test_a_file_of_another_version_is_set_aside_whole(device: Device) -> None:
    with device.sqlite() as connection:
        connection.execute("PRAGMA user_version = 99")
    with device.outbox() as outbox:
        assert outbox.append(trouble(), AT).number == 1
    assert device.path.with_name("outbox.db-damaged-1").exists()


def test_an_entry_that_is_too_large_or_malformed_is_not_recorded(device: Device) -> None:
    with device.outbox() as outbox:
        with pytest.raises(cs.EntryTooLargeError):
            outbox.append(trouble("x" * cs.MAX_ENTRY_OCTETS), AT)
        with pytest.raises(cs.MalformedError):
            outbox.append(cs.VoidBody(check="not hex", duty_pass="aa", reason=""), AT)
        assert outbox.recorded() == []
        assert outbox.append(trouble(), AT).number == 1


def test_an_intent_is_outdated_once_anything_else_was_recorded(device: Device) -> None:
    with device.outbox() as outbox:
        intent = begin(outbox)
        outbox.append(trouble(), AT)
        with pytest.raises(ob.IntentOutdatedError):
            outbox.append(check_of(intent), AT)
        assert [row.kind for row in outbox.recorded()] == ["trouble"]
        assert outbox.append(check_of(begin(outbox)), AT).number == 2


def test_the_same_check_is_recorded_once_however_often_it_is_appended(device: Device) -> None:
    with device.outbox() as outbox:
        body = check_of(begin(outbox))
        first = outbox.append(body, AT)
        assert outbox.append(body, AT) == first
        outbox.append(trouble(), AT)
        assert outbox.append(body, AT) == first
        assert len(outbox.recorded()) == 2


def test_a_check_with_another_checks_intent_is_refused(device: Device) -> None:
    with device.outbox() as outbox:
        body = check_of(begin(outbox))
        stolen = cs.CheckBody(check="f" * 32, intent=body.intent, card=body.card, attestation=None)
        with pytest.raises(ob.IntentOfOtherCheckError):
            outbox.append(stolen, AT)


def test_an_eligibility_only_check_cannot_even_be_begun_with_a_medical_consent(device: Device) -> None:
    with device.outbox() as outbox:
        with pytest.raises(cs.IntentRuleError) as caught:
            outbox.begin_check(
                check_type="eligibility_only",
                setting="treatment",
                identity_method="visual",
                pin_typed_by=None,
                subject=cs.NotOnList(),
                consents=[cs.ConsentChoice(kind="medication", given=False, text="t")],
                duty_pass="aa",
                device_time=AT,
                anchor=None,
            )
        assert caught.value.rule == "medical_consent"
        assert not outbox._lane.is_held


def test_a_touch_in_progress_holds_the_log_for_its_lane(device: Device) -> None:
    with device.outbox() as one, device.outbox() as other:
        intent = begin(one)
        with pytest.raises(ob.LogReservedError):
            other.append(trouble(), AT)
        with pytest.raises(ob.LogReservedError):
            begin(other)
        assert one.append(check_of(intent), AT).number == 1
        assert other.append(trouble(), AT).number == 2


def test_a_waiting_lane_goes_on_as_soon_as_the_touch_ends(device: Device) -> None:
    with device.outbox() as one, device.outbox(patience_s=20) as other:
        intent = begin(one)
        numbers: list[int] = []
        waiting = threading.Thread(target=lambda: numbers.append(other.append(trouble(), AT).number))
        waiting.start()
        numbers.append(one.append(check_of(intent), AT).number)
        waiting.join()
        assert numbers == [1, 2]


def test_a_dropped_or_replaced_touch_lets_others_go_on(device: Device) -> None:
    with device.outbox() as one, device.outbox() as other:
        intent = begin(one)
        one.drop_check(intent)
        assert other.append(trouble(), AT).number == 1
        begin(one)
        begin(one)
        with pytest.raises(ob.LogReservedError):
            other.append(trouble(), AT)
    with device.outbox() as other:
        assert other.append(trouble(), AT).number == 2


def test_a_forgotten_dialogue_lets_go_after_its_time_and_may_still_be_recorded(device: Device) -> None:
    # Long enough that a busy machine comes to the next line meanwhile.
    with device.outbox(longest_touch_s=1) as one, device.outbox(patience_s=60) as other:
        kept = begin(one)
        assert one._lane.is_held
        while one._lane.is_held:
            time.sleep(0.01)
        assert one.append(check_of(kept), AT).number == 1
        outdated = begin(one)
        assert other.append(trouble(), AT).number == 2
        with pytest.raises(ob.IntentOutdatedError):
            one.append(check_of(outdated), AT)
        assert one.append(check_of(begin(one)), AT).number == 3


def test_a_full_disk_is_refused_before_anything_is_confirmed_and_harms_nothing(device: Device) -> None:
    with device.outbox() as outbox:
        outbox.append(trouble(), AT)
        connection = outbox._database.connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        confirmed = 1
        full: ob.QueueFullError | None = None
        while full is None:
            try:
                outbox.append(trouble("x" * 4000), AT)
                confirmed += 1
            except ob.QueueFullError as error:
                full = error
        assert full.limit == "disk"
        assert confirmed > 2
    with device.outbox() as outbox:
        assert len(device.read(outbox)) == confirmed
        assert outbox.append(trouble(), AT).number == confirmed + 1


def test_capacity_warns_and_then_refuses(device: Device) -> None:
    with device.outbox(capacity=ob.Capacity(octets=3000, warn_at=0.5)) as outbox:
        outbox.append(trouble("x" * 500), AT)
        assert not outbox.state().is_nearly_full
        outbox.append(trouble("x" * 500), AT)
        assert outbox.state().is_nearly_full
        outbox.append(trouble("x" * 500), AT)
        with pytest.raises(ob.QueueFullError) as caught:
            outbox.append(trouble("x" * 500), AT)
        assert caught.value.limit == "capacity"
        assert caught.value.kept_octets == outbox.state().kept_octets
        assert len(outbox.recorded()) == 3


def test_a_full_queue_says_so(device: Device) -> None:
    with device.outbox() as outbox:
        outbox.append(trouble(), AT)
        kept = outbox.state().kept_octets
    with device.outbox(capacity=ob.Capacity(octets=kept)) as outbox:
        assert outbox.state().name is ob.QueueName.FULL
        with pytest.raises(ob.QueueFullError):
            outbox.append(trouble(), AT)


def test_a_busy_file_is_named(device: Device) -> None:
    with device.outbox(patience_s=0.05) as outbox, device.sqlite() as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(ob.OutboxBusyError):
            outbox.append(trouble(), AT)
        connection.execute("ROLLBACK")
        assert outbox.append(trouble(), AT).number == 1


def test_nothing_of_an_outbox_is_told_by_its_repr(device: Device) -> None:
    with device.outbox() as outbox:
        assert repr(outbox) == "<Outbox>"
        outbox.append(trouble("内緒"), AT)
        batch = outbox.pending()
        assert isinstance(batch, ob.Batch)
        assert repr(batch.push) == "<Push 1 to 1>"


def test_a_new_sealing_key_is_used_from_its_announcement_on(device: Device) -> None:
    other = Device(device.folder)
    with device.outbox() as outbox:
        outbox.append(trouble(), AT)
        outbox.sealing_key = other.sealing_key
        outbox.append(trouble(), AT)
        batch = outbox.pending()
    assert isinstance(batch, ob.Batch)
    assert [cs.key_id_of(sealed) for sealed in batch.push.sealed] == [device.sealing_key.id, other.sealing_key.id]


def test_the_genesis_names_this_device_and_facility(device: Device) -> None:
    with device.outbox() as outbox:
        log = outbox.open_successor()
        outbox.append(trouble(), AT)
        batch = outbox.pending()
    assert isinstance(batch, ob.Batch)
    genesis = cs.parse_genesis(batch.push.genesis)
    assert (genesis.facility, genesis.device, genesis.predecessor) == (FACILITY, device.key.thumbprint, None)
    assert cs.log_id(batch.push.genesis) == log == batch.log
