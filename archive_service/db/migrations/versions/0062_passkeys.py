"""Passkeys, and the questions that wait for one."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False, unique=True),
        sa.Column("public_key", sa.String(2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", UtcMoment(), nullable=False),
        sa.Column("rests_until", UtcMoment()),
        sa.Column("used_at", UtcMoment()),
    )
    op.create_table(
        "passkey_question",
        sa.Column("challenge", sa.String(100), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("asked_at", UtcMoment(), nullable=False, index=True),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("passkey_question")
    op.drop_table("passkey")
