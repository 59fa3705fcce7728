"""The embedded search index: SQLite FTS5 in a file of its own, for many processes at once."""

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from archive_service.text import nfc
from search.cursor import cursor_at, offset_of
from search.fts5 import sql
from search.hit import hit_of
from search.port import (
    MAX_DEPTH,
    MAX_LIMIT,
    VALUE_OF,
    Dimension,
    Entry,
    FoundPage,
    Page,
    Query,
    SearchIndexDamagedError,
    SearchUnavailableError,
)
from search.query import folding_told, words
from search.relevance import OFTEN_TIMES, often
from search.snippet import visible_snippet

_BUSY_TIMEOUT_S = 30.0


class Fts5Index:
    """One file in WAL mode; every call opens it anew, so nothing is held over a fork."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def replace_many(self, case_file_ids: Collection[UUID], entries: Iterable[Entry]) -> None:
        """See ``SearchIndex.replace_many``."""
        with self._open() as db:
            db.execute(sql.CREATE_INCOMING)
            db.executemany(sql.INSERT_INCOMING, map(sql.row, entries))
            db.execute("BEGIN IMMEDIATE")
            for case_file_id in case_file_ids:
                self._take_out(db, case_file_id)
            for row in db.execute(sql.SELECT_INCOMING):
                columns, size = _columns(row["text"])
                added = db.execute(sql.INSERT_ENTRY, dict(row) | {"size": size})
                db.execute(sql.INSERT_WORDS, (added.lastrowid, *columns))
            db.execute("COMMIT")

    def remove(self, case_file_ids: Collection[UUID]) -> None:
        """See ``SearchIndex.remove``."""
        with self._writing() as db:
            for case_file_id in case_file_ids:
                self._take_out(db, case_file_id)
            db.execute(sql.FORGET_WORDS)
        with self._open() as db:
            busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise SearchUnavailableError(index=self._path.name, detail="wal_checkpoint")

    def holds(self, case_file_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """See ``SearchIndex.holds``."""
        with self._reading() as db:
            rows = db.execute(
                sql.SELECT_HELD,
                (json.dumps([str(case_file_id) for case_file_id in case_file_ids]),),
            )
            return {UUID(row["case_file_id"]): row["entries"] for row in rows}

    def search(self, query: Query) -> Page:
        """See ``SearchIndex.search``."""
        limit = max(1, min(query.limit, MAX_LIMIT))
        offset = offset_of(query)
        statement, given = sql.select_hits(query)
        with self._reading() as db:
            heads = db.execute(statement, {**given, "limit": limit, "offset": offset}).fetchall()
            total, case_files = db.execute(*sql.select_totals(query)).fetchone()
            further = self._further(db, query, heads)
            texts = self._texts(db, [head["id"] for head in heads])
        hits = [
            hit_of(
                head,
                snippet=visible_snippet(texts[head["id"]], head["mode"], query),
                pages=head["found"],
                further=further.get(head["key"], ()),
            )
            for head in heads
        ]
        reached = offset + len(hits)
        more = bool(hits) and reached < min(total, MAX_DEPTH)
        return Page(total, case_files, hits, cursor_at(query, reached) if more else None)

    def case_files(self, query: Query) -> Iterator[UUID]:
        """See ``SearchIndex.case_files``."""
        with self._reading() as db:
            for row in db.execute(*sql.select_case_files(query)):
                yield UUID(row[0])

    def facets(self, query: Query) -> Mapping[Dimension, Mapping[str, int]]:
        """See ``SearchIndex.facets``."""
        with self._reading() as db:
            return {
                dimension: {
                    str(value): count
                    for value, count in db.execute(*sql.select_facet(query, dimension))
                    if value is not None
                }
                for dimension in VALUE_OF
            }

    def clear(self) -> None:
        """See ``SearchIndex.clear``; a damaged file is emptied first."""
        try:
            with self._writing() as db:
                _create(db)
        except SearchIndexDamagedError:
            for suffix in ("-wal", "-shm", ""):
                part = self._path.with_name(self._path.name + suffix)
                if part.exists():
                    part.write_bytes(b"")
            with self._writing() as db:
                _create(db)

    def count(self) -> int:
        """See ``SearchIndex.count``."""
        with self._reading() as db:
            return int(db.execute("SELECT count(*) FROM entry").fetchone()[0])

    def identity(self) -> str:
        """See ``SearchIndex.identity``."""
        with self._reading() as db:
            return str(db.execute(sql.SELECT_IDENTITY).fetchone()[0])

    def _take_out(self, db: sqlite3.Connection, case_file_id: UUID) -> None:
        old = db.execute("SELECT id, text FROM entry WHERE case_file_id = ?", (str(case_file_id),))
        for found in old:
            db.execute(sql.DELETE_WORDS, (found["id"], *_columns(found["text"])[0]))
        db.execute("DELETE FROM entry WHERE case_file_id = ?", (str(case_file_id),))

    def _further(
        self, db: sqlite3.Connection, query: Query, heads: list[sqlite3.Row]
    ) -> dict[str, tuple[FoundPage, ...]]:
        if query.by == "page" or all(head["found"] == 1 for head in heads):
            return {}
        statement, given = sql.select_further(query, [head["key"] for head in heads])
        rows = db.execute(statement, given).fetchall()
        texts = self._texts(db, [row["id"] for row in rows])
        found: dict[str, tuple[FoundPage, ...]] = {}
        for row in rows:
            snippet = visible_snippet(texts[row["id"]], row["mode"], query)
            page = FoundPage(row["page"], snippet, row["part"])
            found[row["key"]] = (*found.get(row["key"], ()), page)
        return found

    def _texts(self, db: sqlite3.Connection, ids: list[int]) -> dict[int, str]:
        marks = ",".join("?" * len(ids))
        return dict(db.execute(f"SELECT id, text FROM entry WHERE id IN ({marks})", ids).fetchall())  # noqa: S608 - question marks only

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("BEGIN")
            yield db

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            try:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA secure_delete = ON")
                _prepare(db)
                yield db
            finally:
                db.close()  # what was not committed is rolled back
        except (sqlite3.OperationalError, OSError) as error:
            raise SearchUnavailableError(index=self._path.name, detail=str(error)) from error
        except sqlite3.DatabaseError as error:
            raise SearchIndexDamagedError(index=self._path.name, detail=str(error)) from error


def _prepare(db: sqlite3.Connection) -> None:
    """Tables of this version; an index whose words were folded otherwise is begun anew, empty."""
    if db.execute("PRAGMA user_version").fetchone()[0] == _FORM:
        return
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] != _FORM:  # another process was first
        _create(db)
    db.execute("COMMIT")


def _create(db: sqlite3.Connection) -> None:
    for statement in sql.CREATE:
        db.execute(statement)
    db.execute(sql.INSERT_IDENTITY, (str(uuid4()),))
    db.execute(f"PRAGMA user_version = {_FORM}")


def _form() -> int:
    """A number for tables, folding and Unicode version together.

    Words are taken out of the index by folding the text again, which must give the same words.
    """
    statements = "\n".join([*sql.CREATE, folding_told(), str(OFTEN_TIMES)])
    return int(hashlib.sha256(statements.encode()).hexdigest()[:7], 16)


_FORM = _form()


def _columns(text: str) -> tuple[tuple[str, str, str], int]:
    """The texts of the columns, and how many words they are."""
    found = words(nfc(text))
    exact, folded = (
        " ".join(getattr(word, name) for word in found) for name in ("exact", "folded")
    )
    return (exact, folded, " ".join(often(found))), len(found)
