"""Consents fetched from the government's page"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "fetched_consents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=True),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["check"], ["checks.id"], name=op.f("fk_fetched_consents_check_checks")),
        sa.ForeignKeyConstraint(["job"], ["bulk_jobs.id"], name=op.f("fk_fetched_consents_job_bulk_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetched_consents")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_fetched_consents_fingerprint")),
    )
    op.create_index(op.f("ix_fetched_consents_check"), "fetched_consents", ["check"], unique=False)
    op.create_index("ix_fetched_consents_day", "fetched_consents", ["day"], unique=False)
    op.create_index("ix_fetched_consents_fetched_at_id", "fetched_consents", ["fetched_at", "id"], unique=False)


def downgrade() -> None:

    op.drop_index("ix_fetched_consents_fetched_at_id", table_name="fetched_consents")
    op.drop_index("ix_fetched_consents_day", table_name="fetched_consents")
    op.drop_index(op.f("ix_fetched_consents_check"), table_name="fetched_consents")
    op.drop_table("fetched_consents")
