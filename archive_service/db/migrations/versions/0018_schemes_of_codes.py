"""A fonds may declare how its codes without a year are made."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "fonds",
        sa.Column("code_scheme", sa.String(length=100), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("fonds", "code_scheme")
