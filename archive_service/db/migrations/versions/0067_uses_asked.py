"""Requests that ask who used records."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    wants = sa.Column("wants", sa.String(24), nullable=False, server_default="content")
    op.add_column("access_request", wants)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("access_request", "wants")
