"""The fields of a claim by each route, and why a route is not open: rules.md section 8, oqs.md section 4. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.facility.kind import FacilityKind
from kazasu.japanese import era_text
from kazasu.rules.claim_route import (
    CLAIM_ROUTES,
    UNKNOWN_INSURER_ROWS,
    ClaimRoute,
    ClaimRouteRow,
    Need,
    UnknownInsurerRow,
    claims_at_all,
    no_claim,
    route_row,
    unknown_insurer_number,
)
from kazasu.rules.insured_number import InsuredNumber
from kazasu.rules.period import Knowledge, knowledge_of_procedure
from kazasu.rules.say import Say
from kazasu.rules.substitute import Scheme

__all__ = [
    "ClaimFields",
    "ClaimPlan",
    "ClosedRoute",
    "KnownForClaim",
    "Remark",
    "RemarkKind",
    "UnknownFacts",
    "plan_claim",
]


@dataclass(frozen=True, kw_only=True)
class UnknownFacts:
    """What the declaration and the clinic's own asking brought; all of it a patient's data."""

    name_kana: str
    addresses: tuple[str, ...]
    telephone: str
    contacted_on: date | None
    scheme: Scheme
    has_declaration: bool
    """A signed declaration, or the oral confirmation of a returning patient, which counts as one."""
    declared_on: date | None = None
    insurer_name: str = ""
    workplace: str = ""
    is_inpatient_or_returning: bool = False
    was_asked_again: bool = False

    def __repr__(self) -> str:
        return "<UnknownFacts>"


@dataclass(frozen=True, kw_only=True)
class KnownForClaim:
    """What is known of the person when the claim is made."""

    current: InsuredNumber | None = None
    old: InsuredNumber | None = None
    unknown: UnknownFacts | None = None


class RemarkKind(StrEnum):
    """The remarks in the order in which they stand."""

    OLD_QUALIFICATION = "old_qualification"
    UNKNOWN = "unknown"
    NAME_KANA = "name_kana"
    SCHEME = "scheme"
    INSURER_NAME = "insurer_name"
    WORKPLACE = "workplace"
    ADDRESS = "address"
    TELEPHONE = "telephone"
    CONTACTED_ON = "contacted_on"


@dataclass(frozen=True)
class Remark:
    """One remark (摘要欄)."""

    kind: RemarkKind
    text: str

    def __repr__(self) -> str:
        return f"<Remark {self.kind}>"


@dataclass(frozen=True, kw_only=True)
class ClaimFields:
    """The claim's fields by one route; the insurer number without padding."""

    route: ClaimRoute
    insurer_number: str
    symbol: str
    number: str
    branch: str
    remarks: tuple[Remark, ...]
    say: Say
    cites: str
    paper_note: Say | None = None

    def __repr__(self) -> str:
        return f"<ClaimFields {self.route}>"


@dataclass(frozen=True)
class ClosedRoute:
    """A route that cannot be taken (yet), with what it still needs; `not_yet` and `no_claims` need nothing."""

    route: ClaimRoute
    missing: tuple[Need, ...]
    why: str
    say: Say
    cites: str


@dataclass(frozen=True)
class ClaimPlan:
    """The first route that is possible, and why those before it are not."""

    fields: ClaimFields | None
    closed: tuple[ClosedRoute, ...]
    knowledge: Knowledge


_UNKNOWN_NUMBER: Final = "777777777"
_UNKNOWN_NUMBER_LATE_STAGE: Final = "77777777"
_DECLARATIONS_SINCE: Final = date(2023, 7, 10)
_PAPER: Final = Say(
    ja="紙レセプトでは、上部欄外に赤色で「不詳」と記載します。",
    en="On a paper claim 不詳 is written in red above the upper margin.",
)
_SCHEME_WORDS: Final = {
    Scheme.EMPLOYEES: "社保",
    Scheme.NATIONAL: "国保",
    Scheme.LATE_STAGE_ELDERLY: "後期",
    Scheme.OTHER: "その他",
    Scheme.UNKNOWN: "わからない",
}


def plan_claim(
    kind: FacilityKind,
    known: KnownForClaim,
    filed_on: date,
    *,
    receipt_computer_checks_digit: bool = False,
    rows: tuple[ClaimRouteRow, ...] = CLAIM_ROUTES,
    unknown_insurers: tuple[UnknownInsurerRow, ...] = UNKNOWN_INSURER_ROWS,
) -> ClaimPlan:
    """The claim's fields by the first possible route, for a claim filed on that day."""
    knowledge = knowledge_of_procedure(filed_on)
    if not claims_at_all(kind):
        closed = tuple(ClosedRoute(route, (), "no_claims", no_claim(), "rules.md 1 [002]") for route in ClaimRoute)
        return ClaimPlan(None, closed, knowledge)
    refused: list[ClosedRoute] = []
    for route in ClaimRoute:
        row = route_row(route, filed_on, rows)
        if row is None:
            refused.append(_not_yet(route))
            continue
        missing = _missing(route, known)
        if missing:
            refused.append(ClosedRoute(route, missing, "needs", _say_missing(missing), row.cites))
            continue
        insurer = unknown_insurer_number(
            filed_on, receipt_computer_checks_digit=receipt_computer_checks_digit, rows=unknown_insurers
        )
        return ClaimPlan(_fields(row, known, insurer), tuple(refused), knowledge)
    return ClaimPlan(None, tuple(refused), knowledge)


def _missing(route: ClaimRoute, known: KnownForClaim) -> tuple[Need, ...]:
    if route is ClaimRoute.CURRENT:
        return () if known.current is not None else (Need.CURRENT_NUMBER,)
    if route is ClaimRoute.OLD:
        return () if known.old is not None else (Need.OLD_NUMBER,)
    # That no number was given afterwards is what being here means: a number known would have taken a route before this.
    facts = known.unknown
    if facts is None:
        return (Need.DECLARATION, Need.CONTACTED)
    missing: list[Need] = []
    is_too_early = facts.declared_on is not None and facts.declared_on < _DECLARATIONS_SINCE
    if not facts.has_declaration or is_too_early or not facts.name_kana.strip():
        missing.append(Need.DECLARATION)
    if facts.contacted_on is None:
        missing.append(Need.CONTACTED)
    if facts.is_inpatient_or_returning and not facts.was_asked_again:
        missing.append(Need.ASKED_AGAIN)
    return tuple(missing)


def _fields(row: ClaimRouteRow, known: KnownForClaim, unknown_insurer: str) -> ClaimFields:
    if row.route is ClaimRoute.UNKNOWN and known.unknown is not None:
        facts = known.unknown
        is_late_stage = facts.scheme is Scheme.LATE_STAGE_ELDERLY
        return ClaimFields(
            route=row.route,
            insurer_number=unknown_insurer,
            symbol="",
            number=_UNKNOWN_NUMBER_LATE_STAGE if is_late_stage else _UNKNOWN_NUMBER,
            branch="",
            remarks=_unknown_remarks(facts),
            say=row.say,
            cites=row.cites,
            paper_note=_PAPER,
        )
    number = known.current if row.route is ClaimRoute.CURRENT else known.old
    if number is None:
        raise AssertionError(row.route)
    is_old = row.route is ClaimRoute.OLD
    return ClaimFields(
        route=row.route,
        insurer_number=number.insurer_number,
        symbol=number.symbol,
        number=number.number,
        branch=number.branch,
        remarks=(Remark(RemarkKind.OLD_QUALIFICATION, "旧資格情報"),) if is_old else (),
        say=row.say,
        cites=row.cites,
    )


def _unknown_remarks(facts: UnknownFacts) -> tuple[Remark, ...]:
    """In the order of [004], with the kind of insurance after the kana name (oqs.md 4); empty ones are left out."""
    contacted = "" if facts.contacted_on is None else era_text(facts.contacted_on)
    remarks = (
        Remark(RemarkKind.UNKNOWN, "不詳"),
        Remark(RemarkKind.NAME_KANA, facts.name_kana),
        Remark(RemarkKind.SCHEME, _SCHEME_WORDS[facts.scheme]),
        Remark(RemarkKind.INSURER_NAME, facts.insurer_name),
        Remark(RemarkKind.WORKPLACE, facts.workplace),
        *(Remark(RemarkKind.ADDRESS, address) for address in facts.addresses),
        Remark(RemarkKind.TELEPHONE, facts.telephone),
        Remark(RemarkKind.CONTACTED_ON, contacted),
    )
    return tuple(remark for remark in remarks if remark.text.strip())


def _not_yet(route: ClaimRoute) -> ClosedRoute:
    say = Say(
        ja="この方法での請求は、まだ始まっていません。不詳での請求は2023年9月の請求からです。",
        en="Claims by this route have not begun yet; unknown claims begin with the claim month 2023-09.",
    )
    return ClosedRoute(route, (), "not_yet", say, "rules.md 8 [001][004]")


_NEEDS: Final = {
    Need.CURRENT_NUMBER: ("現在の資格の番号", "the current number"),
    Need.OLD_NUMBER: ("旧資格の番号", "the old number"),
    Need.DECLARATION: ("被保険者資格申立書", "a declaration on file"),
    Need.NO_NUMBER_GIVEN: ("番号の提供がないことの確認", "that no number was given afterwards"),
    Need.CONTACTED: ("患者への連絡とその日付", "contact with the patient, and its date"),
    Need.ASKED_AGAIN: ("入院中・再診時の再確認", "asking an inpatient or returning patient again"),
}


def _say_missing(missing: tuple[Need, ...]) -> Say:
    return Say(
        ja=f"まだ必要です：{'、'.join(_NEEDS[need][0] for need in missing)}。",
        en=f"Still needed: {', '.join(_NEEDS[need][1] for need in missing)}.",
    )
