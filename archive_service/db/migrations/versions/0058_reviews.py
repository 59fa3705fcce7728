"""Reviews of the trail and of accounts and rights, line by line."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("agency_id", sa.Uuid(), sa.ForeignKey("agency.id")),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("citation", sa.String(200), nullable=False),
        sa.Column("opened_at", UtcMoment(), nullable=False),
        sa.Column("closed_at", UtcMoment(), index=True),
    )
    op.create_table(
        "review_line",
        sa.Column("review_id", sa.Uuid(), sa.ForeignKey("review.id"), primary_key=True),
        sa.Column("subject", sa.String(100), primary_key=True),
        sa.Column("state_sha256", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("remark", sa.String(1000), nullable=False, server_default=""),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("review_line")
    op.drop_table("review")
