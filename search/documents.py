"""JSON of hits, as the contract names it; ``cursor`` asks for more."""

from collections.abc import Mapping, Sequence
from typing import Self
from uuid import UUID

from archive_service.document import Document
from archive_service.formats.words.section import part_of
from search.asked import Asked
from search.meant.marks import with_marks
from search.port import END, FOUND, Estimate, Hit

Elsewhere = Mapping[UUID, Sequence[tuple[str, int]]]  # document → its places in other case files


class PlaceDocument(Document):
    """Another case file to which a document belongs, and its place there."""

    code: str
    ordinal: int


def places(elsewhere: Elsewhere, document_id: UUID | None) -> list[PlaceDocument]:
    """The other case files to which a hit's document belongs; it is found where it lies."""
    found = elsewhere.get(document_id, ()) if document_id else ()
    return [PlaceDocument(code=code, ordinal=ordinal) for code, ordinal in found]


class HitDocument(Document):
    """One hit; found words in ``snippet`` stand between « and »."""

    code: str
    document: UUID | None
    title: str
    page: int | None
    part: dict[str, str] | None  # {kind, name} of an office file: sheet, slide, section …
    snippet: str
    locked: bool  # its title may be known; its content waits for a request to use it
    score: None = None  # given no more, as it would tell of what one may not see
    year: int
    type: str | None
    date: str | None
    also_in: list[PlaceDocument]  # other case files it belongs to
    outdated: list[str]  # replaced-by, corrected-by

    @classmethod
    def of(cls, hit: Hit, elsewhere: Elsewhere, outdated: Mapping[UUID, Sequence[str]]) -> Self:
        """A hit of the index with what the rows tell of its document."""
        return cls(
            code=hit.code,
            document=hit.document_id,
            title=hit.title,
            page=hit.page,
            part=part_of(hit.part),
            snippet=hit.snippet.replace(FOUND, "«").replace(END, "»"),
            locked=hit.reduced,
            year=hit.year,
            type=hit.type,
            date=hit.date,
            also_in=places(elsewhere, hit.document_id),
            outdated=list(outdated.get(hit.document_id, ())) if hit.document_id else [],
        )


class RenamedDocument(Document):
    """A place that belongs to another one since a day, and the query under the other name."""

    query: str
    old: str
    new: str
    since: str


class ToldDocument(Document):
    """What was asked beside or for the words as typed, and names of fields that are none."""

    step: str  # all, also, period, signer, renamed, repaired, main, nearly, fewer, most
    instead: str  # the words that were asked
    left_out: list[str]  # words that hits may miss
    unknown_fields: list[str]
    guessed_fields: list[str]  # names that are nearly one of a field, and were taken for it
    ignored: list[str]  # signs of the language that could not be followed, such as ``a*``
    cut: bool  # the text was too long: its beginning alone was asked
    encoding: str  # TCVN3 or VNI: the text was pasted in letters of an old font
    turned: str  # and is this in Unicode, which was asked
    renamed: list[RenamedDocument]  # what else is found where places were merged

    @classmethod
    def of(cls, asked: Asked, hits: Sequence[Hit] = ()) -> Self | None:
        """Nothing where the words were asked as they were typed.

        Args:
            hits: the first of them, after whose writing words get their marks.
        """
        words = asked.query.words
        apart = words.unknown or words.guessed or words.ignored or words.cut or words.encoding
        if asked.step == "all" and not apart and not asked.renamed:
            return None
        return cls(
            step=asked.step,
            instead=with_marks(asked.instead, words.text, hits),
            left_out=[with_marks(each, words.text, ()) for each in asked.left_out],
            unknown_fields=list(words.unknown),
            guessed_fields=list(words.guessed),
            ignored=list(words.ignored),
            cut=words.cut,
            encoding=words.encoding,
            turned=words.text if words.encoding else "",
            renamed=[
                RenamedDocument(query=it.text, old=it.old, new=it.new, since=it.since.isoformat())
                for it in asked.renamed
            ],
        )


class ValueDocument(Document):
    """A value that narrows, its name where it has one, and how many hits it would leave."""

    value: str
    name: str
    hits: int
    estimated: bool  # of very many hits, counted by a sample

    @classmethod
    def of(cls, value: str, name: str, hits: int) -> Self:
        """A value of a facet."""
        return cls(value=value, name=name, hits=hits, estimated=isinstance(hits, Estimate))


class SearchDocument(Document):
    """A page of hits; ``facets`` by their condition, where they were asked for."""

    total: int
    hits: list[HitDocument]
    cursor: str | None
    took_ms: float
    told: ToldDocument | None = None
    facets: dict[str, list[ValueDocument]] | None = None
