"""Which case files the search index does not know as they are now."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_NAME = "ix_case_file_awaits_index"
_BEHIND = sa.text("version_stored > version_indexed AND removing_since IS NULL")


def upgrade() -> None:
    """Make the change."""
    op.create_index(_NAME, "case_file", ["id"], sqlite_where=_BEHIND, postgresql_where=_BEHIND)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(_NAME, "case_file")
