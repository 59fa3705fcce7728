"""JSON of hits, as the contract names it; ``cursor`` asks for more."""

from typing import Any

from pydantic import BaseModel


class HitDocument(BaseModel):
    """One hit; found words in ``snippet`` stand between « and »."""

    code: str
    document: str | None
    title: str
    page: int | None
    part: dict[str, str] | None = None  # {kind, name} of an office file: sheet, slide, section …
    snippet: str
    score: None = None  # given no more: hits stand in their order
    year: int
    type: str | None
    date: str | None
    also_in: list[dict[str, Any]] = []  # {code, ordinal} of other case files it belongs to
    outdated: list[str] = []  # replaced-by, corrected-by


class SearchDocument(BaseModel):
    """A page of hits."""

    total: int
    hits: list[HitDocument]
    cursor: str | None
    took_ms: float
