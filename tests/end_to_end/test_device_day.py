"""A device's day against a really served facility over TLS: every command a process of its own, as people use it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.card_process import card_over_udp
from harness.device_process import DeviceProcess, Done
from harness.server import PASSWORD, ServedFacility

from kazasu.gateway.simulator.registry import REGISTRY
from kazasu_device import Home, open_device, recorded
from mynacard.emulator import PEOPLE

pytestmark = pytest.mark.slow

STAFF = "hanako"


class Clinic:
    """A served clinic, its one tablet, and the roster."""

    def __init__(self, folder: Path, kind: str = "medical_institution") -> None:
        self.server = ServedFacility(folder / "clinic", kind=kind)
        self.server.start()
        self.server.add_staff(STAFF)
        self.tablet = DeviceProcess(folder / "tablet")
        self.enrolled = self.tablet.enrol_at(self.server)
        self.tablet.sign_in(STAFF)

    def add_patient(self, person: str, *, with_number: bool) -> str:
        """Somebody on the list, with a visit on this tablet; gives the visit."""
        insured = REGISTRY[person]
        qualification = insured.current[0]
        body: dict[str, Any] = {
            "name": qualification.name,
            "name_kana": qualification.name_kana,
            "birth_date": insured.birth_date.isoformat(),
            "sex": qualification.sex,
        }
        if with_number:
            body["insured_number"] = number_of(person)
        patient = self.server.post("/patients", body)["id"]
        visit = self.server.post(
            "/visits",
            {
                "patient": patient,
                "at": "2026-12-01T05:00:00Z",
                "setting": "home_visit",
                "device": self.enrolled["device"],
            },
        )
        found: str = visit["id"]
        return found

    def check(self, person: str, subject: str, *options: str, typed: str | None = None, kind: str = "") -> Done:
        by_pin = [] if "--visual" in options else ["--pin-stdin"]
        return self.tablet.run(
            "check", "--type", "home_consent", "--setting", "home_visit", "--subject", subject,
            "--reader", f"emulator:{person}{kind}", *by_pin, *options,
            typed=f"{PEOPLE[person].jpki_pin}\n" if typed is None else typed,
        )  # fmt: skip

    def on_server(self, check: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.get(f"/checks/{check}")["check"]
        return found


def number_of(person: str) -> dict[str, str]:
    insured = REGISTRY[person]
    qualification = insured.current[0]
    return {
        "insurer_number": qualification.insurer_number.strip(),
        "symbol": qualification.symbol,
        "number": qualification.number,
        "branch": qualification.branch,
    }


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    made = Clinic(tmp_path_factory.mktemp("clinic"))
    try:
        yield made
    finally:
        made.server.stop()


def recorded_well(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.stdout + done.stderr
    result = done.result
    assert (result["recorded"], result["exercise"]) == (True, True)
    return result


def test_an_online_check_by_pin_is_recorded_sent_and_answered(clinic: Clinic) -> None:
    visit = clinic.add_patient("sato", with_number=True)
    result = recorded_well(clinic.check("sato", f"visit:{visit}", "--consent", "medication", "--wait", "20"))
    assert (result["assurance"], result["outcome"]) == ("card_signed", "accepted")
    assert result["answer"]["result"] == "valid"
    assert result["answer"]["simulated"] is True
    assert clinic.on_server(result["check"])["assurance"] == "card_signed"


def test_the_visit_list_opens_for_whoever_signs_in(clinic: Clinic) -> None:
    visit = clinic.add_patient("takahashi", with_number=True)
    done = clinic.tablet.run("visits", "--staff", STAFF, "--password-stdin", typed=f"{PASSWORD}\n")
    assert done.code == 0, done.stderr
    [found] = [listed for listed in done.result["visits"] if listed["visit"] == visit]
    assert (found["name"], found["keys"]) == (PEOPLE["takahashi"].name, ["insured_number"])


def test_while_the_server_is_down_a_visual_check_is_recorded_and_synced_later(clinic: Clinic) -> None:
    clinic.server.kill()
    try:
        result = recorded_well(
            clinic.check(
                "mori", "not-on-list", "--visual", "--number-b-stdin", "--wait", "30",
                typed=f"{PEOPLE['mori'].number_b}\n",
            )
        )  # fmt: skip
        assert (result["sent"], result["failure"]) == (False, "no-connection")
        assert (result["assurance"], result["attributes_read"]) == ("card_read", True)
        assert clinic.tablet.run("sync").code == 1
        assert clinic.tablet.run("status").result["queue"]["state"] == "held_back"
    finally:
        clinic.server.start()
    synced = clinic.tablet.run("sync", "--wait", "20")
    assert synced.code == 0, synced.stdout + synced.stderr
    assert synced.result["acknowledged"] == 1
    assert clinic.on_server(result["check"])["assurance"] == "card_read"


def test_a_wrong_pin_records_nothing_and_the_right_one_does(clinic: Clinic) -> None:
    before = len(recorded(Home(clinic.tablet.home)))
    wrong = clinic.check("suzuki", "not-on-list", typed="0000\n")
    assert (wrong.code, wrong.result["error"], wrong.result["tries_left"]) == (1, "pin_wrong", 2)
    assert len(recorded(Home(clinic.tablet.home))) == before
    recorded_well(clinic.check("suzuki", "not-on-list"))
    assert len(recorded(Home(clinic.tablet.home))) == before + 1


def test_a_blocked_pin_goes_on_as_a_visual_check(clinic: Clinic) -> None:
    result = recorded_well(clinic.check("garcia", "not-on-list", "--or-visual", kind=":pinless"))
    assert (result["identity_method"], result["assurance"]) == ("visual", "card_read")
    assert clinic.on_server(result["check"])["identity_method"] == "visual"


def test_somebody_not_on_the_list_cannot_be_asked_until_a_document_is_typed(clinic: Clinic) -> None:
    done = clinic.check("suzuki_yui", "not-on-list", "--wait", "20")
    result = recorded_well(done)
    assert (result["outcome"], result["reason"]) == ("held", "cannot_be_asked")
    assert [hold["reason"] for hold in result["holds"]] == ["cannot_be_asked"]
    assert "cannot be asked" in done.stderr
    document = clinic.tablet.run(
        "substitute", "--check", result["check"], "--document", "qualification_certificate",
        "--reason", "not_on_list", "--wait", "20",
        typed=json.dumps({**number_of("suzuki_yui"), "birth_date": PEOPLE["suzuki_yui"].birth_date.isoformat()}),
    )  # fmt: skip
    assert recorded_well(document)["answer"] is not None, document.stdout


def test_a_card_on_a_phone_is_held_as_not_known_for_mobile(clinic: Clinic) -> None:
    result = recorded_well(clinic.check("yamamoto", "not-on-list", "--wait", "20", kind=":android"))
    assert (result["card"], result["outcome"], result["reason"]) == ("android", "held", "not_known_for_mobile")


def test_the_same_entries_sent_again_count_once(clinic: Clinic) -> None:
    recorded_well(clinic.check("watanabe", "not-on-list"))
    entries = recorded(Home(clinic.tablet.home))
    with open_device(Home(clinic.tablet.home)) as device:
        assert device.outbox.resume(entries[-1].log, 1)
    again = clinic.tablet.run("sync", "--wait", "20")
    assert again.code == 0, again.stdout + again.stderr
    checks = {entry.reference for entry in entries if entry.kind == "check"}
    on_server = [clinic.on_server(str(check))["id"] for check in checks]
    assert sorted(on_server) == sorted(str(check) for check in checks)
    assert {entry.outcome for entry in recorded(Home(clinic.tablet.home))} <= {"accepted", "held"}


def test_three_touches_at_once_on_one_device_are_all_recorded(clinic: Clinic) -> None:
    people = ("sato", "suzuki", "takahashi")
    lanes = [
        clinic.tablet.start(
            "check", "--type", "home_consent", "--setting", "drive_through", "--subject", "not-on-list",
            "--reader", f"emulator:{person}", "--pin-stdin", typed=f"{PEOPLE[person].jpki_pin}\n",
        )
        for person in people
    ]  # fmt: skip
    results = []
    for lane in lanes:
        stdout, stderr = lane.communicate(timeout=120)
        results.append(recorded_well(Done(lane.returncode, stdout, stderr)))
    assert len({result["number"] for result in results}) == 3
    assert clinic.tablet.run("sync", "--wait", "20").code == 0
    for result in results:
        assert clinic.on_server(result["check"])["assurance"] == "card_signed"


def test_a_device_killed_while_it_waits_has_lost_nothing(clinic: Clinic) -> None:
    before = len(recorded(Home(clinic.tablet.home)))
    clinic.server.stop()
    try:
        lane = clinic.tablet.start(
            "check", "--type", "home_consent", "--setting", "home_visit", "--subject", "not-on-list",
            "--reader", "emulator:mori", "--visual", "--number-b-stdin", "--no-sync",
            typed=f"{PEOPLE['mori'].number_b}\n",
        )  # fmt: skip
        assert lane.stderr is not None
        for line in lane.stderr:
            if "Recorded on this device" in line:
                break
        lane.kill()
        lane.communicate(timeout=60)
        entries = recorded(Home(clinic.tablet.home))
        assert len(entries) == before + 1
    finally:
        clinic.server.start()
    assert clinic.tablet.run("sync", "--wait", "20").code == 0
    assert clinic.on_server(str(entries[-1].reference))["assurance"] == "card_read"


def by_pin(person: str, reader: str, subject: str) -> tuple[list[str], str]:
    """A check by PIN of somebody who signs in with it, and what is typed for it."""
    options = [
        "check", "--type", "home_consent", "--setting", "home_visit", "--subject", subject, "--reader", reader,
        "--pin-stdin", "--staff", STAFF, "--password-stdin",
    ]  # fmt: skip
    return options, f"{PASSWORD}\n{PEOPLE[person].jpki_pin}\n"


def test_a_touch_that_stays_broken_is_finished_by_a_later_command_of_whoever_signs_in(clinic: Clinic) -> None:
    with card_over_udp("--person", "garcia", "--disappear-after", "5", "--back-after", "600") as reader:
        options, typed = by_pin("garcia", reader, "not-on-list")
        broken = clinic.tablet.run(*options, "--touch-wait", "1", typed=typed)
    assert (broken.code, broken.result["error"], broken.result["is_kept"]) == (1, "touch_unfinished", True)
    again = ("check", "--finish", "--reader", "emulator:garcia", "--wait", "20")
    # What waits is sealed under the day key, which is nowhere before somebody signs in.
    assert clinic.tablet.run(*again).result["error"] == "no_unfinished_touch"
    finished = recorded_well(clinic.tablet.run(*again, "--staff", STAFF, "--password-stdin", typed=f"{PASSWORD}\n"))
    assert (finished["check"], finished["assurance"]) == (broken.result["check"], "card_signed")
    assert clinic.on_server(finished["check"])["assurance"] == "card_signed"
    assert clinic.tablet.run(*again, "--staff", STAFF, "--password-stdin", typed=f"{PASSWORD}\n").code == 1


def test_of_a_known_card_the_certificate_is_not_read_again(clinic: Clinic) -> None:
    """So a card whose certificate comes damaged is still proven, by the one that was read before. What came damaged
    itself is known for nothing."""
    visit = clinic.add_patient("kobayashi", with_number=True)

    def proven(*options: str) -> tuple[str, str]:
        with card_over_udp("--person", "kobayashi", *options) as reader:
            asked, typed = by_pin("kobayashi", reader, f"visit:{visit}")
            result = recorded_well(clinic.tablet.run(*asked, "--again", "--wait", "20", typed=typed))
        return result["check"], clinic.on_server(result["check"])["assurance"]

    assert proven("--damaged-certificate", "bit")[1] == "card_read"
    first, assurance = proven()
    assert assurance == "card_signed"
    known, assurance = proven("--damaged-certificate", "bit")
    assert assurance == "card_signed"
    assert known != first


def test_a_check_taken_back_is_void_on_the_server(clinic: Clinic) -> None:
    check = recorded_well(clinic.check("kimura", "not-on-list"))["check"]
    voided = clinic.tablet.run("void", check, "--reason", "wrong_person")
    assert recorded_well(voided)["outcome"] == "accepted"
    assert clinic.on_server(check)["state"] == "void"


def test_sign_in_with_a_wrong_password_is_told_and_prints_nothing_of_it(clinic: Clinic) -> None:
    done = clinic.tablet.run("sign-in", "--login", STAFF, "--password-stdin", typed="not-the-password-77\n")
    assert (done.code, done.result["error"], done.result["problem"]) == (1, "server_problem", "sign-in-refused")
    assert "not-the-password-77" not in done.stdout + done.stderr + clinic.server.log.read_text("utf-8")


def test_a_therapists_eligibility_check_is_asked_by_the_certificate(tmp_path: Path) -> None:
    practice = Clinic(tmp_path, kind="treatment_practice")
    try:
        done = practice.tablet.run(
            "check", "--type", "eligibility_only", "--setting", "treatment", "--subject", "not-on-list",
            "--reader", "emulator:suzuki", "--pin-stdin", "--wait", "20", typed=f"{PEOPLE['suzuki'].jpki_pin}\n",
        )  # fmt: skip
        result = recorded_well(done)
        assert result["outcome"] == "accepted"
        assert result["answer"]["result"] == "valid"
        assert "cannot be asked" not in done.stderr
    finally:
        practice.server.stop()


def test_a_revoked_device_goes_on_recording_and_says_so(tmp_path: Path) -> None:
    lost = Clinic(tmp_path)
    try:
        lost.server.revoke(lost.enrolled["device"])
        done = lost.check("sato", "not-on-list", "--wait", "10")
        result = recorded_well(done)
        assert result["sent"] is False
        assert "revoked" in done.stderr
        assert len(recorded(Home(lost.tablet.home))) == 1
    finally:
        lost.server.stop()
