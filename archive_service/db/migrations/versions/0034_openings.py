"""Who opened which document."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "opening_record",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("month", sa.String(7), nullable=False, index=True),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Uuid()),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("door", sa.String(5), nullable=False),
        sa.Column("request_id", sa.Uuid()),
        sa.Index("ix_opening_record_again", "document_id", "account", "at"),
        sa.Index("ix_opening_record_case_file", "case_file_id", "at"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("opening_record")
