"""A series changed on its page and by a program; a document told as a whole by a command."""

import json

import pytest
from flask import Flask

from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import SeriesIn
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, Program
from tests.worlds.command import Command

FONDS = "H40.18"


def tree(services: Services) -> dict[str, tuple[str, str, int]]:
    tree = fonds_acts.fonds_with_series(services, FONDS, actor=person(services, "lan")).tree
    return {entry.code: (entry.title, entry.note, entry.depth) for entry in tree}


@pytest.fixture
def series(services: Services) -> None:
    lan = person(services, "lan")
    for code, title in (("TH", "Tổng hợp"), ("XD", "Xây dựng")):
        fonds_acts.add_series(services, FONDS, SeriesIn(code=code, title=title), actor=lan)


@pytest.mark.usefixtures("series")
def test_the_page_of_a_series_changes_it(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    place = f"/fonds/{FONDS}/series/XD"
    assert 'id="change-series"' in client.get(place).text
    form = {"title": "Xây dựng cơ bản", "note": "Từ 2015", "parent": "TH"}
    refused = post(client, f"{place}/change", **form | {"parent": "XD"})
    assert refused.status_code in (409, 422)
    assert post(client, f"{place}/change", **form | {"title": " "}).status_code == 422
    assert tree(services)["XD"] == ("Xây dựng", "", 0)
    assert post(client, f"{place}/change", **form).status_code == 303
    assert tree(services)["XD"] == ("Xây dựng cơ bản", "Từ 2015", 1)
    other = browser_of(app, services, "bach")
    assert post(other, f"{place}/change", **form).status_code == 403


@pytest.mark.usefixtures("series")
def test_a_program_changes_and_removes_a_series(
    archivist: Program, reader: Program, services: Services
) -> None:
    place = f"/fonds/{FONDS}/series/XD"
    assert reader.ask("PATCH", place, json={"title": "x"}).status_code == 403
    assert archivist.ask("PATCH", place, json={"parent": "XD"}).status_code in (409, 422)
    assert archivist.ask("PATCH", place, json={"name": "x"}).status_code == 422
    changed = archivist.ask("PATCH", place, json={"parent": "TH", "note": "Từ 2015"})
    assert [entry["code"] for entry in changed.get_json()["series"]] == ["TH", "XD"]
    assert tree(services)["XD"] == ("Xây dựng", "Từ 2015", 1)
    assert archivist.ask("DELETE", f"/fonds/{FONDS}/series/TH").status_code == 409
    left = archivist.ask("DELETE", place)
    assert [entry["code"] for entry in left.get_json()["series"]] == ["TH"]
    assert archivist.ask("DELETE", place).status_code == 404


def test_a_command_tells_all_of_a_document(services: Services) -> None:
    def ask(*words: str, name: str = "lan") -> tuple[int, str]:
        answer = Command(services.settings.home).run("document", "show", *words, account=name)
        return answer.code, answer.stdout

    code, said = ask(OPEN_CODE, "1", "--json")
    record = json.loads(said)
    assert (code, record["ordinal"], record["rights"]["mode"]) == (0, 1, "01")
    assert {event["type"] for event in record["events"]} >= {"ingestion", "validation"}
    code, said = ask(OPEN_CODE, "1")
    assert code == 0
    for wanted in (record["files"][0]["sha256"], record["fields"]["docCode"], "Tiếp nhận"):
        assert wanted in said.replace("\n", "")
    assert ask(OPEN_CODE, "99")[0] == 2
    assert ask("H40.18.1999.1", "1")[0] == 3
