"""A former version is read as it was stored, and says so; what was closed since stays closed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.catalogue.case_files.old_versions import old_version
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import FondsChange
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Role
from archive_service.keeping.malware.quarantine import quarantine
from archive_service.packaging.model import RecordStatus
from archive_service.recovery.export.case_file import VersionUnknownError
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import add_person, do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.sent_packages import CODE, sip, with_fields, zipped

EAD_DOC = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"
HANDLED = "H40.18.2025.11.QLCT"


def bring_in(services: Services, source: Path) -> None:
    (identifier,) = submit(source, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, identifier, actor=person(services, "lan"))
    do_all(services)


def handled(folder: Path) -> Path:
    """A document of a type that no list knows, with the sheet on which it was handled."""
    folder.mkdir()
    for name in ("van ban.pdf", "phieu xu ly.pdf"):
        write_pdf(folder / name, words=name)
    row = document_row("van ban.pdf", HANDLED, typeName="Tờ khai", processFiles="phieu xu ly.pdf")
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(HANDLED)], [row])
    return folder


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 1 of two documents; 2 with a new title; 3 with another document in place of one."""
    place = tmp_path_factory.mktemp("grown")
    (place / "new").mkdir()
    home = new_home(place / "home")
    with open_home(home) as services:
        lan = person(services, "lan")
        bring_in(services, zipped(place / "first.zip", sip(place)))
        describe_case_file(services, CODE, {0: {"title": "Tên đã sửa"}}, reason="x", actor=lan)
        fields = {"name": "Phông đã đổi tên"}
        fonds_acts.describe_fonds(
            services, "H40.18", FondsChange(fields=fields, reason="x"), actor=lan
        )
        do_all(services)
        own = {"docId": f"{CODE}.2", "docCode": f"{CODE}.0000009", "codeNumber": "2"}
        newer = sip(place / "new", documents=1, record_status=RecordStatus.REPLACEMENT)
        changed = with_fields(newer, EAD_DOC, **own, subject="Văn bản thay thế")
        bring_in(services, zipped(place / "new.zip", changed))
        bring_in(services, handled(place / "handled"))
    return home


@pytest.fixture
def services(grown: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(grown, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def test_an_older_version_tells_what_it_told_then(services: Services) -> None:
    lan = person(services, "lan")
    first, second, third = (old_version(services, CODE, n, actor=lan) for n in (1, 2, 3))
    assert (first.newest, first.is_old, third.is_old) == (3, True, False)
    assert first.values["title"] == first.title != "Tên đã sửa"
    assert second.title == "Tên đã sửa"
    assert [len(version.documents) for version in (first, second, third)] == [2, 2, 3]
    assert third.documents[2].title == "Văn bản thay thế"
    assert first.fonds["name"] != second.fonds["name"] == "Phông đã đổi tên"
    assert all(
        document.readable and document.is_pdf and document.shown for document in first.documents
    )


def test_the_page_marks_it_and_its_documents_are_read(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    page = client.get(f"/case-files/{CODE}").text
    for number in (1, 2, 3):
        assert f"/case-files/{CODE}/versions/{number}" in page
    assert "Bị thay thế bởi tài liệu số 3 từ phiên bản 3" in page
    old = client.get(f"/case-files/{CODE}/versions/1?document=2").text
    assert "Phiên bản cũ" in old
    assert "Phiên bản hiện hành là 3" in old
    file = old_version(services, CODE, 1, actor=person(services, "lan")).documents[1].shown[0]
    assert f"/api/v1/case-files/{CODE}/files/{file}" in old
    assert client.get(f"/api/v1/case-files/{CODE}/files/{file}").status_code == 200
    assert "Phiên bản cũ" not in client.get(f"/case-files/{CODE}/versions/3").text
    english = client.get(f"/case-files/{CODE}/versions/1", headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_a_version_that_is_not_there_is_not_found(app: Flask, services: Services) -> None:
    for number in (0, 4):
        with pytest.raises(VersionUnknownError):
            old_version(services, CODE, number, actor=person(services, "lan"))
    assert browser_of(app, services, "lan").get(f"/case-files/{CODE}/versions/4").status_code == 404


@pytest.mark.parametrize("name", ["binh", "stranger"])
def test_who_may_not_know_its_history_reads_no_former_version(
    app: Flask, services: Services, name: str
) -> None:
    address = f"/case-files/{CODE}/versions/1"
    client = browser_of(app, services, name)
    assert client.get(address).status_code in (403, 404)
    assert address not in client.get(f"/case-files/{CODE}").text
    if name == "binh":
        with pytest.raises(ActNotAllowedError):
            old_version(services, CODE, 1, actor=person(services, name))


def test_what_was_closed_since_is_closed_in_former_versions_too(
    app: Flask, services: Services
) -> None:
    lan = person(services, "lan")
    before = old_version(services, CODE, 1, actor=lan).documents[0]
    quarantine(services, CODE, "1", "Nghi ngờ", actor=lan)
    closed = old_version(services, CODE, 1, actor=lan).documents[0]
    assert (closed.readable, closed.files, closed.shown, dict(closed.values)) == (False, (), (), {})
    page = browser_of(app, services, "lan").get(f"/case-files/{CODE}/versions/1").text
    assert str(before.shown[0]) not in page


def test_of_conditional_material_an_auditor_learns_what_today_tells(
    app: Flask, services: Services
) -> None:
    add_person(services, "kiem", Role.AUDITOR)
    words = {"keyword": "giải phóng mặt bằng", "description": "Có ý kiến nội bộ", "mode": "02"}
    lan = person(services, "lan")
    describe_case_file(services, HANDLED, {0: words}, reason="x", actor=lan)
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == HANDLED)).one()
        row.mode = "02"
    do_all(services)
    newest = get_newest(services)
    kiem = person(services, "kiem")
    whole = old_version(services, HANDLED, newest, actor=lan).values
    assert whole["keyword"] == words["keyword"]
    assert not {"keyword", "description"} & set(
        old_version(services, HANDLED, newest, actor=kiem).values
    )
    page = browser_of(app, services, "kiem").get(f"/case-files/{HANDLED}/versions/{newest}").text
    assert words["keyword"] not in page
    assert words["description"] not in page


def get_newest(services: Services) -> int:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == HANDLED)).one()
        return row.version_stored


def test_how_a_document_was_handled_stands_apart_under_it(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get(f"/case-files/{HANDLED}").text
    assert "Hồ sơ quá trình xử lý (1 tệp)" in page
    apart = page.partition("Hồ sơ quá trình xử lý")[2].partition("</details>")[0]
    assert "phieu xu ly.pdf" in apart
    assert "van ban.pdf" not in apart


def test_the_type_as_written_stands_beside_the_one_it_was_mapped_to(
    app: Flask, services: Services
) -> None:
    page = browser_of(app, services, "lan").get(f"/case-files/{HANDLED}").text
    assert "Loại ghi trên văn bản" in page
    assert "Tờ khai" in page
