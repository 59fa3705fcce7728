"""Faults are reported from the page where they happened, and answered."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "fault_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("new", "looking", "done", name="faultstate", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("page", sa.String(length=500), nullable=False),
        sa.Column("did", sa.String(length=2000), nullable=False),
        sa.Column("screenshot", sa.LargeBinary(), nullable=True),
        sa.Column("has_screenshot", sa.Boolean(), nullable=False),
        sa.Column("reported_by", sa.String(length=100), nullable=False),
        sa.Column("reported_at", UtcMoment(), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("answered_by", sa.String(length=100), nullable=False),
        sa.Column("answered_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_report")),
    )
    op.create_index("ix_fault_report_of_person", "fault_report", ["reported_by", "reported_at"])
    op.create_index("ix_fault_report_state", "fault_report", ["state", "reported_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_fault_report_state", "fault_report")
    op.drop_index("ix_fault_report_of_person", "fault_report")
    op.drop_table("fault_report")
