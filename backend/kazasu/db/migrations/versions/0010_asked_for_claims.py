"""Whether an inquiry is asked again for a claim alone"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("inquiries") as inquiries:
        inquiries.add_column(sa.Column("for_claim", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("inquiries") as inquiries:
        inquiries.alter_column("for_claim", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("inquiries") as inquiries:
        inquiries.drop_column("for_claim")
