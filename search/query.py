"""A search as it was typed: words, phrases and codes, with or without marks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive_service.errors import InputError
from archive_service.text import fold, nfc
from search.fields import IN_DATA, value_meant
from search.language import Part, take_apart
from search.old_letters import turned
from search.pasted import readable
from search.words import words
from search.written.abbreviations import Long, abbreviations, joined_words
from search.written.days import day_of_month, names_of_day
from search.written.keys import by_keys
from search.written.numbers import is_scaled, said_otherwise, spoken, value_of
from search.written.numerals import number_name
from search.written.otherwise import otherwise
from search.written.spans import is_short_year, is_span, names_of_span

MAX_TERMS = 32
_OR = "OR"
_RUNS = (6, 5, 4, 3, 2)  # words that may be one day or one amount
_SAID = range(16, 6, -1)  # and one day in words, from one of these on
_DAY_SAID = 4  # words of a day and its month's name
_DAY_BEGINS = ("ngay", "thang", "mung", "mong", "quy", "qui", "nam")
MAX_CHARACTERS = 4_000  # of a pasted page the beginning is asked
_SHORTEST_CODE = 5  # signs of one that was typed as one word
_DIGIT = re.compile(r"\d")
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class EmptyQueryError(InputError):
    """Nothing in it is a word."""


class FieldValueError(InputError):
    """A field of the query has a value that it cannot have."""

    code = "search-field-invalid"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several that must follow each other: a phrase in quotes or a code.

    ``others`` are phrases that say the same and rank lower: an abbreviation, a number written
    otherwise. ``signs`` are the names of a day (``search.written.days``), ``number`` that of a
    number said in words, which are ``spoken`` as they may stand beside others. Of a ``prefix`` the
    last word only begins so. One ``in_data`` is found in the data of a document or case file alone,
    one ``in_own`` in its own data, one ``in_title`` in its title alone, a ``strict`` one with just
    its marks.
    """

    exact: tuple[str, ...]  # lower case, marks kept, tones in one place
    folded: tuple[str, ...]  # without marks
    others: tuple[tuple[str, ...], ...] = ()  # without marks
    signs: tuple[str, ...] = ()
    number: str = ""
    spoken: tuple[tuple[str, ...], ...] = ()
    prefix: bool = False
    quoted: bool = False
    in_data: bool = False
    in_own: bool = False
    in_title: bool = False
    strict: bool = False

    @property
    def marked(self) -> bool:
        """Whether it was typed with marks, so that pages with just these words come first."""
        return self.exact != self.folded

    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        """What was typed and what says the same, without marks."""
        return (self.folded, *self.others)

    @property
    def forms(self) -> tuple[tuple[str, ...], ...]:
        """All of them and, of a number, how it is said, as they may stand beside other words."""
        return (*self.phrases, *self.spoken)

    @property
    def is_word(self) -> bool:
        """Whether it is one word of letters that somebody may have mistyped."""
        return (
            len(self.folded) == 1
            and not (self.quoted or self.prefix or self.signs or self.in_data)
            and not self.folded[0].isdecimal()
        )

    @property
    def is_span(self) -> bool:
        """Whether it is a part of a year or several years: its other ``signs`` lie within it."""
        return any(map(is_span, self.signs[:1]))

    @property
    def is_code(self) -> bool:
        """Whether it is a code or a number with signs that somebody may have mistyped."""
        loose = not (self.quoted or self.prefix or self.signs)
        long = len(self.folded) > 1 or (
            len(self.folded[0]) >= _SHORTEST_CODE and not self.folded[0].isdecimal()
        )
        return loose and long and any(_DIGIT.search(word) for word in self.folded)


@dataclass(frozen=True, slots=True)
class UserQuery:
    """All terms must be found and none that is ``excluded``.

    With ``weights``, one for each term, so many terms must be found that their weights come to
    ``least``; the more, the better. ``sides`` are those of an OR, or all words in their order where
    some stand there twice. ``runs`` are words without marks that are a hit, too, where
    they follow each other, ``likely`` what a term of several forms may have been; of both the first
    comes first. ``fields`` are conditions by name, as typed, ``without`` those whose hits are left
    out; ``unknown`` are names before a colon that are no field, ``guessed`` those that are nearly
    one, ``ignored`` signs of the language that could not be followed. ``parted`` words are meant
    each by itself; with ``nearly`` a document is a hit, too, that has all but one near each other.
    Of a text that was too long ``cut`` is true. One pasted in letters of an old font says which
    ``encoding`` that was; its ``text`` is turned.
    """

    text: str
    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()
    weights: tuple[int, ...] = ()
    least: int = 0
    runs: tuple[tuple[str, ...], ...] = ()
    sides: tuple[tuple[str, ...], ...] = ()
    likely: tuple[Term, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    parted: bool = False
    nearly: bool = False
    cut: bool = False
    encoding: str = ""

    @property
    def marked(self) -> bool:
        """Whether any term was typed with marks."""
        return any(term.marked for term in self.terms)

    @property
    def repaired(self) -> bool:
        """Whether the terms are not those that were typed but the first of the ``runs``."""
        return self.runs[:1] == (tuple(word for term in self.terms for word in term.folded),)


def plain(text: str) -> str:
    """Without what no text holds: control characters, and halves of letters."""
    return _UNREADABLE.sub(" ", text)


def parse_query(text: str, *, narrowed: bool = False) -> UserQuery:
    """Words, ``"phrases in quotes"`` and codes such as ``155/2020/NĐ-CP``.

    ``-word`` and ``NOT word`` leave out, ``a OR b`` takes either, ``begin*`` stands for all that
    begins so, and ``năm:2025`` and the other names of ``search.fields.FIELDS`` are conditions,
    which may be left out as well. Signs inside a code part its words, which must then follow each
    other: ``155/2020/NĐ-CP`` finds what ``155 2020 nd cp`` in quotes finds. Each term counts once;
    beyond 32 they are dropped, for more words than that narrow nothing further, and ``cut`` says
    so. What is asked for as well is not left out, which ``ignored`` says: ``trạm -trạm``.
    Conditions alone are a search without terms; ``narrowed`` says that there are some beside the
    text.

    Raises:
        EmptyQueryError: no letter and no digit in it, and no condition.
    """
    given, encoding = turned(nfc(plain(text[:MAX_CHARACTERS])))
    given = readable(given)
    taken = take_apart(given)
    terms: list[Term] = []
    excluded: list[Term] = []
    fields: list[tuple[str, str]] = []
    without: list[tuple[str, str]] = []
    parts, not_followed = _followed(_joined(taken.parts))
    others = 0
    for part in parts:
        if part.name and part.name not in IN_DATA:
            kept = without if part.excluded else fields
            kept.append((part.name, value_meant(part.name, part.text)))
            continue
        if (term := _term(part)) is None:
            continue
        if part.excluded:
            excluded.append(term)
        elif part.either and terms:
            others += len(term.phrases)
            if others > MAX_TERMS:
                continue
            terms[-1] = _either(terms[-1], term)
        else:
            terms.append(term)
    if not (terms or excluded or fields or without or narrowed):
        raise EmptyQueryError(text=text.strip())
    terms.sort(key=lambda term: not term.quoted)
    excluded, wanted_too = _left_out(excluded, terms)
    different = tuple(dict.fromkeys(terms))
    unique = different[:MAX_TERMS]
    return UserQuery(
        given.strip(),
        tuple(_with_abbreviations(unique)),
        excluded=tuple(dict.fromkeys(excluded))[:MAX_TERMS],
        sides=_sides(parts) or _repeating(parts),
        fields=tuple(fields),
        without=tuple(without),
        unknown=taken.unknown,
        guessed=taken.guessed,
        ignored=(*taken.ignored, *not_followed, *wanted_too),
        parted=taken.parted,
        cut=len(text) > MAX_CHARACTERS or max(len(different), others) > MAX_TERMS,
        encoding=encoding,
    )


def _left_out(excluded: Sequence[Term], asked: Sequence[Term]) -> tuple[list[Term], list[str]]:
    """Those that are left out, and, as they were typed, those that are asked for as well."""
    wanted = {term.exact for term in asked}
    both = dict.fromkeys(f"-{' '.join(it.exact)}" for it in excluded if it.exact in wanted)
    return [term for term in excluded if term.exact not in wanted], list(both)


def _either(one: Term, other: Term) -> Term:
    """What is found where one of both is."""
    return replace(
        one,
        others=(*one.others, *other.phrases),
        signs=(*one.signs, *other.signs, *filter(None, (other.number,))),
        in_data=one.in_data and other.in_data,
        in_own=one.in_own and other.in_own,
        in_title=one.in_title and other.in_title,
    )


def _followed(parts: Sequence[Part]) -> tuple[list[Part], list[str]]:
    """The parts, with either only between two that are alike, and each OR between others."""
    followed: list[Part] = []
    ignored: list[str] = []
    for before, part in zip([None, *parts], parts, strict=False):
        alike = _are_alike(before, part)
        followed.append(replace(part, either=part.either and alike))
        if part.either and not alike:
            ignored.append(_OR)
    return followed, ignored


def _sides(parts: Sequence[Part]) -> tuple[tuple[str, ...], ...]:
    """``trạm bơm OR cống``: the words of each side, where there are no others in the query.

    One word of Vietnamese is often written as two, so that either may be meant of the whole sides.
    """
    asked = [it for it in parts if not it.excluded and (not it.name or it.name in IN_DATA)]
    if not any(it.either for it in asked) or any(it.quoted or it.prefix or it.name for it in asked):
        return ()
    sides: list[list[str]] = [[]]
    for part in asked:
        sides += [[]] if part.either else []
        sides[-1] += (word.folded for word in words(part.text))
    return tuple(map(tuple, filter(None, sides))) if max(map(len, sides)) > 1 else ()


def _repeating(parts: Sequence[Part]) -> tuple[tuple[str, ...], ...]:
    """The words in their order, where some stand there twice: as terms they count once."""
    if any(it.quoted or it.excluded or it.either or it.prefix or it.name for it in parts):
        return ()
    run = tuple(word.folded for part in parts for word in words(part.text))
    return (run,) if len(set(run)) < len(run) <= MAX_TERMS else ()


def _are_alike(before: Part | None, part: Part) -> bool:
    """Whether one of the two may be chosen: two words, or two values of one condition."""
    if before is None or before.excluded or part.excluded:
        return False
    names = {it.name for it in (before, part) if it.name and it.name not in IN_DATA}
    return not names or before.name == part.name


def _term(part: Part) -> Term | None:
    found = words(part.text)
    if not found:
        return None
    folded = tuple(word.folded for word in found)
    as_it_is = part.quoted and part.name != "issuer"
    forms = dict.fromkeys(() if as_it_is else otherwise(part.text, folded, name=part.name))
    others = tuple(form for form in forms if form != folded)
    value = None if part.quoted or part.name or part.prefix else value_of(part.text)
    return Term(
        tuple(word.exact for word in found),
        folded,
        others=others,
        signs=() if part.quoted else names_of_span(part.text) or names_of_day(part.text)[:1],
        number="" if value is None else number_name(value),
        spoken=() if value is None else tuple(form for form in spoken(value) if form != folded),
        prefix=part.prefix,
        quoted=part.quoted,
        in_data=bool(part.name),
        in_own=part.name == "issuer",
        in_title=part.name == "title",
    )


def _joined(parts: Sequence[Part]) -> list[Part]:
    """``ngày 3 tháng 3 năm 2025`` and ``1,25 tỷ`` as the one part that each is."""
    joined: list[Part] = []
    rest = list(parts)
    while rest:
        is_day = not {fold(part.text) for part in rest[:_DAY_SAID]}.isdisjoint(_DAY_BEGINS)
        for size in (*_SAID, *_RUNS) if is_day else _RUNS:
            run = rest[:size]
            plain = all(
                not (part.quoted or part.excluded or part.prefix or part.name) for part in run
            )
            text = " ".join(part.text for part in run) if plain and len(run) == size else ""
            dated = is_day or _DIGIT.search(text)
            ways = (text, *by_keys(text)) if dated and text else ()
            whole = next(filter(_is_one, ways), text if any(said_otherwise(text)) else "")
            if whole and not (is_short_year(whole) and rest[size:]):
                joined.append(Part(whole, either=run[0].either))
                del rest[:size]
                break
        else:
            joined.append(rest.pop(0))
    return joined


def _is_one(text: str) -> bool:
    known = names_of_day(text) or names_of_span(text) or is_scaled(text)
    return bool(known or any(day_of_month(text)))


def _with_abbreviations(terms: Sequence[Term]) -> list[Term]:
    """Each abbreviation also as what it stands for, and the other way."""
    short, long = abbreviations()
    extended: list[Term] = []
    at = 0
    while at < len(terms):
        term = terms[at]
        size, name = _longest(terms, at, long)
        if size:
            run = terms[at : at + size]
            extended.append(
                Term(
                    tuple(word for each in run for word in each.exact),
                    tuple(word for each in run for word in each.folded),
                    others=(name,),
                )
            )
            at += size
            continue
        if len(term.folded) == 1 and term.folded[0] in short and not term.quoted:
            term = replace(term, others=(*term.others, *short[term.folded[0]]))
        elif term.folded in long and not (term.quoted or term.prefix):  # héc-ta
            term = replace(term, others=(*term.others, long[term.folded][0]))
        extended.append(term)
        at += 1
    return extended


def _longest(terms: Sequence[Term], at: int, long: Long) -> tuple[int, tuple[str, ...]]:
    """How many loose words from ``at`` on have an abbreviation, and which."""
    if at and (terms[at - 1].folded[-1], terms[at].folded[0]) in joined_words():
        return 0, ()
    for size in range(min(6, len(terms) - at), 1, -1):
        run = terms[at : at + size]
        if all(term.is_word and not term.others for term in run):
            name, exact = long.get(tuple(term.folded[0] for term in run), ((), ()))
            if name and all(
                not term.marked or term.exact[0] == meant
                for term, meant in zip(run, exact, strict=True)
            ):
                return size, name
    return 0, ()
