"""What is shown of hits: their snippets and, of a document, its best pages."""

import json
import sqlite3
from collections.abc import Sequence

from search.fts5 import sql
from search.hit import hit_of
from search.port import FoundPage, Hit, Query
from search.snippet import visible_snippet

_ENTRIES_A_SPAN = 2000  # are read as quickly as a word is looked for in one more place


def hits_shown(db: sqlite3.Connection, query: Query, heads: Sequence[sqlite3.Row]) -> list[Hit]:
    """The hits of these rows, in their order."""
    shown = _hits_by_page if query.by == "page" else _hits_by_document
    return shown(db, query, heads)


def _hits_by_page(db: sqlite3.Connection, query: Query, heads: Sequence[sqlite3.Row]) -> list[Hit]:
    marks = ",".join("?" * len(heads))
    ids = [head["id"] for head in heads]
    texts = dict(db.execute(f"SELECT id, text FROM entry WHERE id IN ({marks})", ids).fetchall())  # noqa: S608 - question marks only
    return [
        hit_of(
            head,
            snippet=visible_snippet(texts[head["id"]], head, query),
            pages=1,
            further=(),
        )
        for head in heads
    ]


def _hits_by_document(
    db: sqlite3.Connection, query: Query, heads: Sequence[sqlite3.Row]
) -> list[Hit]:
    """With the best pages of each document, where the account may read them."""
    if not query.words.terms:
        return [hit_of(head, snippet="", pages=1, further=()) for head in heads]
    spans = [[head["first_entry"], head["last_entry"]] for head in heads if not head["reduced"]]
    entries = db.execute("SELECT ifnull(max(id), 0) FROM entry").fetchone()[0]
    among: sql.Among = "all" if entries <= _ENTRIES_A_SPAN * len(spans) else "spans"
    statement, given = sql.select_pages(query, among)
    rows = db.execute(statement, {**given, "spans": json.dumps(spans)}).fetchall() if spans else []
    pages: dict[int, list[sqlite3.Row]] = {}
    for row in rows:
        pages.setdefault(row["first"], []).append(row)
    hits = []
    for head in heads:
        best = [] if head["reduced"] else pages.get(head["first_entry"], [])
        if not best:
            hits.append(hit_of(head, snippet="", pages=1, further=()))
            continue
        whole = max(best[0]["whole"], 1)
        shown = [
            FoundPage(row["page"], visible_snippet(row["text"], head, query), row["part"])
            for row in best[:whole]
        ]
        first = dict(head) | {"page": shown[0].page, "part": shown[0].part}
        hits.append(hit_of(first, snippet=shown[0].snippet, pages=whole, further=shown[1:]))
    return hits
