"""A full day of a device online, as a process that is then lost: python lost_device_day.py HOME LOGIN < password.

Signs in (so the day key is in memory), receives its list, checks cards in every way, gets answers, is left with a
declaration half written, a touch that broke after the signature and entries not yet sent. Says `ready DAYKEY` and
waits to be killed.
"""

import sys
import time
from pathlib import Path

from harness.dialogue import ScriptedDialogue
from harness.reader import UnsteadyHand

from checksync.body import DeclarationBody, FieldValue
from checksync.feed import Answer, RosterVisit
from checksync.intent import ConsentChoice, NotOnList, Proxy, VisitSubject
from kazasu_device.check import Checking, CheckOrder
from kazasu_device.declaration import DeclarationDraft, Drafts
from kazasu_device.door import Document, record_document
from kazasu_device.errors import TouchUnfinishedError
from kazasu_device.home import Home
from kazasu_device.memory import keep_memory_off_disk
from kazasu_device.password import Password
from kazasu_device.presence import Presence
from kazasu_device.session import Session
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card

SATO, SUZUKI = PEOPLE["sato"], PEOPLE["suzuki"]
FIELDS: dict[str, FieldValue] = {
    "insurer_number": "06990011", "symbol": "ヨ訓練記号", "number": "88776655", "name": SUZUKI.name,
    "birth_date": SUZUKI.birth_date.isoformat(),
}  # fmt: skip


def exchange(session: Session, visits: int, answers: int) -> None:
    """Until the list and the answers are here."""
    deadline = time.monotonic() + 90
    while True:
        session.exchange.round()
        listed = [visit for visit in session.store.items("roster", RosterVisit) if not visit.removed]
        if len(listed) >= visits and len(session.store.items("answer", Answer)) >= answers:
            return
        if time.monotonic() > deadline:
            raise SystemExit("list or answers did not come")
        time.sleep(0.3)


def day(session: Session) -> None:
    acting = session.device.duty.acting(session.device.now())
    exchange(session, visits=2, answers=0)
    listed = {visit.name: visit.visit for visit in session.store.items("roster", RosterVisit)}
    sato = VisitSubject(id=listed[SATO.name])
    consents = (ConsentChoice(kind="medication", given=True, text="medication-v1"),)

    def check(order: CheckOrder, person: str, dialogue: ScriptedDialogue) -> str:
        presence = Presence(VirtualReader(virtual_card(person)), within_s=0)
        return Checking(session.device, presence, dialogue, session.keeping, acting).perform(order).check

    by_pin = CheckOrder(check_type="home_consent", setting="home_visit", subject=sato, consents=consents)
    first = check(by_pin, "sato", ScriptedDialogue(["9999", SATO.jpki_pin]))
    with_attributes = CheckOrder(
        check_type="home_consent", setting="home_visit", subject=NotOnList(), is_visual=True, with_attributes=True
    )
    check(with_attributes, "suzuki", ScriptedDialogue([], [SUZUKI.number_b]))
    proxy = CheckOrder(
        check_type="home_consent", setting="drive_through", subject=sato, typed_by=Proxy(relation="daughter")
    )
    check(proxy, "sato", ScriptedDialogue([SATO.jpki_pin]))
    record_document(
        session.device, acting, Document("qualification_certificate", "no_card", FIELDS), check=first, visit=None
    )
    exchange(session, visits=2, answers=1)
    # The second touch of a known card, the declaration and the document are still to be sent.
    check(by_pin, "sato", ScriptedDialogue([SATO.jpki_pin]))
    duty_pass = acting.pass_id if acting is not None else "00"
    session.device.record(DeclarationBody(check=first, duty_pass=duty_pass, form="2024-12", fields=FIELDS))
    at = session.device.now()
    if not Drafts(session.store).keep(DeclarationDraft(subject=first, form="2024-12", fields=FIELDS, at=at)):
        raise SystemExit("the unfinished declaration is not kept")
    broken = Presence(UnsteadyHand(virtual_card("kimura"), after=6), within_s=0)
    try:
        dialogue = ScriptedDialogue([PEOPLE["kimura"].jpki_pin])
        order = CheckOrder(check_type="home_consent", setting="home_visit", subject=NotOnList())
        Checking(session.device, broken, dialogue, session.keeping, acting).perform(order)
    except TouchUnfinishedError:
        return
    raise SystemExit("the touch did not break")


def main() -> None:
    home, login = sys.argv[1:]
    keep_memory_off_disk()
    with Session(Home(Path(home))) as session:
        signed_in = session.sign_in(login, Password(sys.stdin.readline().rstrip("\n")))
        day(session)
        if session.keeping.draft() is None:
            raise SystemExit("no broken touch is kept")
        print("ready", signed_in.day_key.hex(), flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main()
