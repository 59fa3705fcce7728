"""What is blackened on the pages that somebody may read."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "access_request", sa.Column("areas", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column(
        "access_request", sa.Column("areas_of", sa.String(64), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("access_request", "areas_of")
    op.drop_column("access_request", "areas")
