"""Acts of kinds that do not stand for a case file each are told from an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_FEW = "ix_act_few"


def upgrade() -> None:
    """Make the change."""
    here = sa.text("kind NOT IN ('receipt', 'removal')")
    op.create_index(_FEW, "act", ["kind", "at", "id"], sqlite_where=here, postgresql_where=here)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(_FEW, "act")
