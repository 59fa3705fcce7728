"""Searches that are watched for new hits, and accounts that keep no last searches."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    yes_or_no = sa.Boolean()
    op.add_column(
        "kept_search", sa.Column("watched", yes_or_no, nullable=False, server_default="0")
    )
    op.add_column("kept_search", sa.Column("seen", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "account", sa.Column("keeps_searches", yes_or_no, nullable=False, server_default="1")
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("account") as table:
        table.drop_column("keeps_searches")
    with op.batch_alter_table("kept_search") as table:
        table.drop_column("seen")
        table.drop_column("watched")
