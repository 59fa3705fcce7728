"""What lies before a late page of the jobs is counted off in an index alone."""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

_INDEXES = {"ix_job_state": ["state", "created_at"], "ix_job_created_at": ["created_at"]}


def upgrade() -> None:
    """Make the change."""
    _make_anew("id")


def downgrade() -> None:
    """Take it back."""
    _make_anew()


def _make_anew(*also: str) -> None:
    for name, columns in _INDEXES.items():
        op.drop_index(name, "job")
        op.create_index(name, "job", [*columns, *also])
