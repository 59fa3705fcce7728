"""One opened index, as it stands at one moment: what was counted once is not counted again."""

import sqlite3

from search.fts5 import sql
from search.fts5.file import is_outdated
from search.port import Query

Totals = tuple[int, int | None]


class Reading:
    """A connection within one transaction, and what one search was told already."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._outdated = is_outdated(db)
        self._totals: dict[Query, Totals] = {}
        self._weighed: dict[Query, str] = {}

    def totals(self, query: Query) -> Totals:
        """The hits, and their case files where entries had to be read."""
        if query not in self._totals:
            self._totals[query] = self._counted(query)
        return self._totals[query]

    def by_words_alone(self, query: Query) -> bool:
        """Not where what was hidden has left its words."""
        return sql.by_words_alone(query) and not self._outdated

    def weighed(self, query: Query) -> str:
        """The table of the hits of weighed words; "" of other words."""
        if query.words.weights and query not in self._weighed:
            name = f"weighed{len(self._weighed)}"
            self.db.execute(*sql.keep_weighed(query, name))
            self._weighed[query] = name
        return self._weighed.get(query, "")

    def _counted(self, query: Query) -> Totals:
        if self.by_words_alone(query):
            return int(self.db.execute(*sql.count_matches(query)).fetchone()[0]), None
        statement, given = sql.select_totals(query, kept=self.weighed(query))
        hits, case_files = self.db.execute(statement, given).fetchone()
        return int(hits), int(case_files)
