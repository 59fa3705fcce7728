"""Minutes of acceptance (biên bản giao nhận): what was handed over, signed by both sides."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base

SYMBOL = "BBGN-LT"  # behind the number of minutes


HANDOVER_RECORD = "handover"  # kind of the act that the signed minutes stand beside


class HandoverRecord(Base):
    """Biên bản giao nhận hồ sơ, NĐ 30/2020 Phụ lục V: one number, many case files.

    The number is drawn in the transaction that makes the row: the register has no gap. The paper
    is printed and signed for the archive later, by a job; ``sha256`` is that paper's. The giver
    signs by the signing request ``request_id``. Minutes that both signed ``on_paper`` while the
    system was down are a scan.
    """

    __table_args__ = (UniqueConstraint("number", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column()
    block: Mapped[str] = mapped_column(String(500))  # tên khối tài liệu giao nộp
    basis: Mapped[str] = mapped_column(String(500), default="")  # căn cứ, such as the file plan
    condition: Mapped[str] = mapped_column(String(1000), default="")  # tình trạng tài liệu
    giver: Mapped[str] = mapped_column(String(200))
    giver_position: Mapped[str] = mapped_column(String(200))
    giver_account: Mapped[str] = mapped_column(String(100))
    receiver: Mapped[str] = mapped_column(String(200))
    receiver_position: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[dt.datetime] = mapped_column(index=True)
    sha256: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[dt.datetime | None] = mapped_column()
    request_id: Mapped[UUID | None] = mapped_column(unique=True)
    on_paper: Mapped[bool] = mapped_column(default=False, server_default="0")  # sha256: the scan
    revision: Mapped[int] = mapped_column()

    items: Mapped[list["HandoverItem"]] = relationship(
        order_by="HandoverItem.ordinal", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}


class HandoverItem(Base):
    """One submission on the minutes; none is on two."""

    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    handover_id: Mapped[UUID] = mapped_column(ForeignKey("handover_record.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    case_code: Mapped[str] = mapped_column(String(100), index=True)
