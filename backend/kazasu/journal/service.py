"""Looking up what the journal said at the last restore."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from kazasu.db import Session
from kazasu.journal.models import JournalMarkRow
from kazasu.journal.record import JournalKind

__all__ = ["find_mark", "marked_subjects", "marks_of"]


async def find_mark(session: Session, kind: JournalKind, subject: str) -> JournalMarkRow | None:
    """The mark, if the journal said this of the subject."""
    return await session.get(JournalMarkRow, (kind.value, subject))


async def marked_subjects(session: Session, kind: JournalKind, subjects: Collection[str]) -> set[str]:
    """Those of the subjects of which the journal said this."""
    found = select(JournalMarkRow.subject).where(
        JournalMarkRow.kind == kind.value, JournalMarkRow.subject.in_(list(subjects))
    )
    return set(await session.scalars(found))


async def marks_of(session: Session, kind: JournalKind) -> Sequence[JournalMarkRow]:
    """Every mark of a kind."""
    return (await session.scalars(select(JournalMarkRow).where(JournalMarkRow.kind == kind.value))).all()
