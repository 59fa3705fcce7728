"""The few copies that were found damaged are told from an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

_DAMAGED = "ix_copy_state_damaged"


def upgrade() -> None:
    """Make the change."""
    here = sa.text("state = 'damaged'")
    op.create_index(_DAMAGED, "copy_state", ["id"], sqlite_where=here, postgresql_where=here)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(_DAMAGED, "copy_state")
