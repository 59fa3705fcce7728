"""The few words around what was found, with the found words marked, and what a reader marks."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from markupsafe import Markup, escape

from archive_service.text import nfc
from search.port import END, FOUND, Kept, Query
from search.query import EmptyQueryError, Term, UserQuery, parse_query
from search.words import Word, words
from search.written.days import Sign
from search.written.signs import signs_in
from search.written.spans import is_span

WIDTH = 32  # words
WITHOUT_WORDS = 200  # characters shown of a text that has no word
MOST_TRIED = 300  # places looked at for the best stretch; a long text may hold thousands

Span = tuple[int, int, int]  # first word, word after the last, number of the term
_At = tuple[int, int, Sign]  # first word, word after the last


def make_snippet(text: str, query: UserQuery, width: int = WIDTH) -> str:
    """A stretch of ``text`` with as many different terms as fit, found words between marks.

    White space becomes single spaces; a cut at either end shows as ``…``. Where a term was typed
    with marks and stands so in the text, only those places are marked.
    """
    plain, found, spans = _found_in(text, query)
    begin = _best_begin(spans, width)
    end = min(begin + width, len(found))
    begin = max(0, min(begin, end - width))
    return _marked(plain, found, [span for span in spans if begin <= span[0] < end], begin, end)


def _found_in(text: str, query: UserQuery) -> tuple[str, list[Word], list[Span]]:
    """The text without marks of ours, its words, and where each term stands among them."""
    plain = nfc(text.translate({ord(FOUND): " ", ord(END): " "}))
    found = words(plain)
    named = any(term.signs or term.number for term in query.terms)
    signs = signs_in(plain, found) if named else ()
    placed = list(_with_words(signs, found))
    exact, folded = _Line(word.exact for word in found), _Line(word.folded for word in found)
    meant = (Term(run, run) for run in query.runs)
    spans = sorted(
        (first, after, number)
        for number, term in enumerate((*query.terms, *meant))
        for first, after in _places(exact, folded, term, placed)
    )
    return plain, found, spans


def as_marks(text: str) -> Markup:
    """Found words as ``<mark>``; everything else is escaped."""
    return Markup(str(escape(text)).replace(FOUND, "<mark>").replace(END, "</mark>"))  # noqa: S704 - escaped first


def marked_values(values: Sequence[str], typed: str) -> list[Markup | str]:
    """Values of one thing, whole, with what was searched for as ``<mark>``.

    Of several words those that stand beside each other as they were typed. A word that stands apart
    from the others is another one as a rule: *bản* in *Biên bản* where *văn bản* was asked. It is
    marked where the value has several of the words, or where those beside it stand with others.
    """
    try:
        query = parse_query(typed)
    except EmptyQueryError:
        return list(values)
    found = [_found_in(value, query) for value in values]
    together = {spans[at][2] for _, _, spans in found for at in _in_a_row(spans)}
    return [
        _with_marks(value, plain, words_of_value, _meant(spans, query, together))
        for value, (plain, words_of_value, spans) in zip(values, found, strict=True)
    ]


def _meant(spans: list[Span], query: UserQuery, together: Collection[int]) -> list[Span]:
    """Those of the spans in one value that are what was searched for."""
    in_a_row = _in_a_row(spans)
    several = len({number for _, _, number in spans}) > 1 or len(query.terms) == 1
    return [
        span
        for at, span in enumerate(spans)
        if several
        or at in in_a_row
        or not query.terms[span[2]].is_word
        or _is_free(span[2], query.terms, together)
    ]


def _is_free(number: int, terms: Sequence[Term], together: Collection[int]) -> bool:
    """Whether it stands with none, and the words typed before and after it stand with others."""
    if number in together:
        return False
    beside = (at for at in (number - 1, number + 1) if 0 <= at < len(terms) and terms[at].is_word)
    return all(at in together for at in beside)


def _in_a_row(spans: Sequence[Span]) -> set[int]:
    """Which of them stand beside the term typed before or after theirs, or are several words."""
    begins = {(first, number): at for at, (first, _, number) in enumerate(spans)}
    pairs = (
        (at, begins[(after, number + 1)])
        for at, (_, after, number) in enumerate(spans)
        if (after, number + 1) in begins
    )
    several = (at for at, (first, after, _) in enumerate(spans) if after - first > 1)
    return {*chain.from_iterable(pairs), *several}


def _with_marks(value: str, plain: str, found: list[Word], spans: list[Span]) -> Markup | str:
    return as_marks(_marked(plain, found, spans, 0, len(found))) if spans else value


def visible_snippet(text: str, kept: Kept, query: Query) -> str:
    """The snippet of what this entry holds; nothing where the account may not read it."""
    return make_snippet(text, query.words) if query.visible.reads(kept) else ""


class _Line:
    """The words of a text in one form, and at which places each stands."""

    def __init__(self, words_of_text: Iterable[str]) -> None:
        self._words = list(words_of_text)
        self._places: dict[str, list[int]] = {}
        for at, word in enumerate(self._words):
            self._places.setdefault(word, []).append(at)

    def runs(self, wanted: tuple[str, ...], *, prefix: bool) -> list[tuple[int, int]]:
        """First word and word after the last of each place where these follow each other."""
        size, (*before, last) = len(wanted), wanted
        if not before:
            return [(at, at + 1) for at in self._at(last, prefix=prefix)]
        return [
            (at, at + size)
            for at in self._places.get(wanted[0], ())
            if self._words[at : at + size - 1] == before
            and at + size <= len(self._words)
            and (
                self._words[at + size - 1].startswith(last)
                if prefix
                else self._words[at + size - 1] == last
            )
        ]

    def _at(self, word: str, *, prefix: bool) -> Sequence[int]:
        if not prefix:
            return self._places.get(word, ())
        begun = (places for known, places in self._places.items() if known.startswith(word))
        return sorted(chain.from_iterable(begun))


def _places(exact: _Line, folded: _Line, term: Term, signs: Sequence[_At]) -> list[tuple[int, int]]:
    """Where the term stands: with its marks if it does so anywhere, else without."""
    very = exact.runs(term.exact, prefix=term.prefix)
    if term.strict or (term.marked and very):
        return very
    places = {place for form in term.phrases for place in folded.runs(form, prefix=term.prefix)}
    names = {*term.signs, term.number}
    places |= {(first, after) for first, after, sign in signs if names & set(sign.names)}
    return sorted(places)


def _with_words(signs: Iterable[Sign], found: Sequence[Word]) -> Iterator[_At]:
    """Each sign with the first of the words that it touches and the one after the last."""
    for sign in signs:
        first = bisect_right(found, sign.start, key=lambda word: word.end)
        yield first, bisect_left(found, sign.end, key=lambda word: word.start), sign


def _best_begin(spans: list[Span], width: int) -> int:
    """The first word of the window with the most different terms, a little before the first."""
    best, begin = (0, 0), 0
    for first, _, _ in spans[:MOST_TRIED]:
        inside = [
            n for at, after, n in spans[:MOST_TRIED] if first <= at and after <= first + width
        ]
        if (len(set(inside)), len(inside)) > best:
            best, begin = (len(set(inside)), len(inside)), first
    last = max((after for at, after, _ in spans if begin <= at < begin + width), default=begin)
    spare = max(0, width - (last - begin))
    return max(0, begin - spare // 3)


def _marked(plain: str, found: list[Word], spans: list[Span], begin: int, end: int) -> str:
    """``plain`` from word ``begin`` to ``end``, and on to the end of a span that is cut."""
    if not found:
        return " ".join(plain.split())[:WITHOUT_WORDS]
    ranges = _joined([(found[first].start, found[after - 1].end) for first, after, _ in spans])
    at = start = 0 if begin == 0 else found[begin].start
    stop = len(plain) if end == len(found) else found[end - 1].end
    stop = max([stop, *(to for _, to in ranges)])
    pieces = []
    for opens, closes in ranges:
        pieces += [plain[at:opens], FOUND, plain[opens:closes], END]
        at = closes
    shown = " ".join("".join([*pieces, plain[at:stop]]).split())
    return ("…" if start > 0 else "") + shown + ("…" if stop < len(plain) else "")


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges that overlap become one, so that marks never nest."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


@dataclass(frozen=True, slots=True)
class MarkedTerm:
    """``exact`` is marked where it stands with its marks; where it never does, each of ``phrases``,
    which have none. Of a day they are its spellings.
    """

    exact: tuple[str, ...]
    phrases: list[tuple[str, ...]]
    prefix: bool


def terms_to_mark(text: str) -> list[MarkedTerm]:
    """Each term; nothing of a text without a word."""
    try:
        terms = parse_query(text).terms
    except EmptyQueryError:
        return []
    return [
        MarkedTerm(term.exact, [*term.forms, *_spellings(term)], term.prefix)
        for term in terms
        if not term.in_data
    ]


def _spellings(term: Term) -> Iterator[tuple[str, ...]]:
    for name in term.signs:
        if is_span(name):
            continue
        year, month, day = name[1:5], name[5:7], name[7:9]
        for number in _with_and_without_zero(month):
            if not day:
                yield from ((number, year), ("thang", number, "nam", year))
            for date in _with_and_without_zero(day):
                yield date, number, year
                yield "ngay", date, "thang", number, "nam", year


def _with_and_without_zero(number: str) -> list[str]:
    return [number, number[1:]] if number.startswith("0") else [number] if number else []
