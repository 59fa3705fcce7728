"""How fast an account is shown pages of reading copies."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "reading_pace",
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("begun_at", UtcMoment(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("told_at", UtcMoment()),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("reading_pace")
