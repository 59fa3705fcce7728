"""Documents keep how they were sent and dealt with before they came."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("document", sa.Column("handling", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("document", "handling")
