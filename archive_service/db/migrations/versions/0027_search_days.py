"""Searches of a day that did not go well, counted without their words."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "search_day",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("outcome", sa.String(12), primary_key=True),
        sa.Column("searches", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("search_day")
