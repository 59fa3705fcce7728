"""Packages, supplements and replacements through the API, pages and commands."""

import hashlib
import html
import uuid
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service.packaging.model import RecordStatus
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import new_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import Program, do_all, session_token
from tests.worlds.command import Command
from tests.worlds.ingest.sent_packages import CODE, UUID, sip, with_fields, zipped

PLACE = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def held(services: Services, tmp_path: Path) -> None:
    """One case file in custody that came as a package."""
    source = zipped(tmp_path / "first.zip", sip(tmp_path))
    (identifier,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    do_all(services)
    submissions_acts.accept(services, identifier, actor=person(services, "lan"))
    do_all(services)


def late(folder: Path, *, status: RecordStatus = RecordStatus.NEW) -> bytes:
    """A package of one document with a number of its own."""
    own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"}
    files = with_fields(sip(folder, documents=1, record_status=status), PLACE, **own)
    return zipped(folder / "late.zip", files).read_bytes()


def sent(program: Program, data: bytes, query: str = "") -> dict[str, object]:
    answer = program.post(
        f"/submissions{query}",
        data=data,
        headers={"Content-Disposition": 'attachment; filename="goi.zip"'},
        content_type="application/zip",
    )
    assert answer.status_code == 201, answer.get_json()
    (submission,) = answer.get_json()["submissions"]
    return dict(submission)


def test_a_package_comes_through_the_api(
    services: Services, officer: Program, tmp_path: Path
) -> None:
    data = zipped(tmp_path / "sip.zip", sip(tmp_path)).read_bytes()
    submission = sent(officer, data)
    assert (submission["code"], submission["documents"]) == (CODE, 2)
    assert (submission["channel"], submission["package_id"]) == ("rest", f"uuid-{UUID}")
    assert submission["sent_at"]
    assert sent(officer, data)["id"] == submission["id"], "the same package is the same submission"


def test_a_broken_package_is_refused_by_name(officer: Program, tmp_path: Path) -> None:
    files = sip(tmp_path)
    del files["METS.xml"]
    data = zipped(tmp_path / "sip.zip", files).read_bytes()
    refused = officer.post(
        "/submissions",
        data=data,
        headers={"Content-Disposition": 'attachment; filename="goi.zip"'},
        content_type="application/zip",
    )
    assert (refused.status_code, refused.get_json()["code"]) == (422, "package-without-mets")


@pytest.mark.parametrize("query", ["?record_status=SUPPLEMENT", ""])
def test_a_supplement_has_its_own_receipt(
    services: Services, held: None, officer: Program, tmp_path: Path, query: str
) -> None:
    status = RecordStatus.NEW if query else RecordStatus.SUPPLEMENT
    data = late(tmp_path, status=status)
    submission = sent(officer, data, query)
    assert submission["record_status"] == "SUPPLEMENT"
    do_all(services)
    place = f"/submissions/{submission['id']}"
    submissions_acts.accept(
        services, uuid.UUID(str(submission["id"])), actor=person(services, "lan")
    )
    assert officer.get(f"{place}/receipt").get_json()["code"] == "receipt-not-issued"
    do_all(services)
    stored = officer.get(place).get_json()
    assert (stored["state"], stored["version"]) == ("stored", 2)
    receipt = officer.get(f"{place}/receipt")
    assert hashlib.sha256(receipt.data).hexdigest() == stored["receipt"]["sha256"]
    first = officer.get(f"/case-files/{CODE}").get_json()["receipt"]
    assert first["number"] != stored["receipt"]["number"]


def test_the_page_takes_a_package_and_says_where_values_came_from(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    officer: FlaskClient = browser_of(app, services, "bach")
    data = zipped(tmp_path / "sip.zip", sip(tmp_path)).read_bytes()
    form = {"csrf_token": session_token(officer), "files": [(BytesIO(data), "goi.zip")]}
    answer = officer.post("/submit", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    do_all(services)
    shown = html.unescape(officer.get(answer.headers["Location"]).text)
    assert f"uuid-{UUID}" in shown
    archivist = browser_of(app, services, "lan")
    desk = html.unescape(archivist.get("/desk", follow_redirects=True).text)
    assert "metadata/descriptive/" in desk


def test_the_pages_of_an_addition_say_what_it_is(
    app: Flask, services: Services, held: None, tmp_path: Path
) -> None:
    source = tmp_path / "late.zip"
    source.write_bytes(late(tmp_path, status=RecordStatus.SUPPLEMENT))
    (identifier,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    do_all(services)
    archivist = browser_of(app, services, "lan")
    assert archivist.get(f"/desk/{identifier}").status_code == 200
    submissions_acts.accept(services, identifier, actor=person(services, "lan"))
    do_all(services)
    officer: FlaskClient = browser_of(app, services, "bach")
    page = html.unescape(officer.get(f"/submissions/{identifier}").text)
    assert "Bổ sung, từ phiên bản 2" in page
    receipt = officer.get(f"/submissions/{identifier}/receipt")
    assert receipt.data.startswith(b"%PDF-")
    assert archivist.get(f"/case-files/{CODE}").status_code == 200


def test_a_package_is_submitted_by_command_as_a_supplement(
    services: Services, held: None, home: Path, tmp_path: Path
) -> None:
    source = tmp_path / "late.zip"
    source.write_bytes(late(tmp_path))
    archive = Command(home)
    told = archive.ask("submit", source, "--supplement", account="bach")
    (submission,) = told["submissions"]
    assert (submission["record_status"], submission["channel"]) == ("SUPPLEMENT", "sip")
    do_all(services)
    archive.ask("submission", "accept", submission["id"], account="lan")
    do_all(services)
    exported = archive.ask(
        "case", "export", CODE, "--form", "aip", "--version", 1, "--to", tmp_path, account="lan"
    )
    assert Path(exported["path"]).is_file()
    refused = archive.run(
        "case", "export", CODE, "--form", "aip", "--version", 9, "--to", tmp_path, "--json",
        account="lan",
    )  # fmt: skip
    assert refused.error["code"] == "version-unknown"
