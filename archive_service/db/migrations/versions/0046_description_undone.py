"""The last edit of a case file by hand, so that it can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("case_file", sa.Column("last_described", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("case_file") as table:
        table.drop_column("last_described")
