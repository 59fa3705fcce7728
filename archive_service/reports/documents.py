"""Figures and reports as pages, programs and commands read them."""

from typing import Any

from pydantic import BaseModel

from archive_service.document import Document


class FiguresDocument(Document):
    """Figures as they are now; provisional where the period is not over."""

    first: str
    last: str
    as_of: str
    provisional: bool
    agency: str | None
    agency_name: str | None
    figures: dict[str, Any]


class ReportDocument(Document):
    """A report as it was made; ``figures`` only where one is asked for.

    Provisional is what was made before the end of its period.
    """

    id: str
    number: str  # "" of what was made before reports had one
    agency_id: str | None
    agency: str | None  # as it was called when the report was made
    agency_name: str | None
    first: str
    last: str
    made_at: str
    made_by: str
    provisional: bool
    difficulties: str
    proposals: str
    figures: dict[str, Any] | None = None


class ReportList(BaseModel):
    """Reports, the newest first."""

    reports: list[ReportDocument]
    total: int
    cursor: str | None = None
