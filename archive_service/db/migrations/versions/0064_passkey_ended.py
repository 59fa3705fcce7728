"""Since when a passkey is taken no more, as its counter went back."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("passkey", sa.Column("ended_at", UtcMoment()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("passkey", "ended_at")
