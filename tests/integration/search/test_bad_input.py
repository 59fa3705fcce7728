"""Whatever is typed into the box is answered in words: page, programs, terminal, any engine."""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from archive_service import messages
from archive_service.app import create_app
from archive_service.services import Services
from search.query import MAX_TERMS, EmptyQueryError, parse_query
from tests.worlds.archive import Backends, new_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.papers.bad_input import small_case
from tests.worlds.transfer.handed_over import brought_in

PAGE = "Biên bản kiểm tra dây treo cầu, gồm có: (1) dây; (2) trụ – 50%…\n" * 60
FOUND = {
    "of-10000-characters": "dây treo " * 1_112,
    "pasted-page": "dây treo " + PAGE,
    "quotes-unbalanced": 'dây "treo',
    "quotes-many": '""""dây treo"""" "',
    "null-bytes": "dây\0treo",
    "control-characters": "dây\x02\x03\x1b treo",
    "emoji": "dây treo 🙂👩‍👩‍👧",
    "apart": unicodedata.normalize("NFD", "dây treo"),
    "invisible": "dây\u200b treo\ufeff",
    "no-such-field": "dây treo mầu:xanh",
    "operators-alone": "dây treo OR AND NOT -",
    "brackets": "((dây)) AND [treo] NEAR/3 {",
    "path": "dây treo ../../../etc/passwd",
    "statement": "dây treo'; DROP TABLE document;--",
}
WORDLESS = {
    "nothing": "",
    "spaces": " \t\n ",
    "signs": "!?…—//-- ** ''",
    "quotes": '""""',
    "emoji-alone": "🙂👍",
    "null-alone": "\0\0\0",
}
NOTHING_MORE = {
    "star-alone": "*",
    "one-letter-bombs": " ".join(f"{letter}*" for letter in "abcdeghiklmnopqrstuvxy" * 9),
    "stars": "d*a*y* *treo* **" * 50,
    "one-long-word": "ạ" * 10_000,
    "one-long-number": "9" * 10_000,
    "excluded-all": "-dây -treo",
    "fields-nested": "năm:năm:năm:2025",
    "either-of-many": " OR ".join(f"chữ{number}" for number in range(500)),
    "surrogate-like": "\\ud800 %00 %FF",
    "right-to-left": "\u202eoert yâd",
}


@pytest.fixture(scope="module", params=["fts5", "elasticsearch"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One open case file, whose words lie in an index of each kind in turn."""
    server = request.param == "elasticsearch" and request.getfixturevalue("elasticsearch")
    place = tmp_path_factory.mktemp("bad")
    small_case(place / "open", code=OPEN_CODE)
    made = new_home(place / "home", Backends(elasticsearch=server or None))
    with open_home(made) as opened:
        brought_in(opened, place / "open")
    return made


@pytest.fixture(scope="module")
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.mark.parametrize("name", FOUND)
def test_what_can_be_understood_finds_at_every_door(
    app: Flask, services: Services, home: Path, name: str
) -> None:
    typed = FOUND[name]
    page = _page(app, services, typed)
    assert "<article" in page, name
    box = unescape(re.findall(r'name="q" type="search" value="([^"]*)"', page)[0])
    assert "dây" in unicodedata.normalize("NFC", box)
    program = program_of(app, services, "lan").get("/search", query_string={"q": typed})
    assert program.status_code == 200
    assert OPEN_CODE in {hit["code"] for hit in program.get_json()["hits"]}
    if "\0" not in typed:  # no argument of a command can hold one
        assert Command(home).ask("search", typed, account="lan")["total"] > 0


def test_a_text_cut_for_the_address_is_told(app: Flask, services: Services) -> None:
    told = messages.text("labels.search-told.cut", "vi")
    assert told in _page(app, services, "dây treo " * 300)
    assert told not in _page(app, services, "dây treo")


@pytest.mark.parametrize(("typed", "sign"), [("t* dây treo", "t*"), ("mã:H40 OR năm:2025", "OR")])
def test_a_sign_that_is_not_followed_is_told_at_every_door(
    app: Flask, services: Services, home: Path, typed: str, sign: str
) -> None:
    line = messages.text("labels.search-told.ignored", "vi", names=sign)
    assert line in unescape(_page(app, services, typed))
    program = program_of(app, services, "lan").get("/search", query_string={"q": typed})
    assert program.get_json()["told"]["ignored"] == [sign]
    assert Command(home).ask("search", typed, account="lan")["told"]["ignored"] == [sign]


@pytest.mark.parametrize("name", WORDLESS)
def test_what_holds_no_word_is_told_so(
    app: Flask, services: Services, home: Path, name: str
) -> None:
    typed = WORDLESS[name]
    page = _page(app, services, typed)
    assert "<article" not in page
    assert ("Chưa có từ nào để tìm." in page) == bool(typed.replace("\0", " ").strip())
    program = program_of(app, services, "lan").get("/search", query_string={"q": typed})
    assert _code(program.get_json()) == "empty-query"
    if "\0" not in typed:
        refused = Command(home).run("search", typed, "--json", account="lan")
        assert (refused.code, refused.error["code"]) == (2, "empty-query")


@pytest.mark.parametrize("name", NOTHING_MORE)
def test_what_is_hard_to_find_is_answered_as_any_other(
    app: Flask, services: Services, home: Path, name: str
) -> None:
    typed = NOTHING_MORE[name]
    page = _page(app, services, typed)
    assert 'id="query"' in page
    program = program_of(app, services, "lan").get("/search", query_string={"q": typed})
    assert program.status_code in (200, 422)
    refused = program.status_code == 422
    assert not refused or _code(program.get_json()) in ("empty-query", "search-field-invalid")
    told = Command(home).run("search", "--json", "--", typed, account="lan")
    assert told.code == (2 if refused else 0), told.stderr


@pytest.mark.parametrize("typed", ["dây năm:mai", "dây từ:31/02/2025", "dây loại:thơ"])
def test_a_field_that_cannot_be_keeps_the_query(app: Flask, services: Services, typed: str) -> None:
    answer = browser_of(app, services, "lan").get("/search", query_string={"q": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert 'role="alert"' in answer.text
    program = program_of(app, services, "lan").get("/search", query_string={"q": typed})
    assert _code(program.get_json()) in ("search-field-invalid", "unknown-code")


@pytest.mark.parametrize("page", [500, 501, 10**6])
def test_pages_beyond_the_deepest_are_answered(app: Flask, services: Services, page: int) -> None:
    answer = browser_of(app, services, "lan").get(f"/search?q=day+treo&page={page}")
    assert (answer.status_code, 'value="day treo"' in answer.text) == (200, True)


def test_a_cursor_beyond_the_deepest_is_refused(app: Flask, services: Services, home: Path) -> None:
    deep = {"q": "day treo", "cursor": "OTk5OTk5OTpkZWFkYmVlZg"}
    program = program_of(app, services, "lan").get("/search", query_string=deep)
    assert _code(program.get_json()) == "cursor-invalid"


TOO_LONG = {
    "of-10000-characters",
    "one-long-word",
    "one-long-number",
    "either-of-many",
}


@pytest.mark.parametrize("name", [*FOUND, *NOTHING_MORE])
def test_no_query_asks_more_than_so_many_words(name: str) -> None:
    typed = {**FOUND, **NOTHING_MORE}[name]
    try:
        asked = parse_query(typed)
    except EmptyQueryError:
        return
    assert len(asked.terms) <= MAX_TERMS
    assert len(asked.excluded) <= MAX_TERMS
    assert asked.cut == (name in TOO_LONG)
    assert sum(len(term.others) for term in asked.terms) <= 4 * MAX_TERMS


def _page(app: Flask, services: Services, typed: str) -> str:
    answer = browser_of(app, services, "lan").get(
        "/search", query_string={"q": typed}, follow_redirects=True
    )
    assert answer.status_code in (200, 422)
    assert "Traceback" not in answer.text
    return answer.text


def _code(document: dict[str, Any]) -> str:
    return str(document["code"])
