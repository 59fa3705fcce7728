"""Other archives that we give to or take from: their keys, addresses and agencies."""

import datetime as dt
from collections.abc import Collection
from typing import Any, TypedDict
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind


class PartnerBody(TypedDict):
    """The document of acts of partners; ``token_at``: when its token for us was made."""

    partner: dict[str, Any]
    agencies: list[str]
    token_at: str | None


class SendingBody(TypedDict):
    """The document of acts of sendings: the columns of one."""

    sending: dict[str, Any]


PARTNER: ActKind[PartnerBody] = ActKind("transfer-partner")
SENDING: ActKind[SendingBody] = ActKind("transfer-sending")
PARTNER_KEPT = ("partner:added", "partner:changed")  # events after which a partner is another
WITNESSED = "witnessed-checkpoint"  # kind of the acts that tell what we keep of another log
LONGEST_URL = 500
LONGEST_FOLDER = 1000


class TransferPartner(Base):
    """One other archive.

    ``certificates`` are ``{sha256, subject, not_after, added_at}`` of those that it signs with, by
    the digest of their DER; no secret stands here: its token for us is a digest (``access_token``),
    ours for it a file below the home's ``keys``.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(100), unique=True)  # mã của lưu trữ, as it signs
    name: Mapped[str] = mapped_column(String(300))
    gives: Mapped[bool] = mapped_column(default=False)  # hands over to us
    receives: Mapped[bool] = mapped_column(default=False)  # takes from us
    witnesses: Mapped[bool] = mapped_column(default=False)  # keeps and cosigns our checkpoints
    witnessed: Mapped[bool] = mapped_column(default=False)  # we keep and cosign its checkpoints
    witness_key: Mapped[str] = mapped_column(String(300), default="")  # that it cosigns with
    certificates: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    url: Mapped[str] = mapped_column(String(LONGEST_URL), default="")  # of its server
    tls_sha256: Mapped[str] = mapped_column(String(64), default="")  # no other server is talked to
    plain_http: Mapped[bool] = mapped_column(default=False)  # in a network that encrypts by itself
    quota_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # a local day; 0: no limit
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[dt.datetime] = mapped_column()
    retired_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    agencies: Mapped[list["TransferPartnerAgency"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": revision}

    def hand_over_for(self, agency_ids: Collection[UUID]) -> None:
        """Of these agencies, and of no other."""
        kept = [agency for agency in self.agencies if agency.agency_id in agency_ids]
        known = {agency.agency_id for agency in kept}
        new = [identifier for identifier in dict.fromkeys(agency_ids) if identifier not in known]
        self.agencies = kept + [TransferPartnerAgency(agency_id=identifier) for identifier in new]


class TransferPartnerAgency(Base):
    """An agency whose case files this archive keeps, and hands over."""

    __table_args__ = (UniqueConstraint("partner_id", "agency_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    partner_id: Mapped[UUID] = mapped_column(
        ForeignKey("transfer_partner.id", ondelete="CASCADE"), index=True
    )
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)


class TransferPartnerDay(Base):
    """How much came from an archive on a local day: what its quota is counted by."""

    __table_args__ = (UniqueConstraint("partner_id", "on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    partner_id: Mapped[UUID] = mapped_column(
        ForeignKey("transfer_partner.id", ondelete="CASCADE"), index=True
    )
    on: Mapped[dt.date] = mapped_column()
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)


class TransferSending(Base):
    """A transfer on its way to another archive by network: how far it is, and what stops it."""

    transfer_id: Mapped[UUID] = mapped_column(
        ForeignKey("transfer.id", ondelete="CASCADE"), primary_key=True
    )
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("transfer_partner.id"), index=True)
    folder: Mapped[str] = mapped_column(String(LONGEST_FOLDER))  # that its packages lie in
    at_once: Mapped[bool] = mapped_column(default=False)  # at any hour
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[dt.datetime] = mapped_column()
    packages: Mapped[int] = mapped_column(default=0)  # that the other side lacked when it began
    packages_sent: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_sent: Mapped[int] = mapped_column(BigInteger, default=0)
    trouble: Mapped[dict[str, Any] | None] = mapped_column()  # {code, facts} of the last
    trouble_at: Mapped[dt.datetime | None] = mapped_column()
    finished_at: Mapped[dt.datetime | None] = mapped_column()
    asked_last_at: Mapped[dt.datetime | None] = mapped_column()  # the other side, for its reply
