"""Fonds and series, as pages, programs and commands tell of them."""

import datetime as dt

from archive_service.document import Document


class FondsDocument(Document):
    """One fonds: the fields of TT 05/2025 Điều 4, its life, and how much is in it."""

    code: str
    agency: str
    state: str
    name: str
    former_names: list[str]
    history: str
    period: str
    total_documents: int | None
    classification: str
    languages: str
    risk_recovery: bool
    description: str
    code_scheme: str  # of codes without a year, as {agency}.ML{inventory}.{number}
    opened_on: dt.date | None
    closed_on: dt.date | None
    close_reason: str
    successor: str | None
    case_files: int  # this and the next three as they are held now
    documents: int
    first: str | None
    last: str | None
    series: int


class FondsWithSeries(FondsDocument):
    """A fonds, and its series from the top."""

    tree: "list[SeriesDocument]"


class FondsList(Document):
    """Fonds by code."""

    fonds: list[FondsDocument]


class SeriesDocument(Document):
    """One branch of the tree, each after its parent; ``depth`` 0 is the top."""

    code: str
    title: str
    note: str
    parent: str | None
    depth: int
    case_files: int


class SeriesTree(Document):
    """The series of a fonds."""

    series: list[SeriesDocument]


class Moved(Document):
    """How many case files were moved."""

    moved: int
