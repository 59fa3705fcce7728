"""Periods said in words narrow a search, where no paper says them so; on every engine."""

import datetime as dt
from uuid import UUID

import pytest

from archive_service import clock
from search.asked import Asked
from search.asking import ask
from search.port import SearchIndex, Visibility
from tests.worlds.servers.indexes import WARD, WORKS, put, query

DAYS = ("2010-12-20", "2011-03-18", "2011-08-02", "2012-05-09", "2014-01-15")
TEXT = "Kè đá. Sau năm mất mùa, từ quý trước đến nay đã chi 2.011 đồng của 2012 hộ"


def answer(index: SearchIndex, typed: str) -> tuple[Asked, list[str]]:
    days: dict[UUID, str] = {}
    for day in DAYS:
        days[put(index, TEXT, page=None, code="X", date=day, document_title="")] = day
    put(index, "Cống hộp", page=None, code="X", date="2011-03-18", document_title="")
    asked = ask(index, query(typed, by="document"))
    return asked, sorted(days[hit.case_file_id] for hit in index.search(asked.query).hits)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kè từ năm 2011 đến năm 2012", DAYS[1:4]),
        ("da tu nam 2011 den 2012", DAYS[1:4]),
        ("kè từ năm2011 tới năm 2012", DAYS[1:4]),
        ("kè năm 2012 đến năm 2011", DAYS[1:4]),
        ("kè giai đoạn 2011-2012", DAYS[1:4]),
        ("kè ừt năm 2011 đến ănm 2012", DAYS[1:4]),
        ("kè tuwf nawm 2011 ddeens nawm 2012", DAYS[1:4]),
        ("kè tháng ba đến tháng tám năm 2011", DAYS[1:3]),
        ("kè từ ngày 18 tháng 3 đến ngày 2 tháng 8 năm 2011", DAYS[1:3]),
        ("kè từ 18/3 đến 2/8/2011", DAYS[1:3]),
        ("kè 18/3/2011 - 2/8/2011", DAYS[1:3]),
        ("kè từ quý I đến quý III năm 2011", DAYS[1:3]),
        ("kè từ tháng 12/2010 đến quý 1/2011", DAYS[:2]),
        ("kè từ năm hai nghìn không trăm mười hai đến nay", DAYS[3:]),
        ("kè từ năm 2012 trở đi", DAYS[3:]),
        ("kè cuối tháng 3 năm 2011", DAYS[1:2]),
        ("kè sau năm 2012", DAYS[4:]),
        ("kè trước tháng 3 năm 2011", DAYS[:1]),
        ("kè đến hết năm 2011", DAYS[:3]),
        ("đáa từ năm 2011 đến năm 2012", DAYS[1:4]),
    ],
)
def test_a_period_beside_words_narrows_to_its_days(
    index: SearchIndex, typed: str, found: tuple[str, ...]
) -> None:
    asked, days = answer(index, typed)
    assert (asked.step, days) == ("period", list(found))
    assert asked.instead.startswith(("từ:", "đến:"))
    assert asked.instead.rpartition(" ")[2] in ("kè", "ke", "đá", "da")


@pytest.mark.parametrize("typed", ["kè năm ngoái", "kè quý trước", "kè ba năm qua"])
def test_a_period_is_counted_from_today(index: SearchIndex, typed: str) -> None:
    today = clock.today()
    day = {
        "kè năm ngoái": dt.date(today.year - 1, 6, 1),
        "kè quý trước": dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - dt.timedelta(9),
        "kè ba năm qua": today - dt.timedelta(days=700),
    }[typed]
    wanted = put(index, TEXT, page=None, date=day.isoformat())
    put(index, TEXT, page=None, date="1999-03-01")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("period", [wanted])


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("vốn kè từ năm 2011 đến năm 2012", "Kế hoạch từ năm 2011 đến năm 2012: vốn xây kè"),
        ("thu chi năm ngoái", "Báo cáo thu chi năm ngoái của xã"),
        ("vốn đầu tư 2012", "Vốn đầu tư của 2012"),
        ('"trước năm 2012" kè', "Kè có trước năm 2012"),
        ("nộp trước ngày 1/4/2011", "Nộp trước ngày 01/4/2011"),
    ],
)
def test_what_a_paper_says_so_is_found_as_words(index: SearchIndex, typed: str, text: str) -> None:
    wanted = put(index, text, page=None, date="2003-03-01")
    put(index, "Nộp vốn thu chi đầu tư kè", page=None, date="2011-03-18")
    asked = ask(index, query(typed, by="document"))
    assert asked.step == "all"
    assert index.search(asked.query).hits[0].case_file_id == wanted


def test_a_period_tells_nothing_of_what_one_may_not_see(index: SearchIndex) -> None:
    put(index, TEXT, page=None, date="2011-03-18")
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    typed = ("kè từ năm 2011 đến năm 2012", "kè sau năm 2012", "kè năm ngoái", "kè từ năm 2003")

    def told() -> list[object]:
        found = [ask(index, query(it, visible=visible, by="document")) for it in typed]
        return [(it.step, it.instead, index.search(it.query).total) for it in found]

    before = told()
    for text in ("Kè từ năm 2011 đến năm 2012", "kè sau năm 2012", "Kè năm ngoái"):
        put(index, text, page=None, agency_id=WARD, date="2013-03-18")
        put(index, text, page=None, mode="02", date=f"{clock.today().year - 1}-02-01")
    assert told() == before


@pytest.mark.parametrize(
    "typed",
    ["quý hai năm hai nghìn không trăm mười một", "năm hai không một một", "quý hai năm 2011"],
)
def test_a_year_is_known_where_it_is_said(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Công văn", page=None, code="X", date="2011-05-18", document_title="")
    put(index, "Hai nghìn không trăm đồng, mười một quý", page=None, code="X", date="2009-05")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("all", [wanted])


@pytest.mark.parametrize(
    "typed", ["ngày 3/4", "ngày mùng 3/4", "ngày 3 tháng 4", "mùng ba tháng tư", "ngay ba thang tu"]
)
def test_a_day_of_any_year_is_found_however_it_is_said(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Họp ngày 03 tháng 4 năm 2011")
    put(index, "Ba ngày của tháng tư, mùng 4 tháng 3, 3 bản, 4 bản")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("all", [wanted])


@pytest.mark.parametrize("typed", ["tháng tư 2025", "thang tu 2025"])
def test_the_fourth_month_begins_no_period(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Họp ngày 03 tháng 4 năm 2025", date="2025-04-03")
    put(index, "Họp tháng 5 năm 2025", date="2025-05-03")
    asked = ask(index, query(typed, by="document"))
    hits = [hit.case_file_id for hit in index.search(asked.query).hits]
    assert (asked.step, hits) == ("all", [wanted])
