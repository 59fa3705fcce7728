"""Indexes by which the holdings are gone through, and what each account read or keeps in sight."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TREE = "ix_case_file_in_tree"
_YEAR = "ix_case_file_of_year"
_COUNTED = "ix_case_file_counted_by_year"


def upgrade() -> None:
    """Make the change."""
    op.create_index(_TREE, "case_file", ["fonds_id", "series_id", "code"])
    op.create_index(_YEAR, "case_file", ["year", "code"])
    op.create_index(_COUNTED, "case_file", ["year", "agency_id", "state", "removing_since"])
    op.create_table(
        "shelf_mark",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("case_file_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("ordinal", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.UniqueConstraint("account_id", "kind", "case_file_id"),
    )
    op.create_index("ix_shelf_mark_newest", "shelf_mark", ["account_id", "kind", "at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("shelf_mark")
    for name in (_COUNTED, _YEAR, _TREE):
        op.drop_index(name, "case_file")
