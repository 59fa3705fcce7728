"""Very many hits: each is told once, the best first, and counts of a sample say that they are."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import pytest

from search.fts5.index import Fts5Index
from search.fts5.many import BLOCK
from search.port import Entry, Estimate, Filters, Query, Visibility
from search.query import parse_query

ALL = Visibility(None, None)
OWN, OTHER = UUID(int=1), UUID(int=2)
CASE_FILES, MOST = 1_600, 100
DOCUMENTS = BLOCK + 50


def entries() -> list[Entry]:
    """Each case file has the word in its data; one document has it with its marks."""
    made = []
    for number in range(CASE_FILES):
        case_file_id = uuid5(OWN, str(number))
        agency = OTHER if number % 400 == 0 else OWN
        data = Entry(case_file_id, f"hs{number}", "giay", agency, 2000 + number % 4, "01")
        made.append(data)
        if number < DOCUMENTS:
            text = "giấy" if number == DOCUMENTS - 1 else "giay"
            made.append(replace(data, document_id=uuid5(case_file_id, "1"), page=1, text=text))
    return made


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Fts5Index:
    """An index for which a hundred hits are very many."""
    index = Fts5Index(tmp_path_factory.mktemp("many") / "search.db", compared=MOST, counted=MOST)
    made = entries()
    index.replace_many({entry.case_file_id for entry in made}, made)
    return index


def asked(text: str = "giay", **given: Any) -> Query:
    return replace(Query(parse_query(text, narrowed=True), ALL, by="document"), **given)


def test_each_hit_is_told_once_and_case_files_come_before_documents(index: Fts5Index) -> None:
    query, codes = asked(limit=150), []
    while True:
        page = index.search(query)
        assert page.total == CASE_FILES + DOCUMENTS
        codes += [(hit.document_id is None, hit.code) for hit in page.hits]
        if page.cursor is None:
            break
        query = replace(query, cursor=page.cursor)
    assert len(set(codes)) == len(codes) == CASE_FILES + DOCUMENTS
    assert [itself for itself, _ in codes] == [True] * CASE_FILES + [False] * DOCUMENTS


@pytest.mark.parametrize("by", ["page", "document"])
def test_the_one_that_was_typed_so_is_first_however_late_it_came(index: Fts5Index, by: str) -> None:
    page = index.search(asked("giấy", by=by, limit=1))
    assert page.total == CASE_FILES + DOCUMENTS
    assert [hit.code for hit in page.hits] == [f"hs{DOCUMENTS - 1}"]


def test_counts_of_a_sample_are_near_and_say_so(index: Fts5Index) -> None:
    page = index.search(asked())
    assert isinstance(page.case_files, Estimate)
    assert page.case_files == pytest.approx(CASE_FILES, rel=0.2)
    years = index.facets(asked())["year"]
    assert sum(years.values()) == pytest.approx(CASE_FILES + DOCUMENTS, rel=0.01)
    for year in range(2000, 2004):
        assert isinstance(years[str(year)], Estimate)
        assert years[str(year)] == pytest.approx((CASE_FILES + DOCUMENTS) / 4, rel=0.3)


def test_few_hits_among_very_many_are_counted_one_by_one(index: Fts5Index) -> None:
    visible = Visibility(frozenset({OTHER}), None)
    page = index.search(asked(visible=visible))
    assert (page.total, page.case_files) == (6, 4)
    assert not isinstance(page.case_files, Estimate)
    chosen = index.facets(asked(filters=Filters(agencies=frozenset({OTHER}))))
    assert chosen["year"] == {"2000": 6}
    assert isinstance(chosen["agency"][str(OWN)], Estimate)


@pytest.mark.parametrize("order", ["newest", "code", "title"])
def test_another_order_holds_over_very_many(index: Fts5Index, order: str) -> None:
    first = index.search(asked(order=order, limit=200, skip=0)).hits
    second = index.search(asked(order=order, limit=200, skip=200)).hits
    codes = [hit.code for hit in (*first, *second)]
    if order == "code":
        assert codes == sorted(codes)
    assert len({(hit.code, hit.document_id) for hit in (*first, *second)}) == 400


def test_conditions_alone_list_very_many(index: Fts5Index) -> None:
    page = index.search(asked("", order="newest", filters=Filters(years=frozenset({2001}))))
    assert page.total > MOST
    assert {hit.year for hit in page.hits} == {2001}
