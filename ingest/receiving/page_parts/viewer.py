"""The pages of a submission's documents, as the viewer takes them, while they lie in staging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from archive_service.domain.intake.submission import SubmissionFile
from archive_service.web.layout import t
from archive_service.web.stretches import is_offered
from ingest.receiving.page_parts.sheets import Sheet, Sheets, file_address, is_image

# Ordinal of the document, and number of the PDF in it, both from 1 → address.
Address = Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What can be chosen: a document, or one PDF of a document that has several."""

    sheet: Sheet
    pdf: int
    of: int  # documents that there are
    alone: bool

    @property
    def title(self) -> str:
        facts = {"ordinal": self.sheet.ordinal, "count": self.of}
        name = t("pages.desk.choice", title=self.sheet.title or self.sheet.number, **facts)
        return name if self.alone else f"{name}, {t('pages.desk.choice_file', number=self.pdf)}"


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """See ``parts/viewer.html``; ``kind`` is empty where nothing can be shown."""

    title: str
    choices: Sequence[tuple[str, str, bool]]
    previous: str | None
    next: str | None
    kind: str = ""
    source: str = ""
    images: Sequence[str] = ()
    download: str = ""
    page: int = 1
    pages: int = 0
    terms: Sequence[str] = ()
    marks: Sequence[str] = ()


def shown_document(sheets: Sheets, ordinal: int, pdf: int, href: Address) -> ShownDocument | None:
    """A document of the submission, or one PDF of it; nothing where there is no such document."""
    count = len(sheets.documents)
    entries = [entry for sheet in sheets.documents for entry in _entries(sheet, count)]
    own = [number for number, entry in enumerate(entries) if entry.sheet.ordinal == ordinal]
    if not own:
        return None
    at = own[min(max(pdf, 1), len(own)) - 1]
    shown = ShownDocument(
        title=entries[at].title,
        choices=[
            (href(entry.sheet.ordinal, entry.pdf), entry.title, number == at)
            for number, entry in enumerate(entries)
            if is_offered(number, at=at)
        ],
        previous=_address(entries, at - 1, href),
        next=_address(entries, at + 1, href),
    )
    return _with_pages(shown, entries[at])


def _entries(sheet: Sheet, count: int) -> list[_Entry]:
    pdfs = max(len(sheet.pdfs), 1)
    return [_Entry(sheet, number, count, alone=pdfs == 1) for number in range(1, pdfs + 1)]


def _address(entries: Sequence[_Entry], at: int, href: Address) -> str | None:
    if not 0 <= at < len(entries):
        return None
    return href(entries[at].sheet.ordinal, entries[at].pdf)


def _with_pages(shown: ShownDocument, entry: _Entry) -> ShownDocument:
    pdfs, images = entry.sheet.pdfs, entry.sheet.images
    if pdfs:
        file = pdfs[entry.pdf - 1]
        source = file_address(file)
        return replace(shown, kind="pdf", source=source, download=source, pages=file.pages or 1)
    if images:
        pictures, download = [_image(file) for file in images], file_address(images[0])
        return replace(shown, kind="images", images=pictures, download=download, pages=len(images))
    return shown


def _image(file: SubmissionFile) -> str:
    """As it is where browsers show it, else as the picture we make of it."""
    if is_image(file):
        return file_address(file)
    return url_for("submissions.picture", submission_id=file.submission_id, file_id=file.id)
