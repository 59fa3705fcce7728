"""What is counted of a transfer, and told of its messages, is read by indexes alone."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_AMOUNTS = ["transfer_id", "state", "ordinal", "documents", "pages", "size_bytes"]
_TOLD = ["transfer_id", "kind", "direction", "sequence", "sha256", "at", "delivered_at"]
_BEFORE = "ix_transfer_message_transfer_id"


def upgrade() -> None:
    """Make the change."""
    op.create_index("ix_transfer_item_amounts", "transfer_item", _AMOUNTS)
    op.create_index("ix_transfer_message_told", "transfer_message", _TOLD)
    op.drop_index(_BEFORE, table_name="transfer_message")


def downgrade() -> None:
    """Take it back."""
    op.create_index(_BEFORE, "transfer_message", ["transfer_id"])
    op.drop_index("ix_transfer_message_told", table_name="transfer_message")
    op.drop_index("ix_transfer_item_amounts", table_name="transfer_item")
