"""Journal marks, restores, export numbers, failures of devices"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "export_series",
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_export_series")),
    )
    op.create_table(
        "journal_marks",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_journal_marks")),
    )
    op.create_table(
        "restorations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("backup", sa.String(length=32), nullable=False),
        sa.Column("backup_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_journal_whole", sa.Boolean(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by", sa.String(length=80), nullable=True),
        sa.Column("missing", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
    op.create_table(
        "device_failure_counts",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_device_failure_counts_device_devices")),
        sa.PrimaryKeyConstraint("device", "day", "name", name=op.f("pk_device_failure_counts")),
    )
    op.create_table(
        "device_failures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("log", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_device_failures_device_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_failures")),
    )
    op.create_index(op.f("ix_device_failures_device"), "device_failures", ["device"], unique=False)
    # Nullable and without a default: no row is written over, however many there are.
    op.add_column("device_logs", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("log_entries", sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("log_entries", "destroyed_at")
    op.drop_column("device_logs", "heard_at")
    op.drop_index(op.f("ix_device_failures_device"), table_name="device_failures")
    for table in ("device_failures", "device_failure_counts", "restorations", "journal_marks", "export_series"):
        op.drop_table(table)
