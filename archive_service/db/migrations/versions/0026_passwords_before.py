"""Passwords that an account had before, and since when it has the one of now."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("account", sa.Column("password_set_at", UtcMoment()))
    op.create_table(
        "old_password",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("password_hash", sa.String(300), nullable=False),
        sa.Column("ended_at", UtcMoment(), nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("old_password")
    with op.batch_alter_table("account") as table:
        table.drop_column("password_set_at")
