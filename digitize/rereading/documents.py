"""Proposals to read texts again, the same for pages, programs and commands."""

from archive_service.document import Document

# Columns of lists that show a figure before the reading and after it: ``X_before``, ``X_after``.
COMPARED = ("confidence", "impossible")


class ChangeDocument(Document):
    """One change of words, for example."""

    page: int
    before: str
    after: str


class RefusalDocument(Document):
    """Why a document was not read."""

    message: str
    remedy: str


class GainDocument(Document):
    """Figures before and after; confidences are means over the letters, 0 to 100."""

    pages: int
    words_before: int
    words_after: int
    words_changed: int
    impossible_before: int
    impossible_after: int
    confidence_before: float | None
    confidence_after: float | None

    @property
    def is_worse(self) -> bool:
        """Whether the new text would be read worse than the one that is held."""
        confidence = (self.confidence_after or 0) < (self.confidence_before or 0)
        return confidence or self.impossible_after > self.impossible_before

    def before_and_after(self, compared: str) -> tuple[float | None, float | None]:
        """A figure of ``COMPARED``."""
        return getattr(self, f"{compared}_before"), getattr(self, f"{compared}_after")


class RereadingItemDocument(GainDocument):
    """One document of a proposal."""

    code: str
    ordinal: int
    title: str
    state: str
    software_before: str
    samples: list[ChangeDocument]
    refused: RefusalDocument | None


class RereadingDocument(GainDocument):
    """One proposal; ``documents`` counts its documents by state."""

    id: str
    model: str
    software: str
    state: str
    progress: float
    codes: list[str]
    case_files: int
    proposed_by: str
    proposed_at: str
    decided_by: str
    documents: dict[str, int]
    worse: int  # documents that would be read worse than before: adopted for a reason only
    sealed: int  # documents whose sealed copy stands until the new one is sealed


class ShownRereading(RereadingDocument):
    """The same with its documents, those that gain most first."""

    items: list[RereadingItemDocument]


class RereadingList(Document):
    """Proposals, newest first."""

    rereadings: list[RereadingDocument]
