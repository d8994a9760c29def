"""What is recorded at the desk stands beside what devices recorded; what was destroyed says so"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OF_DEVICES = (
    ("entry", sa.BigInteger()),
    ("log", sa.String(length=64)),
    ("entry_number", sa.BigInteger()),
    ("device", sa.String(length=32)),
    ("duty_pass", sa.String(length=64)),
)


def upgrade() -> None:
    with op.batch_alter_table("recorded_entries") as table:
        for name, kind in _OF_DEVICES:
            table.alter_column(name, existing_type=kind, nullable=True)
        table.add_column(sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # What the earlier schema has no place for: it came from no device.
    op.execute("DELETE FROM recorded_entries WHERE entry IS NULL")
    with op.batch_alter_table("recorded_entries") as table:
        table.drop_column("destroyed_at")
        for name, kind in _OF_DEVICES:
            table.alter_column(name, existing_type=kind, nullable=False)
