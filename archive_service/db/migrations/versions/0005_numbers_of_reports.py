"""Numbers of reports."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("number", sa.String(length=40), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_column("number")
