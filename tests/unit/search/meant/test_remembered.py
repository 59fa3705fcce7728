"""One search asks its index nothing twice, whichever steps it goes through."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from search.asking import ask
from search.fts5.index import Fts5Index
from search.port import Page, Query, Visibility
from tests.worlds.servers.indexes import put, query

PAPERS = (
    "Biên bản kiểm tra nhà văn hóa thôn Tràng Xá",
    "Tờ trình vay vốn của hộ nghèo, ủy ban nhân dân xã lập",
    "Báo cáo kiểm kê rừng đầu nguồn",
)
TYPED = (
    "nhà văn hóa thôn vay vốn đầu nguồn",
    "ủy ban nhân dân kiểm kê rừngg vay vốn thôn",
    "kê vay",
)


class Listening:
    """An index, and all that it was asked."""

    def __init__(self, index: Fts5Index) -> None:
        self._index = index
        self.asked: Counter[object] = Counter()
        self.fewest = 1

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        self._note([(word, visible) for word in words])
        return self._index.known(words, visible)

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        self._note(queries)
        return self._index.counts(queries)

    def search(self, query: Query) -> Page:
        return self._index.search(query)

    def _note(self, asked: Sequence[object]) -> None:
        self.asked.update(asked)
        self.fewest = min(self.fewest, len(asked))


def test_nothing_is_asked_twice_and_never_of_nothing(tmp_path: Path) -> None:
    index = Fts5Index(tmp_path / "search.db")
    for paper in PAPERS:
        put(index, paper)
    for typed in TYPED:
        listening = Listening(index)
        plain = ask(listening, query(typed, by="document"))
        assert (listening.fewest, max(listening.asked.values())) == (1, 1), typed
        assert plain.query == ask(index, query(typed, by="document")).query


def test_a_list_of_days_or_numbers_is_not_repaired_one_by_one(tmp_path: Path) -> None:
    index = Fts5Index(tmp_path / "search.db")
    put(index, "Họp ngày 03/3/2025, quyết định 155/QĐ-SCT")
    for typed in (
        " ".join(f"{day}/3/2025" for day in range(1, 29)),
        " ".join(f"{number}/QĐ-SCT" for number in range(150, 180)),
    ):
        listening = Listening(index)
        asked = ask(listening, query(typed, by="document"))
        assert asked.step in ("fewer", "most")
        assert len(listening.asked) < 1000
