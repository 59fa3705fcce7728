"""Where a session was opened, and recovery codes that stand for a second factor."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "web_session", sa.Column("address", sa.String(64), nullable=False, server_default="")
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_sha256", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("made_at", UtcMoment(), nullable=False),
        sa.Column("used_at", UtcMoment()),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("recovery_code")
    with op.batch_alter_table("web_session") as table:
        table.drop_column("address")
