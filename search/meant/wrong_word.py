"""A word of a query in whose place documents have another: the words around it find them."""

from search.asked import Asked, as_one, missing, with_terms
from search.meant.remembered import Answering
from search.port import Query

_FEWEST, _MOST = 4, 20  # words of a query that are looked at


def without_one(index: Answering, query: Query, fewest: int = _FEWEST) -> Asked | None:
    """All words but one, where those before it follow each other and those after it do.

    Of several such words the one that nothing has, else the one without which least is found.
    """
    terms = query.words.terms
    loose = not any(it.quoted or it.prefix or it.signs or it.in_data for it in terms)
    if not loose or not fewest <= len(terms) <= _MOST:
        return None
    ways = {
        at: [as_one(part) for part in (terms[:at], terms[at + 1 :]) if part]
        for at in range(len(terms))
        if len(terms[at].folded) == 1
    }
    asked = {" ".join(piece.folded) for way in ways.values() for piece in way}
    known = index.known(asked | {terms[at].folded[0] for at in ways}, query.visible)
    likely = [at for at, way in ways.items() if all(" ".join(it.folded) in known for it in way)]
    counts = index.counts([with_terms(query, ways[at]) for at in likely])
    found = [
        (terms[at].folded[0] in known, count, at)
        for at, count in zip(likely, counts, strict=True)
        if count
    ]
    if not found:
        return None
    at = min(found)[-1]
    kept = [place for place in range(len(terms)) if place != at]
    return Asked(with_terms(query, ways[at]), "fewer", left_out=missing(terms, kept))
