"""A second factor that replaces another, passwords good for one sign-in, accounts enabled again."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENTS = (
    "totp_replaced_at",
    "totp_asked_at",
    "password_reset_at",
    "password_spent_at",
    "enabled_at",
)


def upgrade() -> None:
    """Make the change: column by column, as SQLite cannot make a table anew that others name."""
    for name in _MOMENTS:
        op.add_column("account", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("totp_next", sa.String(length=300), nullable=True))
    op.add_column(
        "account",
        sa.Column("password_once", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    for name in ("password_once", "totp_next", *reversed(_MOMENTS)):
        op.drop_column("account", name)
