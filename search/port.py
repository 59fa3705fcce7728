"""The promises of a search index: entries in by case file, hits out within what one may see."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID

from archive_service.errors import BackendError, InputError
from search.order import By, Order
from search.query import UserQuery

# Around a found word in a snippet. Escaping for a page is the caller's.
FOUND, END = "\x02", "\x03"

MAX_LIMIT = 200
MAX_DEPTH = 10_000  # hits further down are found by narrowing the search

Dimension = Literal[
    "agency", "fonds", "series", "year", "type", "issuer", "signer", "mode", "term", "format",
    "source", "language",
]  # fmt: skip
# Of each dimension: the name of an entry's value, and the filter of a query that narrows it.
VALUE_OF: Mapping[Dimension, str] = {
    "agency": "agency_id",
    "fonds": "fonds",
    "series": "series",
    "year": "year",
    "type": "type",
    "issuer": "issuer",
    "signer": "signer",
    "mode": "mode",
    "term": "term",
    "format": "format",
    "source": "source",
    "language": "language",
}
FILTER_OF: Mapping[Dimension, str] = {
    "agency": "agencies",
    "fonds": "fonds",
    "series": "series",
    "year": "years",
    "type": "types",
    "issuer": "issuers",
    "signer": "signers",
    "mode": "modes",
    "term": "terms",
    "format": "formats",
    "source": "sources",
    "language": "languages",
}


# What of an entry a right may be granted for, by its id.
SCOPES = ("case_file_id", "document_id", "fonds", "series", "agency_id")


class Kept(Protocol):
    """A row or a document as a backend keeps it; ids are texts in it."""

    def __getitem__(self, name: str, /) -> Any:
        """The value under this name."""


def document_key(case_file_id: UUID, document_id: UUID | None) -> str:
    """The key of a document where it lies, or of the case file's own data."""
    return f"{case_file_id}/{document_id or ''}"


class SearchUnavailableError(BackendError):
    """The index does not answer now."""


class SearchIndexOldError(SearchUnavailableError):
    """An earlier release made the index, and it lacks what is asked of it until another is full."""


class SearchIndexDamagedError(BackendError):
    """The index cannot be read; it is made anew from the holdings."""


class SearchFullError(BackendError):
    """The index takes nothing more until its disk has room."""


class CursorInvalidError(InputError):
    """A cursor of another query, or none of ours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of a document, or with ``page=None`` the data of a document or case file.

    ``text`` of an entry with data holds all words it shall be found by: code, title, number,
    signer. A ``reduced`` one says again, to those who may not read the ``mode``, what of the data
    everybody may know; it comes beside the whole data and is found in its place. ``part`` names
    what an office file has instead of a page, as ``sheet:NAME``. ``date`` is
    ISO, perhaps a year alone. ``document_id`` is ``None`` for the case file. ``fonds`` and
    ``series`` are ids, "" for none; ``term`` is ``permanent`` or a number of years, ``format`` the
    ending of the original's name, ``issuer`` the agency or person that issued the document.
    """

    case_file_id: UUID
    code: str
    text: str
    agency_id: UUID
    year: int
    mode: str
    document_id: UUID | None = None
    document_title: str = ""
    page: int | None = None
    fonds: str = ""
    series: str = ""
    type: str | None = None
    issuer: str | None = None
    signer: str | None = None
    term: str | None = None
    format: str | None = None
    language: str | None = None
    date: str | None = None
    source: str | None = None
    reduced: bool = False
    part: str = ""


@dataclass(frozen=True, slots=True)
class Visibility:
    """The limits of what an account may see; part of the query, so that no count tells more.

    ``None`` means every one, an empty set none. With ``titles`` a document whose ``mode`` is not
    among ``modes`` is found by its reduced data, by nothing else, and no snippet is given.
    ``granted`` are ids, each with a mode: what is one of ``SCOPES`` with this id is read under it.
    The rest is what the index may tell otherwise than the rows do by now: nothing is found of the
    case files ``leaving`` and of the keys ``gone``, and of those ``closed`` and of all of the case
    files ``shut`` the reduced data alone.
    """

    agencies: frozenset[UUID] | None
    modes: frozenset[str] | None
    titles: bool = False
    granted: frozenset[tuple[str, str]] = frozenset()
    leaving: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    shut: frozenset[str] = frozenset()

    def reads(self, kept: "Kept") -> bool:
        """Whether the text of this entry may be read."""
        mode = kept["mode"]
        if self.modes is None or mode in self.modes:
            return True
        return any((str(kept[name]), mode) in self.granted for name in SCOPES)


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrowing by the searcher; an empty set narrows nothing. Days are those of the document.

    What one of ``without`` lets through is left out; each of them has one condition, or two days.
    """

    agencies: frozenset[UUID] = frozenset()
    fonds: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    types: frozenset[str] = frozenset()
    issuers: frozenset[str] = frozenset()
    signers: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    case_files: frozenset[UUID] = frozenset()
    from_on: dt.date | None = None
    to_on: dt.date | None = None
    without: "tuple[Filters, ...]" = ()


@dataclass(frozen=True, slots=True)
class Query:
    """One search. ``by="document"`` gives each document once, with its best pages.

    ``skip`` leaves out the first hits where no cursor is given.
    """

    words: UserQuery
    visible: Visibility
    filters: Filters = field(default_factory=Filters)
    by: By = "page"
    order: Order = "relevance"
    limit: int = 20
    skip: int = 0
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A further page of the same document."""

    page: int | None
    snippet: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit; better ones come first. ``pages`` counts the entries found in the document."""

    case_file_id: UUID
    code: str
    document_id: UUID | None
    title: str
    page: int | None
    snippet: str
    agency_id: UUID
    fonds: str
    year: int
    type: str | None
    mode: str
    date: str | None
    source: str | None
    reduced: bool  # told by what everybody may know alone: it may not be read
    pages: int = 1
    further: Sequence[FoundPage] = ()
    part: str = ""


class Estimate(int):
    """How many there are, by a sample: of very many not every one is counted."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of hits. ``total`` counts hits, ``case_files`` the case files they lie in.

    Of very many hits the number of case files may be an ``Estimate``; the total never is.
    """

    total: int
    case_files: int
    hits: Sequence[Hit]
    cursor: str | None  # of the next page; None at the end


@dataclass(frozen=True, slots=True)
class Begun:
    """A case file or document whose own data hold what is being typed."""

    code: str
    title: str
    document_id: UUID | None
    signer: str | None


class SearchIndex(Protocol):
    """Words of all holdings. It can be thrown away: it is made anew from what is stored.

    Every implementation passes tests/contracts/search/test_search.py unchanged. Every method raises
    ``SearchUnavailableError`` where the backend does not answer and ``SearchIndexDamagedError``
    where it cannot be read.
    """

    def replace_many(self, case_file_ids: Collection[UUID], entries: Iterable[Entry]) -> None:
        """Put these entries in place of all earlier ones of the case files: all of it or nothing.

        ``entries`` are those of all of them; entries of one case file follow each other. They are
        taken one by one, and other writers are not kept waiting for them.
        """

    def remove(self, case_file_ids: Collection[UUID]) -> None:
        """Take every word of the case file out; nothing happens if there is none.

        None of them can be read from what the index is kept in afterwards.
        """

    def holds(self, case_file_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """How many entries each has, whether they are found or not; those that have none miss."""

    def entries(self, case_file_ids: Collection[UUID]) -> Iterator[Entry]:
        """Those of these case files as they were put in; those of one follow each other."""

    def contents(self, case_file_ids: Collection[UUID] | None = None) -> Iterator[tuple[UUID, str]]:
        """Each case file that has entries, or these alone, with the digest of what it has.

        The digest is that of ``search.digest``, the same in any index.

        Raises:
            SearchIndexDamagedError: what finds the words does not fit what is kept.
        """

    def at_once(self) -> AbstractContextManager["SearchIndex"]:
        """Itself for all that one search asks, opened once; nothing is written through it.

        What is written meanwhile may be found or not.
        """

    def search(self, query: Query) -> Page:
        """Hits that hold every word, exact marks first.

        Of very many the first ones are the best of those that promise most: each page is told
        once, and no hit misses.

        By document the words may stand on several of its pages, in its data and in the data of
        its case file, at least one of them in its own.

        Raises:
            CursorInvalidError: the cursor is not of this query, or lies too deep.
        """

    def case_files(self, query: Query) -> Iterator[UUID]:
        """Every case file in which something is found, each once, in no order, however many."""

    def facets(self, query: Query) -> Mapping[Dimension, Mapping[str, int]]:
        """How many hits each value of a dimension would leave, without that dimension's filter.

        Of very many hits a count may be an ``Estimate``, and a rare value may miss.
        """

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        """Those of the words that stand in a document that may be seen so, with just their marks
        or, of a word without any, with whatever marks.

        One may be several, parted by spaces, that must follow each other.
        Nothing is told of any other document: not by what is left out, nor by an order.
        """

    def begun(self, words: Sequence[str], visible: Visibility, *, limit: int) -> Sequence[Begun]:
        """In whose own data all of the words stand, without marks, the last one only begun.

        Case files come first, then the shorter data: an order that nothing hidden changes.
        """

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        """How many hits each of the queries has."""

    def tidy(self, seconds: float) -> None:
        """Bring together what was written at many times, so that searches look into few places.

        It stops after so many seconds and goes on when it is called again; nothing that is found
        changes, and others may write meanwhile.
        """

    def clear(self) -> None:
        """Throw everything away and begin empty."""

    def count(self) -> int:
        """How many entries there are."""

    def identity(self) -> str:
        """Drawn whenever an index begins empty: one that is not known has lost everything."""

    def is_outdated(self) -> bool:
        """Whether it is of an earlier form: it answers, and what is put in goes beside it."""

    def beside(self) -> "SearchIndex | None":
        """The one that is being filled to take the place of this one, if there is any.

        While there is, what is put into this one leaves that one, which is then filled with it
        once more; of an outdated one it is the other way round. What is removed leaves both; an
        outdated one that cannot forget its words refuses until the other has taken its place.
        """

    def begin_beside(self) -> "SearchIndex":
        """Begin an empty one beside this one, in place of any that was begun before."""

    def take_over(self) -> None:
        """Let the one beside take the place of this one, in one step; searches see one or other.

        Raises:
            SearchUnavailableError: there is none.
        """
