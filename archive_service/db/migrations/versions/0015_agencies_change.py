"""Agencies are renamed, moved and ended, each with its day and reason."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KIND = sa.Enum(
    "renamed", "moved", "ended",
    name="agencychangekind", native_enum=False, create_constraint=False, length=24,
)  # fmt: skip


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "agency_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("before", sa.String(length=500), nullable=False),
        sa.Column("after", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcMoment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_agency_change_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_change")),
    )
    op.create_index(op.f("ix_agency_change_agency_id"), "agency_change", ["agency_id"])
    op.add_column("agency", sa.Column("ended_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("agency", "ended_on")
    op.drop_index(op.f("ix_agency_change_agency_id"), table_name="agency_change")
    op.drop_table("agency_change")
