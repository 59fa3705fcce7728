"""Tables and statements of the FTS5 index: names and conditions of ours, values always bound."""
# ruff: noqa: S608, ISC004 - only the names and conditions written here are joined

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Literal

from search.clauses import Clause, Every, Itself, Phrase, holds, worth
from search.fts5.about import ITSELF, asked, at_most, in_sample, is_about, may_be_seen, rights
from search.fts5.match import match
from search.fts5.rows import TABLE, Given, as_of_now, narrowed, narrows_rows
from search.port import VALUE_OF, Dimension, Entry, Query, Visibility
from search.relevance import SHORT, WEIGHED
from search.words import order_key

Among = Literal["all", "spans"]  # all entries, or those of the ``:spans`` alone

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
        exact, folded, often, signs, about,
        content='', tokenize="unicode61 remove_diacritics 0")""",
    """CREATE VIRTUAL TABLE document_words USING fts5(
        exact, folded, often, signs, data, around, about,
        content='', tokenize="unicode61 remove_diacritics 0")""",
    "DROP TABLE IF EXISTS identity",
    "CREATE TABLE identity (value TEXT NOT NULL)",
)
INSERT_IDENTITY = "INSERT INTO identity (value) VALUES (?)"
SELECT_IDENTITY = "SELECT value FROM identity"
COUNT_TABLES = "SELECT count(*) FROM sqlite_schema WHERE name = 'identity'"
HIDE = (
    "DELETE FROM entry WHERE case_file_id = ?",
    "DELETE FROM document WHERE case_file_id = ?",
)  # without its words

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
    "entry": ("exact", "folded", "often", "signs", "about"),
    "document": ("exact", "folded", "often", "signs", "data", "around", "about"),
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
# Words written at one time lie in a segment, and every segment is asked for every word. To begin,
# all that there are become one merge, which is gone on with page by page.
COUNT_SEGMENTS = tuple(
    "WITH RECURSIVE segment (id) AS (SELECT min(segid) FROM {table} UNION ALL SELECT"
    " (SELECT min(segid) FROM {table} WHERE segid > id) FROM segment WHERE id IS NOT NULL)"
    " SELECT count(id) FROM segment".format(table=f"{table}_words_idx")
    for table in _WORDS
)
MERGE = tuple(
    f"INSERT INTO {table}_words ({table}_words, rank) VALUES ('merge', ?)" for table in _WORDS
)

_SPANS = (
    "WITH span AS (SELECT json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS last"
    " FROM json_each(:spans))"
)
_EQUALS = "year DESC, code, id"  # as in the other engine: no number says when an entry came in
_ORDER = {
    "relevance": f"worth DESC, {_EQUALS}",
    "newest": f"ifnull(date, '') DESC, worth DESC, {_EQUALS}",
    "oldest": f"ifnull(nullif(date, ''), '~'), worth DESC, {_EQUALS}",
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


def keep_weighed(query: Query, name: str) -> tuple[str, Given]:
    """A table of this connection alone with the hits of weighed words, for what is asked next."""
    held, given = _weighed(query, ())
    return f"CREATE TEMP TABLE {name} AS SELECT * FROM {held}", given


def select_hits(query: Query, kept: str = "") -> tuple[str, Given]:
    """The hits, ``:limit`` from ``:offset``; the text stays where it is.

    Args:
        kept: the table of the hits of weighed words, see ``keep_weighed``.
    """
    found, given = _found(query, kept=kept)
    worth_of = _worth(query, given, "all")
    return (
        f"SELECT {_shown(query)}, {' + '.join(worth_of)} AS worth {found}"
        f" ORDER BY {_ORDER[query.order]} LIMIT :limit OFFSET :offset",
        given,
    )


def select_ranked(query: Query) -> tuple[str, Given]:
    """The entries of ``:ids``, which lie in the ``:spans``, as hits; the best first."""
    given: Given = {}
    return (
        f"{_SPANS} SELECT {_shown(query)}, {' + '.join(_worth(query, given, 'spans'))} AS worth"
        f" FROM {TABLE[query.by]} e WHERE e.id IN (SELECT value FROM json_each(:ids))"
        f" ORDER BY {_ORDER['relevance']}",
        given,
    )


def select_sorted(query: Query) -> tuple[str, Given]:
    """The hits in another order than the best first; of equals the order is that of the index."""
    found, given = _found(query)
    order = _ORDER[query.order].replace("worth DESC, ", "")
    return (
        f"SELECT {_shown(query)} FROM {TABLE[query.by]} e WHERE e.id IN (SELECT e.id"
        f" {found} ORDER BY {order} LIMIT :limit OFFSET :offset)"
        f" ORDER BY {order}",
        given,
    )


def select_numbers(query: Query, clause: Clause) -> tuple[str, Given]:
    """Numbers of entries in which the clause holds, ``:limit`` from ``:offset``, in their order."""
    words_found, given = _matches(query, clause)
    return f"SELECT rowid {words_found} ORDER BY rowid LIMIT :limit OFFSET :offset", given


def count_matches(query: Query) -> tuple[str, Given]:
    """Number of hits where words alone tell them; no entry is read."""
    words_found, given = _matches(query, asked(query))
    return f"SELECT count(*) {words_found}", given


def by_words_alone(query: Query) -> bool:
    """Whether the words of an entry tell whether it is found."""
    filters = query.filters
    by_rows = any(map(narrows_rows, (filters, *filters.without)))
    return not (query.words.weights or by_rows)


def select_totals(query: Query, halved: int = 0, kept: str = "") -> tuple[str, Given]:
    """Number of hits and of case files they lie in, of a sample where case files are halved."""
    return _selected("count(*), count(DISTINCT e.case_file_id)", query, halved, kept)


def select_case_files(query: Query) -> tuple[str, Given]:
    """Each case file in which something is found."""
    return _selected("DISTINCT e.case_file_id", query)


def select_values(
    query: Query, dimensions: Sequence[Dimension], halved: int, kept: str = ""
) -> tuple[str, Given]:
    """How many hits each value of the dimensions has, of a sample where case files are halved."""
    columns = ", ".join(f"e.{VALUE_OF[dimension]}" for dimension in dimensions)
    found, given = _selected(columns, query, halved, kept)
    counted = (
        f"SELECT '{dimension}' AS dimension, {column} AS value, count(*) AS hits FROM found"
        f" WHERE {column} <> '' GROUP BY {column}"
        for dimension, column in ((each, VALUE_OF[each]) for each in dimensions)
    )
    return f"WITH found AS MATERIALIZED ({found}) {' UNION ALL '.join(counted)}", given


def select_pages(query: Query, among: Among) -> tuple[str, Given]:
    """Of each of the ``:spans`` of entries, ``[first, last]``, the best pages that hold a term.

    ``whole`` counts those that hold every one. A clause is looked for in each of the spans or once
    ``among`` all, which is quicker where there are not many entries.
    """
    given: Given = {"most": 1 + FURTHER}
    by_page = replace(query, by="page")
    terms = query.words.terms
    weights = query.words.weights or (1,) * len(terms)
    held = " + ".join(
        f"{weight} * ({_is_match(by_page, f'term{n}', holds(term, by_page), given, among)})"
        for n, (term, weight) in enumerate(zip(terms, weights, strict=True))
    )
    given["every"] = sum(weights)
    worth_of = " + ".join(_worth(by_page, given, among))
    return (
        f"{_SPANS},"
        " found AS MATERIALIZED (SELECT e.id, e.page, e.part, e.mode, span.first,"
        f" {held} AS held, {worth_of} AS worth"
        " FROM span JOIN entry e ON e.id BETWEEN span.first AND span.last"
        " WHERE NOT e.reduced),"
        " ranked AS (SELECT *, sum(held = :every) OVER (PARTITION BY first) AS whole, row_number()"
        " OVER (PARTITION BY first ORDER BY held DESC, worth DESC, id) AS place"
        " FROM found WHERE held)"
        " SELECT ranked.*, entry.text FROM ranked JOIN entry ON entry.id = ranked.id"
        " WHERE place <= :most ORDER BY place",
        given,
    )


def select_known(visible: Visibility) -> tuple[str, Given]:
    """Of ``:words`` those that stand in a document that may be seen.

    Most words that are asked stand nowhere: the rights are looked up for the others alone.
    """
    stands = (
        "EXISTS (SELECT 1 FROM document_words"
        " WHERE document_words MATCH '{exact folded around} : \"' || standing.value || '\"'"
    )
    given: Given = {"rights": match(rights(visible))}
    seen = " AND ".join([":rights", *as_of_now(visible, "document_words.rowid", given)])
    return (
        "WITH standing AS MATERIALIZED"
        f" (SELECT value FROM json_each(:words) standing WHERE {stands}))"
        f" SELECT value FROM standing WHERE {stands} || ' AND ' || {seen})",
        given,
    )


def select_begun(words: Sequence[str], visible: Visibility, limit: int) -> tuple[str, Given]:
    """Whose data hold the words, the last one only begun; case files first."""
    each = [Phrase(("data",), (word,)) for word in words[:-1]]
    last = Phrase(("data",), (words[-1],), prefix=True)
    given: Given = {"begun": match(Every((*each, last, rights(visible)))), "limit": limit}
    wanted = " AND ".join(["document_words MATCH :begun", *as_of_now(visible, "e.id", given)])
    return (
        "SELECT e.code, e.document_title, e.document_id, e.signer"
        f" FROM document_words w JOIN document e ON e.id = w.rowid WHERE {wanted}"
        " ORDER BY e.document_id IS NOT NULL, e.size, e.title_key, e.code, e.id"
        " LIMIT :limit",
        given,
    )


def summands(query: Query) -> Iterator[tuple[int, Clause]]:
    """What an entry is worth, as ``search.relevance`` says, where no words are weighed."""
    for value, size in _sizes():
        yield value, at_most(size)
    for value, clause in worth(query):
        if isinstance(clause, Itself) and clause.case_file:
            yield value, Every((is_about(ITSELF), clause.clause))
        elif isinstance(clause, Itself):
            yield value, Every((clause.clause,), (is_about(ITSELF),))
        else:
            yield value, clause


def _sizes() -> Iterator[tuple[int, int]]:
    """What up to so many words is worth beside what more of them are."""
    for at, (size, value) in enumerate(SHORT):
        yield value - (SHORT[at + 1][1] if at + 1 < len(SHORT) else 0), size


def _shown(query: Query) -> str:
    columns = ", ".join(f"e.{name}" for name in _ABOUT)
    span = ", ".join(f"e.{name}" for name in _SPAN) if query.by == "document" else "e.id, e.id"
    return f"e.id, {columns}, {span}"


def _selected(what: str, query: Query, halved: int = 0, kept: str = "") -> tuple[str, Given]:
    found, given = _found(query, halved, kept)
    return f"SELECT {what} {found}", given


def _found(query: Query, halved: int = 0, kept: str = "") -> tuple[str, Given]:
    """Entries that are found: by their words, the account's rights, the filters."""
    table = TABLE[query.by]
    sample = (in_sample(halved),) if halved else ()
    if query.words.weights:
        held, given = (kept, {}) if kept and not sample else _weighed(query, sample)
        wanted = ["TRUE"]
    else:
        held, given = f"{table}_words", {"found": match(Every((asked(query), *sample)))}
        wanted = [f"{held} MATCH :found"]
    wanted += narrowed(query.filters, given)
    wanted += as_of_now(query.visible, "e.id", given, query.by)
    return f"FROM {held} w JOIN {table} e ON e.id = w.rowid WHERE {' AND '.join(wanted)}", given


def _matches(query: Query, clause: Clause) -> tuple[str, Given]:
    """Entries by their words alone."""
    table = f"{TABLE[query.by]}_words"
    given: Given = {"found": match(clause)}
    wanted = [f"{table} MATCH :found", *as_of_now(query.visible, "rowid", given, query.by)]
    return f"FROM {table} WHERE {' AND '.join(wanted)}", given


def _weighed(query: Query, sample: Sequence[Clause]) -> tuple[str, Given]:
    """Of each entry the weight of the terms that it holds, where that is enough."""
    words, table = query.words, f"{TABLE[query.by]}_words"
    beside = (may_be_seen(query), *sample)
    given: Given = {
        f"weighed{n}": match(Every((*beside, holds(term, query))))
        for n, term in enumerate(words.terms)
    }
    each = " UNION ALL ".join(
        f"SELECT rowid, {weight} AS weight FROM {table} WHERE {table} MATCH :{name}"
        for weight, name in zip(words.weights, given, strict=True)
    )
    return (
        f"(SELECT rowid, sum(weight) AS weight FROM ({each})"
        f" GROUP BY rowid HAVING sum(weight) >= {words.least})",
        given,
    )


def _worth(query: Query, given: Given, among: Among) -> Iterator[str]:
    if query.words.weights and query.by == "document":
        yield f"{WEIGHED} * w.weight"
    for value, size in _sizes():
        yield f"{value} * (e.size <= {size})"
    for number, (value, clause) in enumerate(worth(query)):
        plain = clause.clause if isinstance(clause, Itself) else clause
        holds_it = _is_match(query, f"worth{number}", plain, given, among)
        if isinstance(clause, Itself):
            holds_it = f"e.document_id IS {'' if clause.case_file else 'NOT '}NULL AND {holds_it}"
        yield f"{value} * ({holds_it})"


def _is_match(query: Query, name: str, clause: Clause, given: Given, among: Among) -> str:
    """That the clause holds in ``e``; no more of the index is read for it than ``among`` says."""
    table = f"{TABLE[query.by]}_words"
    if among == "all":
        given[name] = match(clause)
        return f"e.id IN (SELECT rowid FROM {table} WHERE {table} MATCH :{name})"
    given[name] = match(clause)
    return (
        f"e.id IN (SELECT w.rowid FROM span JOIN {table} w"
        f" ON w.rowid BETWEEN span.first AND span.last WHERE {table} MATCH :{name})"
    )
