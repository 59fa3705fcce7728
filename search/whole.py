"""A document as one thing: what its data, its pages and its case file's data say together.

Both engines keep, beside the entries, one *whole* of each document and case file, made of the
entries as they come in. Searches by document ask the wholes; the entries give the best pages.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from archive_service import access
from archive_service.text import nfc
from search.port import Entry
from search.relevance import often
from search.words import words
from search.written.days import names_of_date
from search.written.signs import signs_in

# Of one document, so that no process grows with it (some 150 pages). Of what comes after, only new
# words are added: it is found by its words, and by its phrases as pages.
MOST_CHARACTERS = 250_000
_LONGEST = 200  # letters of such a new word


@dataclass(frozen=True, slots=True)
class Columns:
    """The words of a text, parted by spaces, in each form in which they are found."""

    exact: str
    folded: str
    often: str
    signs: str
    size: int  # words


@dataclass(frozen=True, slots=True)
class Whole:
    """All words of a document, or of the case file's data, for those who see it so.

    ``data`` are the words of its own data, ``title`` those of its title, ``around`` those of its
    case file's data.
    """

    entry: Entry  # without text and page
    columns: Columns
    data: str
    around: str

    @property
    def title(self) -> str:
        """The words of its title, parted by spaces."""
        return " ".join(word.folded for word in words(nfc(self.entry.document_title)))


def columns_of(entry: Entry) -> Columns:
    """The words of an entry; its date counts as if it were written there."""
    text = nfc(entry.text)
    found = words(text)
    signs = [name for sign in signs_in(text, found) for name in sign.names]
    if entry.page is None:
        signs += names_of_date(entry.date)
    return Columns(
        " ".join(word.exact for word in found),
        " ".join(word.folded for word in found),
        " ".join(often(found)),
        " ".join(dict.fromkeys(signs)),
        len(found),
    )


def with_wholes(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Columns] | Whole]:
    """Each entry with its words and, after the last one of a document, its wholes.

    Entries of one case file follow each other, and those of one document; a case file's own come
    first. One document is held at a time.
    """
    gathered: _Gathered | None = None
    for entry in entries:
        if gathered is None or not gathered.takes(entry):
            if gathered is not None:
                yield from gathered.wholes()
            around = gathered.around_next(entry) if gathered is not None else _Around()
            gathered = _Gathered(entry, around)
        columns = columns_of(entry)
        gathered.add(entry, columns)
        given = [(entry, columns)]
        del entry, columns
        yield given.pop()  # who takes it can let go of a long page; nothing here holds it
    if gathered is not None:
        yield from gathered.wholes()


@dataclass(frozen=True, slots=True)
class _Around:
    """The data of a case file: all of it, what everybody may know, and who may read all."""

    whole: str = ""
    reduced: str = ""
    mode: str = ""

    def beside(self, mode: str) -> str:
        """What may be told to whoever reads a document of this mode."""
        return self.whole if self.mode in (mode, *access.OPEN_MODES) else self.reduced

    def open_to_all(self) -> str:
        return self.whole if self.mode in access.OPEN_MODES else self.reduced


class _Gathered:
    """The entries of one document, or a case file's own, while they come."""

    def __init__(self, first: Entry, around: _Around) -> None:
        self._first = first
        self._around = around
        self._texts: list[Columns] = []
        self._data = ""
        self._reduced: Columns | None = None
        self._size = 0
        self._words: set[tuple[str, str]] = set()

    def takes(self, entry: Entry) -> bool:
        """Whether the entry is of the same document."""
        return (entry.case_file_id, entry.document_id) == (
            self._first.case_file_id,
            self._first.document_id,
        )

    def add(self, entry: Entry, columns: Columns) -> None:
        if entry.reduced:
            self._reduced = columns
            return
        if entry.page is None and not entry.part:
            self._data = f"{self._data} {columns.folded}".strip()
        if self._size + len(columns.folded) > MOST_CHARACTERS:
            columns = self._new_words(columns)
        self._texts.append(columns)
        self._size += len(columns.folded)

    def _new_words(self, columns: Columns) -> Columns:
        if not self._words:
            self._words = {word for text in self._texts for word in _pairs(text)}
        new = [pair for pair in dict.fromkeys(_pairs(columns)) if pair not in self._words]
        self._words.update(new)
        exact, folded = (" ".join(pair[part] for pair in new) for part in (0, 1))
        return Columns(exact, folded, columns.often, columns.signs, columns.size)

    def around_next(self, entry: Entry) -> _Around:
        """What lies around the next document; nothing of another case file."""
        if entry.case_file_id != self._first.case_file_id:
            return _Around()
        if self._first.document_id is not None:
            return self._around
        reduced = self._reduced.folded if self._reduced else ""
        return _Around(self._data, reduced, self._first.mode)

    def wholes(self) -> Iterator[Whole]:
        own = replace(self._first, text="", page=None, part="", reduced=False)
        if self._texts:
            around = self._around.beside(own.mode)
            yield Whole(own, _joined(self._texts), self._data, around)
        if self._reduced is not None:
            yield Whole(
                replace(own, reduced=True),
                self._reduced,
                self._reduced.folded,
                self._around.open_to_all(),
            )


def _pairs(columns: Columns) -> Iterator[tuple[str, str]]:
    words_of = zip(columns.exact.split(), columns.folded.split(), strict=True)
    return (pair for pair in words_of if len(pair[1]) <= _LONGEST)


def _joined(texts: list[Columns]) -> Columns:
    if len(texts) == 1:
        return texts[0]
    return Columns(
        " ".join(text.exact for text in texts),
        " ".join(text.folded for text in texts),
        " ".join(dict.fromkeys(word for text in texts for word in text.often.split())),
        " ".join(dict.fromkeys(name for text in texts for name in text.signs.split())),
        sum(text.size for text in texts),
    )
