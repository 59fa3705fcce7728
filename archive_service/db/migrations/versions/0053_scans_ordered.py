"""Requests to use that wait until their document is digitized."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    for name in ("scan_ordered_at", "scan_ended_at"):
        op.add_column("access_request", sa.Column(name, UtcMoment()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("access_request") as table:
        for name in ("scan_ended_at", "scan_ordered_at"):
            table.drop_column(name)
