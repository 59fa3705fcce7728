"""Deliveries: what came at once and holds many case files, such as one spreadsheet of 10,000."""

import datetime as dt
import enum
from typing import Any, NotRequired, TypedDict
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind

TAKE_JOB = "take-delivery"  # goes on with one that lies in an upload
SETTLE_JOB = "settle-delivery"
UPLOADED = "upload:"  # begins the place of such a one


class DeliveryBody(TypedDict):
    """The document of its act; the signed receipt of a settled one stands beside it."""

    row: dict[str, Any]
    refused: NotRequired[list[dict[str, Any]]]


DELIVERY: ActKind[DeliveryBody] = ActKind("delivery")


class DeliveryState(enum.StrEnum):
    """Taken in case file by case file, until each row was received or refused."""

    RUNNING = "running"
    DONE = "done"  # no further row of it is taken
    STOPPED = "stopped"


class Delivery(Base):
    """One delivery: its progress is its rows, so that a killed one goes on where it was."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(500))  # name of what was sent
    place: Mapped[str] = mapped_column(default="")  # path where it lies until it is taken in
    content_sha256: Mapped[str] = mapped_column(String(64), index=True)  # of what declares it
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.RUNNING, index=True)
    submitted_by: Mapped[str] = mapped_column(String(100))
    submitter: Mapped[dict[str, Any]] = mapped_column(default=dict)  # role and agency at that time
    sent_at: Mapped[dt.datetime | None] = mapped_column()
    received_at: Mapped[dt.datetime] = mapped_column(index=True)
    finished_at: Mapped[dt.datetime | None] = mapped_column()
    rows: Mapped[int] = mapped_column(default=0)  # case files that it declares
    done: Mapped[int] = mapped_column(default=0)  # rows that were received or refused
    refused: Mapped[int] = mapped_column(default=0)  # of them, see ``DeliveryRefusal``
    again: Mapped[int] = mapped_column(default=0)  # of them, those that had come before
    files: Mapped[int] = mapped_column(default=0)  # that were received
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # of no single row
    trouble: Mapped[dict[str, Any]] = mapped_column(default=dict)  # why it stands still
    # Settled once each of its case files is decided, and what was accepted lies in every copy.
    settled_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)  # submission state -> how many
    # One receipt for all of them, where it declares more than one; promised when its act is out.
    receipt_number: Mapped[str | None] = mapped_column(String(40))
    receipt_year: Mapped[int | None] = mapped_column(index=True)
    receipt_sha256: Mapped[str | None] = mapped_column(String(64))
    receipt_issued_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}


class DeliveryRefusal(Base):
    """One case file of a delivery that was not taken, with what its sender has to mend."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), index=True)
    ordinal: Mapped[int] = mapped_column()  # place among the case files of the delivery, from 1
    row: Mapped[int] = mapped_column()  # of the sheet
    code: Mapped[str] = mapped_column(String(200))  # as declared
    declared: Mapped[dict[str, Any]] = mapped_column(default=dict)  # nothing of a state secret
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
