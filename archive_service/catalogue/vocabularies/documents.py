"""TERM and what is said of the controlled lists, as the API describes them."""

from typing import Literal

from pydantic import BaseModel


class TermDocument(BaseModel):
    """One term; ``otherwise`` of its uses are not by its name."""

    id: str
    kind: Literal["keyword", "person", "place"]
    name: str
    variants: list[str]
    note: str
    uses: int
    otherwise: int


class TermList(BaseModel):
    """By list and name."""

    terms: list[TermDocument]
    cursor: str | None


class MergedTerm(BaseModel):
    """The term that stands, and how many case files would have to be described anew."""

    term: TermDocument
    case_files: int


class RefusedCase(BaseModel):
    """A case file that was not described anew, and why."""

    code: str
    error: str


class DescribedAnew(BaseModel):
    """What was described anew, what was refused, and how many still name it otherwise."""

    described: list[str]
    refused: list[RefusedCase]
    left: int


class CandidateDocument(BaseModel):
    """A text that no term is written like, and how often it stands."""

    name: str
    uses: int


class CandidateList(BaseModel):
    """The most used first."""

    candidates: list[CandidateDocument]


class SuggestedNames(BaseModel):
    """Names of terms that fit what was typed."""

    names: list[str]
