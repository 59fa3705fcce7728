"""Pages of a stored case file as they are read: a secrecy mark ends a document, errors are told."""

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import CLEARED, Document
from archive_service.domain.intake.finding import Finding
from digitize.batches.doubts.doubts import batch_doubts
from digitize.batches.doubts.seen import Doubt, ListedDocument, SeenDocument, SeenPage
from digitize.batches.doubts.traits import traits_of
from digitize.batches.release.targets import listed_fields
from digitize.documents.assemble import PageImage
from digitize.ocr.words import PageReading
from digitize.page_one.check import differences
from digitize.page_one.proposals import Proposal, read_page_one
from digitize.page_one.secrecy import refuse_secret


class LookedThrough:
    """What was seen of one case file's pages while they were read."""

    def __init__(self, case_file: CaseFile) -> None:
        self._case_file = case_file
        self._documents: list[DocumentPages] = []

    def pages_of(self, document: Document) -> "DocumentPages":
        """Whoever looks at the pages of this document from now on."""
        looked = DocumentPages(document)
        self._documents.append(looked)
        return looked

    def doubts(self) -> dict[str, list[Finding]]:
        """By the document's id what looks like an error of people; warnings, all of them."""
        code = self._case_file.code
        whole = [document_pages for document_pages in self._documents if document_pages.is_whole()]
        listed = [
            ListedDocument(code, document.ordinal, listed_fields(document), awaits_pages=False)
            for document in self._case_file.documents
        ]
        pages = [page for document_pages in whole for page in document_pages.seen]
        documents = [document_pages.as_seen(code) for document_pages in whole]
        found = batch_doubts(pages, documents, listed)
        for document_pages, seen in zip(whole, documents, strict=True):
            found += document_pages.differences(seen)
        facts: dict[str, list[Finding]] = {}
        for doubt in found:
            facts.setdefault(str(doubt.document), []).append(doubt.finding())
        return facts


class DocumentPages:
    """The pages of one document, seen in their order."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._images = document.page_images()
        self._readings: list[PageReading] = []
        self._proposals: dict[str, Proposal] = {}
        self.seen: list[SeenPage] = []

    def look(self, page: PageImage, reading: PageReading) -> None:
        """See one page.

        Raises:
            SecrecyMarkFoundError: it bears a mark, and nobody said that it is none.
        """
        if self._document.secrecy != CLEARED:
            refuse_secret(page.name, reading)
        image = self._images[len(self.seen)]
        blank = not reading.lines
        if not blank:
            self._readings.append(reading)
        traits = None if blank else traits_of(reading)
        self.seen.append(
            SeenPage(
                id=image.id,
                name=image.name,
                document=self._document.id,
                traits=traits,
                sha256=image.sha256,
                blank=blank,
            )
        )
        if self.is_whole():
            self._proposals = read_page_one(self._readings)
            self._readings.clear()

    def is_whole(self) -> bool:
        """Whether all of its pages were seen."""
        return len(self.seen) == len(self._images)

    def as_seen(self, case_code: str) -> SeenDocument:
        """The document with what its first page says."""
        ordinal = self._document.ordinal
        return SeenDocument(self._document.id, case_code, ordinal, self._proposals)

    def differences(self, seen: SeenDocument) -> list[Doubt]:
        """Where the first page and the document list disagree."""
        return [
            Doubt(
                difference.code,
                tuple(self.seen[:1]),
                {"field": difference.field, "read": difference.read, "listed": difference.listed},
                self._document.id,
            )
            for difference in differences(seen.proposals, listed_fields(self._document))
        ]
