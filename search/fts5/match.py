"""Clauses as FTS5 understands them; words are letters and digits only, and quoted."""

from collections.abc import Iterable

from search.clauses import Clause, Either, Every, Near, Phrase


def match(clause: Clause) -> str:
    """The expression of a clause."""
    if isinstance(clause, Phrase):
        star = " *" if clause.prefix else ""
        if clause.columns == ("title",):
            return f"about : {_quoted(of_title(clause.words))}{star}"
        return f"{{{' '.join(clause.columns)}}} : {_quoted(clause.words)}{star}"
    if isinstance(clause, Near):
        phrases = " ".join(_quoted(words) for words in clause.phrases)
        return f"{clause.column} : NEAR({phrases}, {clause.distance})"
    if isinstance(clause, Either):
        return f"({' OR '.join(map(match, clause.clauses))})"
    return _every(clause)


def of_title(words: Iterable[str]) -> tuple[str, ...]:
    """Words of a title as they stand, one after another, among what an entry is."""
    return tuple(f"title{word}" for word in words)


def _every(clause: Every) -> str:
    wanted = " AND ".join(map(match, clause.clauses))
    if not clause.without:
        return f"({wanted})"
    return f"(({wanted}) NOT ({' OR '.join(map(match, clause.without))}))"


def _quoted(words: tuple[str, ...]) -> str:
    return f'"{" ".join(words)}"'
