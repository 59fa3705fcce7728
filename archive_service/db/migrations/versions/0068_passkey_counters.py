"""Counters of passkeys in the order in which they were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    lately = sa.Column("lately", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("passkey", lately)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("passkey", "lately")
