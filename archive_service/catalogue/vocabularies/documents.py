"""TERM and what is said of the controlled lists, as the API describes them."""

from typing import Literal

from archive_service.document import Document


class TermDocument(Document):
    """One term; ``otherwise`` of its uses are not by its name."""

    id: str
    kind: Literal["keyword", "person", "place"]
    name: str
    variants: list[str]
    note: str
    uses: int
    otherwise: int


class TermList(Document):
    """By list and name."""

    terms: list[TermDocument]
    cursor: str | None


class MergedTerm(Document):
    """The term that stands, and how many case files would have to be described anew."""

    term: TermDocument
    case_files: int


class RefusedCase(Document):
    """A case file that was not described anew, and why."""

    code: str
    error: str


class DescribedAnew(Document):
    """What was described anew, what was refused, and how many still name it otherwise."""

    described: list[str]
    refused: list[RefusedCase]
    left: int


class CandidateDocument(Document):
    """A text that no term is written like, and how often it stands."""

    name: str
    uses: int


class CandidateList(Document):
    """The most used first."""

    candidates: list[CandidateDocument]


class SuggestedNames(Document):
    """Names of terms that fit what was typed."""

    names: list[str]
