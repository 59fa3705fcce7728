"""What was sent again under the same title is found by an index."""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_NAME = "ix_submission_title"


def upgrade() -> None:
    """Make the change."""
    op.create_index(_NAME, "submission", ["title"], postgresql_using="hash")


def downgrade() -> None:
    """Take it back."""
    op.drop_index(_NAME, "submission")
