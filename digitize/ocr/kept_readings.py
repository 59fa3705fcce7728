"""What was read from a page before: the same image, turned the same way, by the same engine."""

from sqlalchemy import select

from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.storage.staging import Staging
from digitize.ocr.reading_file import holds_letters, load_reading
from digitize.ocr.words import PageReading


def find_reading(
    image: DigitalObject, *, software: str, database: Database, staging: Staging
) -> PageReading | None:
    """The kept reading of a stored page; ``None``: it is to be read."""
    found = select(PageReadingRow.reading_sha256).where(
        PageReadingRow.image_sha256 == image.sha256,
        PageReadingRow.turn_deg == image.turn_deg % 360,
        PageReadingRow.software == software,
    )
    with database.read_only() as session:
        sha256 = session.scalar(found)
    return kept_reading(staging, sha256)


def kept_reading(staging: Staging, sha256: str | None, *, having: str = "") -> PageReading | None:
    """The reading of this digest; ``None``: it lies here no more, or is of another release.

    Args:
        having: letters of one word; a reading without them is none, and costs no parsing.
    """
    if sha256 is None or not staging.has(sha256):
        return None
    with staging.open(sha256) as source:
        data = source.read()
    try:
        return load_reading(data) if holds_letters(data, having) else None
    except ValueError:
        return None
