"""What stays of a submission whose case file was destroyed: what reports and registers count."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.intake.submission import SubmissionState


class PastSubmission(Base):
    """Under the id of the submission: whose it was, by which way, when and how it was decided.

    No word of it. Its code and title in a register are those of the stub.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    state: Mapped[SubmissionState] = mapped_column()
    document_count: Mapped[int] = mapped_column()
    submitted_by: Mapped[str] = mapped_column(String(100))
    received_at: Mapped[dt.datetime] = mapped_column(index=True)
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    delivery_id: Mapped[UUID | None] = mapped_column(index=True)
    delivery_receipt: Mapped[bool] = mapped_column()
    receipt_number: Mapped[str | None] = mapped_column(String(40))
    receipt_year: Mapped[int | None] = mapped_column(index=True)
    receipt_sha256: Mapped[str | None] = mapped_column(String(64))
    receipt_issued_at: Mapped[dt.datetime | None] = mapped_column()
    errors: Mapped[list[str]] = mapped_column()  # of a returned one, ``check:code`` of each, once
