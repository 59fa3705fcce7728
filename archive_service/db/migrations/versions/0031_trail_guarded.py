"""Events and segments of the trail are neither changed nor removed."""

from alembic import op

from archive_service.db.trail_guards import guard_trail, unguard_trail

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    guard_trail(op.get_bind())


def downgrade() -> None:
    """Take it back."""
    unguard_trail(op.get_bind())
