"""Drafts and submissions are handed over to another officer."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    column = sa.Column("keeper", sa.String(length=100), server_default="", nullable=False)
    op.add_column("submission", column)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("submission", "keeper")
