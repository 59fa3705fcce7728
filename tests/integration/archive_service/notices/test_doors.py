"""Notices on the page, by REST and by command; and what a person sets of their own mail."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, MailDigest
from archive_service.domain.people.notice import Notice
from archive_service.notices import inbox
from archive_service.services import Services
from ingest.acceptance.decide import return_submission
from ingest.submissions.acts import submit
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.papers.bad_input import small_case

CODE = "H40.18.2025.09.QLCT"


@pytest.fixture
def told(services: Services) -> UUID:
    """Bách was told of one thing."""
    with services.unit_of_work() as uow:
        inbox.tell(
            uow.session,
            "submission-returned",
            to=inbox.named(uow.session, ["bach"]),
            subject_id=UUID(int=5),
            facts={"code": CODE, "reason": "thiếu <chữ ký>"},
            href="/my-case-files",
        )
        uow.commit()
        return uow.session.scalars(
            select(Notice.id).where(Notice.kind == "submission-returned")
        ).one()


def unread(services: Services, name: str) -> int:
    with services.read_only() as session:
        return inbox.count_unread(session, actor=person(services, name))


def account(services: Services, name: str) -> Account:
    with services.read_only() as session:
        return session.scalars(select(Account).where(Account.name == name)).one()


def test_who_handed_in_is_told_of_each_step(services: Services, tmp_path: Path) -> None:
    """The two case files of this home were accepted and have receipts; a third is returned."""
    with services.read_only() as session:
        rows, _ = inbox.list_notices(session, actor=person(services, "bach"))
    kinds = [row.kind for row in rows]
    assert sorted(kinds) == ["submission-accepted"] * 2 + ["submission-stored"] * 2
    small_case(tmp_path / "third", code=CODE)
    (sent,) = submit(tmp_path / "third", actor=person(services, "bach"), services=services)
    do_all(services)
    with services.writing() as session:
        return_submission(sent, "Thiếu chữ ký.", actor=person(services, "lan"), session=session)
    with services.read_only() as session:
        [row], _ = inbox.list_notices(
            session, actor=person(services, "bach"), kind="submission-returned"
        )
        assert session.get(Submission, row.subject_id) is not None
    assert row.urgent
    assert row.facts == {"code": CODE, "reason": "Thiếu chữ ký"}


def test_the_bell_counts_and_the_page_lists(app: Flask, services: Services, told: UUID) -> None:
    browser = browser_of(app, services, "bach")
    before = unread(services, "bach")
    page = browser.get("/notices").text
    assert f"Thông báo: {before} chưa đọc" in page
    assert f"Hồ sơ {CODE} bị trả lại" in page
    assert "thiếu &lt;chữ ký&gt;" in page
    answer = post(browser, f"/notices/{told}/open")
    assert (answer.status_code, answer.location) == (303, "/my-case-files")
    assert unread(services, "bach") == before - 1
    assert (
        f"Hồ sơ {CODE} bị trả lại"
        not in browser.get("/notices?state=unread").text.partition("<main")[2]
    )


def test_a_notice_is_wanted_back_and_all_are_read(
    app: Flask, services: Services, told: UUID
) -> None:
    browser = browser_of(app, services, "bach")
    before = unread(services, "bach")
    post(browser, f"/notices/{told}/read")
    post(browser, f"/notices/{told}/read", unread="1")
    assert unread(services, "bach") == before
    assert f"{before} thông báo chưa đọc." in browser.get("/notices").text
    post(browser, "/notices/read")
    assert unread(services, "bach") == 0
    assert "Không có thông báo chưa đọc." in browser.get("/notices").text


def test_the_list_is_narrowed_by_kind(app: Flask, services: Services, told: UUID) -> None:
    main = (
        browser_of(app, services, "bach")
        .get("/notices?kind=submission-accepted")
        .text.partition("<main")[2]
    )
    assert "được tiếp nhận" in main
    assert "thiếu &lt;chữ ký&gt;" not in main


def test_nobody_opens_the_notice_of_another(app: Flask, services: Services, told: UUID) -> None:
    before = unread(services, "bach")
    browser = browser_of(app, services, "lan")
    assert post(browser, f"/notices/{told}/open").status_code == 404
    program = program_of(app, services, "lan")
    assert program.post(f"/notices/{told}/read").status_code == 404
    assert unread(services, "bach") == before


def test_a_program_lists_a_part_at_a_time_and_marks(
    app: Flask, services: Services, told: UUID
) -> None:
    program = program_of(app, services, "bach")
    first = program.get("/notices?limit=2").json
    assert first is not None
    assert first["unread"] == unread(services, "bach")
    assert first["notices"][0]["id"] == str(told)
    second = program.get(f"/notices?limit=2&cursor={first['cursor']}").json
    assert second is not None
    assert {notice["id"] for notice in second["notices"]}.isdisjoint(
        notice["id"] for notice in first["notices"]
    )
    read = program.post(f"/notices/{told}/read").json
    assert read is not None
    assert read["read_at"] is not None
    assert program.post("/notices/read").json == {"read": first["unread"] - 1}


def test_a_token_without_the_scope_sees_no_notices(app: Flask, services: Services) -> None:
    program = program_of(app, services, "bach", ["submission:create"])
    assert program.get("/notices").status_code == 403
    assert program.get("/notices/contact").status_code == 403


def test_a_person_sets_where_mail_goes(app: Flask, services: Services) -> None:
    browser = browser_of(app, services, "bach")
    kept = post(browser, "/notices/contact", email="bach@sonlam.gov.vn", digest="hour")
    assert kept.status_code == 303
    row = account(services, "bach")
    assert (row.email, row.mail_digest, row.mail_urgent) == (
        "bach@sonlam.gov.vn",
        MailDigest.HOUR,
        False,
    )
    with services.read_only() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "account:changed")).one()
        assert "bach@sonlam.gov.vn" not in str(event.data)
        assert event.data["changed"] == ["email", "mail_digest", "mail_urgent"]


@pytest.mark.parametrize(
    "address", ["bach@sonlam.gov.vn\r\nBcc: ai@khac.example", "không phải địa chỉ"]
)
def test_an_address_with_a_line_break_is_refused_everywhere(
    app: Flask, services: Services, home: Path, address: str
) -> None:
    browser = browser_of(app, services, "bach")
    refused = post(browser, "/notices/contact", email=address, digest="day")
    assert refused.status_code == 422
    assert "Không phải một địa chỉ thư điện tử" in refused.text
    program = program_of(app, services, "bach")
    told = program.ask("PUT", "/notices/contact", json={"email": address})
    assert (told.status_code, told.json and told.json["code"]) == (422, "mail-address")
    answer = Command(home).run("account", "set", "bach", "--email", address, "--json")
    assert answer.code == 2
    assert answer.error["code"] == "mail-address"
    assert account(services, "bach").email == ""


def test_a_person_does_not_make_themselves_head_of_a_unit(app: Flask, services: Services) -> None:
    program = program_of(app, services, "bach")
    told = program.ask("PUT", "/notices/contact", json={"unit_head": True})
    assert told.status_code == 422
    assert account(services, "bach").is_unit_head is False


def test_the_administrator_sets_a_unit_and_its_head(home: Path, services: Services) -> None:
    command = Command(home).run
    told = command(
        "account", "set", "bach", "--unit", " Phòng  Tài nguyên nước ", "--unit-head", "--json"
    ).document
    assert (told["unit"], told["unit_head"]) == ("Phòng Tài nguyên nước", True)
    assert told["email"] is None
    assert command("account", "set", "nobody", "--unit", "A", "--json").code == 3
    assert command("account", "set", "bach", "--unit", "A" * 201, "--json").code == 2
    assert command("account", "set", "lan", "--unit", "A", "--json", account="bach").code == 4


def test_the_command_lists_what_the_account_was_told(home: Path, told: UUID) -> None:
    command = Command(home).run
    listed = command("notice", "list", "--unread", "--json", account="bach").document
    assert listed["notices"][0]["id"] == str(told)
    assert listed["total"] == len(listed["notices"])
    assert f"Hồ sơ {CODE} bị trả lại" in command("notice", "list", account="bach").stdout
    assert command("notice", "read", told, "--json", account="bach").document == {"read": 1}
    assert command("notice", "read", told, "--json", account="lan").code == 3
    assert command("notice", "read", "--json", account="bach").code == 2
    assert command("notice", "list", "--json").code == 4  # the operator is no person


def test_the_administrator_sets_the_post_that_stands_where_a_person_signs(
    app: Flask, home: Path, services: Services
) -> None:
    command = Command(home).run
    told = command("account", "set", "bach", "--position", " Giám  đốc ", "--json").document
    assert told["position"] == "Giám đốc"
    too_long = command("account", "set", "bach", "--position", "A" * 201, "--json")
    assert (too_long.code, too_long.error["code"]) == (2, "position-name")
    program = program_of(app, services, "bach")
    assert program.ask("PUT", "/notices/contact", json={"position": "Chủ tịch"}).status_code == 422
    assert account(services, "bach").position == "Giám đốc"
