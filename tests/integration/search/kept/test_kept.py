"""Searches kept under a name and one's last ones: at every door, and nobody else's."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from archive_service.domain.people.kept_search import KeptSearch
from archive_service.services import Services
from search.conditions import Conditions
from search.kept.acts import (
    MOST_KEPT,
    MOST_LAST,
    Keep,
    KeptSearchesFullError,
    KeptSearchNameError,
    KeptSearchThereError,
    KeptSearchUnknownError,
    Renamed,
    keep_search,
    list_kept_searches,
    note_search,
    remove_kept_search,
    rename_kept_search,
)
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, program_of
from tests.worlds.command import Command

WORDS = "cầu treo"


def count(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).select_from(KeptSearch)) or 0


def test_the_page_keeps_a_search_with_all_that_narrows_it(app: Flask, services: Services) -> None:
    lan = browser_of(app, services, "lan")
    page = lan.get("/search", query_string={"q": WORDS, "mode": "02", "sort": "code"}).text
    assert 'action="/search/kept"' in page
    kept = post(lan, "/search/kept", name="Cầu  treo", q=WORDS, mode="02", sort="code")
    assert kept.status_code == 303
    assert kept.location == "/search?q=c%E1%BA%A7u+treo&sort=code&mode=02"
    start = lan.get("/search").text
    assert ">Cầu treo</a>" in start
    (kept_search,) = list_kept_searches(services, actor=person(services, "lan")).kept
    assert (kept_search.text, kept_search.order, kept_search.conditions) == (
        WORDS,
        "code",
        Conditions(modes=("02",)),
    )
    for form, status in (
        ({"name": ""}, 422),
        ({"name": "CẦU TREO"}, 409),
        ({"name": "x" * 121}, 422),
    ):
        assert post(lan, "/search/kept", q=WORDS, **form).status_code == status
    other = browser_of(app, services, "hung")
    assert "Cầu treo</a>" not in other.get("/search").text
    assert post(other, f"/search/kept/{kept_search.id}/remove").status_code == 404
    assert post(lan, f"/search/kept/{kept_search.id}/rename", name="Cầu").status_code == 303
    assert ">Cầu</a>" in lan.get("/search").text
    assert post(lan, f"/search/kept/{kept_search.id}/remove").status_code == 303
    assert "Tra cứu đã lưu" not in lan.get("/search").text


def test_the_last_ones_stand_once_and_are_forgotten_at_will(app: Flask, services: Services) -> None:
    lan = browser_of(app, services, "lan")
    for query in ("đê", WORDS, "đê"):
        lan.get("/search", query_string={"q": query})
    lan.get("/search", query_string={"q": WORDS, "page": "2"})
    last = list_kept_searches(services, actor=person(services, "lan")).last
    assert [kept_search.text for kept_search in last] == ["đê", WORDS]
    start = lan.get("/search").text
    assert re.findall(r'<a href="(/search\?q=[^"]*)">', start) == [
        "/search?q=%C4%91%C3%AA",
        "/search?q=c%E1%BA%A7u+treo",
    ]
    program_of(app, services, "lan").get("/search", query_string={"q": "của máy"})
    assert count(services) == 2
    assert "Tra cứu gần đây" not in browser_of(app, services, "hung").get("/search").text
    assert post(lan, "/search/kept/forget").status_code == 303
    assert count(services) == 0


def test_a_program_and_the_terminal_have_the_same(
    app: Flask, services: Services, home: Path
) -> None:
    program = program_of(app, services, "lan")
    body = {"name": "Cầu treo", "text": WORDS, "conditions": {"years": [2025]}}
    made = program.post("/search/kept", json=body)
    assert made.status_code == 201
    archive = Command(home)
    (one,) = archive.ask("saved-search", "list", account="lan")["kept"]
    assert (one["id"], one["conditions"]["years"]) == (made.get_json()["id"], [2025])
    found = archive.ask("saved-search", "run", "cau treo", account="lan")
    assert RESTRICTED_CODE in {hit["code"] for hit in found["hits"]}
    archive.ask("saved-search", "rename", one["id"], "Cầu", account="lan")
    assert program.get("/search/kept").get_json()["kept"][0]["name"] == "Cầu"
    unknown = archive.run("saved-search", "run", "Cầu treo", "--json", account="lan")
    assert (unknown.code, unknown.error["code"]) == (3, "kept-search-unknown")
    kept = archive.ask("saved-search", "keep", "Đê", "đê năm:2025", account="lan")
    archive.ask("saved-search", "remove", kept["id"], account="lan")
    assert program.post(f"/search/kept/{one['id']}/remove").status_code == 200
    assert program.get("/search/kept").get_json()["kept"] == []
    nobody = archive.run("saved-search", "keep", "Đê", "đê", "--json")
    assert (nobody.code, nobody.error["code"]) == (4, "act-not-allowed")


def test_what_a_search_finds_is_asked_by_the_rights_of_then(services: Services, home: Path) -> None:
    binh = person(services, "binh")
    keep_search(services, Keep(name="Cầu", text=WORDS), actor=binh)
    found = Command(home).ask("saved-search", "run", "Cầu", account="binh")
    snippets = [hit["snippet"] for hit in found["hits"] if hit["code"] == RESTRICTED_CODE]
    assert not any(snippets)


def test_there_is_an_end_to_each_list(services: Services) -> None:
    lan = person(services, "lan")
    for number in range(MOST_LAST + 3):
        note_search(services, f"từ {number}", Conditions(), "relevance", actor=lan)
    last = list_kept_searches(services, actor=lan).last
    assert (len(last), last[0].text) == (MOST_LAST, f"từ {MOST_LAST + 2}")
    for number in range(MOST_KEPT):
        keep_search(services, Keep(name=f"Tên {number}"), actor=lan)
    with pytest.raises(KeptSearchesFullError):
        keep_search(services, Keep(name="một nữa"), actor=lan)


def test_names_and_ids_that_cannot_be_are_refused(services: Services) -> None:
    lan, hung = person(services, "lan"), person(services, "hung")
    kept = keep_search(services, Keep(name="A", text="x" * 2000), actor=lan)
    other = keep_search(services, Keep(name="B"), actor=lan)
    for name in ("", "  ", "a\u0000b", "\u202e"):
        with pytest.raises(KeptSearchNameError):
            rename_kept_search(services, kept.id, Renamed(name=name), actor=lan)
    with pytest.raises(KeptSearchThereError):
        rename_kept_search(services, other.id, Renamed(name="a"), actor=lan)
    assert rename_kept_search(services, kept.id, Renamed(name="a"), actor=lan).name == "a"
    with pytest.raises(KeptSearchUnknownError):
        rename_kept_search(services, kept.id, Renamed(name="C"), actor=hung)
    with pytest.raises(KeptSearchUnknownError):
        remove_kept_search(services, kept.id, actor=hung)
    assert count(services) == 2
