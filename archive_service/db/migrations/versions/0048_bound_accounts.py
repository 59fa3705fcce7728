"""Accounts bound to a subject of an identity provider, and sessions opened there."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

_LIVING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "oidc_binding",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("bound_by", sa.String(100), nullable=False),
        sa.Column("bound_at", UtcMoment(), nullable=False),
        sa.Column("used_at", UtcMoment()),
        sa.Column("ended_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("ended_at", UtcMoment()),
    )
    for name, columns in (("subject", ["issuer", "subject"]), ("account", ["account_id"])):
        op.create_index(
            f"ux_oidc_binding_{name}",
            "oidc_binding",
            columns,
            unique=True,
            sqlite_where=_LIVING,
            postgresql_where=_LIVING,
        )
    op.add_column(
        "web_session",
        sa.Column("by_provider", sa.Boolean(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("web_session") as table:
        table.drop_column("by_provider")
    op.drop_table("oidc_binding")
