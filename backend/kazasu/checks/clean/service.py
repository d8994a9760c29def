"""Looks up what decides whether checks are plain, and writes plain ones: a statement a table, however many they are.

The rows, the audit's entries and their order are those that reading each check alone makes; a test compares them.
"""

import dataclasses
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, insert, select, union_all

from kazasu import audit
from kazasu.checks.asking import evidence_of, gateway_keys_of, waits_because
from kazasu.checks.certificates import certificate_values
from kazasu.checks.clean.clean_check import CleanCheck, Touch
from kazasu.checks.judgement import check_values
from kazasu.checks.known import Known
from kazasu.checks.models import CertificateRow, CheckRow, ConsentRow, RecordedEntryRow
from kazasu.checks.service import REPEAT_WITHIN
from kazasu.checks.state import CheckState
from kazasu.context import Context
from kazasu.db import Session, new_id
from kazasu.inquiries.service import FirstInquiry, make_first_inquiries
from kazasu.journal.models import JournalMarkRow
from kazasu.patients.service import number_of
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.placing import place_of_check, weigh
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import Subject
from kazasu.reconciliation.state import HoldState
from kazasu.rules import Closed, InquiryKey
from kazasu.sync.models import FeedItemRow
from kazasu.sync.seam import EntryOutcome, Outcome

__all__ = ["find_related", "find_touches", "write_clean"]


async def find_related(session: Session, checks: Collection[str]) -> set[str]:
    """Those of the checks of which something is stored already: the check itself, an entry that named it before it
    came, a consent of its id, or the journal's word that it was withdrawn."""
    wanted = list(checks)
    found: CompoundSelect[Any] = union_all(
        select(CheckRow.id).where(CheckRow.id.in_(wanted)),
        select(RecordedEntryRow.check).where(RecordedEntryRow.check.in_(wanted)),
        select(ConsentRow.consent).where(ConsentRow.consent.in_(wanted)),
        select(JournalMarkRow.subject).where(JournalMarkRow.subject.in_(wanted)),
    )
    return {str(check) for check in await session.scalars(found)}


async def find_touches(session: Session, certificates: Collection[str], *, device: str, since: datetime) -> list[Touch]:
    """The checks of these cards on this device that a later touch may repeat."""
    rows = await session.execute(
        select(CheckRow.certificate, CheckRow.setting, CheckRow.check_type, CheckRow.checked_at).where(
            CheckRow.certificate.in_(list(certificates)),
            CheckRow.device == device,
            CheckRow.checked_at >= since - REPEAT_WITHIN,
            CheckRow.repeat_of.is_(None),
            CheckRow.state != CheckState.VOID,
        )
    )
    return [Touch(row.certificate or "", row.setting, row.check_type, row.checked_at) for row in rows]


async def write_clean(
    session: Session, context: Context, found: Sequence[CleanCheck], known: Known
) -> list[EntryOutcome]:
    """Writes them all, in the caller's savepoint; what became of each."""
    now = context.clock.now()
    written = _Written(context, known, now)
    for clean in found:
        written.add(clean)
    await session.flush()
    await _insert(session, CertificateRow, written.certificates)
    await _insert(session, CheckRow, written.checks)
    await _insert(session, ConsentRow, written.consents)
    asked = iter(await make_first_inquiries(session, written.inquiries, storage=context.keys.storage, at=now))
    await _insert(session, HoldRow, written.holds)
    await _insert(session, FeedItemRow, written.feed)
    drafts = [next(asked) if draft is None else draft for draft in written.audit]
    await audit.append_all(session, drafts, now)
    await weigh(session, [(check["patient"], check["checked_on"]) for check in written.checks])
    return written.outcomes


class _Written:
    """The rows of a run, gathered in the order of its entries."""

    def __init__(self, context: Context, known: Known, now: datetime) -> None:
        self._context = context
        self._known = known
        self._now = now
        self.certificates: list[dict[str, Any]] = []
        self.checks: list[dict[str, Any]] = []
        self.consents: list[dict[str, Any]] = []
        self.inquiries: list[FirstInquiry] = []
        self.holds: list[dict[str, Any]] = []
        self.feed: list[dict[str, Any]] = []
        self.audit: list[audit.Draft | None] = []
        """None stands for the next inquiry's."""
        self.outcomes: list[EntryOutcome] = []

    def add(self, clean: CleanCheck) -> None:
        certificate = self._certificate(clean)
        check = check_values(
            self._context, clean.stored, clean.intent, clean.body, clean.judged, certificate=certificate, repeat_of=None
        )
        actor = audit.device_actor(clean.stored.device)
        reason: HoldReason | None = None
        details = {
            "from": None, "to": CheckState.RECORDED.value, "assurance": check["assurance"].value, "repeat_of": None,
        }  # fmt: skip
        self.audit.append(audit.Draft(actor, "check_state", "check", check["id"], details))
        if clean.links and certificate is not None:
            linked = {"patient": check["patient"], "check": check["id"]}
            self.audit.append(audit.Draft(audit.SYSTEM, "certificate_linked", "certificate", certificate, linked))
        if isinstance(clean.roads, Closed):
            reason = HoldReason(clean.roads.reason.value)
            self._hold(check, reason, clean.roads)
            actor = audit.SYSTEM
            check["state"] = CheckState.HELD
        else:
            self._ask(clean)
            check["state"] = CheckState.ASKING
        moved = {"from": CheckState.RECORDED.value, "to": check["state"].value}
        self.audit.append(audit.Draft(actor, "check_state", "check", check["id"], moved))
        self.checks.append(check)
        self._add_consents(clean, check)
        outcome = Outcome.ACCEPTED if reason is None else Outcome.HELD
        self.outcomes.append(EntryOutcome(outcome, reason.value if reason else None, check["id"]))

    def _certificate(self, clean: CleanCheck) -> str | None:
        judged, patient, check = clean.judged, clean.judged.person.patient, clean.body.check
        if judged.unseen is not None:
            values = certificate_values(self._context.keys.storage, judged.unseen, at=clean.stored.received_at)
            values["patient"], values["linked_by"] = patient, check if patient else None
            self.certificates.append(values)
            return str(values["id"])
        if judged.certificate is None:
            return None
        if clean.links:
            judged.certificate.patient, judged.certificate.linked_by = patient, check
        return judged.certificate.id

    def _ask(self, clean: CleanCheck) -> None:
        assert not isinstance(clean.roads, Closed)  # noqa: S101 - for the type checker
        key = clean.roads.keys[0]
        patient = self._known.patients.get(clean.judged.person.patient or "")
        number = number_of(patient) if patient is not None and key is InquiryKey.INSURED_NUMBER else None
        because = waits_because(clean.roads, gateway_keys_of(self._context))
        self.inquiries.append(FirstInquiry(clean.body.check, key, clean.judged.checked_on, number, because))
        self.audit.append(None)

    def _hold(self, check: dict[str, Any], reason: HoldReason, roads: Closed) -> None:
        about = REASONS[reason]
        hold = {
            "id": new_id(),
            "reason": reason,
            "state": HoldState.OPEN,
            "check": check["id"],
            "entry": None,
            "visit": None,
            "open_key": Subject(check=check["id"]).key(reason),
            "evidence": evidence_of(roads),
            "proposal": about.proposal,
            "raised_at": self._now,
            "closed_at": None,
            "released_because": None,
            "reopened_at": None,
            "reopened_because": None,
            **dataclasses.asdict(place_of_check(self._context.facility.kind, reason, check)),
        }
        self.holds.append(hold)
        details = {
            "from": None,
            "to": HoldState.OPEN.value,
            "reason": reason.value,
            "check": check["id"],
            "entry": None,
        }
        self.audit.append(audit.Draft(audit.SYSTEM, "hold_state", "hold", hold["id"], details))
        say = {"ja": about.means.ja + about.to_do.ja, "en": f"{about.means.en} {about.to_do.en}"}
        data = {"check": check["id"], "visit": None, "reason": reason.value, "say": say}
        self.feed.append(
            {"id": new_id(), "device": check["device"], "kind": "hold", "data": data, "made_at": self._now}
        )

    def _add_consents(self, clean: CleanCheck, check: dict[str, Any]) -> None:
        kinds: set[str] = set()
        for choice in clean.intent.consents:
            if choice.kind in kinds:
                continue
            kinds.add(choice.kind)
            self.consents.append(
                {
                    "id": new_id(),
                    "consent": check["id"],
                    "kind": choice.kind,
                    "is_given": choice.given,
                    "text": choice.text,
                    "check": check["id"],
                    "visit": check["visit"],
                    "patient": check["patient"],
                    "given_at": check["checked_at"],
                    "withdrawn_at": None,
                    "withdrawn_by_entry": None,
                }
            )


async def _insert(session: Session, kind: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(kind.__table__), rows)
