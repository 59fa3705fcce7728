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
    locked: bool = False  # its title may be known; its content waits for a request to use it
    score: None = None  # given no more: hits stand in their order
    year: int
    type: str | None
    date: str | None
    also_in: list[dict[str, Any]] = []  # {code, ordinal} of other case files it belongs to
    outdated: list[str] = []  # replaced-by, corrected-by


class ToldDocument(BaseModel):
    """What was asked beside or for the words as typed, and names of fields that are none."""

    step: str  # all, also, repaired, fewer, most
    instead: str  # the words that were asked
    left_out: list[str]  # words that hits may miss
    unknown_fields: list[str]
    guessed_fields: list[str] = []  # names that are nearly one of a field, and were taken for it
    ignored: list[str] = []  # signs of the language that could not be followed, such as ``a*``
    cut: bool  # the text was too long: its beginning alone was asked
    encoding: str = ""  # TCVN3 or VNI: the text was pasted in letters of an old font
    turned: str = ""  # and is this in Unicode, which was asked


class ValueDocument(BaseModel):
    """A value that narrows, its name where it has one, and how many hits it would leave."""

    value: str
    name: str
    hits: int
    estimated: bool = False  # of very many hits, counted by a sample


class SearchDocument(BaseModel):
    """A page of hits; ``facets`` by their condition, where they were asked for."""

    total: int
    hits: list[HitDocument]
    cursor: str | None
    took_ms: float
    told: ToldDocument | None = None
    facets: dict[str, list[ValueDocument]] | None = None
