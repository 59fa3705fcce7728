"""The words of case files, as programs and commands are told of them."""

from collections.abc import Iterable

from archive_service.document import Document
from archive_service.domain.case_files import document as rows
from archive_service.formats.page_text import PageText
from archive_service.formats.words.section import part_of


class PageTextDocument(Document):
    """One page; ``confidence`` is 0 to 100, null where nobody had to guess.

    ``part`` is null on pages of what is shown; else it says where the words stand.
    """

    number: int
    text: str
    confidence: float | None
    part: dict[str, str] | None = None

    @classmethod
    def of(cls, page: PageText) -> "PageTextDocument":
        """A page, or a part of a file without pages."""
        return cls.of_row(page, part=part_of(page.part))


class DocumentTextDocument(Document):
    """The words of a document."""

    id: str
    ordinal: int
    pages: list[PageTextDocument]

    @classmethod
    def of(cls, row: rows.Document, pages: Iterable[PageText]) -> "DocumentTextDocument":
        """Of a document with the words of its pages."""
        words = [PageTextDocument.of(page) for page in pages]
        return cls(id=str(row.id), ordinal=row.ordinal, pages=words)


class CaseTextDocument(Document):
    """The words of a case file, of those documents that the account may read."""

    code: str
    documents: list[DocumentTextDocument]
