"""Duties handed to a colleague for some days, and sessions that act by them."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _account(name: str) -> sa.Column[UUID]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _account("giver_id"),
        sa.Column(
            "receiver_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True
        ),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("given_at", UtcMoment(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("gain_id", sa.Uuid()),
        sa.Column("ended_at", UtcMoment()),
        sa.Column("ended_by", sa.String(100), nullable=False, server_default=""),
    )
    op.add_column("web_session", sa.Column("delegation_id", sa.Uuid()))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("web_session") as table:
        table.drop_column("delegation_id")
    op.drop_table("delegation")
