"""Invariants 2 and 5: after a day on a device nothing of a patient, and no secret, is in any of its files.

Every byte of every file is looked at, SQLite's write-ahead log and shared memory included, while the files are open,
after they are closed, and after the process was killed.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest
from harness.clinic import NOON
from harness.device import Tablet, direct_server, direct_session
from harness.dialogue import ScriptedDialogue
from harness.reader import UnsteadyHand

from checksync.encoding import encode
from checksync.feed import FeedItem, ListedCertificate, RosterVisit
from checksync.intent import NotOnList, Proxy
from kazasu_device.check import Checking, CheckOrder
from kazasu_device.door import Document, record_document
from kazasu_device.errors import TouchUnfinishedError
from kazasu_device.presence import Presence
from kazasu_device.session import Session
from mynacard import Certificate
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card

SATO, SUZUKI = PEOPLE["sato"], PEOPLE["suzuki"]
DAY_KEY = bytes(range(100, 132))
FIELDS = {"insurer_number": "01990011", "symbol": "ヨ訓練記号", "number": "88776655", "name": SUZUKI.name}


def certificate_of(person: str) -> bytes:
    from mynacard import CardSession

    with CardSession(VirtualReader(virtual_card(person)).connect()) as session:
        return session.certificate().der


def patient_data() -> dict[str, bytes]:
    """Everything that may be nowhere, by what it is."""
    found: dict[str, bytes] = {
        "day key": DAY_KEY,
        "day key in hex": DAY_KEY.hex().encode(),
        "an intent": b"kazasu-intent-v1",
        "who typed the PIN": b"daughter",
    }
    for person in (SATO, SUZUKI):
        der = certificate_of(person.short_name)
        serial = Certificate.parse(der).serial
        found |= {
            f"{person.short_name} name": person.name.encode(),
            f"{person.short_name} family name in UTF-16": person.name[:2].encode("utf-16-le"),
            f"{person.short_name} address": person.address.encode(),
            f"{person.short_name} birth date": person.birth_date.isoformat().encode(),
            f"{person.short_name} birth digits": f"{person.birth_date:%Y%m%d}".encode(),
            f"{person.short_name} number B": person.number_b.encode(),
            f"{person.short_name} individual number": person.individual_number.encode(),
            f"{person.short_name} certificate": der[40:120],
            f"{person.short_name} certificate's end": der[-64:],
            f"{person.short_name} certificate digest": Certificate.parse(der).sha256,
            f"{person.short_name} certificate digest in hex": Certificate.parse(der).sha256.hex().encode(),
            f"{person.short_name} serial": serial.to_bytes(4),
            f"{person.short_name} serial in hex": f"{serial:x}".encode(),
        }
    return found | {f"document {name}": value.encode() for name, value in FIELDS.items()}


def found_in(home: Path) -> list[str]:
    contents = {file.name: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    assert "outbox.db" in contents
    return [
        f"{what} in {name}"
        for what, octets in patient_data().items()
        for name, content in contents.items()
        if octets in content
    ]


def a_day(tablet: Tablet, session: Session) -> None:
    """PIN, wrong PIN, visual with attributes, a proxy, a repeat, a document, a roster, answers, a broken touch."""
    tablet.put_on_duty(session.device)
    der = certificate_of("sato")
    listed = ListedCertificate(
        serial=f"{Certificate.parse(der).serial:x}", sha256=Certificate.parse(der).sha256.hex(), certificate=der
    )
    visit = RosterVisit(
        visit="ab" * 16, patient="cd" * 16, name=SATO.name, birth_date=SATO.birth_date.isoformat(),
        at=NOON.isoformat(), setting="home_visit", keys=["insured_number"], known_certificates=[listed],
    )  # fmt: skip
    answer = {"check": "ef" * 16, "result": "valid", "qualifications": [{"name": SATO.name, **FIELDS}]}
    items = [
        FeedItem(id="1", kind="roster", data=msgspec.Raw(encode(visit))),
        FeedItem(id="2", kind="answer", data=msgspec.Raw(msgspec.json.encode(answer))),
    ]
    session.store.receive(tablet.clinic.epoch, items, f"{tablet.clinic.epoch}.0")
    acting = session.device.duty.acting(session.device.now())

    def check(order: CheckOrder, reader: VirtualReader, dialogue: ScriptedDialogue) -> str:
        presence = Presence(reader, within_s=0)
        return Checking(session.device, presence, dialogue, session.keeping, acting).perform(order).check

    by_pin = CheckOrder(check_type="home_consent", setting="home_visit", subject=NotOnList())
    check(by_pin, VirtualReader(virtual_card("sato")), ScriptedDialogue(["9999", SATO.jpki_pin]))
    check(by_pin, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    visual = CheckOrder(
        check_type="home_consent", setting="home_visit", subject=NotOnList(), is_visual=True, with_attributes=True
    )
    check(visual, VirtualReader(virtual_card("sato")), ScriptedDialogue([], [SATO.number_b]))
    proxy = CheckOrder(
        check_type="home_consent", setting="drive_through", subject=NotOnList(), typed_by=Proxy(relation="daughter"),
        with_attributes=True,
    )  # fmt: skip
    last = check(proxy, VirtualReader(virtual_card("suzuki")), ScriptedDialogue([SUZUKI.jpki_pin], [SUZUKI.number_b]))
    record_document(session.device, acting, Document("notice", "card", {**FIELDS}), check=last, visit=None)
    session.exchange.round()
    with pytest.raises(TouchUnfinishedError):
        check(by_pin, UnsteadyHand(virtual_card("kimura"), after=6), ScriptedDialogue([PEOPLE["kimura"].jpki_pin]))
    assert session.keeping.draft() is not None


@pytest.mark.parametrize("day_key", [DAY_KEY, None], ids=["signed in", "without day key"])
def test_after_a_day_no_file_holds_anything_of_a_patient(tmp_path: Path, day_key: bytes | None) -> None:
    tablet = Tablet(tmp_path / "home")
    with direct_session(tablet, direct_server(tablet)) as session:
        if day_key is not None:
            session.store.unlock(day_key)
        a_day(tablet, session)
        names = {file.name for file in tablet.path.iterdir()}
        assert {"outbox.db-wal", "outbox.db-shm"} <= names
        assert found_in(tablet.path) == []
    assert found_in(tablet.path) == []


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"\0" * 100 + SATO.name.encode() + certificate_of("suzuki"))
    found = found_in(tmp_path)
    assert "sato name in outbox.db" in found
    assert "suzuki certificate in outbox.db" in found
    assert "suzuki serial in outbox.db" in found


def test_the_draft_and_the_list_open_again_with_the_day_key_alone(tmp_path: Path) -> None:
    tablet = Tablet(tmp_path / "home")
    with direct_session(tablet, direct_server(tablet)) as session:
        session.store.unlock(DAY_KEY)
        a_day(tablet, session)
    with direct_session(tablet, direct_server(tablet)) as later:
        assert later.store.items("roster", RosterVisit) == []
        assert later.keeping.draft() is None
        later.store.unlock(DAY_KEY)
        assert [visit.name for visit in later.store.items("roster", RosterVisit)] == [SATO.name]
        assert later.keeping.draft() is not None


@pytest.mark.slow
def test_after_kill_9_in_the_middle_of_the_day_no_file_holds_anything_of_a_patient(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        sys.path[:0] = sys.argv[2:]
        from harness.device import Tablet, direct_server, direct_session
        from test_nothing_at_rest import DAY_KEY, a_day
        tablet = Tablet(Path(sys.argv[1]))
        session = direct_session(tablet, direct_server(tablet))
        session.store.unlock(DAY_KEY)
        a_day(tablet, session)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "home"), str(here.parents[1]), str(here)])
    assert done.returncode == -9
    assert (tmp_path / "home" / "outbox.db-wal").stat().st_size > 0
    assert found_in(tmp_path / "home") == []


def test_the_pin_is_in_no_file(tmp_path: Path) -> None:
    # Four digits stand by chance in any sealed octets: a PIN typed by a person is looked for as text between others.
    tablet = Tablet(tmp_path / "home")
    with direct_session(tablet, direct_server(tablet)) as session:
        session.store.unlock(DAY_KEY)
        a_day(tablet, session)
        pins = {SATO.jpki_pin, SUZUKI.jpki_pin, PEOPLE["kimura"].jpki_pin, "9999"}
        for file in tablet.path.iterdir():
            content = file.read_bytes()
            for pin in pins:
                for quoted in (f'"{pin}"', f"'{pin}'", f"\n{pin}\n", f" {pin} ", f"={pin}\n"):
                    assert quoted.encode() not in content, file.name
