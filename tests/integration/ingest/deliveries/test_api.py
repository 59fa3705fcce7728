"""Deliveries through the API and the command: begun, looked at, stopped, gone on with, refused."""

import base64
import json
import shutil
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from archive_service.domain.intake.delivery import TAKE_JOB
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import new_home
from tests.worlds.clients import Program, program_of
from tests.worlds.command import Command
from tests.worlds.ingest.bulk import make_bulk

COUNT = 45


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bulk(
        tmp_path_factory.mktemp("bulk") / "đợt 1", COUNT, c3={"fileCode": "H40.18.2025.002.BULK"}
    )


@pytest.fixture
def packed(bulk: Path, tmp_path: Path) -> bytes:
    target = tmp_path / "dot.zip"
    with zipfile.ZipFile(target, "w") as out:
        for file in sorted(bulk.rglob("*")):
            out.write(file, str(file.relative_to(bulk)))
    return target.read_bytes()


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    return program_of(app, services, "bach")


def upload(program: Program, name: str, data: bytes) -> str:
    told = base64.b64encode(name.encode()).decode()
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {told}"}
    begun = program.post("/uploads", headers={"Tus-Resumable": "1.0.0", **headers})
    place = begun.headers["Location"].rpartition("/")[2]
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert program.ask("PATCH", f"/uploads/{place}", data=data, headers=piece).status_code == 204
    return place


def begin(program: Program, data: bytes, **headers: str) -> dict[str, object]:
    place = upload(program, "Đợt 1.zip", data)
    answer = program.post("/deliveries", json={"upload": place}, headers=headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, object] = answer.get_json()
    return told


def test_an_uploaded_zip_is_taken_in_by_a_job_and_tells_how_far_it_is(
    services: Services, officer: Program, packed: bytes
) -> None:
    begun = begin(officer, packed)
    assert (begun["state"], begun["rows"], begun["done"]) == ("running", COUNT, 0)
    assert begun["source"] == "Đợt 1.zip"
    assert run_one(services, names=(TAKE_JOB,)) == "done"
    told = officer.get(f"/deliveries/{begun['id']}").get_json()
    assert (told["state"], told["done"], told["received"], told["refused"]) == (
        "done",
        COUNT,
        COUNT - 1,
        1,
    )
    (refused,) = officer.get(f"/deliveries/{begun['id']}/refused").get_json()["refused"]
    assert (refused["row"], refused["findings"][0]["code"]) == (4, "code-twice")
    assert refused["findings"][0]["message"]
    listed = officer.get("/deliveries?state=done").get_json()["deliveries"]
    assert [each["id"] for each in listed] == [begun["id"]]
    assert not list(upload_folder(services).path(uuid4()).parent.glob("*.data"))


def test_a_request_that_comes_again_with_its_key_begins_one_delivery(
    officer: Program, packed: bytes
) -> None:
    place = upload(officer, "Đợt 1.zip", packed)
    key = {"Idempotency-Key": "đợt-1".encode("ascii", "ignore").decode()}
    first = officer.post("/deliveries", json={"upload": place}, headers=key)
    again = officer.post("/deliveries", json={"upload": place}, headers=key)
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = officer.post("/deliveries", json={"upload": str(uuid4())}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency-key-used")
    assert len(officer.get("/deliveries").get_json()["deliveries"]) == 1


def test_a_stopped_delivery_is_gone_on_with_when_asked(
    services: Services, officer: Program, packed: bytes
) -> None:
    begun = begin(officer, packed)
    assert officer.post(f"/deliveries/{begun['id']}/stop").get_json()["state"] == "stopped"
    assert run_one(services, names=(TAKE_JOB,)) == "done"
    assert officer.get(f"/deliveries/{begun['id']}").get_json()["done"] == 0
    assert officer.post(f"/deliveries/{begun['id']}/resume").get_json()["state"] == "running"
    assert run_one(services, names=(TAKE_JOB,)) == "done"
    assert officer.get(f"/deliveries/{begun['id']}").get_json()["state"] == "done"


def test_what_was_sent_and_is_gone_stops_the_delivery_with_the_reason(
    services: Services, officer: Program, packed: bytes
) -> None:
    begun = begin(officer, packed)
    for file in (services.settings.home / "uploads").iterdir():
        if file.is_file() and file.stat().st_size == len(packed):
            file.unlink()
    assert run_one(services, names=(TAKE_JOB,)) == "done"
    told = officer.get(f"/deliveries/{begun['id']}").get_json()
    assert (told["state"], told["trouble"]["code"]) == ("stopped", "delivery-elsewhere")
    assert told["trouble"]["remedy"]


def test_another_agency_knows_nothing_of_it(
    app: Flask, services: Services, officer: Program, packed: bytes
) -> None:
    begun = begin(officer, packed)
    reader = program_of(app, services, "bach", scopes=["case-file:list"])
    assert reader.get(f"/deliveries/{begun['id']}").status_code in (403, 404)
    assert reader.post("/deliveries", json={"upload": str(uuid4())}).status_code in (403, 404)
    assert officer.get(f"/deliveries/{uuid4()}").get_json()["code"] == "delivery-not-found"


def test_an_upload_without_a_list_begins_nothing(officer: Program, tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    with zipfile.ZipFile(target, "w") as out:
        out.writestr("a.txt", "không có bảng kê")
    place = upload(officer, "x.zip", target.read_bytes())
    answer = officer.post("/deliveries", json={"upload": place})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "sheet-not-found")
    assert officer.get("/deliveries").get_json()["deliveries"] == []


def test_the_command_takes_in_a_list_with_its_folders_and_tells_refused_rows(
    home: Path, bulk: Path, tmp_path: Path
) -> None:
    archive = Command(home)
    place = tmp_path / "đợt 1"
    shutil.copytree(bulk, place)
    answer = archive.run("submit", place / "danh-sach.xlsx", "--json", account="bach")
    assert answer.code == 1
    (told,) = answer.document["deliveries"]
    assert (told["state"], told["done"], told["refused"]) == ("done", COUNT, 1)
    assert [row["row"] for row in told["refused_rows"]] == [4]
    shown = archive.run("delivery", "show", told["id"], account="bach")
    assert "H40.18.2025.002.BULK" in shown.stdout
    listed = archive.run("delivery", "list", "--json", account="bach").document["deliveries"]
    assert [each["id"] for each in listed] == [told["id"]]
    again = archive.run("submit", "--bulk", place, "--json", account="bach").document
    assert again["deliveries"][0]["again"] == COUNT - 1
    assert json.dumps(again)


def test_a_delivery_resumed_by_command_wants_the_list_it_was_begun_with(
    home: Path, bulk: Path, tmp_path: Path
) -> None:
    archive = Command(home)
    place = tmp_path / "đợt 1"
    shutil.copytree(bulk, place)
    (told,) = archive.run("submit", "--bulk", place, "--json", account="bach").document[
        "deliveries"
    ]
    assert archive.run("delivery", "resume", told["id"], account="bach").code == 0
    assert archive.run("delivery", "stop", told["id"], account="bach").code == 0
    refused = archive.run("delivery", "resume", str(uuid4()), "--json", account="bach")
    assert (refused.code, refused.error["code"]) == (3, "delivery-not-found")
