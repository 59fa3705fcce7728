"""What was read from page images, by their digest: the same image is read once by one engine."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

# What people search by, number, date, abstract and names, stands on a document's first page.
FIRST_PAGE_WEIGHT = 2
Sheet = tuple[str, int]  # a page: digest of its image and 0, or of a PDF and the page's number


class PageReadingRow(Base):
    """One reading; its words lie in staging, as ``digitize.ocr.reading_file`` writes them."""

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

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    image_sha256: Mapped[str] = mapped_column(String(64), index=True)
    page: Mapped[int] = mapped_column(default=0)  # of a PDF, whose digest it is then; 0: an image
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    left: Mapped[int] = mapped_column("box_left")  # pixels of the page as it was scanned
    top: Mapped[int] = mapped_column("box_top")
    right: Mapped[int] = mapped_column("box_right")
    bottom: Mapped[int] = mapped_column("box_bottom")
    was: Mapped[str] = mapped_column(String(200))
    becomes: Mapped[str] = mapped_column(String(200))  # "": no word stands there
    account: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column()
    undone_at: Mapped[dt.datetime | None] = mapped_column()

    @property
    def sheet(self) -> Sheet:
        """The page that it was made on."""
        return self.image_sha256, self.page


def weight_of(doubtful: int, *, first: bool) -> int:
    """What the queue of pages to be proofread runs by: what search would lose."""
    return doubtful * (FIRST_PAGE_WEIGHT if first else 1)


class DoubtfulPage(Base):
    """A page of a stored document with words to be proofread; counted when it is indexed."""

    __table_args__ = (UniqueConstraint("case_file_id", "ordinal", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the same whenever it is counted anew
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    ordinal: Mapped[int] = mapped_column()  # of the document
    number: Mapped[int] = mapped_column()  # of the page, from 1
    name: Mapped[str] = mapped_column(String(1000))
    image_sha256: Mapped[str] = mapped_column(String(64), index=True)
    page: Mapped[int] = mapped_column()  # as of ``WordCorrection``
    first: Mapped[bool] = mapped_column()  # of those with words
    doubtful_words: Mapped[int] = mapped_column()
    weight: Mapped[int] = mapped_column(index=True)  # what search would lose

    @property
    def sheet(self) -> Sheet:
        """What its corrections are kept by."""
        return self.image_sha256, self.page
