"""Bulk jobs, inquiries and answers about patients, the end of home visits"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bulk_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reception_number", sa.String(length=60), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.Column("leased_by", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("processed", sa.BigInteger(), nullable=True),
        sa.Column("normal", sa.BigInteger(), nullable=True),
        sa.Column("errors", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_jobs")),
    )
    op.create_index("ix_bulk_jobs_made_at_id", "bulk_jobs", ["made_at", "id"], unique=False)
    op.create_index("ix_bulk_jobs_state_next_at", "bulk_jobs", ["state", "next_at"], unique=False)
    op.create_table(
        "patient_inquiries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("visit", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("is_simulated", sa.Boolean(), nullable=True),
        sa.Column("changes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["bulk_jobs.id"], name=op.f("fk_patient_inquiries_job_bulk_jobs")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_patient_inquiries_patient_patients")),
        sa.ForeignKeyConstraint(["visit"], ["visits.id"], name=op.f("fk_patient_inquiries_visit_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_inquiries")),
        sa.UniqueConstraint("patient", "day", name=op.f("uq_patient_inquiries_patient_day")),
    )
    op.create_index("ix_patient_inquiries_day_made_at_id", "patient_inquiries", ["day", "made_at", "id"], unique=False)
    op.create_index(op.f("ix_patient_inquiries_job"), "patient_inquiries", ["job"], unique=False)
    op.create_index("ix_patient_inquiries_state_next_at", "patient_inquiries", ["state", "next_at"], unique=False)
    op.create_table(
        "patient_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("inquiry", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry"], ["patient_inquiries.id"], name=op.f("fk_patient_answers_inquiry_patient_inquiries")
        ),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_patient_answers_patient_patients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_answers")),
        sa.UniqueConstraint("inquiry", "sequence", name=op.f("uq_patient_answers_inquiry_sequence")),
    )
    op.create_index("ix_patient_answers_patient_stored_at", "patient_answers", ["patient", "stored_at"], unique=False)
    op.add_column("patients", sa.Column("home_visits_ended_on", sa.Date(), nullable=True))


def downgrade() -> None:

    op.drop_column("patients", "home_visits_ended_on")
    op.drop_index("ix_patient_answers_patient_stored_at", table_name="patient_answers")
    op.drop_table("patient_answers")
    op.drop_index("ix_patient_inquiries_state_next_at", table_name="patient_inquiries")
    op.drop_index(op.f("ix_patient_inquiries_job"), table_name="patient_inquiries")
    op.drop_index("ix_patient_inquiries_day_made_at_id", table_name="patient_inquiries")
    op.drop_table("patient_inquiries")
    op.drop_index("ix_bulk_jobs_state_next_at", table_name="bulk_jobs")
    op.drop_index("ix_bulk_jobs_made_at_id", table_name="bulk_jobs")
    op.drop_table("bulk_jobs")
