"""Times searches in our index, beside the same words asked of a bare FTS5 table."""

import sqlite3
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from archive_service.bench.measure import machine, timed
from archive_service.text import fold
from search.fts5.index import Fts5Index
from search.port import Entry, Query, Visibility
from search.query import parse_query

REFERENCE = "SQLite FTS5, count and the best 20 with snippets"
_PER_PAGE = 200  # words; each of the 1,728 of the made language stands on every ninth page
_AT_ONCE = 500
_BEST = """
SELECT rowid, snippet(page, 0, '<', '>', '…', 20) FROM page
WHERE page MATCH ? ORDER BY rank LIMIT 20
"""
_SYLLABLES = ("ba", "co", "dinh", "giay", "ho", "kho", "luu", "ma", "nuoc", "phe", "quyet", "so")


def run(documents: int, *, queries: int = 100) -> dict[str, Any]:
    """Median milliseconds of a search for two words, one after another in one process.

    Ours gives hits with snippets, totals within what the account may see, and a cursor; the
    reference the number of hits and the best rows. Both hold the same text, a page a document.
    """
    random = Random(1)
    language = ["".join(parts) for parts in product(_SYLLABLES, repeat=3)]
    asked = [" ".join(random.sample(language, 2)) for _ in range(queries)]
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as folder:
        index = Fts5Index(Path(folder, "search.db"))
        with closing(sqlite3.connect(Path(folder, "bare.db"))) as bare:
            bare.execute("CREATE VIRTUAL TABLE page USING fts5(text)")
            _fill(index, bare, documents, language)
            ours = [timed(partial(_ours, index, text)) for text in asked]
            theirs = [timed(partial(_bare, bare, text)) for text in asked]
    return {
        "name": "search",
        "machine": machine(),
        "documents": documents,
        "ours": _figures(ours),
        "reference": {"name": REFERENCE, **_figures(theirs)},
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 3),
        "runs": queries,
    }


def _fill(
    index: Fts5Index, bare: sqlite3.Connection, documents: int, language: Sequence[str]
) -> None:
    random = Random(2)
    for start in range(0, documents, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, documents))
        texts = [_page(language, random) for _ in numbers]
        ids = [UUID(int=number + 1) for number in numbers]
        index.replace_many(ids, _entries(ids, texts))
        bare.executemany("INSERT INTO page (text) VALUES (?)", [(fold(it),) for it in texts])
    bare.commit()


def _page(language: Sequence[str], random: Random) -> str:
    return " ".join(random.choices(language, k=_PER_PAGE))


def _entries(ids: Sequence[UUID], texts: Sequence[str]) -> Iterator[Entry]:
    for case_file_id, text in zip(ids, texts, strict=True):
        yield Entry(
            case_file_id=case_file_id,
            code=f"BENCH.2025.{case_file_id.int:07}",
            text=text,
            agency_id=UUID(int=1),
            year=2025,
            mode="01",
            document_id=case_file_id,
            document_title="Bench",
            page=1,
        )


def _ours(index: Fts5Index, text: str) -> None:
    everything = Visibility(agencies=None, modes=None)
    index.search(Query(words=parse_query(text), visible=everything))


def _bare(bare: sqlite3.Connection, text: str) -> None:
    match = " AND ".join(f'"{word}"' for word in fold(text).split())
    bare.execute("SELECT count(*) FROM page WHERE page MATCH ?", (match,)).fetchone()
    bare.execute(_BEST, (match,)).fetchall()


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median_ms": round(1000 * statistics.median(ordered), 2),
        "p95_ms": round(1000 * ordered[int(0.95 * (len(ordered) - 1))], 2),
    }
