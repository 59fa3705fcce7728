"""Requests for an account by people who have none."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "account_application",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("agency_id", sa.Uuid(), sa.ForeignKey("agency.id"), index=True),
        sa.Column("state", sa.String(24), nullable=False, index=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("address", sa.String(64), nullable=False, index=True),
        sa.Column("asked_at", UtcMoment(), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("reminded_at", UtcMoment()),
        sa.Column("reason", sa.String(1000), nullable=False, server_default=""),
        sa.Column("decided_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("decided_at", UtcMoment()),
        sa.Column("answered_by", sa.String(24)),
        sa.Column("answered_at", UtcMoment()),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("account_application")
