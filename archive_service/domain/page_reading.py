"""What was read from page images, by their digest: the same image is read once by one engine."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class PageReadingRow(Base):
    """One reading; its words lie in staging, as ``digitize.reading_file`` writes them."""

    __tablename__ = "page_reading"
    __table_args__ = (UniqueConstraint("image_sha256", "turn_deg", "software"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    image_sha256: Mapped[str] = mapped_column(String(64))
    turn_deg: Mapped[int] = mapped_column(default=0)
    software: Mapped[str] = mapped_column(String(100))  # engine, version and model
    reading_sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column()
    read_at: Mapped[dt.datetime] = mapped_column()


class WordCorrection(Base):
    """A word that a person put right: a layer of its own over what the engine read."""

    __tablename__ = "word_correction"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    image_sha256: Mapped[str] = mapped_column(String(64), index=True)
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    left: Mapped[int] = mapped_column("box_left")  # pixels of the page as it was scanned
    top: Mapped[int] = mapped_column("box_top")
    right: Mapped[int] = mapped_column("box_right")
    bottom: Mapped[int] = mapped_column("box_bottom")
    was: Mapped[str] = mapped_column(String(200))
    becomes: Mapped[str] = mapped_column(String(200))
    account: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column()
    undone_at: Mapped[dt.datetime | None] = mapped_column()
