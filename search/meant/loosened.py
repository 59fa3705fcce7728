"""What a query asks too narrowly or too widely: phrases as words, two days, a day in words."""

from collections.abc import Iterator
from dataclasses import replace

from search.asked import Asked, as_one, by_document, finds, newest, with_terms
from search.meant.remembered import Answering
from search.meant.runs import in_a_row
from search.port import Query
from search.query import Term, parse_query
from search.words import words
from search.written.abbreviations import written_otherwise
from search.written.days import is_day
from search.written.keys import by_keys
from search.written.periods import period
from search.written.said_periods import period_said
from search.written.said_signer import signer_said


def word_by_word(query: Query) -> Query | None:
    """Its phrases and the words of its fields as words anywhere; ``None`` where it has none."""
    terms = [each for term in query.words.terms for each in _words_of(term)]
    return None if terms == list(query.words.terms) else with_terms(query, dict.fromkeys(terms))


def _words_of(term: Term) -> Iterator[Term]:
    number = any(letter.isdecimal() for word in term.folded for letter in word)
    if term.signs or number or term.prefix:  # a number in quotes is meant as it is
        yield term
        return
    for exact, folded in zip(term.exact, term.folded, strict=True):
        yield Term((exact,), (folded,))


def with_shorter_name(index: Answering, query: Query) -> Query | None:
    """Of ``cơ quan ban hành: Sở Y tế cấp thuốc`` as many words as name who issued a document that
    has the rest; ``None`` where none do.
    """
    terms = query.words.terms
    at = next((at for at, it in enumerate(terms) if it.in_own and len(it.folded) > 1), None)
    if at is None or query.words.excluded:
        return None
    term, others = terms[at], (*terms[:at], *terms[at + 1 :])
    rest = list(_words_of(term))
    ways = [
        with_terms(query, (_begun(term, size), *rest[size:], *others))
        for size in range(len(rest) - 1, 0, -1)
    ]
    counts = index.counts(ways)
    return next((way for way, count in zip(ways, counts, strict=True) if count), None)


def _begun(term: Term, size: int) -> Term:
    short = replace(term, exact=term.exact[:size], folded=term.folded[:size])
    return replace(short, others=tuple(written_otherwise(short.folded)))


def in_period(index: Answering, query: Query) -> Asked | None:
    """``kè từ năm 2023 đến nay`` as the condition that it is, where no colon was typed.

    ``None`` where no period is said, days narrow the search already, or the words are those of a
    paper: one that is absolute stands so in a document with the other words, one that is counted
    from today stands so with them in a row.
    """
    filters, typed = query.filters, query.words.text
    found = ((text, period_said(text)) for text in (typed, *by_keys(typed)))
    text, said = next((way for way in found if way[1]), (typed, None))
    if said is None or filters.from_on or filters.to_on:
        return None
    rest = parse_query(f"{text[: said.start]} {text[said.stop :]}", narrowed=True)
    own = as_one(Term((it.exact,), (it.folded,)) for it in words(text[said.start : said.stop]))
    if said.counted:
        written = bool(index.known(in_a_row(query.words.terms), query.visible))
    elif any(is_day(name) for term in query.words.terms for name in term.signs):
        written = finds(index, query)
    else:
        written = finds(index, with_terms(query, (own, *rest.terms)))
    if written:
        return None
    asked = replace(query.words, terms=rest.terms, sides=rest.sides, excluded=rest.excluded)
    filters = replace(filters, from_on=said.begin, to_on=said.end)
    narrowed = replace(query, words=asked, filters=filters)
    narrowed = narrowed if rest.terms else newest(narrowed)
    return Asked(narrowed, "period", period(said.begin, said.end))


def by_signer(index: Answering, query: Query) -> Asked | None:
    """``văn bản do Hoàng Đình Lưu ký`` as the field that it is, where no colon was typed.

    ``None`` where no name is said, the words stand in a row in a paper, or nobody of that name
    signed a document with the other words.
    """
    names = list(signer_said(query.words.text))
    if not names or index.known(in_a_row(query.words.terms), query.visible):
        return None
    for name in names:
        asked = by_document(replace(query, words=parse_query(name.as_field, narrowed=True)))
        if finds(index, asked):
            return Asked(asked, "signer", name.as_field)
    return None


def read_again(index: Answering, asked: Asked) -> Asked:
    """Repaired words with the days and parts of a year that they name: ``tháng 3 năm 2025``."""
    terms = asked.query.words.terms
    if asked.step != "repaired" or any(it.in_data or it.prefix or it.quoted for it in terms):
        return asked
    again = parse_query(asked.instead, narrowed=True).terms
    if {sign for it in again for sign in it.signs} <= {sign for it in terms for sign in it.signs}:
        return asked
    query = with_terms(asked.query, again)
    return replace(asked, query=query, page=None) if finds(index, query) else asked
