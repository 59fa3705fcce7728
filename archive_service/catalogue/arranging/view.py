"""What the page shows on which the documents of a case file are arranged."""

from dataclasses import dataclass
from typing import Any

from archive_service.catalogue.arranging.split_undo import split_from
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.people.account import Actor
from archive_service.services import Services


@dataclass(frozen=True, slots=True)
class Arranged:
    """A document of the case file, or one of another that is linked into it."""

    ordinal: int
    title: str
    number: str  # with its symbol
    date: str | None  # ISO
    pages: int
    replaced_in: int | None  # the version since which another stands in its place
    moved_to: dict[str, Any] | None  # {code, ordinal, …} where it is now
    moved_from: dict[str, Any] | None
    kept_in: dict[str, Any] | None = None  # {code, ordinal} where a linked one lies

    @classmethod
    def of(cls, row: Document) -> "Arranged":
        """One of its own."""
        return cls(row.ordinal, **_shown(row))

    @classmethod
    def of_link(cls, link: DocumentLink, row: Document, source: CaseFile) -> "Arranged":
        """One that ``source`` keeps."""
        return cls(
            link.ordinal, **_shown(row), kept_in={"code": source.code, "ordinal": row.ordinal}
        )


def _shown(row: Document) -> dict[str, Any]:
    return {
        "title": row.subject,
        "number": "/".join(filter(None, (row.code_number, row.code_notation))),
        "date": row.issued_date,
        "pages": row.number_of_page,
        "replaced_in": row.replaced_in,
        "moved_to": row.moved_to,
        "moved_from": row.moved_from,
    }


@dataclass(frozen=True, slots=True)
class ArrangePage:
    """All documents of a case file in their order; only what the page shows of them is read."""

    code: str
    title: str
    split_from: str  # code of the case file that it was split from and may go back to; or ""
    documents: list[Arranged]


def arrange_page(services: Services, code: str, *, actor: Actor) -> ArrangePage:
    """The page's facts.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    with services.read_only() as session:
        row = holdings_rows.get_case_file_listed(session, code, actor=actor)
        linked = [
            Arranged.of_link(link, link.document, link.source)
            for link in row.standing_links
            if link.document and link.source
        ]
        documents = [*map(Arranged.of, row.documents), *linked]
        documents.sort(key=lambda one: one.ordinal)
        return ArrangePage(row.code, row.title, split_from(row), documents)
