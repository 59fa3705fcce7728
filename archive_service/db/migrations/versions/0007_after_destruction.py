"""What is told after a destruction: media of retired copies; posts of those who sign."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    _upgrade_copies()
    _upgrade_past_submissions()
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("position", sa.String(length=200), server_default="", nullable=False)
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("position")
    op.drop_table("past_submission")
    _downgrade_copies()


def _upgrade_copies() -> None:
    """Of copies that were retired before nobody noted what they held, only since when."""
    with op.batch_alter_table("enrolled_copy", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retired_at", UtcMoment(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("holdings_known", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("medium", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        "retired_holding",
        sa.Column("copy", sa.String(length=100), nullable=False),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_file_id"],
            ["case_file.id"],
            name=op.f("fk_retired_holding_case_file_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("copy", "case_file_id", name=op.f("pk_retired_holding")),
    )
    with op.batch_alter_table("retired_holding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_retired_holding_case_file_id"), ["case_file_id"], unique=False
        )
    op.execute(
        "UPDATE enrolled_copy SET retired_at = (SELECT max(act.at) FROM act"
        " WHERE act.kind = 'copy' AND act.subject_id = enrolled_copy.name)"
        " WHERE state = 'retired'"
    )


def _downgrade_copies() -> None:
    with op.batch_alter_table("retired_holding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retired_holding_case_file_id"))
    op.drop_table("retired_holding")
    with op.batch_alter_table("enrolled_copy", schema=None) as batch_op:
        batch_op.drop_column("medium")
        batch_op.drop_column("holdings_known")
        batch_op.drop_column("retired_at")


def _upgrade_past_submissions() -> None:
    """Of what was destroyed before nothing is known any more."""
    op.create_table(
        "past_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_file_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "received", "checking", "checked", "returned", "withdrawn", "accepted",
                "stored", "rejected", "quarantined",
                name="submissionstate", native_enum=False, length=24,
            ),
            nullable=False,
        ),
        sa.Column("document_count", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.String(length=100), nullable=False),
        sa.Column("received_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_receipt", sa.Boolean(), nullable=False),
        sa.Column("receipt_number", sa.String(length=40), nullable=True),
        sa.Column("receipt_year", sa.Integer(), nullable=True),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=True),
        sa.Column("receipt_issued_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_past_submission_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["case_file_id"],
            ["case_file.id"],
            name=op.f("fk_past_submission_case_file_id_case_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_submission")),
    )  # fmt: skip
    with op.batch_alter_table("past_submission", schema=None) as batch_op:
        for column in ("agency_id", "case_file_id", "delivery_id", "receipt_year", "received_at"):
            batch_op.create_index(batch_op.f(f"ix_past_submission_{column}"), [column])
