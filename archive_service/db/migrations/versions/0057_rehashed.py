"""Digests by a new algorithm, and the trees over them that are stamped."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "rehashed",
        sa.Column("object_sha256", sa.String(64), primary_key=True),
        sa.Column("algorithm", sa.String(20), primary_key=True),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("leaf", sa.String(128), nullable=False, server_default=""),
        sa.Column("act_id", sa.Uuid(), sa.ForeignKey("act.id")),
    )
    op.create_index("ix_rehashed_act_id", "rehashed", ["act_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("rehashed")
