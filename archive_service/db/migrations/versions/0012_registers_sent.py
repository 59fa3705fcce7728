"""Registers go to the receiving archive as signed messages, and are answered as such."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COUNTS = ("register_sequence", "answer_sequence")


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        for name in _COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("fonds", sa.String(length=1000), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("minutes_untold", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("wanted_on", sa.Date(), nullable=True))
    with op.batch_alter_table("transfer_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registered", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("transfer_item", schema=None) as batch_op:
        batch_op.drop_column("registered")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        for name in ("wanted_on", "minutes_untold", "fonds", *reversed(_COUNTS)):
            batch_op.drop_column(name)
