"""Case files that the search index tells otherwise are parted from those it never had."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_BEFORE, _NOW = "ix_case_file_awaits_index", "ix_case_file_outdated"
_BEHIND = sa.text("version_stored > version_indexed AND removing_since IS NULL")
_OUTDATED = sa.text("version_indexed < 0")


def upgrade() -> None:
    """Make the change; which of the two one was is not known."""
    op.execute(  # nothing that is destroyed or handed over: no job would ever take its mark away
        "UPDATE case_file SET version_indexed = -1"
        " WHERE version_indexed < version_stored AND removing_since IS NULL"
    )
    op.drop_index(_BEFORE, "case_file")
    op.create_index(_NOW, "case_file", ["id"], sqlite_where=_OUTDATED, postgresql_where=_OUTDATED)


def downgrade() -> None:
    """Take it back."""
    op.execute("UPDATE case_file SET version_indexed = 0 WHERE version_indexed < 0")
    op.drop_index(_NOW, "case_file")
    op.create_index(_BEFORE, "case_file", ["id"], sqlite_where=_BEHIND, postgresql_where=_BEHIND)
