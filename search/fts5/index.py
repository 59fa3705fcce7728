"""The embedded search index: SQLite FTS5 in a file of its own, for many processes at once."""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from search.cursor import cursor_at, offset_of
from search.digest import digests
from search.fts5 import many, sql
from search.fts5.about import about
from search.fts5.file import IndexFile, is_outdated
from search.fts5.reading import Reading
from search.fts5.shown import hits_shown
from search.hit import begun_of
from search.port import (
    FILTER_OF,
    MAX_DEPTH,
    MAX_LIMIT,
    VALUE_OF,
    Begun,
    Dimension,
    Entry,
    Estimate,
    Page,
    Query,
    SearchIndexDamagedError,
    SearchUnavailableError,
    Visibility,
)
from search.whole import Columns, Whole, with_wholes

_SEGMENTS = 2  # of a table of words, before they are brought together
_MERGED_PAGES = 500  # of 4 KB in one transaction: other writers are kept waiting that long
_EXACT_UP_TO = 5_000  # hits that are all compared, and counted one by one


class Fts5Index:
    """One file, and while it is written anew a second one beside it.

    Args:
        compared: hits of which the best are looked for among all; of more see ``many``.
        counted: hits whose case files and values are counted one by one; of more see ``many``.
    """

    def __init__(
        self,
        path: Path | IndexFile,
        *,
        compared: int = _EXACT_UP_TO,
        counted: int = _EXACT_UP_TO,
        held: Reading | None = None,
    ) -> None:
        self._file = IndexFile(path) if isinstance(path, Path) else path
        self._compared = compared
        self._counted = counted
        self._held = held

    def replace_many(self, case_file_ids: Collection[UUID], entries: Iterable[Entry]) -> None:
        """See ``SearchIndex.replace_many``."""
        beside = self.beside()
        if self.is_outdated():
            (beside or self.begin_beside()).replace_many(case_file_ids, entries)
            self._hide(case_file_ids)
            return
        with self._file.open() as db:
            db.execute(sql.CREATE_INCOMING)
            db.executemany(sql.INSERT_INCOMING, map(sql.row, entries))
            if beside:
                beside.replace_many(case_file_ids, [])
            db.execute("BEGIN IMMEDIATE")
            for case_file_id in case_file_ids:
                self._take_out(db, case_file_id)
            self._put_in(db, db.execute(sql.SELECT_INCOMING))
            db.execute("COMMIT")

    def remove(self, case_file_ids: Collection[UUID]) -> None:
        """See ``SearchIndex.remove``."""
        if beside := self.beside():
            beside.remove(case_file_ids)
        if self.is_outdated():
            self._hide(case_file_ids)  # its words go with the file
        with self._file.writing() as db:
            for case_file_id in case_file_ids:
                self._take_out(db, case_file_id)
            for statement in sql.FORGET_WORDS:
                db.execute(statement)
        with self._file.open() as db:
            busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise SearchUnavailableError(index=self._file.path.name, detail="wal_checkpoint")

    def holds(self, case_file_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """See ``SearchIndex.holds``."""
        with self._file.reading() as db:
            rows = db.execute(
                sql.SELECT_HELD,
                (json.dumps([str(case_file_id) for case_file_id in case_file_ids]),),
            )
            return {UUID(row["case_file_id"]): row["entries"] for row in rows}

    def entries(self, case_file_ids: Collection[UUID]) -> Iterator[Entry]:
        """See ``SearchIndex.entries``."""
        chosen = json.dumps([str(case_file_id) for case_file_id in case_file_ids])
        with self._file.reading() as db:
            yield from map(_entry, db.execute(sql.SELECT_SOME_CONTENTS, (chosen,)))

    def contents(self, case_file_ids: Collection[UUID] | None = None) -> Iterator[tuple[UUID, str]]:
        """See ``SearchIndex.contents``."""
        if case_file_ids is not None:
            yield from digests(self.entries(case_file_ids))
            return
        self._check()
        with self._file.reading() as db:
            yield from digests(map(_entry, db.execute(sql.SELECT_CONTENTS)))

    @contextmanager
    def at_once(self) -> Iterator["Fts5Index"]:
        """See ``SearchIndex.at_once``."""
        with self._reading() as reading:
            yield Fts5Index(
                self._file, compared=self._compared, counted=self._counted, held=reading
            )

    def search(self, query: Query) -> Page:
        """See ``SearchIndex.search``."""
        limit = max(1, min(query.limit, MAX_LIMIT))
        offset = offset_of(query)
        with self._reading() as reading:
            total, case_files = reading.totals(query)
            if not total:
                return Page(0, 0, [], None)
            heads = self._heads(reading, query, total, offset, limit)
            if case_files is None or total > self._counted:
                case_files = self._case_files(reading, query, total)
            hits = hits_shown(reading.db, query, heads)
        reached = offset + len(hits)
        more = bool(hits) and reached < min(total, MAX_DEPTH)
        return Page(total, case_files, hits, cursor_at(query, reached) if more else None)

    def case_files(self, query: Query) -> Iterator[UUID]:
        """See ``SearchIndex.case_files``."""
        with self._reading() as reading:
            for row in reading.db.execute(*sql.select_case_files(query)):
                yield UUID(row[0])

    def facets(self, query: Query) -> Mapping[Dimension, Mapping[str, int]]:
        """See ``SearchIndex.facets``."""
        counts: dict[Dimension, dict[str, int]] = {dimension: {} for dimension in VALUE_OF}
        with self._reading() as reading:
            for asked, dimensions in _by_filter(query):
                for row in self._values(reading, asked, dimensions):
                    counts[row[0]][row[1]] = row[2]
        return counts

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        """See ``SearchIndex.known``."""
        statement, given = sql.select_known(visible)
        with self._reading() as reading:
            rows = reading.db.execute(statement, {**given, "words": json.dumps(sorted(words))})
            return frozenset(row[0] for row in rows)

    def begun(self, words: Sequence[str], visible: Visibility, *, limit: int) -> Sequence[Begun]:
        """See ``SearchIndex.begun``."""
        if not words:
            return []
        with self._reading() as reading:
            rows = reading.db.execute(*sql.select_begun(words, visible, limit)).fetchall()
        return [begun_of(row) for row in rows]

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        """See ``SearchIndex.counts``."""
        with self._reading() as reading:
            return [reading.totals(query)[0] for query in queries]

    def tidy(self, seconds: float) -> None:
        """See ``SearchIndex.tidy``."""
        until = time.monotonic() + seconds
        for counting, merging in zip(sql.COUNT_SEGMENTS, sql.MERGE, strict=True):
            with self._file.reading() as db:
                many_parts = db.execute(counting).fetchone()[0] > _SEGMENTS
            pages = -_MERGED_PAGES  # below zero: of all segments
            while many_parts and time.monotonic() < until:
                with self._file.writing() as db:
                    before = db.total_changes
                    db.execute(merging, (pages,))
                    many_parts = db.total_changes - before > 1  # one is the order itself
                pages = _MERGED_PAGES

    def clear(self) -> None:
        """See ``SearchIndex.clear``; a damaged file is emptied first."""
        self._file.clear()

    def count(self) -> int:
        """See ``SearchIndex.count``."""
        with self._file.reading() as db:
            return int(db.execute("SELECT count(*) FROM entry").fetchone()[0])

    def identity(self) -> str:
        """See ``SearchIndex.identity``."""
        return self._file.identity()

    def is_outdated(self) -> bool:
        """See ``SearchIndex.is_outdated``."""
        with self._file.open() as db:
            return is_outdated(db)

    def beside(self) -> "Fts5Index | None":
        """See ``SearchIndex.beside``."""
        other = self._file.beside()
        return Fts5Index(other) if other else None

    def begin_beside(self) -> "Fts5Index":
        """See ``SearchIndex.begin_beside``."""
        return Fts5Index(self._file.begin_beside())

    def take_over(self) -> None:
        """See ``SearchIndex.take_over``."""
        self._file.take_over()

    @contextmanager
    def _reading(self) -> Iterator[Reading]:
        if self._held is not None:
            yield self._held
            return
        with self._file.reading() as db:
            yield Reading(db)

    def _heads(
        self, reading: Reading, query: Query, total: int, offset: int, limit: int
    ) -> list[sqlite3.Row]:
        place = {"limit": limit, "offset": offset}
        if total <= self._compared or not reading.by_words_alone(query):
            statement, given = sql.select_hits(query, reading.weighed(query))
        elif query.order == "relevance":
            return many.ranked(reading.db, query, **place)
        else:
            statement, given = sql.select_sorted(query)
        return reading.db.execute(statement, {**given, **place}).fetchall()

    def _case_files(self, reading: Reading, query: Query, total: int) -> int:
        sample = many.sample(reading.db, query, total, self._counted)
        if not sample.halved:
            return sample.case_files
        return Estimate(min(total, sample.case_files << sample.halved))

    def _values(
        self, reading: Reading, query: Query, dimensions: Sequence[Dimension]
    ) -> Iterator[tuple[Dimension, str, int]]:
        """Each value with its hits, the most first."""
        total, _ = reading.totals(query)
        halved, seen = 0, total
        if total > self._counted:
            sample = many.sample(reading.db, query, total, self._counted)
            halved, seen = sample.halved, sample.hits
        statement, given = sql.select_values(query, dimensions, halved, reading.weighed(query))
        rows = reading.db.execute(statement, given).fetchall()
        for row in sorted(rows, key=lambda row: (-row["hits"], str(row["value"]))):
            hits = row["hits"]
            if halved:
                hits = Estimate(max(hits, round(hits * total / seen)))
            yield row["dimension"], str(row["value"]), hits

    def _check(self) -> None:
        with self._file.writing() as db:
            for statement in sql.CHECK_WORDS:
                db.execute(statement)
            wordless = [db.execute(statement).fetchone()[0] for statement in sql.COUNT_WORDLESS]
        if any(wordless):
            detail = f"entries without words: {wordless}"
            raise SearchIndexDamagedError(index=self._file.path.name, detail=detail)

    def _put_in(self, db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> None:
        first = last = 0
        document = case_file = None
        for item in with_wholes(map(_entry, rows)):
            if isinstance(item, Whole):
                row = sql.made_row(item.entry, item.columns.size)
                row |= {"first_entry": first, "last_entry": last}
                added = db.execute(sql.INSERT_DOCUMENT, row)
                db.execute(sql.INSERT_WORDS["document"], (added.lastrowid, *_whole(item)))
            else:
                entry, columns = item
                added = db.execute(sql.INSERT_ENTRY, sql.made_row(entry, columns.size))
                last = added.lastrowid or 0
                if entry.document_id != document or entry.case_file_id != case_file:
                    first = last
                document, case_file = entry.document_id, entry.case_file_id
                db.execute(sql.INSERT_WORDS["entry"], (last, *_plain(entry, columns)))

    def _take_out(self, db: sqlite3.Connection, case_file_id: UUID) -> None:
        key = (str(case_file_id),)
        old_documents = iter(db.execute(sql.SELECT_OLD_DOCUMENTS, key).fetchall())
        ids: list[int] = []
        old = db.execute(sql.SELECT_OLD, key)
        for item in with_wholes(_entry(row, ids) for row in old):
            if isinstance(item, Whole):
                found = next(old_documents)["id"]
                db.execute(sql.DELETE_WORDS["document"], (found, *_whole(item)))
            else:
                db.execute(sql.DELETE_WORDS["entry"], (ids.pop(0), *_plain(*item)))
        db.execute("DELETE FROM document WHERE case_file_id = ?", key)
        db.execute("DELETE FROM entry WHERE case_file_id = ?", key)

    def _hide(self, case_file_ids: Collection[UUID]) -> None:
        """Of a file of another form whose words nobody can fold any more as they were folded."""
        with self._file.open() as db:
            db.execute("BEGIN IMMEDIATE")
            if is_outdated(db):
                keys = [(str(case_file_id),) for case_file_id in case_file_ids]
                for statement in sql.HIDE:
                    db.executemany(statement, keys)
            db.execute("COMMIT")


def _by_filter(query: Query) -> Iterator[tuple[Query, list[Dimension]]]:
    """What to ask for the values of which dimensions: a chosen one without its own filter."""
    chosen = [each for each in VALUE_OF if getattr(query.filters, FILTER_OF[each])]
    yield query, [each for each in VALUE_OF if each not in chosen]
    for each in chosen:
        unfiltered = cast("dict[str, Any]", {FILTER_OF[each]: frozenset()})
        yield replace(query, filters=replace(query.filters, **unfiltered)), [each]


def _entry(row: sqlite3.Row, ids: list[int] | None = None) -> Entry:
    if ids is not None:
        ids.append(row["id"])
    kept = {name: row[name] for name in sql.COLUMNS}
    kept |= {"case_file_id": UUID(row["case_file_id"]), "agency_id": UUID(row["agency_id"])}
    kept["document_id"] = UUID(row["document_id"]) if row["document_id"] else None
    kept["reduced"] = bool(row["reduced"])
    return Entry(**kept)


def _plain(entry: Entry, columns: Columns) -> tuple[str, ...]:
    return (*_words(columns), about(entry, columns.size))


def _whole(whole: Whole) -> tuple[str, ...]:
    parts = about(whole.entry, whole.columns.size, whole.title)
    return (*_words(whole.columns), whole.data, whole.around, parts)


def _words(columns: Columns) -> tuple[str, str, str, str]:
    return columns.exact, columns.folded, columns.often, columns.signs
