"""Authenticated copies that answer a request to use."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("access_request", sa.Column("sealed_sha256", sa.String(64)))
    op.add_column("access_request", sa.Column("sealed_at", UtcMoment()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("access_request") as table:
        for name in ("sealed_at", "sealed_sha256"):
            table.drop_column(name)
