"""Checks of several devices that belong to one visit, and what people said of them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "visit_joins",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=False),
        sa.Column("into", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=32), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("moved", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parted_because", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["check"], ["checks.id"], name=op.f("fk_visit_joins_check_checks")),
        sa.ForeignKeyConstraint(["into"], ["checks.id"], name=op.f("fk_visit_joins_into_checks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_joins")),
        sa.UniqueConstraint("standing", name=op.f("uq_visit_joins_standing")),
    )
    op.create_index(op.f("ix_visit_joins_check"), "visit_joins", ["check"], unique=False)
    op.create_index(op.f("ix_visit_joins_into"), "visit_joins", ["into"], unique=False)
    op.create_table(
        "visit_decisions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("first", sa.String(length=32), nullable=False),
        sa.Column("second", sa.String(length=32), nullable=False),
        sa.Column("is_one", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["first"], ["checks.id"], name=op.f("fk_visit_decisions_first_checks")),
        sa.ForeignKeyConstraint(["second"], ["checks.id"], name=op.f("fk_visit_decisions_second_checks")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_visit_decisions_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_decisions")),
    )
    op.create_index("ix_visit_decisions_first_second", "visit_decisions", ["first", "second"], unique=False)
    op.create_index(op.f("ix_visit_decisions_second"), "visit_decisions", ["second"], unique=False)


def downgrade() -> None:
    op.drop_table("visit_decisions")
    op.drop_table("visit_joins")
