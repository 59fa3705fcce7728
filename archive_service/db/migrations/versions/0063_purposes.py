"""For what a document was opened."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    purpose = sa.Column("purpose", sa.String(24), nullable=False, server_default="")
    op.add_column("opening_record", purpose)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("opening_record", "purpose")
