"""Other archives that we give to or take from."""

import sqlalchemy as sa
from alembic import op

from archive_service.domain.base import UtcMoment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "transfer_partner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("gives", sa.Boolean(), nullable=False),
        sa.Column("receives", sa.Boolean(), nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("tls_sha256", sa.String(length=64), nullable=False),
        sa.Column("plain_http", sa.Boolean(), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("retired_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_transfer_partner_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_partner")),
        sa.UniqueConstraint("code", name=op.f("uq_transfer_partner_code")),
    )
    op.create_index(op.f("ix_transfer_partner_account_id"), "transfer_partner", ["account_id"])
    op.create_table(
        "transfer_partner_agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        _of_partner("transfer_partner_agency"),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_transfer_partner_agency_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_partner_agency")),
        sa.UniqueConstraint(
            *("partner_id", "agency_id"),
            name=op.f("uq_transfer_partner_agency_partner_id_agency_id"),
        ),
    )
    for column in ("partner_id", "agency_id"):
        name = op.f(f"ix_transfer_partner_agency_{column}")
        op.create_index(name, "transfer_partner_agency", [column])
    op.create_table(
        "transfer_partner_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _of_partner("transfer_partner_day"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_partner_day")),
        sa.UniqueConstraint("partner_id", "on", name=op.f("uq_transfer_partner_day_partner_id_on")),
    )
    name = op.f("ix_transfer_partner_day_partner_id")
    op.create_index(name, "transfer_partner_day", ["partner_id"])
    _sendings()


def _sendings() -> None:
    op.create_table(
        "transfer_sending",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("folder", sa.String(length=1000), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("asked_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("packages_sent", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("bytes_sent", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.JSON(), nullable=True),
        sa.Column("trouble_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("finished_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("asked_last_at", UtcMoment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfer.id"],
            name=op.f("fk_transfer_sending_transfer_id_transfer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["transfer_partner.id"],
            name=op.f("fk_transfer_sending_partner_id_transfer_partner"),
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_transfer_sending")),
    )
    op.create_index(op.f("ix_transfer_sending_partner_id"), "transfer_sending", ["partner_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("transfer_sending")
    op.drop_table("transfer_partner_day")
    op.drop_table("transfer_partner_agency")
    op.drop_table("transfer_partner")


def _of_partner(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_partner_id_transfer_partner")
    return sa.ForeignKeyConstraint(
        ["partner_id"], ["transfer_partner.id"], name=name, ondelete="CASCADE"
    )
