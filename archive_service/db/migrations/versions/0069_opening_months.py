"""Records of openings in a partition a month, on PostgreSQL; those that are there are the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_opening_record_month": ["month"],
    "ix_opening_record_again": ["document_id", "account", "at"],
    "ix_opening_record_case_file": ["case_file_id", "at"],
}


def upgrade() -> None:
    """Make the change: no row is copied, the months are made by a job afterwards."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.rename_table("opening_record", "opening_record_rest")
    op.drop_constraint("pk_opening_record", "opening_record_rest")
    for name in _INDEXES:
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_rest")
    op.execute(
        "CREATE TABLE opening_record (LIKE opening_record_rest INCLUDING DEFAULTS,"
        " CONSTRAINT pk_opening_record PRIMARY KEY (id, at)) PARTITION BY RANGE (at)"
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "opening_record", columns)
    op.execute("ALTER TABLE opening_record ATTACH PARTITION opening_record_rest DEFAULT")


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("CREATE TABLE opening_record_all (LIKE opening_record INCLUDING DEFAULTS)")
    op.execute(sa.text("INSERT INTO opening_record_all SELECT * FROM opening_record"))
    op.drop_table("opening_record")
    op.rename_table("opening_record_all", "opening_record")
    op.create_primary_key("pk_opening_record", "opening_record", ["id"])
    for name, columns in _INDEXES.items():
        op.create_index(name, "opening_record", columns)
