"""Versions are found by the digest of their inventory, as an evidence record is asked for."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_NAME, _TABLE = "ix_package_version_inventory_sha256", "package_version"


def upgrade() -> None:
    """Make the change."""
    op.create_index(_NAME, _TABLE, ["inventory_sha256"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index(_NAME, _TABLE)
