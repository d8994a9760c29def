"""A device's process that checks cards and syncs until it is killed: python device_loop.py HOME SEED [finish].

Real touches of the emulator's card, the real outbox, the real client over a real socket. What it confirmed it says on
standard output, one line each and only then: `confirmed LOG NUMBER CHECK`. With `finish` it records nothing more,
sends what waits, and says `done` or, after a while, `waiting N`.
"""

import random
import sys
import time
from pathlib import Path

from harness.dialogue import ScriptedDialogue

from checksync.intent import NotOnList, VisitSubject
from checksync.outbox import OutboxError
from kazasu_device.check import Checking, CheckOrder, Subject
from kazasu_device.errors import DeviceError
from kazasu_device.home import Home
from kazasu_device.presence import Presence
from kazasu_device.session import Session
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card

_PEOPLE = tuple(PEOPLE)
_FINISH_S = 180.0


def say(*words: object) -> None:
    print(*words, flush=True)


def record(session: Session, dice: random.Random, visits: list[str]) -> None:
    person = dice.choice(_PEOPLE)
    subject: Subject = VisitSubject(id=dice.choice(visits)) if visits and dice.random() < 0.5 else NotOnList()
    is_visual = dice.random() < 0.3
    order = CheckOrder(check_type="home_consent", setting="home_visit", subject=subject, is_visual=is_visual)
    presence = Presence(VirtualReader(virtual_card(person)), within_s=0)
    dialogue = ScriptedDialogue([PEOPLE[person].jpki_pin])
    acting = session.device.duty.acting(session.device.now())
    recorded = Checking(session.device, presence, dialogue, session.keeping, acting).perform(order)
    say("confirmed", recorded.confirmed.log, recorded.confirmed.number, recorded.check)


def main() -> None:
    home, seed, *rest = sys.argv[1:]
    is_last = bool(rest)
    dice = random.Random(int(seed))  # noqa: S311 - a test's dice
    visits = (Path(home).parent / "visits").read_text().split()
    with Session(Home(Path(home))) as session:
        say("up")
        ends = time.monotonic() + _FINISH_S
        while True:
            if not is_last:
                for _ in range(dice.randint(1, 4)):
                    try:
                        record(session, dice, visits)
                    except (DeviceError, OutboxError) as error:
                        say("refused", type(error).__name__)
            done = session.exchange.round()
            say("sent", done.report.acknowledged, *[failure.name for failure in done.report.failures])
            if is_last and done.report.is_complete:
                say("done")
                return
            if is_last and time.monotonic() > ends:
                say("waiting", session.device.outbox.state())
                return
            # The back-off is what a person would wait; a test has less time.
            time.sleep(dice.random() * 0.3 if not is_last else 0.2)


if __name__ == "__main__":
    main()
