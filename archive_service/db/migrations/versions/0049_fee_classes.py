"""What a request to use is for, and to which group of fees its reader belongs."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "access_request", sa.Column("kind", sa.String(2), nullable=False, server_default="01")
    )
    op.add_column(
        "access_request", sa.Column("fee_class", sa.String(2), nullable=False, server_default="10")
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("access_request") as table:
        table.drop_column("fee_class")
        table.drop_column("kind")
