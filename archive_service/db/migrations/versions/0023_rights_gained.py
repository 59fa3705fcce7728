"""Gains of rights that a second person confirms, and tokens that wait for that."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "access_token", sa.Column("waits", sa.Boolean(), nullable=False, server_default="0")
    )
    op.create_table(
        "rights_gain",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("token_id", sa.Uuid(), sa.ForeignKey("access_token.id")),
        sa.Column("scopes", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("state", sa.String(24), nullable=False, index=True),
        sa.Column("reason", sa.String(20), nullable=False, server_default=""),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("asked_by_id", sa.Uuid()),
        sa.Column("asked_at", UtcMoment(), nullable=False),
        sa.Column("decided_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("decided_by_id", sa.Uuid()),
        sa.Column("decided_at", UtcMoment()),
        sa.Column("ring", sa.Boolean(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("rights_gain")
    with op.batch_alter_table("access_token") as table:
        table.drop_column("waits")
