"""Since when the person of an account is gone, why, who hears the answers; what is handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("account", sa.Column("left_on", sa.Date()))
    op.add_column(
        "account", sa.Column("left_reason", sa.String(500), nullable=False, server_default="")
    )
    op.add_column("account", sa.Column("handed_to_id", sa.Uuid()))
    op.create_index("ix_account_handed_to_id", "account", ["handed_to_id"])
    op.create_index("ix_submission_of_keeper", "submission", ["keeper", "state"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_submission_of_keeper", "submission")
    op.drop_index("ix_account_handed_to_id", "account")
    for name in ("handed_to_id", "left_reason", "left_on"):
        op.drop_column("account", name)
