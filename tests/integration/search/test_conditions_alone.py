"""Conditions without words list documents, and one that is not understood is told and kept."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from archive_service.services import Services
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command


@pytest.mark.parametrize("asked", [{"q": "năm:2025"}, {"year": "2025"}])
def test_every_door_lists_what_the_conditions_leave(
    app: Flask, services: Services, home: Path, asked: dict[str, str]
) -> None:
    found = program_of(app, services, "lan").get("/search", query_string=asked).get_json()
    days = [hit["date"] or "" for hit in found["hits"]]
    assert days == sorted(days, reverse=True)
    assert {hit["code"] for hit in found["hits"]} == {OPEN_CODE, RESTRICTED_CODE}
    typed = [asked["q"]] if "q" in asked else ["--year", asked["year"]]
    assert Command(home).ask("search", *typed, account="lan")["total"] == found["total"]
    page = browser_of(app, services, "lan").get("/search", query_string=asked).text
    assert page.count("<article") == found["total"]
    none = program_of(app, services, "lan").get("/search", query_string=asked | {"type": "32"})
    assert none.get_json()["total"] < found["total"]


def test_a_listing_tells_no_more_than_a_search(app: Flask, services: Services) -> None:
    asked = {"q": "năm:2025", "facets": "true"}
    assert program_of(app, services, "stranger").get("/search", query_string=asked).get_json()[
        "total"
    ] == 0  # fmt: skip
    told = program_of(app, services, "binh").get("/search", query_string=asked).get_json()
    closed = [hit for hit in told["hits"] if hit["locked"]]
    assert {hit["code"] for hit in closed} == {RESTRICTED_CODE}
    assert {hit["snippet"] for hit in closed} == {""}


def test_whatever_is_suggested_is_found_by_document_at_every_door(
    app: Flask, services: Services, home: Path
) -> None:
    for account in ("binh", "lan", "stranger"):
        program = program_of(app, services, account)
        suggested = program.get("/search/suggestions", query_string={"q": "cầu tre"}).get_json()
        assert bool(suggested["suggestions"]) == (account != "stranger")
        for suggestion in suggested["suggestions"]:
            asked = {"q": f'"{suggestion["text"]}"', "by": "document"}
            found = program.get("/search", query_string=asked).get_json()
            codes = {hit["code"]: hit["locked"] for hit in found["hits"]}
            assert suggestion["code"] in codes
            assert codes.get(RESTRICTED_CODE, False) == (
                account == "binh" and RESTRICTED_CODE in codes
            )
            typed = Command(home).ask("search", asked["q"], "--by", "document", account=account)
            assert {hit["code"] for hit in typed["hits"]} == set(codes)
    asked = {"q": "dây treo", "by": "document"}  # its pages stay closed
    found = program_of(app, services, "binh").get("/search", query_string=asked).get_json()
    assert {hit["code"] for hit in found["hits"]} == {OPEN_CODE}


def test_conditions_that_nothing_meets_are_told_without_words_that_nobody_typed(
    app: Flask, services: Services
) -> None:
    browser = browser_of(app, services, "lan")
    alone = unescape(browser.get("/search", query_string={"year": "1901"}).text)
    assert "Không có hồ sơ nào theo điều kiện đã chọn" in alone
    assert "“”" not in alone
    both = unescape(browser.get("/search", query_string={"q": "cầu tre", "year": "1901"}).text)
    assert "Không thấy “cầu tre”" in both


@pytest.mark.parametrize(
    ("name", "value"), [("year", "hai nghìn"), ("from", "31/02/2025"), ("to", "x")]
)
def test_a_condition_that_is_not_understood_is_told_and_kept(
    app: Flask, services: Services, name: str, value: str
) -> None:
    asked = {"q": "dây treo", "mode": "01", name: value}
    answer = browser_of(app, services, "lan").get("/search", query_string=asked)
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert f"Không hiểu: {value}" in page
    assert re.search(rf'<input [^>]*name="{name}" [^>]*value="{value}"', page)
    assert 'name="mode" value="01"' in page
    assert page.count("<article") == 1  # without it
    program = program_of(app, services, "lan").get("/search", query_string=asked)
    assert program.status_code == 422


def test_an_order_that_no_search_has_is_told(app: Flask, services: Services) -> None:
    browser = browser_of(app, services, "lan")
    answer = browser.get("/search", query_string={"q": "dây treo", "sort": "size"})
    page = unescape(answer.text)
    assert (answer.status_code, "Không hiểu: size" in page) == (422, True)
    assert "Không có lựa chọn “size”" in page
    assert "Hãy chọn thứ tự, định dạng hoặc cột trong danh sách có sẵn" in page
    assert page.count("<article") > 1  # in the usual order
    for name, value in (("sort", "size"), ("form", "odt"), ("column", "x")):
        asked = {"q": "dây treo", name: value}
        refused = browser.get("/search/export", query_string=asked)
        assert refused.status_code == 422, name
        assert f"Không có lựa chọn “{value}”" in unescape(refused.text)
        program = program_of(app, services, "lan").get("/search/export", query_string=asked)
        assert program.get_json()["code"] == "request-invalid"


@pytest.mark.parametrize("year", ["25", "-1", "20255", "x"])
def test_a_year_of_other_than_four_digits_is_refused_at_every_door(
    app: Flask, services: Services, home: Path, year: str
) -> None:
    asked = {"q": "dây treo", "year": year}
    assert program_of(app, services, "lan").get("/search", query_string=asked).status_code == 422
    typed = Command(home).run("search", "dây treo", f"--year={year}", "--json", account="lan")
    assert (typed.code, typed.error["code"]) == (2, "command-usage")


def test_a_day_in_the_address_may_be_written_as_people_write_it(
    app: Flask, services: Services
) -> None:
    browser = browser_of(app, services, "lan")
    typed = browser.get("/search?q=dây+treo&from=1/2025&to=2025").text
    same = browser.get("/search?q=dây+treo&from=2025-01-01&to=2025-12-31").text
    assert typed.count("<article") == same.count("<article") > 0
