"""Role and agency of an account that wait for a second person, and what a gain is about."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("account", sa.Column("next_role", sa.String(24)))
    op.add_column("account", sa.Column("next_agency_id", sa.Uuid()))
    facts = sa.Column("facts", sa.JSON(), nullable=False, server_default="{}")
    op.add_column("rights_gain", facts)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("rights_gain") as table:
        table.drop_column("facts")
    with op.batch_alter_table("account") as table:
        table.drop_column("next_agency_id")
        table.drop_column("next_role")
