"""The calendar of transfers: who is to deliver on which days."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DIRECTION = sa.Enum(
    "out", "in", name="transferdirection", native_enum=False, create_constraint=False, length=24
)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "transfer_appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("direction", DIRECTION, nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("partner_code", sa.String(length=100), nullable=False),
        sa.Column("partner", sa.String(length=300), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("fonds", sa.String(length=100), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("case_files", sa.Integer(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=100), nullable=True),
        sa.Column("confirmed_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=100), nullable=True),
        sa.Column("cancelled_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=1000), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_transfer_appointment_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfer.id"],
            name=op.f("fk_transfer_appointment_transfer_id_transfer"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_appointment")),
    )
    for column in ("agency_id", "partner_code", "transfer_id", "from_on", "to_on"):
        name = op.f(f"ix_transfer_appointment_{column}")
        op.create_index(name, "transfer_appointment", [column])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("transfer_appointment")
