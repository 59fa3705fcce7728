"""Searches that do not go well are counted without their words, and shown to who looks after."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from archive_service.domain.keeping.search_day import SearchDay
from archive_service.recovery.reindex.acts import index_status
from archive_service.services import Services
from search.asked import Asked, Step
from search.documents import SearchDocument, ToldDocument
from search.port import Query, Visibility
from search.query import parse_query
from search.tally import SLOW_MS, count_search
from tests.worlds.archive import OPERATOR
from tests.worlds.browsers import browser_of
from tests.worlds.clients import program_of
from tests.worlds.command import Command


def counted(services: Services) -> tuple[int, int, int, int]:
    told = index_status(services, actor=OPERATOR).searches
    return told.empty, told.repaired, told.fewer, told.slow


def found(total: int, took_ms: float, step: Step = "all") -> SearchDocument:
    """What a search told that asked in this step."""
    asked = Asked(Query(parse_query("cầu treo a*"), Visibility(None, None)), step)
    told = ToldDocument.of(asked)
    return SearchDocument(total=total, hits=[], cursor=None, took_ms=took_ms, told=told)


def test_each_door_counts_what_found_nothing_or_was_repaired(
    app: Flask, services: Services, home: Path
) -> None:
    program = program_of(app, services, "lan")
    assert program.get("/search", query_string={"q": "cầu treo"}).get_json()["total"]
    assert counted(services) == (0, 0, 0, 0)
    assert not program.get("/search", query_string={"q": "khongcodau"}).get_json()["total"]
    browser_of(app, services, "lan").get("/search?q=khongcodau")
    Command(home).ask("search", "khongcodau", account="lan")
    assert counted(services) == (3, 0, 0, 0)
    told = program.get("/search", query_string={"q": "caauf treo", "by": "document"}).get_json()
    assert told["told"]["step"] == "repaired"
    assert counted(services) == (3, 1, 0, 0)
    with services.read_only() as session:
        rows = list(session.scalars(select(SearchDay)))
    assert {row.outcome for row in rows} == {"empty", "repaired"}
    assert set(SearchDay.__table__.columns.keys()) == {"day", "outcome", "searches"}


def test_a_slow_search_counts_beside_what_it_found(services: Services) -> None:
    count_search(services, found(0, SLOW_MS + 1))
    count_search(services, found(3, SLOW_MS + 1, "most"))
    count_search(services, found(3, 5.0, "all"))
    assert counted(services) == (1, 0, 1, 2)


def test_the_administrator_sees_the_index_and_its_counts(app: Flask, services: Services) -> None:
    count_search(services, found(0, 1.0))
    page = browser_of(app, services, "quan").get("/system").text
    assert "Chỉ mục tra cứu" in page
    assert "Có kết quả sau khi sửa từ" in page
    told = program_of(app, services, "quan").get("/search-index").get_json()
    assert told["searches"] == {"empty": 1, "repaired": 0, "fewer": 0, "slow": 0}
    assert told["behind"] == 0
    refused = program_of(app, services, "lan").get("/search-index")
    assert refused.status_code == 403
