"""Batches over the API: what a station's token may send, and what is answered again."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from archive_service.app import create_app
from archive_service.services import Services
from digitize.batches.desk.edit_facts import KINDS
from digitize.stations.acts import SCOPES
from tests.worlds.clients import Program, program_of
from tests.worlds.digitize.stations import (
    batch_of,
    box_of_three,
    home_with_stations,
    imported,
    new_station,
    uploaded,
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An archive that holds nothing, with two stations."""
    with home_with_stations(tmp_path / "home", "tram-01", "tram-02") as opened:
        yield opened


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder of three pages, the tenth after the second."""
    return box_of_three(tmp_path / "Hộp 01")


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def station(app: Flask, services: Services) -> Program:
    """A program with a station's own scopes."""
    return program_of(app, services, "tram-01", scopes=SCOPES)


def test_a_station_sends_a_batch_over_the_api(
    station: Program, services: Services, box: Path
) -> None:
    given = {"reference": "hop-7", "split": "2", "pages": 3}
    begun = station.post("/batches", json=given)
    assert begun.status_code == 201, begun.json
    assert station.post("/batches", json=given).json == begun.json
    place = f"/batches/{begun.get_json()['id']}"
    for path in (box / "10.jpg", box / "1.jpg", box / "2.jpg"):
        body = {"upload": uploaded(station, path), "name": path.name}
        added = station.post(f"{place}/files", json=body)
        assert added.status_code == 201, added.json
    closed = station.post(f"{place}/close", json={"order": ["1.jpg", "2.jpg", "10.jpg"]})
    assert closed.status_code == 200, closed.json
    assert closed.json is not None
    assert (closed.json["state"], closed.json["files"], closed.json["pages"]) == ("reading", 3, 3)
    assert station.post(f"{place}/close", json={}).json == closed.json
    listed = station.get("/batches?state=reading")
    assert listed.json is not None
    assert [one["batch"] for one in listed.json["batches"]] == [closed.json["batch"]]
    shown = station.get(f"/batches/{closed.json['batch']}")
    assert shown.json is not None
    assert shown.json["split"] == "2"
    batch = batch_of(services, UUID(closed.json["id"]))
    assert [source.name for source in batch.sources] == ["1.jpg", "2.jpg", "10.jpg"]


def test_all_wrong_fields_of_a_batch_are_told_at_once(station: Program) -> None:
    given = {"split": "ba", "pages": -1, "duplex": "?", "code": 7, "hộp": 1}
    refused = station.post("/batches", json=given).get_json()
    assert refused["code"] == "request-invalid"
    told = {finding["place"]: finding["message"] for finding in refused["findings"]}
    assert told == {
        "json.reference": "Trường json.reference chưa đúng: còn thiếu.",
        "json.code": "Trường json.code chưa đúng: phải là chữ.",
        "json.split": "Không hiểu cách chia “ba”.",
        "json.duplex": "Trường json.duplex chưa đúng: phải là true hoặc false.",
        "json.pages": "Trường json.pages chưa đúng: phải từ 0 trở lên.",
        "json.hộp": "Trường json.hộp chưa đúng: không có trường này.",
    }
    english = station.get("/batches?state=lost", headers={"Accept-Language": "en"}).get_json()
    assert english["findings"][0]["message"].startswith(
        "The field query.state is wrong: it has to be one of: receiving, "
    )


def test_an_edit_says_which_facts_it_lacks(station: Program) -> None:
    def asked(**body: object) -> dict[str, str]:
        refused = station.post("/batches/2026-0001/edits", json=body)
        assert refused.status_code == 422
        return {finding["place"]: finding["message"] for finding in refused.get_json()["findings"]}

    upload = "7f0c6d1e-0f6b-4d55-a6a2-1d1f3c2b9a10"
    assert asked(kind="replace", facts={"turn": 90}, upload=upload) == {
        "json.facts.page": "Trường json.facts.page chưa đúng: còn thiếu.",
        "json.facts.turn": "Trường json.facts.turn chưa đúng: không có trường này.",
    }
    assert asked(kind="rotate", facts={"page": ["1"], "turn": "90"}) == {
        "json.facts.page": "Trường json.facts.page chưa đúng: phải là chữ.",
        "json.facts.turn": "Trường json.facts.turn chưa đúng: phải là số nguyên.",
    }
    assert asked(kind="keep", facts={"page": "1", "pages": "abc"}).keys() == {"json.facts.pages"}
    unknown = station.post("/batches/2026-0001/edits", json={"kind": "shred"}).get_json()
    assert (unknown["code"], "rotate" in unknown["remedy"]) == ("unknown-edit", True)


def test_the_description_tells_the_facts_of_each_edit(station: Program) -> None:
    spec = station.get("/openapi.json").get_json()
    acts = {one["title"]: one for one in spec["components"]["schemas"]["EditIn"]["oneOf"]}
    assert acts.keys() == KINDS.keys()
    assert acts["rotate"]["properties"]["facts"]["required"] == ["page", "turn"]
    assert acts["rotate"]["properties"]["facts"]["properties"]["turn"] == {"type": "integer"}
    assert acts["insert"]["required"] == ["kind", "upload"]


def test_a_repeated_request_with_a_key_is_answered_again(station: Program, box: Path) -> None:
    begun = station.post("/batches", json={"reference": "hop-8"}).json
    assert begun is not None
    body = {"upload": uploaded(station, box / "1.jpg"), "name": "1.jpg"}
    headers = {"Idempotency-Key": "mot"}
    place = f"/batches/{begun['id']}/files"
    first, second = (station.post(place, json=body, headers=headers) for _ in range(2))
    assert first.json == second.json
    assert second.status_code == 201


def test_a_token_without_the_scope_opens_no_batch(app: Flask, services: Services) -> None:
    reader = program_of(app, services, "tram-01", scopes=["batch:list"])
    refused = reader.post("/batches", json={"reference": "x"})
    assert refused.status_code == 403


def test_another_station_s_batch_is_not_to_be_known(
    app: Flask, services: Services, box: Path
) -> None:
    batch = imported(services, box)
    other = program_of(app, services, "tram-02", scopes=SCOPES)
    assert other.get(f"/batches/{batch.number}").status_code == 404
    assert other.post(f"/batches/{batch.id}/close", json={}).status_code == 404


def test_the_station_s_own_token_opens_its_batches(app: Flask, services: Services) -> None:
    token = new_station(services, "tram-09")
    assert token is not None
    begun = Program(app.test_client(), token).post("/batches", json={"reference": "x"})
    assert begun.status_code == 201
