"""Tables and statements of the FTS5 index: names and conditions of ours, values always bound."""
# ruff: noqa: S608, ISC004 - only the names and conditions written here are joined

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, cast

from search.port import FILTER_OF, VALUE_OF, Dimension, Entry, Filters, Query
from search.query import Term
from search.relevance import NEAR, NEAR_WORDS, OFTEN, PHRASE, SHORT, VERY_MARKS

Given = dict[str, object]

FURTHER = 2  # more pages shown of one document

# `entry_words` keeps no text of its own: what `entry.text` holds is folded again to take it out.
CREATE = (
    "DROP TABLE IF EXISTS entry_words",
    "DROP TABLE IF EXISTS entry",
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT, case_file_id TEXT NOT NULL, code TEXT NOT NULL,
        document_id TEXT, document_title TEXT NOT NULL, page INTEGER, agency_id TEXT NOT NULL,
        fonds TEXT NOT NULL, year INTEGER NOT NULL, type TEXT, mode TEXT NOT NULL, date TEXT,
        source TEXT, reduced INTEGER NOT NULL, part TEXT NOT NULL, size INTEGER NOT NULL,
        text TEXT NOT NULL)""",
    "CREATE INDEX entry_case_file ON entry (case_file_id)",
    """CREATE VIRTUAL TABLE entry_words USING fts5(
        exact, folded, often, content='', tokenize="unicode61 remove_diacritics 0")""",
    "DROP TABLE IF EXISTS identity",
    "CREATE TABLE identity (value TEXT NOT NULL)",
)
INSERT_IDENTITY = "INSERT INTO identity (value) VALUES (?)"
SELECT_IDENTITY = "SELECT value FROM identity"

_COLUMNS = tuple(field.name for field in fields(Entry))
INSERT_ENTRY = (
    f"INSERT INTO entry ({', '.join(_COLUMNS)}, size)"
    f" VALUES ({', '.join(':' + c for c in _COLUMNS)}, :size)"
)
# What comes in waits in a table of this connection alone: nobody else is kept from writing.
CREATE_INCOMING = f"CREATE TEMP TABLE incoming ({', '.join(_COLUMNS)})"
INSERT_INCOMING = f"INSERT INTO incoming VALUES ({', '.join(':' + c for c in _COLUMNS)})"
SELECT_INCOMING = "SELECT * FROM incoming ORDER BY rowid"
INSERT_WORDS = "INSERT INTO entry_words (rowid, exact, folded, often) VALUES (?, ?, ?, ?)"
DELETE_WORDS = (
    "INSERT INTO entry_words (entry_words, rowid, exact, folded, often)"
    " VALUES ('delete', ?, ?, ?, ?)"
)
SELECT_HELD = (
    "SELECT case_file_id, count(*) AS entries FROM entry"
    " WHERE case_file_id IN (SELECT value FROM json_each(?)) GROUP BY case_file_id"
)
# A word that was taken out stays among the terms until its segment is written anew.
FORGET_WORDS = "INSERT INTO entry_words (entry_words) VALUES ('optimize')"

_KEY = {
    "page": "CAST(e.id AS TEXT)",
    "document": "e.case_file_id || '/' || ifnull(e.document_id, '')",
}
_ORDER = {
    "relevance": "worth DESC, id",
    "newest": "ifnull(date, '') DESC, worth DESC, id",
}


def row(entry: Entry) -> Given:
    """The row of an entry."""
    return {
        name: str(value) if name.endswith("_id") and value is not None else value
        for name, value in ((name, getattr(entry, name)) for name in _COLUMNS)
    }


def select_hits(query: Query) -> tuple[str, Given]:
    """The best entry of each hit, ``:limit`` from ``:offset``."""
    ranked, given = _ranked(query)
    return (
        f"{ranked} SELECT * FROM ranked WHERE place = 1"
        f" ORDER BY {_ORDER[query.order]} LIMIT :limit OFFSET :offset",
        given,
    )


def select_totals(query: Query) -> tuple[str, Given]:
    """Number of hits and of case files they lie in."""
    where, given = conditions(query)
    return (
        f"SELECT count(DISTINCT {_KEY[query.by]}), count(DISTINCT e.case_file_id)"
        f" FROM entry_words w JOIN entry e ON e.id = w.rowid WHERE {where}",
        given,
    )


def select_case_files(query: Query) -> tuple[str, Given]:
    """Each case file in which something is found."""
    where, given = conditions(query)
    return (
        "SELECT DISTINCT e.case_file_id"
        f" FROM entry_words w JOIN entry e ON e.id = w.rowid WHERE {where}",
        given,
    )


def select_further(query: Query, keys: Iterable[str]) -> tuple[str, Given]:
    """The next best pages of these hits."""
    ranked, given = _ranked(query)
    return (
        f"{ranked} SELECT * FROM ranked WHERE place BETWEEN 2 AND {1 + FURTHER}"
        " AND key IN (SELECT value FROM json_each(:keys)) ORDER BY place",
        {**given, "keys": json.dumps(list(keys))},
    )


def select_facet(query: Query, dimension: Dimension) -> tuple[str, Given]:
    """Hits by value of one dimension, most first, its own filter left out."""
    unfiltered = cast("dict[str, Any]", {FILTER_OF[dimension]: frozenset()})
    where, given = conditions(replace(query, filters=replace(query.filters, **unfiltered)))
    column = VALUE_OF[dimension]
    return (
        f"SELECT e.{column}, count(DISTINCT {_KEY[query.by]}) AS hits"
        f" FROM entry_words w JOIN entry e ON e.id = w.rowid WHERE {where}"
        f" GROUP BY e.{column} ORDER BY hits DESC, e.{column}",
        given,
    )


def conditions(query: Query) -> tuple[str, Given]:
    """Conditions on an entry that is found: its words, the account's rights, the filters."""
    given: Given = {"folded": _match(query.words.terms, exact=False)}
    parts = ["entry_words MATCH :folded", *_rights(query, given), *_narrowed(query.filters, given)]
    return " AND ".join(parts), given


def _ranked(query: Query) -> tuple[str, Given]:
    """All that is found, with its place inside its document; the text stays where it is."""
    where, given = conditions(query)
    worth = " + ".join(_worth(query, given))
    columns = ", ".join(f"e.{name}" for name in _COLUMNS if name != "text")
    return (
        "WITH found AS MATERIALIZED ("
        f" SELECT e.id, {columns}, {_KEY[query.by]} AS key, {worth} AS worth"
        f" FROM entry_words w JOIN entry e ON e.id = w.rowid WHERE {where}),"
        " ranked AS (SELECT *, count(*) OVER (PARTITION BY key) AS found, row_number() OVER"
        " (PARTITION BY key ORDER BY worth DESC, id) AS place FROM found)",
        given,
    )


def _worth(query: Query, given: Given) -> Iterator[str]:
    """Summands, as ``search.relevance`` says."""
    terms = query.words.terms
    yield " ".join(["CASE", *(f"WHEN e.size <= {size} THEN {worth}" for size, worth in SHORT)]) + (
        " ELSE 0 END"
    )
    matches = {f"often{n}": (OFTEN, _often(term)) for n, term in enumerate(terms)}
    if query.words.marked:
        matches["exact"] = (VERY_MARKS, _match(terms, exact=True))
    if len(terms) > 1:
        phrase = " ".join(word for term in terms for word in term.folded)
        apart = " ".join(f'"{" ".join(term.folded)}"' for term in terms)
        matches["phrase"] = (PHRASE, f'folded : "{phrase}"')
        matches["near"] = (NEAR, f"folded : NEAR({apart}, {NEAR_WORDS})")
    for name, (worth, expression) in matches.items():
        given[name] = expression
        found = f"SELECT rowid FROM entry_words WHERE entry_words MATCH :{name}"
        yield f"{worth} * (e.id IN ({found}))"


def _often(term: Term) -> str:
    return " AND ".join(f'often : "{word}"' for word in term.folded)


def _match(terms: Iterable[Term], *, exact: bool) -> str:
    """An FTS5 expression; words are letters and digits only, and quoted."""
    return " AND ".join(
        f'exact : "{" ".join(term.exact)}"'
        if exact and term.marked
        else f'folded : "{" ".join(term.folded)}"'
        for term in terms
    )


def _rights(query: Query, given: Given) -> list[str]:
    parts = []
    visible = query.visible
    if visible.agencies is not None:
        parts.append(_among("agency_id", "may_agencies", map(str, visible.agencies), given))
    if visible.modes is None:
        return [*parts, "NOT e.reduced"]
    part = _among("mode", "may_modes", visible.modes, given)
    if visible.titles:
        return [*parts, f"({part}) <> e.reduced"]  # the whole where it may be read, else the rest
    return [*parts, part, "NOT e.reduced"]


def _narrowed(filters: Filters, given: Given) -> list[str]:
    wanted = {
        "agency_id": [str(agency) for agency in filters.agencies],
        "year": filters.years,
        "type": filters.types,
        "mode": filters.modes,
        "source": filters.sources,
    }
    parts = [_among(column, column, values, given) for column, values in wanted.items() if values]
    if filters.from_on is not None:  # a year alone counts as its whole year
        parts.append("e.date || substr('9999-12-31', length(e.date) + 1) >= :from_on")
        given["from_on"] = filters.from_on.isoformat()
    if filters.to_on is not None:
        parts.append("e.date <= :to_on")
        given["to_on"] = filters.to_on.isoformat()
    return parts


def _among(column: str, name: str, values: Iterable[object], given: Given) -> str:
    given[name] = json.dumps(sorted(values, key=str))
    return f"e.{column} IN (SELECT value FROM json_each(:{name}))"
