"""A release to come, for tests: a table more, and in an old one a column more and a wider one."""

import sqlalchemy as sa
from alembic import op

from archive_service.db.migrate import VERSIONS

revision = "9999"
down_revision = max(file.name for file in VERSIONS[0].glob("[0-9]*.py"))[:4]  # after the newest
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "visitor",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("agency_id", sa.Uuid(), sa.ForeignKey("agency.id"), nullable=False, index=True),
    )
    with op.batch_alter_table("announcement") as batch:  # SQLite copies the table
        batch.add_column(sa.Column("weight", sa.Integer(), server_default="1", nullable=False))
        batch.alter_column("text", type_=sa.String(600))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("announcement") as batch:
        batch.alter_column("text", type_=sa.String(500))
        batch.drop_column("weight")
    op.drop_table("visitor")
