"""Indexes of sorted lists of case files, with all that says whether one is shown."""

from alembic import op

revision = "0042"
down_revision = "0038"
branch_labels = None
depends_on = None

_SHOWN = ("state", "removing_since", "agency_id", "id")
_COLUMNS = {
    "code": ["code", *_SHOWN],
    "agency_code": ["agency_code", "code", *_SHOWN],
    "ends_on": ["ends_on", "code", *_SHOWN],
    "accepted_at": ["accepted_at", "code", *_SHOWN],
}
_REPLACED = ("ends_on", "accepted_at")


def upgrade() -> None:
    """Make the change."""
    for name, columns in _COLUMNS.items():
        op.create_index(f"ix_case_file_by_{name}", "case_file", columns)
    for name in _REPLACED:
        op.drop_index(f"ix_case_file_{name}", "case_file")


def downgrade() -> None:
    """Take it back."""
    for name in _REPLACED:
        op.create_index(f"ix_case_file_{name}", "case_file", [name])
    for name in _COLUMNS:
        op.drop_index(f"ix_case_file_by_{name}", "case_file")
