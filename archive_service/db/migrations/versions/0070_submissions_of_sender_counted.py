"""What an officer sent is counted by its state from an index; one that another begins with goes."""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_COUNTED, _STATE = "ix_submission_counted", "ix_submission_state"


def upgrade() -> None:
    """Make the change."""
    op.drop_index(_STATE, "submission")  # ``ix_submission_waiting`` begins with it
    op.create_index(_COUNTED, "submission", ["submitted_by", "state"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index(_COUNTED, "submission")
    op.create_index(_STATE, "submission", ["state"])
