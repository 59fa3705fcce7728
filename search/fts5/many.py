"""Very many hits: the best are looked for level by level, and counts are taken of a sample."""

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.clauses import Every
from search.fts5 import sql
from search.fts5.about import MOST_HALVED, asked
from search.port import Query

BLOCK = 400  # hits that are ranked among themselves
_GAP = 100  # entries between two of a block that are read sooner than jumped over
_FEWEST_CASE_FILES = 500  # of a sample, else a larger one is taken
_STEP = 2  # halvings taken back for a larger sample


@dataclass(frozen=True, slots=True)
class Sample:
    """The hits in the case files that so many halvings leave."""

    halved: int
    hits: int
    case_files: int


def ranked(db: sqlite3.Connection, query: Query, *, offset: int, limit: int) -> list[sqlite3.Row]:
    """The hits of a page, each block of them the best first.

    Hits are in levels: those with everything that an entry is worth anything for, then those that
    lack the least of it, and so on. In a level, blocks follow the order of the index. So a page
    says the same however many pages lie before it, and no more than its blocks are read.
    """
    first, last = offset // BLOCK, (offset + limit - 1) // BLOCK
    numbers = list(_numbers(db, query, skip=first * BLOCK, wanted=(last + 1 - first) * BLOCK))
    rows: list[sqlite3.Row] = []
    for at in range(0, len(numbers), BLOCK):
        rows += _ranked(db, query, sorted(numbers[at : at + BLOCK]))
    begin = offset - first * BLOCK
    return rows[begin : begin + limit]


def sample(db: sqlite3.Connection, query: Query, total: int, most: int) -> Sample:
    """A sample of some ``most`` hits; all of them where there are no more.

    It is of whole case files; where a few of them have most of the hits it is a larger one.
    """
    halved = min(MOST_HALVED, max(0, math.ceil(math.log2(max(total, 1) / most))))
    while True:
        hits, case_files = db.execute(*sql.select_totals(query, halved)).fetchone()
        if not halved or case_files >= _FEWEST_CASE_FILES:
            return Sample(halved, hits, case_files)
        halved = max(0, halved - _STEP)


def _numbers(db: sqlite3.Connection, query: Query, *, skip: int, wanted: int) -> Iterator[int]:
    worth = sorted(sql.summands(query), key=lambda summand: -summand[0])
    clauses = [clause for _, clause in worth]
    found = asked(query)
    for holding in range(len(clauses), -1, -1):
        level = Every((found, *clauses[:holding]), tuple(clauses[holding : holding + 1]))
        statement, given = sql.select_numbers(query, level)
        got = db.execute(statement, {**given, "limit": skip + wanted, "offset": 0}).fetchall()
        yield from (row[0] for row in got[skip:])
        wanted -= max(0, len(got) - skip)
        skip = max(0, skip - len(got))
        if wanted <= 0:
            return


def _ranked(db: sqlite3.Connection, query: Query, numbers: Sequence[int]) -> list[sqlite3.Row]:
    statement, given = sql.select_ranked(query)
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number - spans[-1][1] <= _GAP:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    given |= {"ids": json.dumps(numbers), "spans": json.dumps(spans)}
    return db.execute(statement, given).fetchall()
