"""A station over the API alone: separator sheets and pages in, put right on the desk, released."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from flask import Flask

from archive_service.app import create_app
from archive_service.catalogue.case_files import queries
from archive_service.services import Services
from digitize.batches.intake.acts import print_separators
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.clients import Program, do_all
from tests.worlds.digitize.stations import new_station, uploaded
from tests.worlds.papers.bad_input import write_small_sheet
from tests.worlds.papers.page_images import page_image

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A case file in custody whose one document is paper that is still to come."""
    place = tmp_path_factory.mktemp("api-batches")
    with open_home(new_home(place / "home")) as opened:
        (place / "case").mkdir()
        write_small_sheet(place / "case", code=CODE, files="", confidenceLevel="Số hóa")
        (submission,) = submit(place / "case", actor=person(opened, "bach"), services=opened)
        do_all(opened)
        accept(opened, submission, actor=person(opened, "lan"))
        do_all(opened)
        yield opened


@pytest.fixture(scope="module")
def station(services: Services) -> Program:
    token = new_station(services, "tram-01")
    assert token is not None
    app: Flask = create_app(services)
    return Program(app.test_client(), token)


@pytest.fixture(scope="module")
def scans(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the scanner gives: the sheet before the document, two pages, one of them turned."""
    folder = tmp_path_factory.mktemp("scans")
    pdf, count = print_separators(services, CODE, None, actor=OPERATOR)
    assert count == 1
    (folder / "sheet.pdf").write_bytes(pdf)
    as_jpeg = ("pdftoppm", "-r", "200", "-jpeg", "-singlefile")
    subprocess.run([*as_jpeg, str(folder / "sheet.pdf"), str(folder / "0")], check=True)
    page_image(folder / "1.jpg")
    page_image(folder / "2.jpg", lines=("Trang hai", "Nơi nhận: như trên, lưu văn thư."))
    return folder


def asked(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_batch_from_the_first_file_to_its_release(
    station: Program, services: Services, scans: Path
) -> None:
    body = {"reference": "Hộp 1", "split": "separators"}
    begun = asked(station.post("/batches", json=body), 201)
    place = f"/batches/{begun['id']}"
    for name in ("0.jpg", "1.jpg", "2.jpg"):
        given = {"upload": uploaded(station, scans / name), "name": name}
        asked(station.post(f"{place}/files", json=given), 201)
    asked(station.post(f"{place}/close", json={}))
    do_all(services)

    shown = asked(station.get(place))
    assert shown["state"] == "review"
    (document,) = shown["documents"]
    assert (document["code"], document["document"], document["pages"]) == (CODE, 1, 2)
    sheet, first, second = shown["pages"]
    assert sheet["separator"]
    assert [first["name"], second["name"]] == ["1.jpg", "2.jpg"]

    told = asked(station.get(f"/batches/pages/{first['id']}"))
    assert {word["text"] for word in told["text"]} >= {"Kính", "gửi:"}
    for kind in ("picture", "thumbnail"):
        answer = station.get(f"/batches/pages/{first['id']}/{kind}")
        assert answer.mimetype == "image/jpeg"
        assert answer.data.startswith(b"\xff\xd8")

    turned = {"kind": "rotate", "facts": {"page": second["id"], "turn": 90}}
    asked(station.post(f"{place}/edits", json=turned))
    overtaken = station.post(f"{place}/undo", query_string={"edit": 7})
    assert asked(overtaken, 409)["code"] == "undo-overtaken"
    asked(station.post(f"{place}/undo"))
    assert asked(station.post(f"{place}/undo"), 409)["code"] == "nothing-to-undo"
    better = {
        "kind": "replace",
        "facts": {"page": second["id"]},
        "upload": uploaded(station, scans / "1.jpg"),
        "name": "2b.jpg",
    }
    asked(station.post(f"{place}/edits", json=better))
    asked(station.post(f"{place}/undo"))
    do_all(services)

    _settle(station, place)
    released = asked(station.post(f"{place}/release"))
    assert (released["codes"], released["pages"]) == ([CODE], 2)
    assert asked(station.post(f"{place}/release"), 409)["code"] == "batch-state"
    assert asked(station.get("/batches/tickets"))["tickets"] == []
    do_all(services)
    assert asked(station.get(place))["state"] == "released"
    case = queries.case_file(services, CODE, actor=person(services, "lan")).as_json()
    assert case["digitization"] == "done"


def _settle(station: Program, place: str) -> None:
    """Give a reason for every page and finding that waits for a person."""
    shown = asked(station.get(place))
    for page in shown["pages"]:
        if page["undecided"]:
            facts = {"page": page["id"], "reason": "đã xem trên giấy"}
            asked(station.post(f"{place}/edits", json={"kind": "keep", "facts": facts}))
    found = [*shown["findings"], *(one for row in shown["documents"] for one in row["findings"])]
    for finding in found:
        if finding["stops"]:
            facts = {"finding": finding["key"], "reason": "đã đối chiếu"}
            asked(station.post(f"{place}/edits", json={"kind": "decide", "facts": facts}))


def test_a_batch_that_is_rejected_says_why(
    station: Program, services: Services, scans: Path
) -> None:
    begun = asked(station.post("/batches", json={"reference": "Hộp 2"}), 201)
    place = f"/batches/{begun['id']}"
    given = {"upload": uploaded(station, scans / "2.jpg"), "name": "2.jpg"}
    asked(station.post(f"{place}/files", json=given), 201)
    asked(station.post(f"{place}/close", json={}))
    do_all(services)
    assert asked(station.post(f"{place}/reject", json={"reason": " "}), 422)
    told = asked(station.post(f"{place}/reject", json={"reason": "nhầm hộp"}))
    assert told["state"] == "rejected"
    assert asked(station.get(place))["reason"] == "nhầm hộp"


def test_separator_sheets_are_fetched_to_be_printed(station: Program) -> None:
    answer = station.get(f"/batches/separators?code={CODE}&documents=1,3-4")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(pypdfium2.PdfDocument(answer.data)) == 3


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "request-invalid"),
        (f"?code={CODE}&documents=b", 422, "separator-range"),
        ("?code=H40.18.2025.99.QLCT", 404, "batch-code-unknown"),
    ],
)
def test_sheets_that_cannot_be_printed_say_why(
    station: Program, query: str, status: int, code: str
) -> None:
    assert asked(station.get(f"/batches/separators{query}"), status)["code"] == code


def test_a_cursor_of_another_list_is_refused(station: Program) -> None:
    assert asked(station.get("/batches?cursor=abc"), 422)["code"] == "list-cursor"
