"""What was typed, where it finds something, and what was meant beside it."""

from dataclasses import replace

from search.asked import Asked, finds, in_words, missing, with_terms
from search.meant.framed import standing_side, without_frame, without_question
from search.meant.nearest import without_name
from search.meant.remembered import Answering
from search.meant.runs import in_a_row, meant_runs, stand_apart
from search.port import Query

_FEW_HITS, _FEWEST_TERMS = 10, 5


def typed_or_meant(index: Answering, query: Query) -> Asked | None:
    """What was typed and, where one word makes no sense beside its neighbours, what was meant."""
    if len(query.words.sides) == 1:
        (typed,) = query.words.sides
        sides = standing_side(index, query)
        query = replace(query, words=replace(query.words, sides=sides))
        if sides and sides != (typed,):
            return Asked(query, "also", " ".join(sides[0]))
    if query.words.sides:
        return _as_typed(index, query)
    if named := without_name(index, query):
        return named
    if query.words.parted or not stand_apart(index, query):
        return _of_question(index, query) or _as_typed(index, query)
    if not finds(index, query):
        return None
    if kept := [query.words.terms[at] for at in without_frame(index, query)]:
        known = index.known(in_a_row(kept), query.visible)
        runs, text = tuple(tuple(run.split(" ")) for run in sorted(known)), in_words(kept)
    elif found := _of_question(index, query):
        return found
    else:
        meant = meant_runs(index, query, found=True)
        if not meant:
            return _nearly(index, query)
        runs, text = tuple(each.run for each in meant), in_words(meant[0].terms)
    return Asked(replace(query, words=replace(query.words, runs=runs)), "also", text)


def _nearly(index: Answering, query: Query) -> Asked:
    """The few documents that have all the words and, after them, those with all but one near each
    other: a letter on their pages may be misread.
    """
    (count,) = index.counts([query])
    if query.by == "page" or count >= _FEW_HITS or len(query.words.terms) < _FEWEST_TERMS:
        return Asked(query)
    nearly = replace(query, words=replace(query.words, nearly=True))
    return Asked(nearly, "nearly") if index.counts([nearly])[0] > count else Asked(query)


def _of_question(index: Answering, query: Query) -> Asked | None:
    """Without the words that make a question of it."""
    content = without_question(index, query)
    asked = with_terms(query, [query.words.terms[at] for at in content])
    if not content or not finds(index, asked):
        return None
    return Asked(asked, "main", left_out=missing(query.words.terms, content))


def _as_typed(index: Answering, query: Query) -> Asked | None:
    if query.cursor is not None:  # it may belong to a later step
        return Asked(query) if finds(index, query) else None
    page = index.search(query)
    return Asked(query, page=page) if page.total else None
