"""Tables and statements of the FTS5 index: names and conditions of ours, values always bound."""
# ruff: noqa: S608, ISC004 - only the names and conditions written here are joined

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, cast

from search.clauses import (
    CaseFileItself,
    Clause,
    Either,
    Every,
    Phrase,
    holds,
    must_hold,
    worth,
)
from search.fts5.match import match
from search.port import FILTER_OF, VALUE_OF, Entry, Filters, Query, Visibility
from search.relevance import SHORT, WEIGHED
from search.words import order_key

Given = dict[str, object]

FURTHER = 2  # more pages shown of one document

# The word tables keep no text of their own: what `entry.text` holds is folded again to take it out.
CREATE = (
    "DROP TABLE IF EXISTS entry_words",
    "DROP TABLE IF EXISTS document_words",
    "DROP TABLE IF EXISTS entry",
    "DROP TABLE IF EXISTS document",
    """CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT, case_file_id TEXT NOT NULL, code TEXT NOT NULL,
        document_id TEXT, document_title TEXT NOT NULL, page INTEGER, agency_id TEXT NOT NULL,
        fonds TEXT NOT NULL, series TEXT NOT NULL, year INTEGER NOT NULL, type TEXT, issuer TEXT,
        signer TEXT, term TEXT, format TEXT, language TEXT, mode TEXT NOT NULL, date TEXT,
        source TEXT, reduced INTEGER NOT NULL, part TEXT NOT NULL, size INTEGER NOT NULL,
        title_key TEXT NOT NULL,
        text TEXT NOT NULL)""",
    """CREATE TABLE document (
        id INTEGER PRIMARY KEY AUTOINCREMENT, case_file_id TEXT NOT NULL, code TEXT NOT NULL,
        document_id TEXT, document_title TEXT NOT NULL, page INTEGER, agency_id TEXT NOT NULL,
        fonds TEXT NOT NULL, series TEXT NOT NULL, year INTEGER NOT NULL, type TEXT, issuer TEXT,
        signer TEXT, term TEXT, format TEXT, language TEXT, mode TEXT NOT NULL, date TEXT,
        source TEXT, reduced INTEGER NOT NULL, part TEXT NOT NULL, size INTEGER NOT NULL,
        title_key TEXT NOT NULL,
        first_entry INTEGER NOT NULL, last_entry INTEGER NOT NULL)""",
    "CREATE INDEX entry_case_file ON entry (case_file_id)",
    "CREATE INDEX document_case_file ON document (case_file_id)",
    """CREATE VIRTUAL TABLE entry_words USING fts5(
        exact, folded, often, signs, content='', tokenize="unicode61 remove_diacritics 0")""",
    """CREATE VIRTUAL TABLE document_words USING fts5(
        exact, folded, often, signs, data, around,
        content='', tokenize="unicode61 remove_diacritics 0")""",
    "DROP TABLE IF EXISTS identity",
    "CREATE TABLE identity (value TEXT NOT NULL)",
)
INSERT_IDENTITY = "INSERT INTO identity (value) VALUES (?)"
SELECT_IDENTITY = "SELECT value FROM identity"

COLUMNS = tuple(field.name for field in fields(Entry))
_ABOUT = tuple(name for name in COLUMNS if name != "text")
_SPAN = ("first_entry", "last_entry")
_MADE = ("size", "title_key")
INSERT_ENTRY = (
    f"INSERT INTO entry ({', '.join((*COLUMNS, *_MADE))})"
    f" VALUES ({', '.join(':' + c for c in (*COLUMNS, *_MADE))})"
)
INSERT_DOCUMENT = (
    f"INSERT INTO document ({', '.join((*_ABOUT, *_SPAN, *_MADE))})"
    f" VALUES ({', '.join(':' + c for c in (*_ABOUT, *_SPAN, *_MADE))})"
)
# What comes in waits in a table of this connection alone: nobody else is kept from writing.
CREATE_INCOMING = f"CREATE TEMP TABLE incoming ({', '.join(COLUMNS)})"
INSERT_INCOMING = f"INSERT INTO incoming VALUES ({', '.join(':' + c for c in COLUMNS)})"
SELECT_INCOMING = "SELECT * FROM incoming ORDER BY rowid"
SELECT_OLD = "SELECT * FROM entry WHERE case_file_id = ? ORDER BY id"
SELECT_OLD_DOCUMENTS = "SELECT id FROM document WHERE case_file_id = ? ORDER BY id"
_WORDS = {
    "entry": ("exact", "folded", "often", "signs"),
    "document": ("exact", "folded", "often", "signs", "data", "around"),
}
INSERT_WORDS = {
    table: f"INSERT INTO {table}_words (rowid, {', '.join(names)}) VALUES (?{', ?' * len(names)})"
    for table, names in _WORDS.items()
}
DELETE_WORDS = {
    table: f"INSERT INTO {table}_words ({table}_words, rowid, {', '.join(names)})"
    f" VALUES ('delete', ?{', ?' * len(names)})"
    for table, names in _WORDS.items()
}
SELECT_HELD = (
    "SELECT case_file_id, count(*) AS entries FROM entry"
    " WHERE case_file_id IN (SELECT value FROM json_each(?)) GROUP BY case_file_id"
)
SELECT_CONTENTS = "SELECT * FROM entry ORDER BY case_file_id, id"
SELECT_SOME_CONTENTS = (
    "SELECT * FROM entry WHERE case_file_id IN (SELECT value FROM json_each(?))"
    " ORDER BY case_file_id, id"
)
# Each finds words that fit together, and as many rows with words as there are entries.
CHECK_WORDS = tuple(
    f"INSERT INTO {table}_words ({table}_words) VALUES ('integrity-check')" for table in _WORDS
)
COUNT_WORDLESS = tuple(
    f"SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table}_words_docsize)"
    for table in _WORDS
)
# A word that was taken out stays among the terms until its segment is written anew.
FORGET_WORDS = tuple(
    f"INSERT INTO {table}_words ({table}_words) VALUES ('optimize')" for table in _WORDS
)

_TABLE = {"page": "entry", "document": "document"}
_ORDER = {
    "relevance": "worth DESC, id",
    "newest": "ifnull(date, '') DESC, worth DESC, id",
    "oldest": "ifnull(nullif(date, ''), '~'), worth DESC, id",
    "code": "code, id",
    "title": "title_key, code, id",
}


def row(entry: Entry) -> Given:
    """The row of an entry."""
    return {
        name: str(value) if name.endswith("_id") and value is not None else value
        for name, value in ((name, getattr(entry, name)) for name in COLUMNS)
    }


def made_row(entry: Entry, size: int) -> Given:
    """The same with what is made of it: ``size`` in words, and its place in the order by title."""
    return row(entry) | {"size": size, "title_key": order_key(entry.document_title)}


def select_hits(query: Query) -> tuple[str, Given]:
    """The hits, ``:limit`` from ``:offset``; the text stays where it is."""
    where, given = conditions(query)
    columns = ", ".join(f"e.{name}" for name in _ABOUT)
    span = ", ".join(f"e.{name}" for name in _SPAN) if query.by == "document" else "e.id, e.id"
    return (
        f"SELECT e.id, {columns}, {span}, {' + '.join(_worth(query, given))} AS worth"
        f" FROM {_source(query)} WHERE {where}"
        f" ORDER BY {_ORDER[query.order]} LIMIT :limit OFFSET :offset",
        given,
    )


def select_totals(query: Query) -> tuple[str, Given]:
    """Number of hits and of case files they lie in."""
    return _selected("count(*), count(DISTINCT e.case_file_id)", query)


def select_case_files(query: Query) -> tuple[str, Given]:
    """Each case file in which something is found."""
    return _selected("DISTINCT e.case_file_id", query)


def select_facets(query: Query) -> tuple[str, Given]:
    """How many hits each value of each dimension would leave, without that dimension's filter."""
    none = cast("dict[str, Any]", {name: frozenset() for name in FILTER_OF.values()})
    unfiltered = replace(query, filters=replace(query.filters, **none))
    columns = ", ".join(f"e.{column}" for column in VALUE_OF.values())
    found, given = _selected(columns, unfiltered)
    counted = []
    for dimension, column in VALUE_OF.items():
        others = replace(query.filters, **{FILTER_OF[dimension]: none[FILTER_OF[dimension]]})
        where = " AND ".join([f"e.{column} <> ''", *_chosen(others, given)])
        counted.append(
            f"SELECT '{dimension}' AS dimension, e.{column} AS value, count(*) AS hits"
            f" FROM found e WHERE {where} GROUP BY e.{column}"
        )
    return f"WITH found AS MATERIALIZED ({found}) {' UNION ALL '.join(counted)}", given


def select_pages(query: Query) -> tuple[str, Given]:
    """Of each of the ``:spans`` of entries, ``[first, last]``, the best pages that hold a term.

    ``whole`` counts those that hold every one.
    """
    given: Given = {"most": 1 + FURTHER}
    by_page = replace(query, by="page")
    terms = query.words.terms
    weights = query.words.weights or (1,) * len(terms)
    held = " + ".join(
        f"{weight} * ({_is_match('entry', f'term{n}', holds(term, by_page), given)})"
        for n, (term, weight) in enumerate(zip(terms, weights, strict=True))
    )
    given["every"] = sum(weights)
    found = _is_match("entry", "any", Either(tuple(holds(term, by_page) for term in terms)), given)
    worth_of = " + ".join(_worth(by_page, given))
    return (
        "WITH span AS (SELECT json_extract(value, '$[0]') AS first, json_extract(value, '$[1]')"
        " AS last FROM json_each(:spans)),"
        " found AS MATERIALIZED (SELECT e.id, e.page, e.part, e.mode, span.first,"
        f" {held} AS held, {worth_of} AS worth"
        " FROM span JOIN entry e ON e.id BETWEEN span.first AND span.last"
        f" WHERE NOT e.reduced AND {found}),"
        " ranked AS (SELECT *, sum(held = :every) OVER (PARTITION BY first) AS whole, row_number()"
        " OVER (PARTITION BY first ORDER BY held DESC, worth DESC, id) AS place FROM found)"
        " SELECT ranked.*, entry.text FROM ranked JOIN entry ON entry.id = ranked.id"
        " WHERE place <= :most ORDER BY place",
        given,
    )


def select_known(visible: Visibility) -> tuple[str, Given]:
    """Of ``:words`` those that stand in a document that may be seen."""
    given: Given = {}
    where = " AND ".join(["e.id = w.rowid", *_rights(visible, given)])
    return (
        "SELECT value FROM json_each(:words) WHERE EXISTS (SELECT 1"
        f" FROM document_words w JOIN document e ON {where}"
        " WHERE document_words MATCH '{folded around} : \"' || value || '\"')",
        given,
    )


def select_begun(words: Sequence[str], visible: Visibility, limit: int) -> tuple[str, Given]:
    """Whose data hold the words, the last one only begun; case files first."""
    each = [Phrase(("data",), (word,)) for word in words[:-1]]
    clause = Every((*each, Phrase(("data",), (words[-1],), prefix=True)))
    given: Given = {"begun": match(clause), "limit": limit}
    where = " AND ".join(["document_words MATCH :begun", *_rights(visible, given)])
    return (
        "SELECT e.code, e.document_title, e.document_id, e.signer"
        f" FROM document_words w JOIN document e ON e.id = w.rowid WHERE {where}"
        " ORDER BY e.document_id IS NOT NULL, e.size, e.title_key, e.code, e.document_id"
        " LIMIT :limit",
        given,
    )


def conditions(query: Query) -> tuple[str, Given]:
    """Conditions on an entry that is found: its words, the account's rights, the filters."""
    table = _TABLE[query.by]
    given: Given = {}
    parts = [
        *_held(table, query, given),
        *_rights(query.visible, given),
        *_narrowed(query.filters, given),
    ]
    if query.words.weights:
        parts.append(f"{_weighed(query, given)} >= {query.words.least}")
    return " AND ".join(parts), given


def _held(table: str, query: Query, given: Given) -> Iterator[str]:
    if query.words.terms:
        given["found"] = match(must_hold(query))
        yield f"{table}_words MATCH :found"
    elif query.words.excluded:
        without = Either(tuple(holds(term, query) for term in query.words.excluded))
        yield f"NOT {_is_match(table, 'without', without, given)}"


def _selected(what: str, query: Query) -> tuple[str, Given]:
    where, given = conditions(query)
    return f"SELECT {what} FROM {_source(query)} WHERE {where}", given


def _source(query: Query) -> str:
    """What is looked through; words are none where conditions alone are asked."""
    table = _TABLE[query.by]
    return (
        f"{table}_words w JOIN {table} e ON e.id = w.rowid" if query.words.terms else f"{table} e"
    )


def _worth(query: Query, given: Given) -> Iterator[str]:
    """Summands, as ``search.relevance`` says."""
    yield " ".join(["CASE", *(f"WHEN e.size <= {size} THEN {worth}" for size, worth in SHORT)]) + (
        " ELSE 0 END"
    )
    if query.words.weights and query.by == "document":
        yield f"{WEIGHED} * {_weighed(query, given)}"
    for number, (value, clause) in enumerate(worth(query)):
        name = f"worth{number}"
        if isinstance(clause, CaseFileItself):
            found = _is_match(_TABLE[query.by], name, clause.clause, given)
            yield f"{value} * (e.document_id IS NULL AND {found})"
        else:
            yield f"{value} * ({_is_match(_TABLE[query.by], name, clause, given)})"


def _weighed(query: Query, given: Given) -> str:
    table = _TABLE[query.by]
    weighed = (
        f"{weight} * ({_is_match(table, f'weighed{n}', holds(term, query), given)})"
        for n, (term, weight) in enumerate(zip(query.words.terms, query.words.weights, strict=True))
    )
    return f"({' + '.join(weighed)})"


def _is_match(table: str, name: str, clause: Clause, given: Given) -> str:
    given[name] = match(clause)
    return f"e.id IN (SELECT rowid FROM {table}_words WHERE {table}_words MATCH :{name})"


def _rights(visible: Visibility, given: Given) -> list[str]:
    parts = []
    if visible.agencies is not None:
        parts.append(_among("agency_id", "may_agencies", map(str, visible.agencies), given))
    if visible.modes is None:
        return [*parts, "NOT e.reduced"]
    part = _among("mode", "may_modes", visible.modes, given)
    if visible.titles:
        return [*parts, f"({part}) <> e.reduced"]  # the whole where it may be read, else the rest
    return [*parts, part, "NOT e.reduced"]


def _chosen(filters: Filters, given: Given) -> list[str]:
    """Conditions of the dimensions, which facets count."""
    wanted = {
        column: getattr(filters, FILTER_OF[dimension]) for dimension, column in VALUE_OF.items()
    }
    return [_among(column, column, values, given) for column, values in wanted.items() if values]


def _narrowed(filters: Filters, given: Given) -> list[str]:
    parts = _chosen(filters, given)
    if filters.case_files:
        parts.append(_among("case_file_id", "case_files", filters.case_files, given))
    if filters.from_on is not None:  # a year alone counts as its whole year
        parts.append("e.date || substr('9999-12-31', length(e.date) + 1) >= :from_on")
        given["from_on"] = filters.from_on.isoformat()
    if filters.to_on is not None:
        parts.append("e.date <= :to_on")
        given["to_on"] = filters.to_on.isoformat()
    return parts


def _among(column: str, name: str, values: Iterable[object], given: Given) -> str:
    plain = [value if isinstance(value, int) else str(value) for value in values]
    given[name] = json.dumps(sorted(plain, key=str))
    return f"e.{column} IN (SELECT value FROM json_each(:{name}))"
