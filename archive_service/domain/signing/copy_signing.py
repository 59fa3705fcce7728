"""Copies that the archive made and that wait for the seal of the agency that scanned them."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

SEALED = "sealed"  # kind of making of a file: the copy with the agency's signature on it
SEALED_ENDING = ".signed.pdf"  # of its path
OFF, WAIT = "off", "wait"  # of the setting: copies stay as they are; they wait for a seal


class CopySigning(enum.StrEnum):
    """Where one copy stands.

    ``ordered``: a clerk asked for it; ``signed``: the signed file lies in staging; ``kept``: it is
    a file of its document; ``overtaken``: a newer copy stands for it, which waits itself.
    """

    WAITING = "waiting"
    ORDERED = "ordered"
    SIGNED = "signed"
    KEPT = "kept"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


class CopyToSign(Base):
    """One PDF/A of a document, as it is stored without a signature.

    ``agency_id`` is whose seal it waits for. ``signature`` tells of the one that was put on it,
    ``refusal`` is ``{code, facts}``.
    """

    __table_args__ = (
        UniqueConstraint("case_file_id", "path"),
        Index(
            "ix_copy_to_sign_open",
            "agency_id",
            sqlite_where=text("state IN ('waiting', 'ordered', 'signed')"),
            postgresql_where=text("state IN ('waiting', 'ordered', 'signed')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    code: Mapped[str] = mapped_column(String(100))  # of the case file
    ordinal: Mapped[int] = mapped_column()  # of the document
    path: Mapped[str] = mapped_column(String(300))  # of the PDF in the package
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[CopySigning] = mapped_column(default=CopySigning.WAITING)
    since: Mapped[dt.datetime] = mapped_column()
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("signing_order.id"), index=True)
    signed_sha256: Mapped[str | None] = mapped_column(String(64))
    signed_size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    signed_at: Mapped[dt.datetime | None] = mapped_column()
    signature: Mapped[dict[str, Any]] = mapped_column(default=dict)
    refusal: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SigningOrder(Base):
    """A clerk's order to seal what waits; a worker does it with the key opened once.

    ``stopped`` is ``{code, facts}``: why the rest was put back to wait.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    account: Mapped[str] = mapped_column(String(100))
    ordered_at: Mapped[dt.datetime] = mapped_column(index=True)
    total: Mapped[int] = mapped_column()
    signed: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    stopped: Mapped[dict[str, Any]] = mapped_column(default=dict)
