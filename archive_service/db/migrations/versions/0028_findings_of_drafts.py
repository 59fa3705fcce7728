"""What the desk would find in a draft, and what was seen in its files."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "submission_draft", sa.Column("judged", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column("submission_file", sa.Column("facts", sa.JSON()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("submission_file", "facts")
    op.drop_column("submission_draft", "judged")
