"""When the second factor was shown last in a session, or by a bearer token."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("web_session", sa.Column("proved_at", UtcMoment()))
    op.add_column("access_token", sa.Column("proved_at", UtcMoment()))


def downgrade() -> None:
    """Take it back."""
    for name in ("access_token", "web_session"):
        with op.batch_alter_table(name) as table:
            table.drop_column("proved_at")
