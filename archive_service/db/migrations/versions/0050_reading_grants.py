"""What somebody may read without asking, for some days."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "reading_grant",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("scope", sa.String(24), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("agency_id", sa.Uuid(), sa.ForeignKey("agency.id"), nullable=False, index=True),
        sa.Column("level", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(100), nullable=False),
        sa.Column("given_at", UtcMoment(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("gain_id", sa.Uuid()),
        sa.Column("ended_at", UtcMoment()),
        sa.Column("ended_by", sa.String(100), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("reading_grant")
