"""Case files by the year of their last day, of the contract."""

from archive_service.document import Document


class DueYearDocument(Document):
    """Case files whose last day lies in a year, is ``over``, or that have none."""

    year: str
    case_files: int
    size_bytes: int


class DueOfAgencyDocument(DueYearDocument):
    """Those of one agency, by its code."""

    agency: str


class AgencyNameDocument(Document):
    """An agency by code and name."""

    code: str
    name: str


class DueCalendarDocument(Document):
    """``retention due`` by year; ``on`` is the day on which it was counted."""

    on: str
    years: list[DueYearDocument]
    agencies: list[AgencyNameDocument]
    rows: list[DueOfAgencyDocument]
