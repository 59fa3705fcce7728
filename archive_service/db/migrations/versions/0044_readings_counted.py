"""Sums of what was read again of a large copy, kept with the pass over it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "fixity_pass", sa.Column("counted", sa.JSON(), nullable=False, server_default="{}")
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("fixity_pass") as table:
        table.drop_column("counted")
