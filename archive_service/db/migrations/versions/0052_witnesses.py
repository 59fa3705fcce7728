"""Other archives that keep checkpoints of our log, and those whose checkpoints we keep."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    for name in ("witnesses", "witnessed"):
        op.add_column(
            "transfer_partner",
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.add_column(
        "transfer_partner",
        sa.Column("witness_key", sa.String(300), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("transfer_partner") as table:
        for name in ("witness_key", "witnessed", "witnesses"):
            table.drop_column(name)
