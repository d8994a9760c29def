"""What the worklist is ordered by; decisions that keep what they stood on and can be undone"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FILTERS = ("state", "reason", "severity", "proposal", "patient", "staff", "device", "month")
_ORDER = ["deadline", "rank", "id"]
_NO_DEADLINE = date(9999, 12, 31)


def upgrade() -> None:
    with op.batch_alter_table("holds") as holds:
        holds.add_column(sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
        holds.add_column(sa.Column("reopened_because", sa.String(length=60), nullable=True))
        holds.add_column(sa.Column("severity", sa.String(length=40), nullable=False, server_default="unclean"))
        holds.add_column(sa.Column("deadline", sa.Date(), nullable=False, server_default=str(_NO_DEADLINE)))
        holds.add_column(sa.Column("rank", sa.BigInteger(), nullable=False, server_default="0"))
        holds.add_column(sa.Column("month", sa.Date(), nullable=False, server_default=str(_NO_DEADLINE)))
        holds.add_column(sa.Column("patient", sa.String(length=32), nullable=True))
        holds.add_column(sa.Column("staff", sa.String(length=32), nullable=True))
        holds.add_column(sa.Column("device", sa.String(length=32), nullable=True))
        holds.create_foreign_key(op.f("fk_holds_patient_patients"), "patients", ["patient"], ["id"])
        holds.create_foreign_key(op.f("fk_holds_staff_staff"), "staff", ["staff"], ["id"])
        holds.create_foreign_key(op.f("fk_holds_device_devices"), "devices", ["device"], ["id"])
    _place_holds()
    with op.batch_alter_table("holds") as holds:
        for column in ("severity", "deadline", "rank", "month"):
            holds.alter_column(column, server_default=None)
    is_open = sa.text("closed_at IS NULL")
    op.create_index("ix_holds_work", "holds", _ORDER, sqlite_where=is_open, postgresql_where=is_open)
    for column in _FILTERS:
        op.create_index(
            f"ix_holds_work_{column}", "holds", [column, *_ORDER], sqlite_where=is_open, postgresql_where=is_open
        )
    with op.batch_alter_table("decisions") as decisions:
        decisions.add_column(sa.Column("answer", sa.String(length=32), nullable=True))
        decisions.add_column(sa.Column("kept", sa.LargeBinary(), nullable=True))
        decisions.add_column(sa.Column("bulk", sa.String(length=32), nullable=True))
        decisions.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        decisions.add_column(sa.Column("undone_by", sa.String(length=32), nullable=True))
        decisions.add_column(sa.Column("undone_because", sa.Text(), nullable=True))
        decisions.create_foreign_key(op.f("fk_decisions_answer_answers"), "answers", ["answer"], ["id"])
        decisions.create_foreign_key(op.f("fk_decisions_undone_by_staff"), "staff", ["undone_by"], ["id"])
    op.create_index(op.f("ix_decisions_bulk"), "decisions", ["bulk"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_decisions_bulk"), table_name="decisions")
    with op.batch_alter_table("decisions") as decisions:
        decisions.drop_constraint(op.f("fk_decisions_undone_by_staff"), type_="foreignkey")
        decisions.drop_constraint(op.f("fk_decisions_answer_answers"), type_="foreignkey")
        for column in ("undone_because", "undone_by", "undone_at", "bulk", "kept", "answer"):
            decisions.drop_column(column)
    for column in _FILTERS:
        op.drop_index(f"ix_holds_work_{column}", table_name="holds")
    op.drop_index("ix_holds_work", table_name="holds")
    with op.batch_alter_table("holds") as holds:
        for column, table in (("device", "devices"), ("staff", "staff"), ("patient", "patients")):
            holds.drop_constraint(op.f(f"fk_holds_{column}_{table}"), type_="foreignkey")
            holds.drop_column(column)
        for column in ("month", "rank", "deadline", "severity", "reopened_because", "reopened_at"):
            holds.drop_column(column)


def _place_holds() -> None:
    """Holds that are there: by their check's day, the 10th of the month after; one visit at the usual share each."""
    holds = sa.table(
        "holds",
        *(sa.column(name) for name in ("id", "check", "severity", "rank", "patient", "staff", "device", "reason")),
        sa.column("deadline", sa.Date()),
        sa.column("month", sa.Date()),
        sa.column("raised_at", sa.DateTime(timezone=True)),
    )
    checks = sa.table(
        "checks",
        *(sa.column(name) for name in ("id", "patient", "staff", "device")),
        sa.column("checked_on", sa.Date()),
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(
            holds.c.id, holds.c.reason, holds.c.raised_at, checks.c.checked_on, checks.c.patient, checks.c.staff,
            checks.c.device,
        ).select_from(holds.outerjoin(checks, checks.c.id == holds.c.check))
    ).all()  # fmt: skip
    for row in rows:
        day = row.checked_on or row.raised_at.date()
        following = date(day.year + day.month // 12, day.month % 12 + 1, 10)
        severity = "blocking" if row.reason in _BLOCKING else "notice" if row.reason in _NOTICE else "unclean"
        hangs = row.checked_on is not None or severity != "notice"
        connection.execute(
            sa.update(holds)
            .where(holds.c.id == row.id)
            .values(
                severity=severity,
                deadline=following if hangs else _NO_DEADLINE,
                rank=-7 if hangs else 0,
                month=day.replace(day=1),
                patient=row.patient,
                staff=row.staff,
                device=row.device,
            )
        )


_BLOCKING = frozenset(
    {
        "key_unknown", "entry_not_opened", "entry_damaged", "entry_out_of_place", "check_id_twice", "log_forked",
        "device_revoked", "staff_not_on_duty", "intent_outdated", "certificate_unknown", "certificate_damaged",
        "certificate_not_trusted", "certificate_expired", "certificate_not_yet_valid", "card_signature_missing",
        "card_signature_not_valid", "attestation_missing", "check_type_not_allowed", "other_person",
    }
)  # fmt: skip
_NOTICE = frozenset(
    {
        "kind_unknown", "reading_failed", "check_unknown", "check_of_another_log", "consent_unknown", "push_refused",
        "device_time_implausible", "consent_not_for_eligibility_only", "consent_subject_unknown",
        "repeat_does_not_fit", "medical_in_eligibility_only",
    }
)  # fmt: skip
