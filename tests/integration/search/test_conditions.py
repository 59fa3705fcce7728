"""The same conditions narrow a search on the page, in REST, at the terminal and in a hold."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from flask import Flask

from archive_service.catalogue.agencies.acts import add_agency, get_agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.services import Services
from search.conditions import Conditions
from search.port import FILTER_OF, Dimension
from tests.worlds.archive import OPERATOR
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command

WORDS = "cầu treo"


def codes(document: dict[str, Any]) -> set[str]:
    return {hit["code"] for hit in document["hits"]}


def values(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        name: {entry["value"]: entry["hits"] for entry in found}
        for name, found in document["facets"].items()
    }


def test_every_dimension_is_a_condition_and_a_facet_at_every_door(
    app: Flask, services: Services, home: Path
) -> None:
    archivist = program_of(app, services, "lan")
    whole = archivist.get("/search", query_string={"q": WORDS, "facets": "true"}).get_json()
    assert codes(whole) == {OPEN_CODE, RESTRICTED_CODE}
    assert set(whole["facets"]) == set(get_args(Dimension)) == set(FILTER_OF)
    command = Command(home)
    narrowed = 0
    for name, found in values(whole).items():
        for value, hits in found.items():
            asked = archivist.get("/search", query_string={"q": WORDS, name: value}).get_json()
            typed = command.ask("search", WORDS, f"--{name}", value, account="lan")
            assert (asked["total"], typed["total"]) == (hits, hits), name
            assert codes(asked) == codes(typed)
            narrowed += 1
        both = archivist.get("/search", query_string={"q": WORDS, name: [*found]}).get_json()
        assert both["total"] >= max(found.values(), default=0)
    assert narrowed > 8
    assert archivist.get("/search", query_string={"q": WORDS}).get_json()["facets"] is None


def test_two_values_of_one_condition_widen_it(app: Flask, services: Services) -> None:
    archivist = program_of(app, services, "lan")
    one = {"q": WORDS, "mode": ["02"]}
    assert codes(archivist.get("/search", query_string=one).get_json()) == {RESTRICTED_CODE}
    two = {"q": WORDS, "mode": ["Công khai", "02"]}
    assert len(codes(archivist.get("/search", query_string=two).get_json())) == 2


def test_facets_of_a_program_tell_nothing_of_what_its_account_may_not_see(
    app: Flask, services: Services
) -> None:
    reader = program_of(app, services, "binh")
    told = reader.get("/search", query_string={"q": WORDS, "facets": "true"}).get_json()
    assert codes(told) == {OPEN_CODE}
    assert values(told)["mode"] == {"01": told["total"]}
    outsider = program_of(app, services, "stranger")
    none = outsider.get("/search", query_string={"q": WORDS, "facets": "true"}).get_json()
    assert not any(none["facets"].values())


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ('"hồ sơ":' + OPEN_CODE, {OPEN_CODE}),
        ("hồsơ:" + OPEN_CODE.lower().replace(".", "-"), {OPEN_CODE}),
        ("cơquan:h40.18", {OPEN_CODE, RESTRICTED_CODE}),
        ('"cơ quan":"SO CONG TRINH"', {OPEN_CODE, RESTRICTED_CODE}),
        ("nawm:1990-2030", {OPEN_CODE, RESTRICTED_CODE}),
        ("năm:99", set()),
        ('"truy cập":02', {RESTRICTED_CODE}),
        ("access:01", {OPEN_CODE}),
        ("phông:KHONG-CO", set()),
        ("phông: h40.18", {OPEN_CODE, RESTRICTED_CODE}),
        ("-truy cập:02", {OPEN_CODE}),
        ("NOT năm:1990-2030", set()),
        ("-năm:1901 NOT cơ quan:h40.18", set()),
        ("-từ:1/1/1990", None),
        ('"thời hạn":"vĩnh viễn" "thời hạn":10', None),
        ("format:PDF", None),
    ],
)
def test_the_words_of_a_query_narrow_as_options_do(
    app: Flask, services: Services, home: Path, field: str, found: set[str] | None
) -> None:
    text = f"{WORDS} {field}"
    asked = program_of(app, services, "lan").get("/search", query_string={"q": text}).get_json()
    typed = Command(home).ask("search", text, account="lan")
    assert codes(asked) == codes(typed)
    assert found is None or codes(asked) == found
    page = browser_of(app, services, "lan").get("/search", query_string={"q": text}).text
    assert ("<article" in page) == bool(codes(asked))


def test_leaving_out_a_code_that_the_account_knows_nothing_of_is_told(
    app: Flask, services: Services
) -> None:
    def told(account: str, code: str) -> Any:
        asked = {"q": f"{WORDS} -hồ sơ:{code}"}
        return program_of(app, services, account).get("/search", query_string=asked).get_json()

    assert told("lan", RESTRICTED_CODE)["told"] is None
    for account, code in (("lan", "H40.18.1999.01.QLCT"), ("stranger", OPEN_CODE)):
        found = told(account, code)
        assert found["told"]["ignored"] == [f"-{code}"], account
    page = browser_of(app, services, "lan").get("/search?q=cầu -hồ sơ:H40.18.1999.01.QLCT").text
    assert "Không áp dụng được “-H40.18.1999.01.QLCT”; đã tìm theo phần còn lại." in page


def test_the_terminal_tells_facets_in_words(home: Path) -> None:
    told = Command(home).run("search", WORDS, "--facets", account="lan").stdout
    assert "Chế độ sử dụng  01  Công khai  (" in told
    assert "Cơ quan  H40.18  " in told


def test_a_hold_of_a_program_takes_every_condition(app: Flask, services: Services) -> None:
    head = program_of(app, services, "hung")
    search = {"text": WORDS, "modes": ["02"], "case_files": [OPEN_CODE, RESTRICTED_CODE]}
    paper = {"reason": "Thanh tra", "authority": "12/QĐ-TTT"}
    placed = head.post("/holds", json={"search": search, **paper})
    assert placed.status_code == 201, placed.text
    order = placed.get_json()["order"]
    assert order["case_files"] == 1
    assert order["search"] == {name: value for name, value in search.items()}
    none = head.post("/holds", json={"search": {"text": WORDS, "years": [1901]}, **paper})
    assert none.get_json()["code"] == "hold-nothing"


def test_the_beginning_of_a_name_needs_no_quotes(app: Flask, services: Services) -> None:
    archivist = program_of(app, services, "lan")
    whole = codes(archivist.get("/search", query_string={"q": WORDS}).get_json())
    names = ("cơ quan:Sở Công trình", "co quan: so cong trinh", "phông:Sở Công trình tỉnh")
    for typed in (*names, "cơ quan: Sở Công trìn"):
        asked = archivist.get("/search", query_string={"q": f"{typed} {WORDS}"}).get_json()
        assert codes(asked) == whole, typed
        assert asked["told"] is None
    for typed in ("cơ quan:Sở Nông nghiệp", 'cơ quan:"Sở Nông nghiệp"'):
        asked = archivist.get("/search", query_string={"q": f"{typed} {WORDS}"}).get_json()
        assert asked["total"] == 0, typed
    refused = archivist.get("/search", query_string={"q": f"cơ quan:Sở {WORDS}"})
    assert refused.get_json()["code"] == "agency-not-found"


@pytest.mark.parametrize("typed", ["SCT", "sct", '"Sở Công trìng"', "'Sở Công trình'"])
def test_an_agency_is_known_by_first_letters_and_with_one_slip_in_its_name(
    app: Flask, services: Services, typed: str
) -> None:
    archivist = program_of(app, services, "lan")
    whole = codes(archivist.get("/search", query_string={"q": WORDS}).get_json())
    asked = archivist.get("/search", query_string={"q": f"cơ quan:{typed} {WORDS}"})
    assert codes(asked.get_json()) == whole
    refused = archivist.get("/search", query_string={"q": f"cơ quan:SCX {WORDS}"})
    assert refused.get_json()["code"] == "agency-not-found"


def test_another_number_in_a_name_is_no_slip(app: Flask, services: Services) -> None:
    with services.unit_of_work() as uow:
        add_agency("H40.91", "Ủy ban nhân dân phường 12", actor=OPERATOR, uow=uow)
        uow.commit()
    archivist = program_of(app, services, "lan")
    asked = archivist.get("/search", query_string={"q": 'cơ quan:"Ủy ban nhân dân phường 13" x'})
    assert asked.get_json().get("code") == "agency-not-found"


def test_the_code_of_a_fonds_stands_before_the_first_letters_of_another(
    app: Flask, services: Services
) -> None:
    archivist = program_of(app, services, "lan")
    asked = {"q": f"phông:SCTT {WORDS}"}
    assert archivist.get("/search", query_string=asked).get_json()["total"] > 0
    with services.writing() as session:
        agency = get_agency(session, "H40.18")
        session.add(Fonds(agency_id=agency.id, code="SCTT", name="Trạm thủy nông"))
    assert archivist.get("/search", query_string=asked).get_json()["total"] == 0


def test_conditions_are_written_down_by_their_names() -> None:
    given = Conditions(years=(2025,), signers=("Đỗ Văn Mẫu",))
    assert json.loads(given.model_dump_json(exclude_defaults=True)) == given.chosen() | {
        "years": [2025]
    }
