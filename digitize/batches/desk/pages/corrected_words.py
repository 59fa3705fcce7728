"""Words put right on the pages of a batch, each with its way back, beside what was done on it."""

from typing import Any

from archive_service import clock
from archive_service.request import current_actor, services
from archive_service.web.layout import t
from digitize.proofreading.word_places import WordPlace, places_in_batch


def corrected_words(batch: str) -> list[dict[str, Any]]:
    """``{said, by, at, correction, page}`` of each correction in force, the newest first."""
    return [_line(one) for one in places_in_batch(services(), batch, actor=current_actor())]


def _line(one: WordPlace) -> dict[str, Any]:
    row, page = one.row, one.page
    key = "word_becomes_of" if row.becomes and row.becomes != row.was else "word_as_read_of"
    if not row.becomes:
        key = "word_noise_of"
    name = page.page.name if page else ""
    return {
        "said": t(f"pages.scanning.{key}", was=row.was, becomes=row.becomes, page=name),
        "word": row.was,
        "by": row.account,
        "at": clock.iso(row.at),
        "correction": row.id,
        "page": page.page.id if page else "",
    }
