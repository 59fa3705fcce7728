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
_ITEM_STATES = (
    *("refused", "listed", "declined", "stopped", "built", "sent", "receipted", "transferred"),
    *("removed", "awaited", "arrived", "accepted", "stored", "recalled", "returned"),
)


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
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("partner_code", sa.String(length=100), nullable=False),
        sa.Column("partner_number", sa.String(length=100), nullable=False),
        sa.Column("sent_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("received_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("reply_sequence", sa.Integer(), nullable=False),
        sa.Column("replied_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("notice_sequence", sa.Integer(), nullable=False),
        sa.Column("closed_by", sa.String(length=100), nullable=True),
        sa.Column("closed_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("removable_on", sa.Date(), nullable=True),
        sa.Column("removal_by", sa.String(length=100), nullable=True),
        sa.Column("removal_at", UtcMoment(timezone=True), nullable=True),
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
    _index(
        "transfer",
        *("agency_id", "answer_due", "composed_at", "decide_by", "partner_code", "removable_on"),
        "state",
    )
    _items()
    _media_and_messages()


def _items() -> None:
    op.create_table(
        "transfer_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("case_file_id", sa.Uuid(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
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
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("package", sa.String(length=8), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=True),
        _of_transfer("transfer_item"),
        sa.ForeignKeyConstraint(
            ["case_file_id"],
            ["case_file.id"],
            name=op.f("fk_transfer_item_case_file_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_item")),
        sa.UniqueConstraint(
            "transfer_id", "case_file_id", name=op.f("uq_transfer_item_transfer_id_case_file_id")
        ),
        sa.UniqueConstraint(
            "transfer_id", "ordinal", name=op.f("uq_transfer_item_transfer_id_ordinal")
        ),
    )
    _index("transfer_item", "state", "submission_id")
    with op.batch_alter_table("transfer_item", schema=None) as batch_op:
        batch_op.create_index("ix_transfer_item_standing", ["case_file_id", "state"], unique=False)
        batch_op.create_index("ix_transfer_item_code", ["transfer_id", "code"], unique=False)


def _media_and_messages() -> None:
    op.create_table(
        "transfer_medium",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sums_sha256", sa.String(length=64), nullable=True),
        sa.Column("written_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("arrived_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("moved_at", UtcMoment(timezone=True), nullable=True),
        _of_transfer("transfer_medium"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_medium")),
        sa.UniqueConstraint(
            "transfer_id", "number", name=op.f("uq_transfer_medium_transfer_id_number")
        ),
    )
    _index("transfer_medium", "transfer_id")
    op.create_table(
        "transfer_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", _words("transfermessagekind", "manifest", "reply", "notice"), nullable=False
        ),
        sa.Column("direction", _words("transferdirection", "out", "in"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", UtcMoment(timezone=True), nullable=False),
        sa.Column("delivered_at", UtcMoment(timezone=True), nullable=True),
        _of_transfer("transfer_message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_message")),
        sa.UniqueConstraint(
            *("transfer_id", "kind", "direction", "sequence"),
            name=op.f("uq_transfer_message_transfer_id_kind_direction_sequence"),
        ),
    )
    _index("transfer_message", "transfer_id")


def downgrade() -> None:
    """Take it back."""
    op.drop_table("transfer_message")
    op.drop_table("transfer_medium")
    op.drop_table("transfer_item")
    op.drop_table("transfer")


def _of_transfer(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_transfer_id_transfer")
    return sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=name, ondelete="CASCADE")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=24)


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        for column in columns:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)
