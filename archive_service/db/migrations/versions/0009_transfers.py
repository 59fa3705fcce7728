"""Transfers to the historical archive, and the case files of their registers."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATES = (
    *("draft", "approved", "registered", "answered", "built", "sent"),
    *("received", "decided", "replied", "closed", "withdrawn"),
)
_ITEM_STATES = ("refused", "listed", "declined", "stopped", "built")


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("direction", _words("transferdirection", "out", "in"), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", _words("transferstate", *_STATES), nullable=False),
        sa.Column("partner", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("list_sha256", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("composed_by", sa.String(length=100), nullable=False),
        sa.Column("composed_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=100), nullable=True),
        sa.Column("approved_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("approval_number", sa.String(length=100), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("register_number", sa.String(length=100), nullable=False),
        sa.Column("answer_due", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer_number", sa.String(length=100), nullable=False),
        sa.Column("answer_reason", sa.String(length=1000), nullable=False),
        sa.Column("built_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=100), nullable=True),
        sa.Column("withdrawn_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_transfer_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint(
            "number", "year", "direction", name=op.f("uq_transfer_number_year_direction")
        ),
    )
    _index("transfer", "agency_id", "answer_due", "composed_at", "state")
    op.create_table(
        "transfer_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            _words("transferitemstate", *_ITEM_STATES),
            nullable=False,
        ),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("package", sa.String(length=8), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_item_transfer_id_transfer")
        ),
        sa.ForeignKeyConstraint(
            ["case_file_id"],
            ["case_file.id"],
            name=op.f("fk_transfer_item_case_file_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_item")),
        sa.UniqueConstraint(
            "transfer_id", "case_file_id", name=op.f("uq_transfer_item_transfer_id_case_file_id")
        ),
    )
    _index("transfer_item", "state", "transfer_id")
    with op.batch_alter_table("transfer_item", schema=None) as batch_op:
        batch_op.create_index("ix_transfer_item_standing", ["case_file_id", "state"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("transfer_item")
    op.drop_table("transfer")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=24)


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        for column in columns:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)
