"""Groups that manage, groups of one series, case file or document, and members for a time."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    gives = sa.Column("gives", sa.String(24), nullable=False, server_default="read")
    op.add_column("reader_group", gives)
    op.add_column("reader_group", sa.Column("scope", sa.String(24)))
    op.add_column("reader_group", sa.Column("target_id", sa.Uuid()))
    target = sa.Column("target", sa.String(200), nullable=False, server_default="")
    op.add_column("reader_group", target)
    op.add_column("group_member", sa.Column("last_day", sa.Date()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("group_member", "last_day")
    for name in ("target", "target_id", "scope", "gives"):
        op.drop_column("reader_group", name)
