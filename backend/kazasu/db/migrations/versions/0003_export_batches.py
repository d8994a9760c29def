"""Export batches with their checks and files"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "export_batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_export_batches_made_by_staff")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["staff.id"], name=op.f("fk_export_batches_withdrawn_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_export_batches_number")),
    )
    op.create_table(
        "export_items",
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("check", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["export_batches.id"], name=op.f("fk_export_items_batch_export_batches")),
        sa.ForeignKeyConstraint(["check"], ["checks.id"], name=op.f("fk_export_items_check_checks")),
        sa.PrimaryKeyConstraint("batch", "position", name=op.f("pk_export_items")),
        sa.UniqueConstraint("standing", name=op.f("uq_export_items_standing")),
    )
    op.create_index(op.f("ix_export_items_check"), "export_items", ["check"], unique=False)
    op.create_table(
        "export_files",
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["export_batches.id"], name=op.f("fk_export_files_batch_export_batches")),
        sa.PrimaryKeyConstraint("batch", "format", name=op.f("pk_export_files")),
    )


def downgrade() -> None:
    op.drop_table("export_files")
    op.drop_index(op.f("ix_export_items_check"), table_name="export_items")
    op.drop_table("export_items")
    op.drop_table("export_batches")
