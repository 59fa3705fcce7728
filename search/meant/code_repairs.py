"""Codes, numbers and days of a query with one slip in them, where the words beside are right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from search.asked import Asked, as_one, as_repaired, finds, in_words, missing, with_terms
from search.meant.code_slips import code_slips, day_slips, month_slips
from search.meant.remembered import Answering
from search.meant.runs import MOST_MEANT, in_order
from search.port import Query
from search.query import Term
from search.written.days import is_day

Way = TypeVar("Way", str, tuple[str, ...])  # a code, or the name of a day

_MONTH = ("thang",)
_MOST_CODES = 64  # that one slip may have been, and whose parts are known
_MOST_LISTED = 4  # codes and days of a query that are repaired
_FEWEST_PARTS = 4  # of a code in whose middle one is missing


class CodeRepairs:
    """What the codes and days of one query may have been that finds nothing."""

    def __init__(self, index: Answering, query: Query) -> None:
        self._index = index
        self._query = query
        self._terms = query.words.terms

    def first(self) -> Asked | None:
        """A code with one slip in it, where the words beside it are right; none of a list."""
        codes = [it for it in self._terms if it.is_code or any(map(is_day, it.signs))]
        if len(codes) > _MOST_LISTED:
            return None
        for at in range(len(self._terms) - 1):
            if found := self._code_joined(at) or self._digits_joined(at):
                return found
        for at, term in enumerate(self._terms):
            found = self._day_repaired(at)
            if found is None and self._is_month(at):
                continue
            if found is None and term.is_code and self._stands(term):
                continue  # the words beside it may be wrong
            if found is None and term.is_code:
                made = dict(code_slips(term.folded))
                found = self._likeliest(
                    {phrase: self._meaning(at, [phrase]) for phrase in self._standing(made)}, made
                )
            if found is None and term.is_code:
                found = self._part_missing(at)
            if found is not None:
                return found
        return self._with([at for at, term in enumerate(self._terms) if term.is_code])

    def with_day(self) -> Asked | None:
        """The one day, and of the words beside it those that stand in a document with it."""
        days = [at for at, term in enumerate(self._terms) if any(map(is_day, term.signs))]
        return self._number_without(days) or self._with(days)

    def _number_without(self, days: Sequence[int]) -> Asked | None:
        """The words beside the one day that stand in a row and are a number: ``126 QĐ SCT``."""
        rest = [at for at in range(len(self._terms)) if at not in days]
        terms = [self._terms[at] for at in rest]
        number = any(term.folded[0].isdecimal() for term in terms)
        if len(days) != 1 or len(rest) <= 1 or not number:
            return None
        row = as_one(terms)
        asked = with_terms(self._query, [row])
        if not finds(self._index, asked):
            return None
        return Asked(asked, "fewer", left_out=missing(self._terms, rest))

    def _with(self, codes: Sequence[int]) -> Asked | None:
        """The one code, and of the words beside it those that stand in a document with it."""
        if len(codes) != 1 or len(self._terms) == 1:
            return None
        pairs = [dict.fromkeys((codes[0], at)) for at in range(len(self._terms))]
        queries = [with_terms(self._query, [self._terms[at] for at in pair]) for pair in pairs]
        counts = self._index.counts(queries)
        for kept in ([at for at, count in enumerate(counts) if count], codes):
            fewer = with_terms(self._query, [self._terms[at] for at in kept])
            if kept and finds(self._index, fewer):
                return Asked(fewer, "fewer", left_out=missing(self._terms, kept))
        return None

    def _code_joined(self, at: int) -> Asked | None:
        """Two terms as the one code that a space was typed into."""
        first, second = self._terms[at : at + 2]
        loose = not any(it.quoted or it.prefix or it.signs or it.in_data for it in (first, second))
        if not loose or not (first.is_code or second.is_code):
            return None
        one, other = first.folded, second.folded
        ways = ((*one, *other), (*one[:-1], one[-1] + other[0], *other[1:]))
        for words in self._standing(dict.fromkeys(ways, 1)):
            terms = [*self._terms[:at], Term(words, words), *self._terms[at + 2 :]]
            if finds(self._index, with_terms(self._query, terms)):
                return as_repaired(self._query, terms)
        return None

    def _digits_joined(self, at: int) -> Asked | None:
        """Groups of digits as the one number that they are: of a phone, a card, an account."""
        digits = ""
        for end in range(at, len(self._terms)):
            term = self._terms[end]
            if not _is_group(term):
                return None
            digits += term.folded[0]
            terms = [*self._terms[:at], Term((digits,), (digits,)), *self._terms[end + 1 :]]
            known = end > at and digits in self._index.known({digits}, self._query.visible)
            if known and finds(self._index, with_terms(self._query, terms)):
                return as_repaired(self._query, terms)
        return None

    def _day_repaired(self, at: int) -> Asked | None:
        term = self._terms[at]
        sign = next(filter(_is_day_or_month, term.signs[:1]), "")
        parts = _parts_of(sign) if sign else term.folded  # the words about them are right
        if term.quoted or term.prefix or len(parts) == 1 or not all(map(str.isdecimal, parts)):
            return None
        made = {name: cost for name, cost in day_slips(parts) if name not in term.signs}
        if self._is_month(at) or len(_parts_of(sign)) == len(("month", "year")):
            made = {name: cost for name, cost in month_slips(parts) if name not in term.signs}
        return self._likeliest({name: self._on_day(at, name) for name in made}, made)

    def _stands(self, term: Term) -> bool:
        """Whether a document that may be seen has the code as it was typed."""
        return len(self._terms) > 1 and finds(self._index, with_terms(self._query, [term]))

    def _is_month(self, at: int) -> bool:
        """Whether it is a number and a year that are called a month: ``tháng 13/2025``."""
        return (
            bool(at) and self._terms[at - 1].folded == _MONTH and len(self._terms[at].folded) == 2
        )

    def _on_day(self, at: int, name: str) -> list[Term]:
        words = _parts_of(name)
        day = Term(words, words, signs=(name,))
        return [*self._terms[:at], day, *self._terms[at + 1 :]]

    def _standing(self, phrases: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Those that stand in a document that may be seen."""
        made = list(phrases)
        words = self._index.known({word for each in made for word in each}, self._query.visible)
        likely = [each for each in made if words.issuperset(each)]
        known = self._index.known({" ".join(each) for each in likely}, self._query.visible)
        return [each for each in likely if " ".join(each) in known]

    def _likeliest(self, ways: Mapping[Way, list[Term]], costs: Mapping[Way, int]) -> Asked | None:
        """Of other codes those that are found with the words beside them, the likeliest first."""
        likely = sorted(ways, key=lambda way: costs[way])[:_MOST_CODES]
        counts = self._index.counts([with_terms(self._query, ways[way]) for way in likely])
        order = in_order([costs[way] for way in likely], counts)[:MOST_MEANT]
        best = [ways[likely[at]] for at in order]
        if not best:
            return None
        terms = tuple(_either_term(same) for same in zip(*best, strict=True))
        meant = tuple(term for same in best for term in same if term not in self._terms)
        words = replace(self._query.words, terms=terms, likely=meant)
        return Asked(replace(self._query, words=words), "repaired", in_words(best[0]))

    def _meaning(self, at: int, codes: Sequence[tuple[str, ...]]) -> list[Term]:
        """The terms with one of these codes in place of the one at ``at``, in the same field."""
        code = replace(self._terms[at], exact=codes[0], folded=codes[0], others=tuple(codes[1:]))
        return [*self._terms[:at], code, *self._terms[at + 1 :]]

    def _part_missing(self, at: int) -> Asked | None:
        """What stands before a missing part and what stands after it, in one document."""
        term = self._terms[at]
        ways = []
        digits = all(map(str.isdecimal, term.folded))  # an amount, or the number of a person
        parts = 0 if digits or len(term.folded) < _FEWEST_PARTS else len(term.folded)
        for cut in range(1, parts):
            pieces = (term.folded[:cut], term.folded[cut:])
            both = [replace(term, exact=piece, folded=piece, others=()) for piece in pieces]
            ways.append([*self._terms[:at], *both, *self._terms[at + 1 :]])
        counts = self._index.counts([with_terms(self._query, way) for way in ways])
        found = [(count, at) for at, count in enumerate(counts) if count]
        return as_repaired(self._query, ways[min(found)[1]]) if found else None


def _parts_of(name: str) -> tuple[str, ...]:
    """Day, month and year of the name of a day; of a month it has no day."""
    return tuple(filter(None, (name[7:9], name[5:7], name[1:5])))


def _is_day_or_month(name: str) -> bool:
    return is_day(name) or name.startswith("m")


def _is_group(term: Term) -> bool:
    loose = not (term.quoted or term.prefix or term.in_data)
    return loose and len(term.folded) == 1 and term.folded[0].isdecimal()


def _either_term(same: Sequence[Term]) -> Term:
    """The first of the terms, or what the others have in its place."""
    first = same[0]
    others = (phrase for term in same for phrase in term.phrases if phrase != first.folded)
    signs = dict.fromkeys(sign for term in same for sign in term.signs)
    return replace(first, others=tuple(dict.fromkeys(others)), signs=tuple(signs))
