"""What was read of the pages of one PDF, kept in a folder until its twin stands."""

from pathlib import Path

from archive_service.storage.durable import write_whole
from digitize.ocr.reading_file import dump_reading, load_reading
from digitize.ocr.words import PageReading


def keep(folder: Path, number: int, reading: PageReading) -> None:
    """Keep the reading of a page; pages count from 1. It is there whole or not at all."""
    write_whole(folder / _name(number), dump_reading(reading))


def find_kept(folder: Path, number: int) -> PageReading | None:
    """What was kept of a page; ``None`` for nothing, or for what cannot be read."""
    try:
        return load_reading((folder / _name(number)).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def count_kept(folder: Path) -> int:
    """How many pages are there."""
    return len(list(folder.glob(_name(0).replace("0", "?"))))


def _name(number: int) -> str:
    return f"{number:06}.json"
