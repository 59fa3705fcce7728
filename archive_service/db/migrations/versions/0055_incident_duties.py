"""Notes on incidents, and reports that the law asks for of them in time."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0055"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "incident_note",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True
        ),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
    )
    op.create_table(
        "incident_duty",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("known_at", UtcMoment(), nullable=False),
        sa.Column("due_at", UtcMoment(), nullable=False, index=True),
        sa.Column("citation", sa.String(200), nullable=False),
        sa.Column("marked_by", sa.String(100), nullable=False),
        sa.Column("marked_at", UtcMoment(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Uuid()),
        sa.Column("sent_at", UtcMoment()),
        sa.Column("sent_to", sa.String(300), nullable=False, server_default=""),
        sa.Column("sent_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("dropped_at", UtcMoment()),
        sa.Column("dropped_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("reason", sa.String(1000), nullable=False, server_default=""),
        sa.UniqueConstraint("incident_id", "kind", name="uq_incident_duty"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("incident_duty")
    op.drop_table("incident_note")
