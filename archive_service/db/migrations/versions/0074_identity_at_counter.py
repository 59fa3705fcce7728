"""By which paper somebody at the counter was known."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_COLUMNS = (("identity", 300), ("identity_end", 4))


def upgrade() -> None:
    """Make the change."""
    for name, length in _COLUMNS:
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("access_request", column)


def downgrade() -> None:
    """Take it back."""
    for name, _ in _COLUMNS:
        op.drop_column("access_request", name)
