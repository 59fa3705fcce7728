"""Months, quarters, halves and years find what texts and dates say of them, on every engine."""

from uuid import UUID

import pytest

from search.asking import ask
from search.port import SearchIndex
from tests.worlds.servers.indexes import put, query

TEXTS = {
    "day": "Hà Nội, ngày 18 tháng 3 năm 2011",
    "month": "Lịch trực tháng 03-2011 của đội",
    "month in words": "Sơ kết tháng ba năm 2011",
    "table": "Ngày 2011-03-18 chi 5 triệu",
    "months": "Thống kê từ tháng 1 đến tháng 3 năm 2011",
    "quarter": "Báo cáo quý I năm 2011",
    "third quarter": "Báo cáo quý 3/2011",
    "half": "Sơ kết sáu tháng đầu năm 2011",
    "years": "Đề án giai đoạn 2010-2012",
    "year": "Quyết toán năm 2012",
    "fund": "Sổ quỹ 1/2014",
}
DATES = {"in March": "2011-03-18", "in August": "2011-08", "in 2010": "2010", "long ago": "1999-03"}
MARCH = {"day", "month", "month in words", "table", "months", "in March"}


def answer(index: SearchIndex, typed: str) -> list[str]:
    names: dict[UUID, str] = {}
    for name, text in TEXTS.items():
        names[put(index, text, page=None, code="X", date=None, document_title="")] = name
    for name, date in DATES.items():
        names[put(index, "Công văn", page=None, code="X", date=date, document_title="")] = name
    asked = ask(index, query(typed, by="document", limit=50))
    assert asked.step == "all"
    return [names[hit.case_file_id] for hit in index.search(asked.query).hits]


@pytest.mark.parametrize("typed", ["tháng 3/2011", "T3/2011", "tháng ba năm 2011"])
def test_a_month_finds_every_way_to_write_it(index: SearchIndex, typed: str) -> None:
    assert set(answer(index, typed)) == MARCH


@pytest.mark.parametrize("typed", ["quý I/2011", "quý 1 năm 2011", "Q1/2011", "Quý l-2011"])
def test_a_quarter_finds_its_months_and_itself_first(index: SearchIndex, typed: str) -> None:
    hits = answer(index, typed)
    assert set(hits) == MARCH | {"quarter"}
    assert set(hits[:2]) == {"quarter", "months"}


def test_a_quarter_is_no_month_of_its_number(index: SearchIndex) -> None:
    assert answer(index, "quý III/2011") == ["third quarter", "in August"]


@pytest.mark.parametrize("typed", ["6 tháng đầu năm 2011", "nửa đầu năm 2011"])
def test_a_half_finds_its_quarters_and_itself_first(index: SearchIndex, typed: str) -> None:
    hits = answer(index, typed)
    assert hits[0] == "half"
    assert set(hits) == MARCH | {"half", "quarter"}


@pytest.mark.parametrize("typed", ["2010-2012", "2010 -2012"])
def test_years_find_every_year_between_and_themselves_first(index: SearchIndex, typed: str) -> None:
    hits = answer(index, typed)
    assert hits[0] == "years"
    wanted = {"day", "month in words", "months", "quarter", "half", "year", "years"}
    assert set(hits) == wanted | {"in March", "in August", "in 2010"}
