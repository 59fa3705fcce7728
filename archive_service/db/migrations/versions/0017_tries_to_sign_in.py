"""Tries to sign in are counted for all processes, browsers are known again."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_index(op.f("ix_sign_in_try_at"), "sign_in_try", ["at"])
    op.create_index("ix_sign_in_try_name_at", "sign_in_try", ["name", "at"])
    op.create_index("ix_sign_in_try_address_at", "sign_in_try", ["address", "at"])
    op.create_table(
        "known_browser",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("seen_at", UtcMoment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_known_browser_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "token_sha256", name=op.f("pk_known_browser")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("known_browser")
    op.drop_index("ix_sign_in_try_address_at", "sign_in_try")
    op.drop_index("ix_sign_in_try_name_at", "sign_in_try")
    op.drop_index(op.f("ix_sign_in_try_at"), "sign_in_try")
    op.drop_table("sign_in_try")
