"""Transfer (nộp lưu vào lưu trữ lịch sử): case files that one archive hands another."""

import datetime as dt
import enum
import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base

TRANSFER = "transfer"  # the kind of its acts
LONGEST_REASON = 1000  # characters
LONGEST_PARTNER = 300
LONGEST_NUMBER = 100


class TransferDirection(enum.StrEnum):
    """Whether we hand over or take in."""

    OUT = "out"
    IN = "in"


class TransferState(enum.StrEnum):
    """The words of the contract."""

    DRAFT = "draft"
    APPROVED = "approved"  # by the head of the agency
    REGISTERED = "registered"  # the other archive has the register
    ANSWERED = "answered"  # and takes what stands on it
    BUILT = "built"
    SENT = "sent"
    RECEIVED = "received"
    DECIDED = "decided"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class TransferItemState(enum.StrEnum):
    """Where one case file of the register stands."""

    REFUSED = "refused"  # was never on it: held, not permanent, listed
    LISTED = "listed"
    DECLINED = "declined"  # by the other archive's answer: ``reason`` says why
    STOPPED = "stopped"  # by a hold or a change since: ``refusal`` says by what
    BUILT = "built"  # its package lies in the folder of the transfer


GOING = (TransferItemState.LISTED, TransferItemState.BUILT)
UNSENT = (  # nothing of it left this archive yet, but its register
    TransferState.DRAFT,
    TransferState.APPROVED,
    TransferState.REGISTERED,
    TransferState.ANSWERED,
    TransferState.BUILT,
)
OVER = (TransferState.CLOSED, TransferState.WITHDRAWN)


class Transfer(Base):
    """One transfer, from its register to its end.

    ``list_sha256`` is the digest of the register as it was put before the head of the agency.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 17; TT 05/2025/TT-BNV, Điều 17-25.
    """

    __tablename__ = "transfer"
    __table_args__ = (UniqueConstraint("number", "year", "direction"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    direction: Mapped[TransferDirection] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)  # that gives
    number: Mapped[int] = mapped_column()
    year: Mapped[int] = mapped_column()
    state: Mapped[TransferState] = mapped_column(default=TransferState.DRAFT, index=True)
    partner: Mapped[str] = mapped_column(String(LONGEST_PARTNER))  # the other archive
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    list_sha256: Mapped[str] = mapped_column(String(64))
    edition: Mapped[int] = mapped_column(default=1)  # of the register: goes up when it is amended
    composed_by: Mapped[str] = mapped_column(String(100))
    composed_at: Mapped[dt.datetime] = mapped_column(index=True)
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[dt.datetime | None] = mapped_column()
    approval_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    # The register as it went to the other archive, and its answer: days of their papers.
    registered_on: Mapped[dt.date | None] = mapped_column()
    register_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    answer_due: Mapped[dt.date | None] = mapped_column(index=True)
    answered_on: Mapped[dt.date | None] = mapped_column()
    answer_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    answer_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    built_at: Mapped[dt.datetime | None] = mapped_column()
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    items: Mapped[list["TransferItem"]] = relationship(
        order_by="TransferItem.ordinal", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}

    @property
    def name(self) -> str:
        """Its number as people write it, such as 03/2026."""
        return f"{self.number:02}/{self.year}"


class TransferItem(Base):
    """One case file of the register, with what the register tells of it."""

    __tablename__ = "transfer_item"
    __table_args__ = (
        UniqueConstraint("transfer_id", "case_file_id"),
        Index("ix_transfer_item_standing", "case_file_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("transfer.id"), index=True)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    ordinal: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(1000))
    state: Mapped[TransferItemState] = mapped_column(default=TransferItemState.LISTED, index=True)
    refusal: Mapped[dict[str, Any] | None] = mapped_column()  # {code, facts} of what stops it
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    version: Mapped[int] = mapped_column()  # of its package when it was listed
    due_on: Mapped[dt.date] = mapped_column()  # last day to hand it over
    documents: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    # Its package as it was built: SIP, or AIP where it was digitized; a file below ``packages/``.
    package: Mapped[str] = mapped_column(String(8), default="")
    file: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)


def digest_of_register(items: Iterable[TransferItem]) -> str:
    """SHA-256 of what is approved: each case file that stands on it, with its package's version."""
    told = [
        {"case_file": str(item.case_file_id), "code": item.code, "version": item.version}
        for item in sorted(items, key=lambda one: one.ordinal)
        if item.state in GOING
    ]
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()
