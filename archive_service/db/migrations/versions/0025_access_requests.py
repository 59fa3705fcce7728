"""Requests to use what is open on conditions."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def _words(name: str, longest: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest), nullable=False, server_default="")


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "access_request",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), index=True),
        sa.Column("state", sa.String(24), nullable=False, index=True),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(1000), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("asked_at", UtcMoment(), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        _words("question", 1000),
        _words("answer", 1000),
        _words("pages", 200),
        _words("reason", 1000),
        _words("decided_by", 100),
        sa.Column("decided_at", UtcMoment()),
        sa.Column("until", UtcMoment()),
        sa.Column("read_at", UtcMoment()),
    )
    op.create_index("ix_access_request_of_document", "access_request", ["case_file_id", "ordinal"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("access_request")
