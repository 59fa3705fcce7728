"""Tokens have a name, networks, an end and their last use."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from archive_service import clock
from archive_service.domain.base import UtcMoment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_YEAR = dt.timedelta(days=365)


def upgrade() -> None:
    """Tokens that are out end a year from now: whoever uses one has the time to replace it."""
    with op.batch_alter_table("access_token") as table:
        table.add_column(sa.Column("name", sa.String(100), nullable=False, server_default=""))
        table.add_column(sa.Column("networks", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("expires_at", UtcMoment(), nullable=True))
        table.add_column(sa.Column("used_at", UtcMoment(), nullable=True))
        table.add_column(sa.Column("used_from", sa.String(64), nullable=False, server_default=""))
    tokens = sa.table("access_token", sa.column("expires_at", UtcMoment()))
    op.execute(sa.update(tokens).values(expires_at=clock.now() + _YEAR))
    with op.batch_alter_table("access_token") as table:
        table.alter_column("expires_at", existing_type=UtcMoment(), nullable=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("access_token") as table:
        for name in ("used_from", "used_at", "expires_at", "networks", "name"):
            table.drop_column(name)
