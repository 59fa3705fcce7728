"""Thu thập in the browser and by REST: previewed, published, printed, kept longer, refused."""

import datetime as dt
import html
import re
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.app import create_app
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.collection import CollectionList
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from ingest.calling_in.given import UrgeIn
from ingest.calling_in.urging import NobodyToUrgeError, NothingToUrgeError, urge
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of, session_token
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

AGENCY = SAMPLE_AGENCY.new_code
YEAR = clock.today().year - 1
CODE = f"{AGENCY}.{YEAR}.01.TN"
UNTIL = dt.date(YEAR + 2, 6, 30).isoformat()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An approved plan of two case files, and a head of the agency."""
    home = new_home(tmp_path / "home")
    with open_home(home) as services, services.unit_of_work() as uow:
        agency = uow.session.scalars(select(Agency).where(Agency.code == AGENCY)).one()
        plan = FilePlan(agency_id=agency.id, year=YEAR, state=FilePlanState.APPROVED)
        plan.entries = [
            FilePlanEntry(
                ordinal=at, notation=f"{at:02}.TN", title=f"Hồ sơ <{at}>", term="20 năm", years=20,
                unit="Phòng Tài nguyên nước", creator="bach",
            )
            for at in (1, 2)
        ]  # fmt: skip
        uow.session.add(plan)
        add_account("thu", role=Role.AGENCY_HEAD, actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()
    return home


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def archivist(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "lan")


def publish(archivist: FlaskClient) -> str:
    """The address of the published list."""
    answer = archivist.post(
        "/collection/publish",
        data={
            "csrf_token": session_token(archivist),
            "agency": AGENCY,
            "year": str(YEAR),
            "notation": ["01.TN", "02.TN"],
            "settled": ["", ""],
            "leave_out": ["", "Công việc còn tiếp tục"],
        },
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_publication_that_is_refused_keeps_what_was_typed(archivist: FlaskClient) -> None:
    refused = archivist.post(
        "/collection/publish",
        data={
            "csrf_token": session_token(archivist),
            "agency": AGENCY,
            "year": str(YEAR),
            "notation": ["01.TN", "02.TN"],
            "settled": [f"{YEAR}-12-30", "31/12"],
            "leave_out": ["", "Công việc còn tiếp tục"],
        },
    )
    assert refused.status_code == 422
    fields = re.findall(r'<input[^>]* name="(?:settled|leave_out)"[^>]*>', refused.text)
    kept = [re.findall(r' value="([^"]*)"', field)[0] for field in fields]
    assert kept == [f"30/12/{YEAR}", "", "31/12", "Công việc còn tiếp tục"]


def test_a_list_is_previewed_published_and_printed(archivist: FlaskClient) -> None:
    seen = archivist.get(f"/collection/lists?agency={AGENCY}&year={YEAR}").text
    assert "2 hồ sơ phải nộp" in seen
    assert "Hồ sơ &lt;1&gt;" in seen
    _, _, asks = seen.partition('<dialog class="dialog" id="publish-dialog"')
    before, _, _ = asks.partition("</dialog>")
    assert f"năm {YEAR} của {AGENCY}?" in before
    assert seen.index('<button type="submit" disabled hidden>') < seen.index("publish-dialog")
    assert seen.count('type="submit" class="btn btn-primary">Công bố danh mục') == 1
    assert 'type="submit" class="btn btn-primary">Công bố danh mục' in before  # no other way there
    place = publish(archivist)
    page = archivist.get(place).text
    assert CODE in page
    assert "Công việc còn tiếp tục" in page
    assert archivist.get(f"{place}/print.pdf").data.startswith(b"%PDF-")
    assert archivist.get(f"{place}/print.xlsx").data.startswith(b"PK")
    assert "01/DMNL" in archivist.get("/collection/lists").text
    assert "Phòng Tài nguyên nước" in archivist.get("/collection").text


def test_what_is_called_in_is_filtered_downloaded_and_leads_to_what_is_in_custody(
    archivist: FlaskClient, services: Services, tmp_path: Path
) -> None:
    place = publish(archivist)
    left = archivist.get(place).text.partition('id="left-title"')[2]
    assert f'<span class="code">{AGENCY}.{YEAR}.02.TN</span>' in left
    for address in ("/collection", place):
        page = archivist.get(address).text
        assert f'<span class="code">{CODE}</span>' in page
        assert "Chưa đến hạn" in page.partition(f'<span class="code">{CODE}</span>')[2]
        assert CODE in archivist.get(f"{address}?q=tai+nguyen+bach&state=due").text
        for none in ("q=khong+co", "state=late"):
            page = archivist.get(f"{address}?{none}").text
            assert CODE not in page
            assert "Không có hồ sơ nào khớp" in page
        table = archivist.get(f"{address}?export=csv&state=due").data.decode()
        assert f"{CODE},Hồ sơ <1>,Phòng Tài nguyên nước,bach,31/12/{YEAR + 1},Chưa đến hạn" in table
        assert CODE not in archivist.get(f"{address}?export=csv&state=kept").data.decode()
    write_pdf(tmp_path / "case" / "01.pdf", words=CODE)
    rows = [document_row("01.pdf", CODE)]
    write_sheet(tmp_path / "case" / "Hồ sơ.xlsx", [case_row(CODE)], rows)
    (sent,) = submissions_acts.submit(
        tmp_path / "case", actor=person(services, "bach"), services=services
    )
    do_all(services)
    submissions_acts.accept(services, sent, actor=person(services, "lan"))
    (plan,) = re.findall(r'href="(/file-plans/[^"?]{36})"', archivist.get("/file-plans").text)
    for address in ("/collection?state=submitted", f"{place}?state=submitted", plan):
        page = archivist.get(address).text
        assert f'<a class="code" href="/case-files/{CODE}">{CODE}</a>' in page


def test_a_second_publication_is_refused_on_the_page(
    archivist: FlaskClient, services: Services
) -> None:
    publish(archivist)
    again = post(archivist, "/collection/publish", agency=AGENCY, year=str(YEAR))
    assert again.status_code == 409
    assert "đã công bố" in again.text
    for year in ("", "20x5", "1999", str(YEAR + 2)):
        refused = post(archivist, "/collection/publish", agency=AGENCY, year=year)
        assert refused.status_code in (409, 422)
    with services.read_only() as session:
        assert len(session.scalars(select(CollectionList)).all()) == 1


def test_an_officer_asks_to_keep_and_the_head_consents_with_a_paper(
    app: Flask, services: Services, archivist: FlaskClient
) -> None:
    publish(archivist)
    officer, head = (browser_of(app, services, name) for name in ("bach", "thu"))
    assert "agency" not in officer.get("/collection/lists").text.partition("<main")[2]
    assert post(officer, "/collection/publish", agency=AGENCY, year=str(YEAR)).status_code == 403
    too_long = dt.date(YEAR + 4, 1, 1).isoformat()
    refused = post(
        officer, "/collection/keep-back", codes=CODE, until=too_long, reason="Đang thanh tra"
    )
    assert refused.status_code == 422
    assert "không giữ lại được" in refused.text
    assert "Đang thanh tra" in refused.text
    asked = post(officer, "/collection/keep-back", codes=CODE, until=UNTIL, reason="Thanh tra")
    assert asked.status_code == 303
    page = head.get("/collection/keep-back").text
    request_id = page.partition('id="decide-')[2][:36]
    place = f"/collection/keep-back/{UUID(request_id)}/decide"
    assert post(officer, place, paper="1/QĐ", decision="consent").status_code == 403
    assert post(head, place, paper="", decision="consent").status_code == 422
    assert post(head, place, paper="1/QĐ-STNMT", decision="consent").status_code == 303
    assert "1/QĐ-STNMT" in officer.get("/collection/keep-back").text
    assert "1/QĐ-STNMT" in officer.get("/collection/keep-back?q=thanh+tra&state=consented").text
    for none in ("q=khong+co", "state=asked"):
        narrowed = officer.get(f"/collection/keep-back?{none}").text
        assert "1/QĐ-STNMT" not in narrowed
        assert "Không có hồ sơ nào khớp" in narrowed
    assert officer.get("/collection/keep-back/print.docx").data.startswith(b"PK")
    assert "0 %" in archivist.get("/collection").text


def test_all_that_is_wrong_is_told_at_once_and_what_was_typed_stays(
    app: Flask, services: Services, archivist: FlaskClient
) -> None:
    publish(archivist)
    officer, head = (browser_of(app, services, name) for name in ("bach", "thu"))
    too_long = dt.date(YEAR + 4, 1, 1).isoformat()
    page = post(
        officer, "/collection/keep-back", codes=f"{CODE} H40.X H40.Y", until=too_long, reason=""
    )
    assert page.status_code == 422
    told = html.unescape(page.text.partition('id="ask-dialog"')[2])
    assert "Hồ sơ H40.X, H40.Y không nằm trong danh mục" in told
    for said in (f"Hồ sơ {CODE} đến hạn nộp", "Ô “Lý do” còn trống."):
        assert said in told
    assert f"{CODE} H40.X H40.Y</textarea>" in told
    assert f'value="01/01/{YEAR + 4}"' in told
    post(officer, "/collection/keep-back", codes=CODE, until=UNTIL, reason="Thanh tra")
    request_id = head.get("/collection/keep-back").text.partition('id="decide-')[2][:36]
    place = f"/collection/keep-back/{request_id}/decide"
    page = post(head, place, paper="", reason="", decision="refuse")
    told = page.text.partition(f'id="decide-{request_id}" open')[2].partition("</dialog>")[0]
    assert page.status_code == 422
    for field, said in (("paper", "“Văn bản quyết định”"), ("reason", "“Lý do”")):
        below = told.partition(f'id="{field}-{request_id}-note"')[2].partition("form-label")[0]
        assert f"Ô {said} còn trống." in below
    page = post(head, place, paper="9/CV-STNMT", reason="", decision="refuse")
    told = page.text.partition(f'id="decide-{request_id}" open')[2].partition("</dialog>")[0]
    assert 'value="9/CV-STNMT"' in told
    assert "Ô “Lý do” còn trống." in told
    assert "“Văn bản quyết định” còn trống" not in told
    assert "Đồng ý hay từ chối đều phải căn cứ vào một văn bản" in told, "said before it is refused"


def test_a_program_does_the_same_with_its_scopes(app: Flask, services: Services) -> None:
    archive, officer, head = (program_of(app, services, name) for name in ("lan", "bach", "thu"))
    body = {"agency": AGENCY, "year": YEAR}
    seen = archive.post("/collections/preview", json=body).json
    assert seen is not None
    assert seen["entries"][0]["code"] == CODE
    assert officer.post("/collections", json=body).status_code == 403
    made = archive.post("/collections", json=body)
    assert made.status_code == 201
    assert archive.post("/collections", json=body).status_code == 409
    list_id = (made.json or {})["id"]
    told = officer.get(f"/collections/{list_id}").json
    assert told is not None
    assert {entry["state"] for entry in told["entries"]} == {"due"}
    asked = officer.post(
        "/collections/keep-back", json={"codes": [CODE], "until": UNTIL, "reason": "Thanh tra"}
    )
    assert asked.status_code == 201
    request_id = (asked.json or {})["requests"][0]["id"]
    place = f"/collections/keep-back/{request_id}/decide"
    decided = head.post(place, json={"consent": True, "paper": "1/QĐ"})
    assert (decided.json or {})["state"] == "consented"
    counts = archive.get("/collections/progress").json
    assert counts is not None
    assert (counts["units"][0]["kept"], counts["units"][0]["due"]) == (1, 1)
    other = program_of(app, services, "stranger")
    assert other.get(f"/collections/{list_id}").status_code == 404
    assert (other.get("/collections").json or {}) == {"collections": []}


def test_the_commands_do_the_same(home: Path, tmp_path: Path) -> None:
    archive = Command(home)
    options = ("--agency", AGENCY, "--year", YEAR)
    assert (
        archive.ask("collection", "publish", *options, "--preview", account="lan")["too_short"] == 0
    )
    document = archive.ask(
        "collection", "publish", *options, "--leave-out", "02.TN=Còn tiếp tục", account="lan"
    )
    assert document["count"] == 1
    again = archive.run("collection", "publish", *options, "--json", account="lan")
    assert (again.code, again.error["code"]) == (4, "collection-published")
    listed = archive.ask("collection", "list", account="bach")["collections"]
    assert [entry["id"] for entry in listed] == [document["id"]]
    target = tmp_path / "list.pdf"
    archive.ask("collection", "show", document["id"], "--to", target, account="lan")
    assert target.read_bytes().startswith(b"%PDF-")
    (request,) = archive.ask(
        "keep-back", "ask", CODE, "--until", UNTIL, "--reason", "Thanh tra", account="bach"
    )["requests"]
    decide = ("keep-back", "decide", request["id"], "--paper", "1/QĐ")
    assert archive.run(*decide, "--refuse", "--json", account="thu").code == 2
    assert archive.ask(*decide, "--consent", account="thu")["state"] == "consented"
    assert archive.ask("keep-back", "list", "--state", "consented", account="lan")["requests"]
    assert archive.ask("collection", "progress", account="lan")["units"][0]["kept"] == 1
    assert "bach" in archive.run("collection", "progress", account="lan").stdout


def test_lists_and_requests_survive_the_loss_of_the_database(home: Path) -> None:
    archive = Command(home)
    archive.ask("collection", "publish", "--agency", AGENCY, "--year", YEAR, account="lan")
    archive.ask("keep-back", "ask", CODE, "--until", UNTIL, "--reason", "Thanh tra", account="bach")
    before = (archive.ask("collection", "list"), archive.ask("keep-back", "list"))
    for file in home.glob("archive.db*"):
        file.unlink()
    archive.ask("rebuild")
    assert before == (archive.ask("collection", "list"), archive.ask("keep-back", "list"))


@pytest.mark.parametrize("form", ["khac", "x" * 5_000, "\0"])
def test_a_form_that_there_is_not_is_no_name_of_a_file(home: Path, form: str) -> None:
    with open_home(home) as services:
        lan = browser_of(create_app(services), services, "lan")
        page = lan.get(f"/collection/keep-back/print.{quote(form)}")
        assert (page.status_code, page.mimetype) == (200, "application/pdf")


def test_who_holds_a_case_file_is_urged_by_one_press_and_it_is_kept(
    app: Flask, services: Services, archivist: FlaskClient
) -> None:
    listed = publish(archivist)
    presses = [browser_of(app, services, "lan") for _ in range(2)]
    urged = at_once(lambda n: post(presses[n], f"{listed}/urge", code=CODE), 2)
    assert [one.status_code for one in urged] == [303, 303]  # pressed twice, kept and told once
    shown = archivist.get("/collection").text
    assert shown.count("đã nhắc ") == 1
    assert "Nhắc nộp" in shown
    officer = browser_of(app, services, "bach")
    assert f"Hồ sơ {CODE} được nhắc nộp" in html.unescape(officer.get("/notices").text)
    with services.read_only() as session:
        led_to = session.scalars(select(Notice.href).where(Notice.kind == "submission-urged"))
        assert led_to.first() == "/my-case-files"  # where it is handed in
    assert "Nhắc nộp" not in officer.get("/collection").text
    assert post(officer, f"{listed}/urge", code=CODE).status_code == 403
    head = browser_of(app, services, "thu")
    assert post(head, f"{listed}/urge", code=CODE).status_code == 303
    unknown = post(archivist, f"{listed}/urge", code="99")
    assert (unknown.status_code, "Danh mục này không có hồ sơ 99" in unknown.text) == (404, True)
    with services.read_only() as session:
        kept = session.query(AuditEvent).filter_by(tag="submission:urged")
        assert [audit_event.data["code"] for audit_event in kept] == [CODE, CODE]


def test_what_was_submitted_or_has_nobody_is_not_urged(
    services: Services, archivist: FlaskClient, tmp_path: Path
) -> None:
    listed = publish(archivist)
    with services.writing() as session:
        session.query(Account).filter_by(role=Role.OFFICER).update({"active": False})
    lan, list_id = person(services, "lan"), UUID(listed.rpartition("/")[2])
    with pytest.raises(NobodyToUrgeError):
        urge(services, list_id, UrgeIn(code=CODE), actor=lan)
    with services.writing() as session:
        agency = session.scalars(select(Agency).where(Agency.code == AGENCY)).one()
        session.add(
            Submission(
                id=uuid4(), agency_id=agency.id, channel="web", code=CODE, declared={},
                state=SubmissionState.CHECKED, submitted_by="bach", received_at=clock.now(),
            )
        )  # fmt: skip
    with pytest.raises(NothingToUrgeError):
        urge(services, list_id, UrgeIn(code=CODE), actor=lan)
    done = post(archivist, f"{listed}/urge", code=CODE)
    assert (done.status_code, "Đã nộp" in done.text) == (409, True)
