"""Groups of readers by level of information."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def _of(name: str, table: str, *, required: bool = True, indexed: bool = True) -> sa.Column[UUID]:
    key = sa.ForeignKey(f"{table}.id")
    return sa.Column(name, sa.Uuid(), key, nullable=not required, index=indexed)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "reader_group",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("level", sa.String(24), nullable=False),
        _of("agency_id", "agency"),
        _of("fonds_id", "fonds", required=False, indexed=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", UtcMoment(), nullable=False),
    )
    op.create_table(
        "group_member",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _of("group_id", "reader_group"),
        _of("account_id", "account"),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("given_by", sa.String(100), nullable=False),
        sa.Column("given_at", UtcMoment(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("gain_id", sa.Uuid()),
        sa.Column("ended_at", UtcMoment()),
        sa.Column("ended_by", sa.String(100), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("group_member")
    op.drop_table("reader_group")
