"""A file plan's page: made, changed, approved, amended, added to, printed and signed by forms."""

import html
import io
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service import clock, messages
from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.signing.desk.acts import seal_request
from archive_service.signing.seals.acts import SealNotHeldError, hand_over
from ingest.file_plan import edit_acts as edits
from ingest.file_plan.acts import approve_plan, import_plan, list_plans
from ingest.file_plan.documents import FilePlanEntryDocument, FilePlanWhole
from ingest.file_plan.edit import FilePlanEntryNotFoundError, FilePlanHeadingNotFoundError, Place
from ingest.file_plan.form import PlanIssuer, file_plan_form
from ingest.file_plan.papers import (
    FilePlanPaperAskedError,
    FilePlanPaperMissingError,
    ask_for_signature,
    read_paper,
)
from ingest.file_plan.views import open_plan
from retention.terms.rules import schedules
from tests.worlds.archive import OPERATOR, head_of_agency, new_home, person
from tests.worlds.browsers import browser_of, counted, post, post_from
from tests.worlds.clients import session_token

YEAR = clock.today().year


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def archivist(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "lan")


@pytest.fixture
def head(app: Flask, services: Services) -> FlaskClient:
    """The head of the agency, who alone approves."""
    return browser_of(app, services, head_of_agency(services).account)


@pytest.fixture
def plan_id(services: Services, tmp_path: Path) -> UUID:
    """The sample's plan as a draft of this year."""
    sheet = tmp_path / "plan.xlsx"
    write_file_plan(sheet, SAMPLE_AGENCY, year=YEAR)
    lan = person(services, "lan")
    return import_plan(services, sheet, agency="H40.18", year=YEAR, actor=lan).id


def opened(services: Services, plan_id: UUID) -> FilePlanWhole:
    return open_plan(services, plan_id, actor=person(services, "lan"))


def entry(services: Services, plan_id: UUID, notation: str) -> FilePlanEntryDocument:
    rows = opened(services, plan_id).entries
    return next(row for row in rows if row.notation == notation)


def send(client: FlaskClient, address: str, **form: str) -> TestResponse:
    return client.post(address, data=form | {"csrf_token": session_token(client)})


def in_force(services: Services, plan_id: UUID) -> None:
    approve_plan(services, plan_id, actor=head_of_agency(services))


def test_a_draft_is_changed_on_its_page(
    services: Services, archivist: FlaskClient, plan_id: UUID
) -> None:
    address = f"/file-plans/{plan_id}"
    assert "Thêm hồ sơ" in archivist.get(address).text
    heading = str(opened(services, plan_id).headings[1].id)
    form = {"notation": "13.QLCT", "title": "Hồ sơ mới", "term": "5 năm", "heading_id": heading}
    assert send(archivist, f"{address}/entries", **form).status_code == 303
    made = entry(services, plan_id, "13.QLCT")
    assert (str(made.heading_id), made.title) == (heading, "Hồ sơ mới")
    shown = archivist.get(f"{address}?edit={made.id}").text
    assert all(it in shown for it in ('value="Hồ sơ mới"', f'value="{heading}" selected'))
    changed = form | {"title": "Hồ sơ đã sửa", "heading_was": heading}
    assert send(archivist, f"{address}/entries/{made.id}", **changed).status_code == 303
    send(archivist, f"{address}/entries/{made.id}/move", by="-1")
    rows = [row.notation for row in opened(services, plan_id).entries]
    assert rows.index("13.QLCT") + 1 == rows.index("08.QLCT")
    first = str(entry(services, plan_id, "01.TH").id)
    send(archivist, f"{address}/entries/{made.id}/move", before=first)
    assert opened(services, plan_id).entries[0].title == "Hồ sơ đã sửa"
    send(archivist, f"{address}/renumber", numbering="heading", number="12/DM-SCT")
    plan = opened(services, plan_id)
    assert [row.notation for row in plan.entries][:5] == [
        *("01.TH", "02.TH", "03.TH", "04.TH", "01.QLCT"),
    ]
    assert (plan.numbering, plan.number) == ("heading", "12/DM-SCT")
    send(archivist, f"{address}/entries/{made.id}/remove")
    assert opened(services, plan_id).counts["all"] == 12


def test_headings_are_added_changed_and_removed_by_forms(
    services: Services, archivist: FlaskClient, plan_id: UUID
) -> None:
    address = f"/file-plans/{plan_id}"
    form = {"title": "THANH TRA", "number": "V", "symbol": "TTr", "level": "1"}
    assert send(archivist, f"{address}/headings", **form).status_code == 303
    heading = opened(services, plan_id).headings[-1]
    assert (heading.label, heading.level) == ("V. THANH TRA (TTr)", 1)
    assert "THANH TRA" in archivist.get(f"{address}?edit-heading={heading.id}").text
    send(archivist, f"{address}/headings/{heading.id}", **form | {"title": "THANH TRA SỞ"})
    assert opened(services, plan_id).headings[-1].title == "THANH TRA SỞ"
    used = opened(services, plan_id).headings[0].id
    assert send(archivist, f"{address}/headings/{used}/remove").status_code == 409
    assert send(archivist, f"{address}/headings/{heading.id}/remove").status_code == 303


def test_what_is_refused_stands_open_and_filled(
    services: Services, archivist: FlaskClient, plan_id: UUID
) -> None:
    form = {"notation": "01.TH", "title": "Số đã dùng", "term": "5 năm"}
    answer = send(archivist, f"/file-plans/{plan_id}/entries", **form)
    assert answer.status_code == 409
    assert 'value="Số đã dùng"' in answer.text
    assert "01.TH" in answer.text
    assert "<dialog" in answer.text


def test_a_refused_import_names_the_file_and_stands_open_with_what_was_typed(
    services: Services, archivist: FlaskClient, plan_id: UUID, tmp_path: Path
) -> None:
    def sent(name: str, data: bytes, year: int) -> TestResponse:
        form = {"agency": "H40.18", "year": str(year), "file": (io.BytesIO(data), name)}
        return post_from(archivist, "/file-plans", "/file-plans/import", **form)

    broken = sent("Danh mục 2027.xlsx", b"no sheet", YEAR + 1)
    in_force(services, plan_id)
    write_file_plan(tmp_path / "again.xlsx", SAMPLE_AGENCY, year=YEAR)
    approved = sent("again.xlsx", (tmp_path / "again.xlsx").read_bytes(), YEAR)
    assert (broken.status_code, approved.status_code) == (422, 409)
    assert "“Danh mục 2027.xlsx”" in broken.text
    for answer, year in ((broken, YEAR + 1), (approved, YEAR)):
        assert re.search(r'<dialog[^>]+id="import-dialog"[^>]* open', answer.text)
        assert re.search(rf'name="year"[^>]+value="{year}"', answer.text)
        assert "Danh mục hồ sơ</h1>" in answer.text


def test_a_term_below_the_rule_that_is_named_is_told_and_not_approved(
    services: Services, archivist: FlaskClient, head: FlaskClient, plan_id: UUID
) -> None:
    rule = next(
        retention_rule
        for retention_rule in schedules().in_force(clock.today())
        if retention_rule.permanent
    )
    row = entry(services, plan_id, "02.TH")
    form = {"notation": "02.TH", "title": row.title, "term": "10 năm", "rule_code": rule.code}
    send(archivist, f"/file-plans/{plan_id}/entries/{row.id}", **form)
    (found,) = opened(services, plan_id).findings
    assert found.code == "plan-term-below-rule"
    assert rule.citation in found.message
    refused = send(head, f"/file-plans/{plan_id}/approve")
    assert refused.status_code == 409
    assert opened(services, plan_id).state == "draft"
    send(archivist, f"/file-plans/{plan_id}/entries/{row.id}", **form | {"term": "Vĩnh viễn"})
    assert send(head, f"/file-plans/{plan_id}/approve").status_code == 303


def test_a_rule_that_nobody_knows_is_told_and_not_approved(
    services: Services, archivist: FlaskClient, head: FlaskClient, plan_id: UUID
) -> None:
    row = entry(services, plan_id, "02.TH")
    form = {"notation": "02.TH", "title": row.title, "term": "10 năm", "rule_code": "KHONG.CO"}
    send(archivist, f"/file-plans/{plan_id}/entries/{row.id}", **form)
    (found,) = opened(services, plan_id).findings
    assert (found.code, found.place) == ("plan-rule-unknown", "02.TH")
    assert "KHONG.CO" in found.message
    assert send(head, f"/file-plans/{plan_id}/approve").status_code == 409


def test_what_is_not_of_the_plan_is_not_there(
    services: Services, archivist: FlaskClient, plan_id: UUID
) -> None:
    lan, row = person(services, "lan"), entry(services, plan_id, "02.TH")
    with pytest.raises(FilePlanEntryNotFoundError):
        edits.remove_entry(services, plan_id, plan_id, actor=lan)
    place = Place(heading_id=plan_id)
    with pytest.raises(FilePlanHeadingNotFoundError):
        edits.move_entry(services, plan_id, row.id, actor=lan, place=place)
    with pytest.raises(FilePlanPaperMissingError):
        read_paper(services, plan_id, 1, actor=lan)
    for year in ("1899", "hai nghìn"):
        refused = send(archivist, f"/file-plans/{plan_id}/copy", year=year)
        assert refused.status_code == 422
        assert messages.error("file-plan-year", "vi", {"year": year}).message in refused.text
    assert entry(services, plan_id, "02.TH") == row


def test_what_could_not_be_read_is_asked_about_before_approval_and_stays_on_record(
    services: Services, archivist: FlaskClient, head: FlaskClient, tmp_path: Path
) -> None:
    """Rows left out, a term in words, a plan of another year."""
    rows: list[list[Any]] = [
        [f"Năm {YEAR + 1}"],
        ["Số và ký hiệu hồ sơ", "Tiêu đề hồ sơ", "Thời hạn bảo quản", "Người lập", "Ghi chú"],
        ["01.TH", "Hồ sơ một", "Vĩnh viễn", "An"],
        ["02.TH", "Hồ sơ hai", 20, "An"],
        ["03.TH", "Hồ sơ ba", "Đến khi văn bản hết hiệu lực", "An"],
        ["03.TH", "Hồ sơ trùng", "5 năm", "An"],
    ]
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)  # type: ignore[union-attr]  # a new workbook has a sheet
    made.save(tmp_path / "plan.xlsx")
    lan = person(services, "lan")
    told = import_plan(services, tmp_path / "plan.xlsx", agency="H40.18", year=YEAR, actor=lan)
    codes = ["plan-year-differs", "plan-term-unread", "plan-notation-twice"]
    assert [finding.code for finding in told.findings] == codes
    assert [finding.place for finding in told.findings] == [
        "",
        "Sheet, dòng 5",
        "Sheet, dòng 6",
    ]
    plan_id = told.id
    assert entry(services, plan_id, "02.TH").term == "20 năm"
    page = head.get(f"/file-plans/{plan_id}").text
    _, _, question = page.partition('id="approve-dialog"')
    assert "3 điều sau chưa được giải quyết" in question
    assert told.findings[2].message in html.unescape(question)
    waiting = html.unescape(head.get(f"/approvals?item={plan_id}").text)
    assert all(finding.message in waiting for finding in told.findings)
    assert send(head, f"/file-plans/{plan_id}/approve").status_code == 303
    page = html.unescape(archivist.get(f"/file-plans/{plan_id}").text)
    assert told.findings[2].message in page
    with services.read_only() as session:
        plan = session.get_one(FilePlan, plan_id)
        (total,) = file_plan_form(
            plan, PlanIssuer("Sở Công trình", "Sơn Lam"), on=clock.today()
        ).totals
    assert "có 03 (ba) hồ sơ" in total
    assert "01 hồ sơ lưu trữ vĩnh viễn; 01 hồ sơ lưu trữ có thời hạn; 01 hồ sơ" in total


def test_an_approved_plan_is_amended_beside_itself(
    services: Services, archivist: FlaskClient, head: FlaskClient, plan_id: UUID
) -> None:
    in_force(services, plan_id)
    address = f"/file-plans/{plan_id}"
    assert send(archivist, f"{address}/entries", notation="1", title="x").status_code == 409
    send(archivist, f"{address}/amendment", reason="Sắp xếp lại phòng")
    waiting = f"Sửa đổi, bổ sung danh mục năm {YEAR}"
    assert waiting not in head.get("/approvals").text  # nothing is changed by it yet
    change = {"kind": "change", "notation": "02.TH", "title": "Tiêu đề mới", "term": "20 năm"}
    send(archivist, f"{address}/amendment/changes", **change)
    send(archivist, f"{address}/amendment/changes", kind="drop", notation="12.TCKT")
    send(archivist, f"{address}/amendment/changes", kind="drop", notation="11.TCKT")
    send(archivist, f"{address}/amendment/take-back", notation="11.TCKT")
    shown = archivist.get(address).text
    assert "Sắp xếp lại phòng" in shown
    assert entry(services, plan_id, "02.TH").title != "Tiêu đề mới"
    page = head.get("/approvals").text
    assert waiting in page
    assert "2 nội dung sửa đổi" in page
    assert f'href="{address}"' in page
    assert send(head, f"{address}/amendment/approve").status_code == 303
    assert waiting not in head.get("/approvals").text
    plan = opened(services, plan_id)
    assert (plan.version, plan.counts["all"]) == (2, 11)
    assert entry(services, plan_id, "02.TH").heading == "I. TỔNG HỢP (TH)"
    history = archivist.get(address).text
    assert "Lịch sử sửa đổi" in history
    assert "thời hạn 10 năm → 20 năm" in history


def test_an_officer_opens_a_case_file_outside_the_plan_and_the_keepers_are_told(
    app: Flask, services: Services, plan_id: UUID
) -> None:
    in_force(services, plan_id)
    officer = browser_of(app, services, "bach")
    address = f"/file-plans/{plan_id}"
    assert "NĐ 30/2020" in officer.get(f"{address}?dialog=outside").text
    form = {"notation": "13.QLCT", "title": "Hồ sơ ứng phó bão", "term": "20 năm"}
    form |= {"creator": "bach", "started_on": clock.today().isoformat()}
    assert send(officer, f"{address}/outside", **form).status_code == 303
    assert send(officer, f"{address}/outside", **form).status_code == 409
    no_day = form | {"notation": "14.QLCT", "started_on": "hôm nay"}
    assert send(officer, f"{address}/outside", **no_day).status_code == 422
    lan = browser_of(app, services, "lan")
    assert "Hồ sơ ứng phó bão" in lan.get(address).text
    assert opened(services, plan_id).counts["outside"] == 0
    edits.approve_amendment(services, plan_id, actor=head_of_agency(services))
    shown = lan.get(f"{address}?show=outside").text
    assert "Hồ sơ ứng phó bão" in shown
    assert "01.TH<" not in shown
    mine = officer.get(f"{address}?show=mine").text
    assert "Hồ sơ ứng phó bão" in mine
    new_id = edits.copy(services, plan_id, YEAR + 1, actor=person(services, "bach"))
    assert entry(services, new_id, "13.QLCT").title == "Hồ sơ ứng phó bão"
    told = browser_of(app, services, "lan").get("/notices").text
    assert "13.QLCT" in told


def test_who_may_not_changes_nothing(app: Flask, services: Services, plan_id: UUID) -> None:
    reader = browser_of(app, services, "binh")
    address = f"/file-plans/{plan_id}"
    assert "Thêm hồ sơ" not in reader.get(address).text
    for place in ("entries", "renumber", "approve", "copy", "amendment", "outside", "sign"):
        form = {"year": str(YEAR + 1), "started_on": clock.today().isoformat()}
        assert send(reader, f"{address}/{place}", **form).status_code == 403, place
    assert opened(services, plan_id).state == "draft"


def test_the_plan_is_printed_and_our_own_files_come_back_the_same(
    services: Services, archivist: FlaskClient, plan_id: UUID, tmp_path: Path
) -> None:
    before = [(row.notation, row.title) for row in opened(services, plan_id).entries]
    pdf = archivist.get(f"/file-plans/{plan_id}/danh-muc-ho-so.pdf")
    assert pdf.data.startswith(b"%PDF")
    for form in ("docx", "xlsx"):
        file = tmp_path / f"p.{form}"
        file.write_bytes(archivist.get(f"/file-plans/{plan_id}/danh-muc-ho-so.{form}").data)
        lan = person(services, "lan")
        told = import_plan(services, file, agency="H40.18", year=YEAR, actor=lan)
        assert told.findings == []
        after = [(row.notation, row.title) for row in opened(services, plan_id).entries]
        assert after == before


def test_a_plan_of_many_entries_costs_as_many_statements_as_one_of_few(
    services: Services, archivist: FlaskClient, plan_id: UUID
) -> None:
    address = f"/file-plans/{plan_id}"

    def statements() -> int:
        with counted(services) as seen:
            assert archivist.get(address).status_code == 200
        return len(seen)

    statements()
    few = statements()
    with services.writing() as session:
        plan = session.get_one(FilePlan, plan_id)
        plan.entries.extend(
            FilePlanEntry(ordinal=n, notation=f"{n}.X", title=f"Hồ sơ {n}", term="20 năm", years=20)
            for n in range(100, 2100)
        )
    assert statements() == few
    last = archivist.get(f"{address}?cursor=41")
    assert "2012" in last.text.replace(".", "")
    assert list_plans(services, actor=person(services, "lan"))[0].entries == 2012


def test_the_paper_of_a_plan_is_sealed_by_the_agency_and_lies_beside_its_act(
    services: Services, archivist: FlaskClient, plan_id: UUID
) -> None:
    address = f"/file-plans/{plan_id}"
    with services.unit_of_work() as uow:
        of_agency = get_agency(uow.session, "H40.18").id
        for name, role in (("thu", Role.CLERK), ("an", Role.AGENCY_HEAD)):
            add_account(name, role=role, actor=OPERATOR, uow=uow, agency_id=of_agency)
        uow.commit()
    clerk, lan = person(services, "thu"), person(services, "lan")
    in_force(services, plan_id)
    assert "Chưa có bản ký" in archivist.get(address).text
    told = ask_for_signature(services, plan_id, account=clerk.account, with_seal=True, actor=lan)
    assert opened(services, plan_id).signing == "waiting"
    again = send(archivist, f"{address}/sign", signer=f"{clerk.account}|seal")
    assert again.status_code == 409
    with pytest.raises(FilePlanPaperAskedError):
        ask_for_signature(services, plan_id, account=clerk.account, with_seal=True, actor=lan)
    with pytest.raises(SealNotHeldError):  # the clerk has no key in hand yet: the plan is in force
        seal_request(services, told.id, actor=clerk)
    hand_over(services, "H40.18", to=clerk.account, by="Giám đốc Sở", actor=OPERATOR)
    answered = seal_request(services, told.id, actor=clerk)
    assert answered.accepted
    assert opened(services, plan_id).signing == "signed"
    reader = person(services, "binh")
    name, content = read_paper(services, plan_id, 1, actor=reader)
    assert (name, content[:4]) == (f"danh-muc-ho-so-{YEAR}.pdf", b"%PDF")
    page = archivist.get(f"{address}/signed/1.pdf")
    assert page.data == content
    assert archivist.get(f"{address}/signed/2.pdf").status_code == 404
    assert post(archivist, f"{address}/approve").status_code == 403
