"""Grants that give more than reading."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    gives = sa.Column("gives", sa.String(24), nullable=False, server_default="read")
    op.add_column("reading_grant", gives)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("reading_grant", "gives")
