"""One page with all data of a document, and the same as JSON, within what the account may know."""

import re

from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.db.openings import ONE_USE
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.reports import acts as reports_acts
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, file_path, program_of
from tests.worlds.rewriting import as_owner

PAGE = f"/case-files/{OPEN_CODE}/documents/1"


def test_the_page_has_description_files_events_rights_and_copies(
    app: Flask, services: Services
) -> None:
    page = browser_of(app, services, "lan").get(PAGE).text
    for said in (
        "Trích yếu",
        "SHA-256",
        "fmt/",
        "Kiểm tra mã độc",
        "Tạo gói tin lưu trữ",
        "Chế độ sử dụng",
        "kho2",
    ):
        assert said in page
    events = page.partition('id="events-title"')[2].partition("</section>")[0]
    for code in ("validation", "ingestion", "success", ">info", "checksums", "formats:"):
        assert code not in events
    assert 'id="uses-title"' not in page
    for account, leads in (("lan", True), ("kiem", False)):  # an auditor opens no content
        files = browser_of(app, services, account).get(PAGE).text
        assert (f"/case-files/{OPEN_CODE}/files/" in files, "SHA-256" in files) == (leads, True)
    asking = browser_of(app, services, "kiem").get("/use-requests").text
    assert "/use-requests/new" not in asking
    case_page = browser_of(app, services, "lan").get(f"/case-files/{OPEN_CODE}").text
    assert f'href="{PAGE}"' in case_page


def test_json_tells_the_same(archivist: Program) -> None:
    told = archivist.get(PAGE).get_json()
    assert told["fields"]["docCode"] == f"{OPEN_CODE}.0000001"
    (file,) = told["files"]
    assert (file["role"], len(file["sha256"]), file["version"]) == ("original", 64, 1)
    types = [event["type"] for event in told["events"]]
    assert types[0] == "ingestion"
    assert {"virus check", "validation", "information package creation"} <= {*types}
    assert told["rights"]["holds_now"] == "01"
    assert {copy["state"] for copy in told["copies"]} == {"verified"}
    assert told["uses"] is None
    assert archivist.get(f"/case-files/{OPEN_CODE}/documents/9").status_code == 422


def test_of_what_is_restricted_a_reader_learns_no_file_and_no_event(
    app: Flask, services: Services, reader: Program
) -> None:
    told = reader.get(f"/case-files/{RESTRICTED_CODE}/documents/1").get_json()
    assert (told["reduced"], told["files"], told["events"], told["copies"]) == (True, [], [], [])
    assert "keyword" not in told["fields"]
    page = browser_of(app, services, "binh").get(f"/case-files/{RESTRICTED_CODE}/documents/1").text
    assert "Không hiện: nội dung, tệp" in page
    assert "SHA-256" not in page
    stranger = program_of(app, services, "stranger")
    assert stranger.get(f"/case-files/{RESTRICTED_CODE}/documents/1").status_code == 404


def test_who_read_it_is_told_to_those_who_read_the_trail(
    app: Flask, services: Services, archivist: Program
) -> None:
    archivist.get(file_path(archivist, RESTRICTED_CODE))
    place = f"/case-files/{RESTRICTED_CODE}/documents/1"
    (use,) = program_of(app, services, "hung").get(place).get_json()["uses"]
    assert (use["tag"], use["account"]) == ("document:read", "lan")
    assert "Đọc tài liệu" in browser_of(app, services, "hung").get(place).text


def test_a_hold_stands_among_the_rights(app: Flask, services: Services, archivist: Program) -> None:
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ-TTT", actor=head)
    (hold,) = archivist.get(PAGE).get_json()["rights"]["holds"]
    assert hold["authority"] == "12/QĐ-TTT"
    assert "12/QĐ-TTT" in browser_of(app, services, "lan").get(PAGE).text


def test_it_asks_a_fixed_number_of_statements(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    client.get(PAGE)
    with counted(services) as asked:
        client.get(PAGE)
    assert len(asked) < 38


def test_the_case_files_page_counts_its_uses_and_those_of_others_are_not_among_them(
    app: Flask, services: Services, archivist: Program
) -> None:
    archivist.get(file_path(archivist, RESTRICTED_CODE))
    assert archivist.get(f"/case-files/{RESTRICTED_CODE}/export?form=dip").status_code == 200
    page = browser_of(app, services, "lan").get(f"/case-files/{RESTRICTED_CODE}").text
    assert "1 lượt đọc tài liệu hạn chế, 1 lượt xuất hồ sơ, 0 bản sao đã cấp" in page
    other = browser_of(app, services, "lan").get(f"/case-files/{OPEN_CODE}").text
    assert "0 lượt đọc tài liệu hạn chế, 0 lượt xuất hồ sơ, 0 bản sao đã cấp" in other


def test_a_case_file_taken_out_in_several_forms_at_a_time_is_one_use(
    app: Flask, services: Services, archivist: Program
) -> None:
    def take_out(program: Program, form: str) -> None:
        assert program.get(f"/case-files/{OPEN_CODE}/export?form={form}").status_code == 200

    def counts() -> tuple[int, int]:
        lan, year = person(services, "lan"), str(clock.today().year)
        page = browser_of(app, services, "lan").get(f"/case-files/{OPEN_CODE}").text
        figures = reports_acts.figures_of(services, year, actor=lan).figures
        (told,) = re.findall(r"(\d+) lượt xuất hồ sơ", page)
        return int(told), figures["uses"]["exported"]

    for form in ("pdf", "xml"):
        take_out(archivist, form)
    assert counts() == (1, 1)
    take_out(program_of(app, services, "mai"), "pdf")
    assert counts() == (2, 2), "of another account"
    with services.writing() as session:
        exported = AuditEvent.tag == "case-file:exported"
        rows = as_owner(session).scalars(select(AuditEvent).where(exported)).all()
        assert [row.data["form"] for row in rows] == ["pdf", "xml", "pdf"], "each left its event"
        for row in rows:
            row.at -= ONE_USE
    take_out(archivist, "xml")
    assert counts() == (3, 3), "later"
