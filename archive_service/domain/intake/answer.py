"""Answers to edXML packets: status packets on their way back to the sender."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class AnswerState(enum.StrEnum):
    """``delivered``: the sender fetched it, or it lies in the folder."""

    WAITING = "waiting"
    DELIVERED = "delivered"


class Answer(Base):
    """One status packet. ``subject_id`` is a submission or a recall.

    A submission may hold documents of several packets: to each of them a status is told once.

    ``document`` is the signed XML, empty until it is written.
    """

    __tablename__ = "edxml_answer"
    __table_args__ = (UniqueConstraint("subject_id", "package_id", "status"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject_id: Mapped[UUID] = mapped_column()
    status: Mapped[str] = mapped_column(String(2))  # 01 to 06, 15, 16
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    recipient: Mapped[str] = mapped_column(String(40), default="")  # OrganId of the sender
    package_id: Mapped[str] = mapped_column(String(200), index=True)  # DocumentId answered
    account: Mapped[str] = mapped_column(String(100), index=True)  # who handed the packet in
    description: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime] = mapped_column(index=True)  # since when it is so
    document: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[AnswerState] = mapped_column(default=AnswerState.WAITING, index=True)
    delivered_at: Mapped[dt.datetime | None] = mapped_column()
    attempts: Mapped[int] = mapped_column(default=0)
