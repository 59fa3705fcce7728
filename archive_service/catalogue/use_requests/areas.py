"""Areas that are blackened on the pages that somebody may read, and the reasons for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from archive_service import law
from archive_service.catalogue.use_requests.given import Redaction
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.errors import InputError
from archive_service.formats.pdf.redacted import Area

_DIGITS = 6  # of a part of a page: a thousandth of a millimetre


class RedactionPageError(InputError):
    """The document has no such page."""


class RedactionAreaError(InputError):
    """The area is empty, or does not lie within its page."""


class RedactionReasonError(InputError):
    """The reason is not in the list."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an area may be blackened; ``basis`` is the article of law."""

    code: str
    title: str
    english: str
    basis: str

    def label(self, lang: str) -> str:
        """Its name in this language."""
        return self.english if lang == "en" else self.title


@lru_cache(maxsize=1)
def reasons() -> dict[str, Reason]:
    """Every reason by its code."""
    path = law.CONFIG / "rule_sets" / "redaction_reasons.toml"
    rules = law.load_rule_set(path, each_row_cites=True)
    rows = [
        Reason(str(row["code"]), str(row["title"]), str(row["english"]), rules.citation(row))
        for row in rules.rows
    ]
    return {reason.code: reason for reason in rows}


def areas_within(given: Redaction, sizes: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    """The areas as parts of their pages, which are of these sizes in points.

    Raises:
        RedactionReasonError, RedactionPageError, RedactionAreaError
    """
    found = []
    for area in given.areas:
        if area.reason not in reasons():
            raise RedactionReasonError(reason=area.reason, known=", ".join(reasons()))
        if not 1 <= area.page <= len(sizes):
            raise RedactionPageError(page=area.page, count=len(sizes))
        wide, high = sizes[area.page - 1] if given.unit == "points" else (1.0, 1.0)
        left, width = (round(side / wide, _DIGITS) for side in (area.left, area.width))
        top, height = (round(side / high, _DIGITS) for side in (area.top, area.height))
        within = left >= 0 and top >= 0 and width > 0 and height > 0
        if not (within and round(left + width, _DIGITS) <= 1 and round(top + height, _DIGITS) <= 1):
            raise RedactionAreaError(page=area.page)
        place = {"left": left, "top": top, "width": width, "height": height}
        found.append({"page": area.page, **place, "reason": area.reason})
    return found


def areas_of(row: AccessRequest) -> list[Area]:
    """The areas of a request as they are drawn."""
    return [
        Area(area["page"], area["left"], area["top"], area["width"], area["height"])
        for area in row.areas
    ]
