"""Proposals to read texts again, for api and cli alike."""

from pydantic import BaseModel


class ChangeDocument(BaseModel):
    """One change of words, for example."""

    page: int
    before: str
    after: str


class RefusalDocument(BaseModel):
    """Why a document was not read."""

    message: str
    remedy: str


class GainDocument(BaseModel):
    """Figures before and after; confidences are means over the letters, 0 to 100."""

    state: str
    pages: int
    words_before: int
    words_after: int
    words_changed: int
    impossible_before: int
    impossible_after: int
    confidence_before: float | None
    confidence_after: float | None


class RereadingItemDocument(GainDocument):
    """One document of a proposal."""

    code: str
    ordinal: int
    title: str
    software_before: str
    samples: list[ChangeDocument]
    refused: RefusalDocument | None


class RereadingDocument(GainDocument):
    """One proposal; ``documents`` counts its documents by state."""

    id: str
    model: str
    software: str
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


class RereadingList(BaseModel):
    """Proposals, newest first."""

    rereadings: list[RereadingDocument]
