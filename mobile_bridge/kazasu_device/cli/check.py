"""`kazasu device check`: one check, touched, recorded, sent."""

from typing import Any, Final, get_args

import click

from checksync.intent import (
    CheckType,
    ConsentChoice,
    ConsentKind,
    Holder,
    NotOnList,
    PatientSubject,
    Proxy,
    Setting,
    VisitSubject,
)
from kazasu_device.check import Checking, CheckOrder, Recorded, Subject
from kazasu_device.cli.acting import acting_person, sign_in_first, staff_options
from kazasu_device.cli.conversation import Conversation
from kazasu_device.cli.recording import show_recorded, sync_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.errors import NoUnfinishedTouchError
from kazasu_device.home import Home
from kazasu_device.presence import Presence
from kazasu_device.reader import open_reader
from kazasu_device.roads import foreseen
from kazasu_device.roster import keys_of
from kazasu_device.say import ATTRIBUTES_NOT_READ, error_text, road_text
from kazasu_device.session import Session

_ID: Final = "0123456789abcdef"


def _subject(_: click.Context, __: click.Parameter, text: str | None) -> Subject | None:
    """`visit:ID`, `patient:ID` or `not-on-list`."""
    if text is None or text == "not-on-list":
        return None if text is None else NotOnList()
    kind, _sep, id_ = text.partition(":")
    if 0 < len(id_) <= 64 and set(id_) <= set(_ID):
        if kind == "visit":
            return VisitSubject(id=id_)
        if kind == "patient":
            return PatientSubject(id=id_)
    raise click.BadParameter("visit:ID, patient:ID, not-on-list")


def _typist(_: click.Context, __: click.Parameter, text: str) -> Holder | Proxy:
    """`self` or `proxy:RELATION`."""
    who, _sep, relation = text.partition(":")
    if who == "self" and not relation:
        return Holder()
    if who == "proxy" and 0 < len(relation) <= 100:
        return Proxy(relation=relation)
    raise click.BadParameter("self, proxy:RELATION")


@click.command()
@click.option("--type", "check_type", type=click.Choice(get_args(CheckType)), help="確認の種類 / Type of check.")
@click.option("--setting", type=click.Choice(get_args(Setting)), help="場面 / Where and for what.")
@click.option("--subject", callback=_subject, help="visit:ID, patient:ID, not-on-list (リストにない / whoever it is)")
@click.option(
    "--typed-by",
    callback=_typist,
    default="self",
    help="暗証番号を入力した人 / Who typed the PIN: self, proxy:RELATION (daughter, carer, …).",
)
@click.option("--consent", "given", type=click.Choice(get_args(ConsentKind)), multiple=True, help="同意 / Given.")
@click.option("--decline", "declined", type=click.Choice(get_args(ConsentKind)), multiple=True, help="不同意 / Not.")
@click.option(
    "--pin-stdin",
    is_flag=True,
    help="利用者証明用の暗証番号(4桁)を標準入力から / Read the user-authentication PIN (JPKI) from stdin.",
)
@click.option("--visual", is_flag=True, help="目視確認 / By comparing face and photograph, without PIN.")
@click.option("--or-visual", is_flag=True, help="暗証番号が使えなければ目視で / Go on visually without PIN.")
@click.option("--allow-last-try", is_flag=True, help="残り1回でも入力する / Present it even if one try is left.")
@click.option("--number-b", is_flag=True, help="照合番号Bを尋ねて4情報を読む / Ask for number B: the four attributes.")
@click.option("--number-b-stdin", is_flag=True, help="照合番号B(14桁)を標準入力から / Read number B from stdin.")
@click.option("--western-year", is_flag=True, help="券面の生年月日が西暦 / The card prints the birth year Western.")
@click.option("--again/--not-again", default=None, help="少し前に確認した同じカードを記録するか / The same card again?")
@click.option(
    "--reader", "reader_name", metavar="NAME", help="PC/SC の名前, usb, udp:HOST:PORT, emulator:PERSON[:KIND]"
)
@click.option(
    "--touch-wait",
    "touch_wait_s",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="カードを待つ秒数 / How long to wait for the card.",
)
@click.option("--finish", is_flag=True, help="読み残した確認を終える / Finish a touch that broke after the signature.")
@staff_options
@sync_options
@json_option
@click.pass_obj
def check(
    home: Home,
    check_type: CheckType | None,
    setting: Setting | None,
    subject: Subject | None,
    typed_by: Holder | Proxy,
    given: tuple[ConsentKind, ...],
    declined: tuple[ConsentKind, ...],
    pin_stdin: bool,
    visual: bool,
    or_visual: bool,
    allow_last_try: bool,
    number_b: bool,
    number_b_stdin: bool,
    western_year: bool,
    again: bool | None,
    reader_name: str | None,
    touch_wait_s: float,
    finish: bool,
    staff: str | None,
    password_stdin: bool,
    no_sync: bool,
    wait_s: float,
    as_json: bool,
) -> None:
    """カードで確認し、記録し、送る / Touch a card: it is recorded first, then sent.

    標準入力は1行ずつ、パスワード・暗証番号・照合番号Bの順です。
    Standard input is read line by line: password, PIN, number B, those of them that are asked for.
    """
    if not finish and (check_type is None or setting is None or subject is None):
        raise click.UsageError("--type, --setting, --subject が要ります / are needed")
    if visual and (pin_stdin or or_visual):
        raise click.UsageError("--visual は暗証番号と同時に使えません / --visual takes no PIN")
    screen = Screen(home, as_json=as_json)
    with (
        screen.errors(),
        Session(home) as session,
        Conversation(
            screen,
            pin_stdin=pin_stdin,
            number_b=number_b,
            number_b_stdin=number_b_stdin,
            is_western_year=western_year,
            or_visual=or_visual,
            again=again,
        ) as conversation,
    ):
        sign_in_first(session, staff, password_stdin=password_stdin)
        acting = acting_person(screen, session.device, staff)
        with open_reader(session.device.policy, reader_name) as reader:
            checking = Checking(session.device, Presence(reader, touch_wait_s), conversation, session.keeping, acting)
            if finish:
                recorded = checking.finish()
                if recorded is None:
                    raise NoUnfinishedTouchError
            else:
                assert check_type is not None and setting is not None and subject is not None  # noqa: S101, PT018
                order = CheckOrder(
                    check_type=check_type,
                    setting=setting,
                    subject=subject,
                    typed_by=typed_by,
                    is_visual=visual,
                    consents=_consents(session, given, declined),
                    with_attributes=number_b or number_b_stdin,
                    allow_last_try=allow_last_try,
                )
                _warn(screen, session, order)
                conversation.prepare(with_pin=not visual)
                recorded = checking.perform(order)
        if recorded.attributes_problem is not None:
            screen.tell(ATTRIBUTES_NOT_READ)
            screen.tell(error_text(recorded.attributes_problem))
        show_recorded(
            screen, session, recorded.confirmed, recorded.check, _described(recorded), no_sync=no_sync, wait_s=wait_s
        )


def _consents(
    session: Session, given: tuple[ConsentKind, ...], declined: tuple[ConsentKind, ...]
) -> tuple[ConsentChoice, ...]:
    if set(given) & set(declined):
        raise click.UsageError("同じ種類に --consent と --decline / the same kind given and declined")
    policy = session.device.policy
    return tuple(
        ConsentChoice(kind=kind, given=is_given, text=policy.consent_text(kind))
        for kinds, is_given in ((given, True), (declined, False))
        for kind in dict.fromkeys(kinds)
    )


def _warn(screen: Screen, session: Session, order: CheckOrder) -> None:
    subject = order.subject
    known_keys = keys_of(
        session.store,
        visit=subject.id if isinstance(subject, VisitSubject) else None,
        patient=subject.id if isinstance(subject, PatientSubject) else None,
    )
    notice = foreseen(
        session.device.policy,
        order.check_type,
        order.setting,
        subject,
        has_attributes=order.with_attributes,
        known_keys=known_keys,
    )
    if notice is not None:
        for text in road_text(notice):
            screen.tell(text)


def _described(recorded: Recorded) -> dict[str, Any]:
    problem = recorded.attributes_problem
    return {
        "assurance": recorded.assurance.value,
        "card": recorded.card_kind.value,
        "identity_method": "visual" if recorded.is_visual else "pin",
        "repeat_of": recorded.repeat_of,
        "attributes_read": recorded.has_attributes,
        "attributes_problem": None if problem is None else {"error": problem.code, **problem.data()},
    }
