"""The page of a case file and its JSON after a late document, and after a replacement."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from archive_service.app import create_app
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.packaging.model import RecordStatus
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.web.display import day
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE, sip, with_fields, zipped

PAGE = f"/case-files/{CODE}"
RECORD = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh {}.xml"


def bring_in(services: Services, source: Path, by: str = "lan") -> UUID:
    """Handed in, checked, accepted by this account, stored."""
    (identifier,) = submit(source, actor=person(services, "bach"), services=services)
    while run_one(services, subject_id=identifier, names=("check-submission",)):
        pass
    accept(services, identifier, actor=person(services, by))
    work(services, until_empty=True)
    return identifier


def addition(target: Path, status: RecordStatus, **fields: str) -> Path:
    """One document more, or in the place of another."""
    files = sip(target.parent, documents=1, record_status=status)
    return zipped(target, with_fields(files, RECORD.format(1), **fields))


@pytest.fixture(scope="module")
def added_to(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file of two documents, a late one, and one for the second of the first."""
    folder = tmp_path_factory.mktemp("added")
    home = new_home(folder / "home")
    with open_home(home) as services:
        files = sip(folder)
        for number in (1, 2):
            files = with_fields(files, RECORD.format(number), maintenance="05")
        files = with_fields(files, "metadata/descriptive/EAD.xml", maintenance="05")
        bring_in(services, zipped(folder / "first.zip", files))
        late = {"docId": f"{CODE}.late", "docCode": "", "codeNumber": "99", "maintenance": "01"}
        bring_in(services, addition(folder / "late.zip", RecordStatus.SUPPLEMENT, **late))
        newer = {"docId": f"{CODE}.2", "docCode": "", "codeNumber": "2", "subject": "Bản đã sửa"}
        bring_in(services, addition(folder / "newer.zip", RecordStatus.REPLACEMENT, **newer))
    return home


@pytest.fixture
def services(added_to: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(added_to, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def part(page: str, name: str) -> str:
    """What stands from the section of this id to the end of the section."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def test_each_version_says_what_it_took_in_and_who_accepted_it(
    app: Flask, services: Services
) -> None:
    name = browser_of(app, services, "lan").get(PAGE).text
    versions = part(name, "versions")
    assert "Bổ sung tài liệu nộp muộn" in versions
    assert "Thay thế tài liệu" in versions
    assert "Thêm trang số hóa" not in versions
    assert "Hệ thống" not in versions
    rows = [(version.number, version.built_by) for version in case_of(services, CODE).versions]
    assert rows == [(1, "lan"), (2, "lan"), (3, "lan")]
    rebuild(services, actor=person(services, "lan"))
    work(services, until_empty=True)
    again = [(version.number, version.built_by) for version in case_of(services, CODE).versions]
    assert again == rows


def test_the_trail_tells_of_each_addition_in_words(app: Flask, services: Services) -> None:
    history = part(browser_of(app, services, "lan").get(PAGE).text, "history")
    for said in ("Nộp hồ sơ (Bổ sung)", "Tiếp nhận (Bổ sung)", "Nộp hồ sơ (Thay thế)"):
        assert said in history
    assert "Tiếp nhận (Thay thế)" in history
    assert "Tính lại thời hạn lưu trữ theo tài liệu bổ sung" in history
    assert "case-file:" not in history


def test_a_replaced_document_says_by_which_in_list_viewer_panel_and_json(
    app: Flask, services: Services
) -> None:
    said = "Bị thay thế bởi tài liệu số 4 từ phiên bản 3"
    page = browser_of(app, services, "lan").get(f"{PAGE}?document=2").text
    documents = part(page, "documents")
    assert documents.count(said) == 2  # the list, and the note above the viewer
    assert "Bị thay thế bởi: tài liệu số 4, Bản đã sửa" in documents
    assert f"{said}. Bản đã sửa" in documents
    told = program_of(app, services, "lan").get(PAGE).get_json()["documents"]
    assert told[1]["replaced_by"] == {"ordinal": 4, "title": "Bản đã sửa"}
    assert [entry["replaced_by"] for entry in told if entry["ordinal"] != 2] == [None] * 3
    one = program_of(app, services, "lan").get(f"/documents/{told[1]['id']}").get_json()
    assert one["replaced_by"] == told[1]["replaced_by"]


def test_what_was_replaced_is_not_counted_and_is_told_beside_the_count(
    app: Flask, services: Services
) -> None:
    page = browser_of(app, services, "lan").get(PAGE).text
    assert "3 tài liệu, 3 trang" in page
    assert "KB; ngoài ra 1 tài liệu bị thay thế" in page
    tab = page.partition('href="#documents"')[2].partition("</a>")[0]
    assert ">3<" in tab
    spans = part(page, "documents").partition("<tbody>")[2].partition("</tbody>")[0]
    numbers = [row.partition("</td>")[0] for row in spans.split('<td class="num">')[1:]]
    assert numbers == ["1", "1", "2", "3"]  # the sheets; of the replaced one its own number
    told = program_of(app, services, "lan").get(PAGE).get_json()
    assert (told["document_count"], told["page_count"], len(told["documents"])) == (3, 3, 4)
    assert told["uncounted"] == {"replaced": 1, "moved": 0, "linked": 0}


def test_each_side_of_a_replacement_reads_from_its_own_document(
    app: Flask, services: Services
) -> None:
    browser = browser_of(app, services, "lan")
    older = part(browser.get(f"{PAGE}/documents/2").text, "relations-title")
    newer = part(browser.get(f"{PAGE}/documents/4").text, "relations-title")
    assert (older.count("<li>"), newer.count("<li>")) == (1, 1)
    assert "Bị thay thế bởi:" in older
    assert "Bản đã sửa" in older
    assert "Thay thế:" in newer
    assert "Tài liệu khác" not in older + newer


def test_where_documents_are_arranged_a_replaced_one_is_told_from_the_newer(
    services: Services, app: Flask
) -> None:
    page = browser_of(app, services, "lan").get(f"{PAGE}/arrange").text
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")
    told = {at: row for at, row in enumerate(rows, start=1) if "thay thế" in row}
    assert list(told) == [2]
    with services.read_only() as session:
        case = holdings_rows.get_case_file(session, CODE, actor=person(services, "lan"))
        for document, row in zip(case.documents, rows, strict=False):
            assert document.code_number
            assert document.code_number in row
            assert document.issued_date
            assert day(document.issued_date) in row


def test_the_command_tells_what_took_a_documents_place(
    services: Services,
) -> None:
    wide = Command(services.settings.home, {"COLUMNS": "250"})
    told = wide.run("case", "show", CODE, account="lan")
    lines = [line for line in told.stdout.splitlines() if "bị thay thế bởi tài liệu số 4" in line]
    assert len(lines) == 1
