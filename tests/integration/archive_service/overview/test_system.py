"""Hệ thống, việc nền, số hóa and phê duyệt in the browser: what stands there, and for whom."""

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import posts_of
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Role
from archive_service.overview.copies_at_a_glance import incidents
from archive_service.services import Services
from archive_service.status.health import backends
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.browsers import (
    browser_of,
    confirm_gains,
    counted,
    damaged,
    more_case_files,
    post,
)
from tests.worlds.clients import OPEN_CODE, add_person, do_all, sign_in
from tests.worlds.papers.bad_input import small_case

SYSTEM = "/system"


@pytest.fixture
def admin(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "quan")


def fail_a_job(services: Services, state: JobState = JobState.DEAD) -> UUID:
    """A job that waits for a person, about the open case file."""
    with services.unit_of_work() as uow:
        case_file = uow.session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        job = Job(
            name="index-case-file",
            subject_id=case_file.id,
            state=state,
            run_at=clock.now(),
            attempts=6,
            created_at=clock.now(),
            finished_at=clock.now(),
            error={"code": "search-unavailable", "facts": {"index": "search.db", "detail": "?"}},
        )
        uow.session.add(job)
        uow.commit()
        return job.id


def test_a_house_in_order_says_so(admin: FlaskClient) -> None:
    page = admin.get(SYSTEM).text
    assert "Không có sự cố nào" in page
    assert page.count('class="a"') >= 4  # two case files in each of two copies, and the legend
    assert "2/2" in page
    assert "ms" in page


def test_every_copy_is_called_by_its_name_and_told_to_be_whole(admin: FlaskClient) -> None:
    page = admin.get(SYSTEM).text
    parts = page.partition('id="backends-title"')[2].partition("</section>")[0]
    assert "Kho kho1<" in parts
    assert "Kho kho2<" in parts
    copies = page.partition('id="copies-title"')[2].partition("</section>")[0]
    assert copies.count("<td>Đủ</td>") == 2


def test_an_empty_list_of_jobs_skips_no_heading(admin: FlaskClient) -> None:
    main = admin.get("/jobs?q=khong-co-viec-nao").text.partition("<main")[2]
    assert main.index("<h1") < main.index("<h2")
    assert "<h3" not in main.partition("</main>")[0]


def test_pages_of_the_system_share_tabs_and_the_words_of_ages(admin: FlaskClient) -> None:
    overview, fixity = admin.get(SYSTEM).text, admin.get("/fixity").text
    tabs = '<nav class="tabs mb-3" aria-label="Phần hệ thống">'
    assert tabs in overview
    assert tabs in fixity
    for words in ("Trong 30 ngày", "Trong 90 ngày", "Trong 12 tháng", "Lâu hơn"):
        assert f"</svg>{words}</li>" in overview
        assert f"</svg>{words}</li>" in fixity


def test_troubles_come_first_and_each_says_what_to_do(
    services: Services, admin: FlaskClient
) -> None:
    fail_a_job(services)
    damaged(services, OPEN_CODE, "kho2")
    away = services.settings.home / "kho1"
    away.rename(away.with_name("elsewhere"))
    silent = [backend for backend in backends(services) if not backend.ok]
    told = incidents(services, silent, actor=person(services, "quan"))
    assert [entry["code"] for entry in told] == [
        "package-damaged",
        "backend-silent",
        "job-given-up",
    ]
    page = admin.get(SYSTEM).text
    assert "Có 3 sự cố đang mở" in page
    assert f"Hồ sơ {OPEN_CODE} ở kho2 khác với mã đã ghi" in page
    assert "archive fixity repair" in page
    assert "Kho không trả lời" in page
    assert "Đưa vào tra cứu không làm được" in page
    assert 'class="bad"' in page.partition('id="coverage-title"')[2]


def test_an_administrator_is_led_to_no_content(services: Services, admin: FlaskClient) -> None:
    damaged(services, OPEN_CODE, "kho2")
    fail_a_job(services)
    for place in (SYSTEM, "/jobs", "/system/accounts", "/system/agencies"):
        assert "/case-files/" not in admin.get(place).text
    for place in ("/case-files", f"/case-files/{OPEN_CODE}", "/search?q=a", "/audit", "/scanning"):
        assert admin.get(place).status_code in (403, 404)


@pytest.mark.parametrize("name", ["bach", "binh"])
@pytest.mark.parametrize("place", [SYSTEM, "/system/accounts", "/jobs", "/audit", "/scanning"])
def test_others_are_refused_in_words(app: Flask, services: Services, name: str, place: str) -> None:
    answer = browser_of(app, services, name).get(place)
    assert answer.status_code == 403
    assert "act-not-allowed" in answer.text


def test_an_agency_is_added_and_gets_a_new_identifier(admin: FlaskClient) -> None:
    given = {"code": "000.00.31.H40", "name": "Sở Thủy văn tỉnh Sơn Lam"}
    assert post(admin, "/system/agencies", **given).status_code == 303
    more = {"code": "H40.31", "name": given["name"], "same_as": given["code"]}
    answer = post(admin, "/system/agencies", **more, valid_from="01/07/2025")
    assert answer.status_code == 303
    page = admin.get("/system/agencies?q=thủy").text
    assert "000.00.31.H40" in page
    assert "mã đang dùng: H40.31" in page
    assert "01/07/2025" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"code": "", "name": "Sở"}, "“Mã định danh” còn trống"),
        ({"code": "sai mã", "name": "Sở"}, "“sai mã” không phải là mã định danh"),
        (
            {"code": "H40.32", "name": "Sở", "valid_from": "31/02/2025"},
            "không phải là một ngày có trong lịch",
        ),
        ({"code": "H40.32", "name": "Sở", "same_as": "H40.77"}, "agency-not-found"),
        ({"code": "H40.32", "name": " - "}, "Tên cơ quan không được để trống"),
    ],
)
def test_a_form_that_is_wrong_is_refused_in_words(
    admin: FlaskClient, given: dict[str, str], said: str
) -> None:
    answer = post(admin, "/system/agencies", **given)
    assert answer.status_code in (404, 422)
    assert said in answer.text


def test_a_new_account_signs_in_with_the_password_that_is_shown_once(
    app: Flask, services: Services, admin: FlaskClient
) -> None:
    given = {"name": "moi.nv", "display_name": "Nguyễn Văn Mới", "role": "archivist", "agency": ""}
    answer = post(admin, "/system/accounts", **given)
    assert answer.headers["Cache-Control"] == "no-store"
    password = answer.text.partition('id="first-password">')[2].partition("<")[0]
    assert password not in admin.get("/system/accounts").text
    assert sign_in(app.test_client(), "moi.nv", password).status_code == 403
    confirm_gains(app, services, "hung")
    assert sign_in(app.test_client(), "moi.nv", password).status_code == 303
    again = post(admin, "/system/accounts", **given)
    assert again.status_code == 409
    assert "first-password" not in again.text


@pytest.mark.parametrize(
    "given",
    [
        {"name": "", "role": "archivist"},
        {"name": "x", "role": "operator"},
        {"name": "x", "role": "officer", "agency": ""},
    ],
)
def test_an_account_that_may_not_be_is_refused(admin: FlaskClient, given: dict[str, str]) -> None:
    assert post(admin, "/system/accounts", **given).status_code == 422


def test_a_disabled_account_is_out_at_once(
    app: Flask, services: Services, admin: FlaskClient
) -> None:
    archivist = browser_of(app, services, "lan")
    assert archivist.get("/case-files").status_code == 200
    assert post(admin, "/system/accounts/lan/disable").status_code == 303
    assert archivist.get("/case-files").status_code == 303
    assert "Đã khóa" in admin.get("/system/accounts?q=lan").text


def test_a_post_is_set_on_the_page_of_accounts(
    app: Flask, services: Services, admin: FlaskClient
) -> None:
    at = "/system/accounts/lan/position"
    done = post(admin, f"{at}?q=lan", position="  Trưởng phòng   Lưu trữ ")
    assert done.headers["Location"] == "/system/accounts?q=lan"
    page = admin.get("/system/accounts?q=lan").text
    assert ">Trưởng phòng Lưu trữ</span>" in page
    assert 'value="Trưởng phòng Lưu trữ"' in page
    with services.read_only() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "account:changed")).one()
        assert posts_of(session, ["lan"]) == {"lan": "Trưởng phòng Lưu trữ"}
    assert (event.data["name"], event.data["changed"]) == ("lan", ["position"])
    assert event.data["before"] == {"position": ""}
    assert event.data["after"] == {"position": "Trưởng phòng Lưu trữ"}
    long = post(admin, f"{at}?q=lan", position="x" * 201)
    assert long.status_code == 422
    asked = long.text[long.text.index('id="position-1" open') :].partition("</dialog>")[0]
    assert "Chức vụ dài quá 200 ký tự" in asked
    assert f'value="{"x" * 201}"' in asked
    assert 'id="account-dialog" open' not in long.text
    assert post(browser_of(app, services, "lan"), at, position="Giám đốc").status_code == 403
    assert post(admin, "/system/accounts/khong.co/position", position="x").status_code == 404
    post(admin, at, position="")
    with services.read_only() as session:
        assert posts_of(session, ["lan"]) == {}


def test_a_job_that_gave_up_is_given_a_new_life(services: Services, admin: FlaskClient) -> None:
    job_id = fail_a_job(services)
    page = admin.get(f"/jobs?state=dead&q={OPEN_CODE}").text
    assert f"/jobs/{job_id}/retry" in page
    assert "Dừng hẳn" in page
    assert post(admin, f"/jobs/{job_id}/retry").status_code == 303
    do_all(services)
    with services.read_only() as session:
        assert session.get_one(Job, job_id).state is JobState.DONE


def test_an_archivist_sees_jobs_and_may_not_retry(app: Flask, services: Services) -> None:
    job_id = fail_a_job(services)
    client = browser_of(app, services, "lan")
    page = client.get("/jobs").text
    assert OPEN_CODE in page
    assert "/retry" not in page
    assert post(client, f"/jobs/{job_id}/retry").status_code == 403


def test_the_station_sees_what_waits_and_opens_nothing(app: Flask, services: Services) -> None:
    add_person(services, "tram", Role.STATION)
    with services.writing() as session:
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        case_file.digitization = Digitization.WAITING
    client = browser_of(app, services, "tram")
    page = client.get("/scanning/case-files").text
    assert OPEN_CODE in page
    assert "Chờ số hóa" in page
    assert "/case-files/" not in page
    assert client.get(f"/case-files/{OPEN_CODE}").status_code == 404
    of_staff = browser_of(app, services, "lan").get("/scanning/case-files").text
    assert f'"/case-files/{OPEN_CODE}"' in of_staff


def test_the_head_finds_what_waits_for_a_decision(
    app: Flask, services: Services, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = small_case(tmp_path_factory.mktemp("new") / "case", code="H40.18.2025.20.TH")
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    head = browser_of(app, services, "hung")
    assert "H40.18.2025.20.TH" not in head.get("/approvals").text
    do_all(services)
    page = head.get("/approvals").text
    assert "H40.18.2025.20.TH" in page
    assert f"/desk/{submission}" in page
    assert "/approve" not in page


@pytest.mark.parametrize("name", ["bach", "quan", "kiem"])
def test_who_decides_nothing_has_no_page_of_decisions(
    app: Flask, services: Services, name: str
) -> None:
    assert browser_of(app, services, name).get("/approvals").status_code == 403


def test_a_square_of_few_case_files_is_one_case_file(admin: FlaskClient) -> None:
    page = admin.get(SYSTEM).text
    assert "Mỗi ô là một hồ sơ" in page
    assert "0,25" not in page


@pytest.mark.parametrize(
    ("place", "given", "field"),
    [
        ("agencies", {"code": "H40 18", "name": "Chi cục Thủy lợi"}, "code"),
        (
            "agencies",
            {"code": "H40.77", "name": "Chi cục", "valid_from": "31/02/2025"},
            "valid_from",
        ),
        ("accounts", {"name": "moi", "display_name": "Người Mới", "role": "officer"}, "agency"),
        ("accounts", {"name": "lan", "display_name": "Lan Khác", "role": "reader"}, "name"),
    ],
)
def test_a_refused_form_is_shown_again_with_what_was_typed(
    admin: FlaskClient, place: str, given: dict[str, str], field: str
) -> None:
    answer = post(admin, f"/system/{place}", **given)
    assert answer.status_code in (409, 422)
    dialog = answer.text.partition("<dialog")[2]
    assert " open " in dialog.partition(">")[0]
    assert f'id="{field}-note"' in dialog
    for value in given.values():
        assert f'value="{value}"' in dialog


def test_long_lists_cost_no_more_statements(app: Flask, services: Services) -> None:
    people = {"/jobs": "quan", SYSTEM: "quan", "/audit": "kiem"} | {"/scanning/case-files": "lan"}
    browsers = {place: browser_of(app, services, name) for place, name in people.items()}
    before: dict[str, int] = {}
    for place, client in browsers.items():
        client.get(place)
        with counted(services) as seen:
            client.get(place)
        before[place] = len(seen)
    more_case_files(services, 40)
    with services.writing() as session:
        for row in session.scalars(select(CaseFile)):
            row.digitization = Digitization.WAITING
    for place, client in browsers.items():
        with counted(services) as seen:
            assert client.get(place).status_code == 200
        assert len(seen) == before[place], place
