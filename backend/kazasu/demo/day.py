"""The day itself: who comes, what happens, in the order of the scenes. Each scene says what it did in one line."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kazasu.demo.process import ProgramError
from kazasu.demo.stage import Device, FacilityOnStage, Place, Table
from kazasu.gateway.simulator import REGISTRY
from mynacard.emulator import PEOPLE

CLINIC = Place("clinic", "訓練かざすクリニック", "medical_institution", "991990001")
THERAPIST = Place("therapist", "訓練かざす鍼灸院", "treatment_practice", "991990002")

_ANSWER_WITHIN_S = "20"


@dataclass(frozen=True)
class Told:
    """One line of the table: the scene, and the checks that it made."""

    scene: str
    facility: str
    checks: list[str]
    remark: str = ""


@dataclass
class Day:
    """The two facilities, the table for cards, and what has been told so far."""

    clinic: FacilityOnStage
    therapist: FacilityOnStage
    table: Table
    say: Callable[[str], None]
    told: list[Told] = field(default_factory=list)
    _visits: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Servers up, people on the roster, devices enrolled and staff on duty."""
        for facility in (self.clinic, self.therapist):
            self.say(f"施設を作る / setting up {facility.place.name}")
            facility.set_up()
            facility.open()
        self.say("端末を登録し、職員が勤務に入る / enrolling devices, staff on duty")
        self.tablet = self.clinic.add_device("往診タブレット", "tanaka", "田中 看護師", "visitor")
        self.lanes = (
            self.clinic.add_device("車線1", "abe", "阿部 受付", "counter"),
            self.clinic.add_device("車線2", "ono", "小野 受付", "counter"),
        )
        self.counter = self.therapist.add_device("施術室", "hara", "原 施術者", "counter")
        for number, (person, setting, device) in enumerate(self._booked(), 1):
            patient = self.clinic.office.add_patient(REGISTRY[person], f"D{number:03d}")
            at = datetime.now(UTC) + timedelta(minutes=number)
            self._visits[person] = self.clinic.office.add_visit(patient, at, setting, device.id)

    def _booked(self) -> list[tuple[str, str, Device]]:
        return [
            ("sato", "home_visit", self.tablet),
            ("takahashi", "home_visit", self.tablet),
            ("ito", "home_visit", self.tablet),
            ("garcia", "home_visit", self.tablet),
            ("yamamoto", "home_visit", self.tablet),
            ("watanabe", "drive_through", self.lanes[0]),
            ("yoshida", "drive_through", self.lanes[1]),
        ]

    def play(self) -> None:
        """Every scene, in order."""
        for scene in (
            self.home_visit_by_pin,
            self.home_visit_without_server,
            self.not_on_the_roster,
            self.two_cars,
            self.at_the_therapist,
            self.wrong_pin_then_right,
            self.blocked_pin,
            self.invalid_qualification,
            self.phone,
        ):
            scene()
        for facility in (self.clinic, self.therapist):
            for device in facility.devices:
                device.run("sync")

    def home_visit_by_pin(self) -> None:
        with self.table.card("sato") as reader:
            check = self._check(
                self.tablet,
                reader,
                *_visit(self._visits["sato"], "home_visit"),
                *_CONSENTS,
                "--pin-stdin",
                typed=PEOPLE["sato"].jpki_pin,
            )
        self._tell("自宅・PIN・接続あり / home visit, PIN, connected", self.clinic, check)

    def home_visit_without_server(self) -> None:
        self.clinic.close()
        with self.table.card("takahashi") as reader:
            check = self._check(
                self.tablet,
                reader,
                *_visit(self._visits["takahashi"], "home_visit"),
                "--visual",
                "--number-b-stdin",
                typed=PEOPLE["takahashi"].number_b,
            )
        waiting = self.tablet.run("status").printed
        self.clinic.open()
        self.tablet.run("sync", "--wait", _ANSWER_WITHIN_S)
        self._tell(
            "自宅・目視・サーバー停止中、後で同期 / home visit, visual, server stopped, synced later",
            self.clinic,
            check,
            remark=f"{waiting['queue']['waiting']} 件が端末で待った / waited on the device",
        )

    def not_on_the_roster(self) -> None:
        with self.table.card("suzuki") as reader:
            check = self._check(
                self.tablet,
                reader,
                *_SETTING_HOME,
                "--subject",
                "not-on-list",
                "--pin-stdin",
                typed=PEOPLE["suzuki"].jpki_pin,
            )
        on_card = REGISTRY["suzuki"].current[0]
        document = {
            "insurer_number": on_card.insurer_number.strip(),
            "symbol": on_card.symbol,
            "number": on_card.number,
            "branch": on_card.branch,
            "birth_date": REGISTRY["suzuki"].birth_date.isoformat(),
            "name": on_card.name,
            "name_kana": on_card.name_kana,
        }
        self.tablet.run(
            "substitute",
            "--check",
            check,
            "--document",
            "qualification_certificate",
            "--reason",
            "cannot_be_asked",
            "--wait",
            _ANSWER_WITHIN_S,
            typed=json.dumps(document, ensure_ascii=False),
        )
        self._tell(
            "名簿にない・PINだけでは照会できない→書類を入力 / not on the roster: the document typed at the door",
            self.clinic,
            check,
        )

    def two_cars(self) -> None:
        people = ("watanabe", "yoshida")
        with self.table.card(people[0]) as first, self.table.card(people[1], slot=1) as second:
            running = []
            for person, lane, reader in zip(people, self.lanes, (first, second), strict=True):
                arguments = (*_visit(self._visits[person], "drive_through"), "--reader", reader)
                process = lane.begin("check", *arguments, "--pin-stdin", "--wait", _ANSWER_WITHIN_S)
                if process.stdin is not None:
                    process.stdin.write(PEOPLE[person].jpki_pin + "\n")
                    process.stdin.flush()
                running.append(process)
            checks = []
            for process in running:
                out, told = process.communicate(timeout=120)
                if process.returncode != 0:
                    raise ProgramError("kazasu device check at the car window", told + out)
                checks.append(str(json.loads(out)["check"]))
        self._tell("ドライブスルー・2台同時 / drive-through, two cars at once", self.clinic, *checks)

    def at_the_therapist(self) -> None:
        with self.table.card("suzuki_yui") as reader:
            check = self._check(
                self.counter,
                reader,
                "--type",
                "eligibility_only",
                "--setting",
                "treatment",
                "--subject",
                "not-on-list",
                "--typed-by",
                "proxy:parent",
                "--pin-stdin",
                typed=PEOPLE["suzuki_yui"].jpki_pin,
            )
        self._tell("施術所・資格確認限定型 / therapist, eligibility only", self.therapist, check)

    def wrong_pin_then_right(self) -> None:
        with self.table.card("ito") as reader:
            arguments = (*_visit(self._visits["ito"], "home_visit"), "--typed-by", "proxy:parent", "--pin-stdin")
            refused = self.tablet.run("check", *arguments, "--reader", reader, typed="0000\n", expect=(1,)).printed
            check = self._check(self.tablet, reader, *arguments, typed=PEOPLE["ito"].jpki_pin)
        self._tell(
            "PINを一度間違え、次に正しく / a wrong PIN, then right",
            self.clinic,
            check,
            remark=f"{refused['error']}, 残り {refused['tries_left']} 回 / tries left",
        )

    def blocked_pin(self) -> None:
        with self.table.card("garcia") as reader:
            arguments = (*_visit(self._visits["garcia"], "home_visit"), "--reader", reader, "--pin-stdin")
            for last in ((), (), ("--allow-last-try",)):
                self.tablet.run("check", *arguments, *last, typed="0000\n", expect=(1,))
            check = self._check(
                self.tablet,
                reader,
                *_visit(self._visits["garcia"], "home_visit"),
                "--pin-stdin",
                "--or-visual",
                typed=PEOPLE["garcia"].jpki_pin,
            )
        self._tell("PINがロック→目視確認で続ける / blocked PIN, goes on as a visual check", self.clinic, check)

    def invalid_qualification(self) -> None:
        with self.table.card("yamamoto") as reader:
            check = self._check(
                self.tablet,
                reader,
                *_visit(self._visits["yamamoto"], "home_visit"),
                "--pin-stdin",
                typed=PEOPLE["yamamoto"].jpki_pin,
            )
        remark = ""
        for hold in self.clinic.office.open_holds(check):
            self.clinic.office.decide(
                hold["id"], "old_qualification", "患者に確認し、新しい資格は登録中。旧資格情報で請求する。"
            )
            remark = f"{hold['reason']} → old_qualification"
        self._tell("資格（無効）→保留→事務が判断 / invalid, held, decided", self.clinic, check, remark=remark)

    def phone(self) -> None:
        with self.table.card("kimura", "android") as reader:
            check = self._check(
                self.tablet,
                reader,
                *_SETTING_HOME,
                "--subject",
                "not-on-list",
                "--pin-stdin",
                typed=PEOPLE["kimura"].jpki_pin,
            )
        self._tell("スマホ用電子証明書→保留 / certificate on a phone, held", self.clinic, check)

    def _check(self, device: Device, reader: str, *arguments: str, typed: str) -> str:
        ended = device.run("check", *arguments, "--reader", reader, "--wait", _ANSWER_WITHIN_S, typed=typed + "\n")
        printed: dict[str, Any] = ended.printed
        if not printed["recorded"]:
            raise ProgramError("kazasu device check did not record", ended.told)
        return str(printed["check"])

    def _tell(self, scene: str, facility: FacilityOnStage, *checks: str, remark: str = "") -> None:
        self.told.append(Told(scene, facility.place.key, list(checks), remark))
        self.say(f"{scene}{'：' + remark if remark else ''}")


_SETTING_HOME = ("--type", "home_consent", "--setting", "home_visit")
_CONSENTS = ("--consent", "medication", "--consent", "treatment", "--decline", "check_ups")


def _visit(visit: str, setting: str) -> tuple[str, ...]:
    return ("--type", "home_consent", "--setting", setting, "--subject", f"visit:{visit}")
