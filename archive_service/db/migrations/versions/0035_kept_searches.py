"""Searches kept under a name, and one's own last ones."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "kept_search",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("order", sa.String(20), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Index("ix_kept_search_newest", "account_id", "at"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("kept_search")
