"""Who has no account asks for one: an administrator makes it or says why not, in a working day."""

import datetime as dt
import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.accounts.acts import AccountExistsError, add_account, get_account
from archive_service.accounts.applications import rules
from archive_service.accounts.applications.acts import (
    ANSWER_JOB,
    OVERDUE,
    WAITING,
    ask_for_account,
    count_overdue,
    grant_application,
    list_applications,
    refuse_application,
)
from archive_service.accounts.applications.documents import (
    AccountApplicationDocument,
    AccountWish,
    ApplicationGrant,
    ApplicationRefusal,
)
from archive_service.accounts.applications.jobs import WATCH_JOB
from archive_service.accounts.person_name import PersonNameError
from archive_service.accounts.tries import Place, TriesExceededError
from archive_service.bootstrap import open_mailer
from archive_service.catalogue.agencies.acts import AgencyNotFoundError
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.account_application import AccountApplication
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.sign_in import SignInTry
from archive_service.notices.mail import MailAddressError
from archive_service.office_hours import office_hours
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import API, add_person, form_token, program_of, sign_in
from tests.worlds.command import Command
from tests.worlds.servers.post_office import post_office

WISH = AccountWish(
    person="Trần Thị Hoa", name="001088012345", purpose="Tra cứu lịch sử xã", email="hoa@xa.example"
)
HOME, ABROAD = Place("127.0.0.1"), Place("203.0.113.7", inside=False)
FORM = WISH.model_dump()


@pytest.fixture
def admin(services: Services) -> Actor:
    add_person(services, "quan", Role.ADMIN)
    return person(services, "quan")


def asked(services: Services, **other: Any) -> AccountApplicationDocument:
    ask_for_account(services, WISH.model_copy(update=other), place=HOME, lang="vi")
    with services.read_only() as session:
        newest = select(AccountApplication).order_by(AccountApplication.asked_at.desc())
        found = session.scalars(newest.limit(1)).one().id
    add_person(services, "quan", Role.ADMIN)
    rows = list_applications(services, actor=person(services, "quan")).applications
    return next(row for row in rows if row.id == found)


def told(services: Services, kind: str) -> int:
    """Of how many requests somebody was told so."""
    with services.read_only() as session:
        about = select(Notice.subject_id).where(Notice.kind == kind)
        return len(set(session.scalars(about)))


def test_who_asks_at_the_open_page_signs_in_once_it_was_granted(
    app: Flask, services: Services, admin: Actor
) -> None:
    client = app.test_client()
    assert rules.OPEN_PAGE in client.get("/sign-in").text
    token = form_token(client.get(rules.OPEN_PAGE))
    answer = client.post(rules.OPEN_PAGE, data={**FORM, "csrf_token": token})
    found = re.search(r"Đã nhận đề nghị số ([0-9A-F]{8})", answer.text)
    assert (answer.status_code, found is not None) == (200, True)
    (row,) = list_applications(services, actor=admin).applications
    assert found is not None
    assert (row.number, row.state, row.name) == (found[1], "asked", WISH.name)
    today = clock.local(clock.now()).date()
    assert row.due_on == office_hours().working_days_after(today, 1).isoformat()
    assert told(services, WAITING) == 1
    with services.read_only() as session:  # what was told lies sealed
        assert WISH.email not in session.scalars(select(AccountApplication)).one().sealed
    desk = browser_of(app, services, "quan")
    page = desk.get(rules.PAGE).text
    assert ("Trần Thị Hoa" in page, WISH.name in page) == (True, False)  # the number is masked
    made = post(desk, f"{rules.PAGE}/{row.id}/grant")
    password = re.search(r'id="first-password">([^<]+)<', made.text)
    assert password is not None
    with services.read_only() as session:
        account = get_account(session, WISH.name)
        assert (account.role, account.password_once, account.person) == (
            Role.READER,
            True,
            WISH.person,
        )
    assert sign_in(app.test_client(), WISH.name, password[1]).status_code == 303
    again = post(desk, f"{rules.PAGE}/{row.id}/grant")
    assert (again.status_code, "đã được trả lời" in again.text) == (409, True)
    with services.read_only() as session:
        tags = {event.tag: event.data for event in session.scalars(select(AuditEvent))}
    assert tags["account-application:made"]["due_on"] == row.due_on
    assert tags["account-application:granted"]["account"] == WISH.name
    assert WISH.person not in str(tags["account-application:made"])


def test_a_program_asks_and_answers_alike(app: Flask, services: Services, admin: Actor) -> None:
    client = app.test_client()
    answer = client.post(f"{API}/account-applications", json=FORM)
    assert (answer.status_code, set(answer.get_json())) == (202, {"number", "due_on"})
    assert client.get(f"{API}/account-applications").status_code == 401
    desk = program_of(app, services, "quan")
    (row,) = desk.get("/account-applications").get_json()["applications"]
    refused = desk.post(f"/account-applications/{row['id']}/refuse", json={"reason": "Thiếu dấu"})
    assert (refused.status_code, refused.get_json()["state"]) == (200, "refused")
    assert refused.get_json()["answered_by"] == "counter"  # no mail is set here
    made = desk.post(f"/account-applications/{row['id']}/grant", json={})
    assert (made.status_code, made.get_json()["code"]) == (409, "account-application-state")


def test_a_name_that_somebody_bears_is_answered_like_any_other(
    app: Flask, services: Services, admin: Actor
) -> None:
    client, pages = app.test_client(), []
    for name in ("bach", "nobody.bears.it"):
        token = form_token(client.get(rules.OPEN_PAGE))
        sent = {**FORM, "name": name, "csrf_token": token}
        answer = client.post(rules.OPEN_PAGE, data=sent)
        pages.append((answer.status_code, re.sub(r"[0-9A-F]{8}|nonce-[^\"]+", "", answer.text)))
    assert pages[0] == pages[1]
    taken = next(
        row for row in list_applications(services, actor=admin).applications if row.name == "bach"
    )
    with pytest.raises(AccountExistsError):
        grant_application(services, taken.id, ApplicationGrant(), actor=admin)
    given = ApplicationGrant(name="hoa.tran")  # it waits still, and is made under another
    assert grant_application(services, taken.id, given, actor=admin).name == "hoa.tran"


def test_an_agency_sees_and_answers_what_is_asked_of_it_alone(
    services: Services, admin: Actor
) -> None:
    with services.unit_of_work() as uow:
        agency_id = get_account(uow.session, "bach").agency_id
        add_account(
            "quan.coquan", role=Role.AGENCY_ADMIN, actor=OPERATOR, uow=uow, agency_id=agency_id
        )
        uow.commit()
    chief = person(services, "quan.coquan")
    every, own = asked(services), asked(services, agency=SAMPLE_AGENCY.new_code)
    other = asked(services, agency=OTHER_AGENCY)
    seen = list_applications(services, actor=chief).applications
    assert [row.id for row in seen] == [own.id]
    assert len(list_applications(services, actor=admin).applications) == 3
    for hidden in (every, other):
        with pytest.raises(rules.AccountApplicationNotFoundError):
            grant_application(services, hidden.id, ApplicationGrant(), actor=chief)
        with pytest.raises(rules.AccountApplicationNotFoundError):
            refuse_application(services, hidden.id, ApplicationRefusal(reason="Không"), actor=chief)
    made = grant_application(services, own.id, ApplicationGrant(), actor=chief)
    assert made.agency == SAMPLE_AGENCY.new_code
    for name in ("bach", "lan"):
        with pytest.raises(ActNotAllowedError):
            list_applications(services, actor=person(services, name))


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"person": " \u200b"}, PersonNameError),
        ({"person": "Ng\x07a"}, PersonNameError),
        ({"name": "x"}, rules.AccountApplicationWordsError),
        ({"name": "x" * 101}, rules.AccountApplicationWordsError),
        ({"name": "a\x00b"}, rules.AccountApplicationWordsError),
        ({"purpose": "…"}, rules.AccountApplicationWordsError),
        ({"purpose": "x" * 1001}, rules.AccountApplicationWordsError),
        ({"email": "a@b.example\nBcc: c@d.example"}, MailAddressError),
        ({"agency": "H99.99"}, AgencyNotFoundError),
    ],
)
def test_what_cannot_be_answered_is_not_taken_in(
    services: Services, wrong: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ask_for_account(services, WISH.model_copy(update=wrong), place=HOME, lang="vi")
    with services.read_only() as session:
        assert session.scalars(select(AccountApplication)).all() == []


def test_the_page_tells_what_is_missing_and_keeps_the_rest(app: Flask) -> None:
    client = app.test_client()
    token = form_token(client.get(rules.OPEN_PAGE))
    sent = {"csrf_token": token, "person": "Trần Thị Hoa"}
    answer = client.post(rules.OPEN_PAGE, data=sent)
    assert (answer.status_code, "tên đăng nhập" in answer.text) == (422, True)
    assert 'value="Trần Thị Hoa"' in answer.text


def test_the_queue_of_an_address_and_of_all_has_an_end_that_is_told(
    services: Services, admin: Actor
) -> None:
    limits = {"applications_open": 3, "applications_per_address": 2}
    accounts = services.settings.accounts.model_copy(update=limits)
    few = replace(services, settings=services.settings.model_copy(update={"accounts": accounts}))
    first = asked(few)
    asked(few)
    with pytest.raises(rules.AccountApplicationAddressError):
        ask_for_account(few, WISH, place=HOME, lang="vi")
    ask_for_account(few, WISH, place=ABROAD, lang="vi")
    with pytest.raises(rules.AccountApplicationsFullError):
        ask_for_account(few, WISH, place=ABROAD, lang="vi")
    refuse_application(few, first.id, ApplicationRefusal(reason="Không rõ"), actor=admin)
    ask_for_account(few, WISH, place=HOME, lang="vi")  # there is room again


def test_an_address_that_sends_what_is_refused_waits(app: Flask, services: Services) -> None:
    client = app.test_client()
    wrong = {**FORM, "purpose": ""}
    sent = [client.post(f"{API}/account-applications", json=wrong) for _ in range(6)]
    assert [answer.status_code for answer in sent] == [422] * 5 + [429]
    assert int(sent[-1].headers["Retry-After"]) > 0
    with services.writing() as session:
        session.execute(delete(SignInTry))
    assert client.post(f"{API}/account-applications", json=FORM).status_code == 202


def test_colleagues_who_share_an_address_do_not_wait_for_each_other(
    app: Flask, services: Services
) -> None:
    client = app.test_client()
    for number in range(8):
        wrong = {**FORM, "purpose": "", "name": f"hoa.{number}"}
        assert client.post(f"{API}/account-applications", json=wrong).status_code == 422
    assert client.post(f"{API}/account-applications", json=FORM).status_code == 202
    with services.read_only() as session:
        assert WISH.name not in str(session.scalars(select(SignInTry.name)).all())


def test_one_address_outside_waits_whoever_it_says_that_asks(services: Services) -> None:
    for number in range(10):
        wrong = WISH.model_copy(update={"purpose": "", "name": f"hoa.{number}"})
        with pytest.raises(rules.AccountApplicationWordsError):
            ask_for_account(services, wrong, place=ABROAD, lang="vi")
    with pytest.raises(TriesExceededError):
        ask_for_account(services, WISH, place=ABROAD, lang="vi")


def test_what_is_overdue_is_told_once_and_what_was_answered_is_forgotten(
    app: Flask, services: Services, admin: Actor
) -> None:
    late, done = asked(services), asked(services)
    refuse_application(services, done.id, ApplicationRefusal(reason="Không rõ"), actor=admin)
    past = clock.now() - dt.timedelta(days=services.settings.accounts.application_days, hours=1)
    with services.writing() as session:
        session.execute(update(AccountApplication).values(due_on="2026-01-05"))
        session.execute(
            update(AccountApplication)
            .where(AccountApplication.id == done.id)
            .values(decided_at=past)
        )
    assert count_overdue(services, actor=admin) == 1
    assert "Quá hạn trả lời" in browser_of(app, services, "quan").get(rules.PAGE).text
    assert "Đề nghị cấp tài khoản" in browser_of(app, services, "quan").get("/late").text
    for _ in range(2):
        with services.writing() as session:
            services.jobs.add(session, WATCH_JOB)
        assert run_one(services, names=[WATCH_JOB]) == "done"
    assert told(services, OVERDUE) == 1
    rows = {row.id: row for row in list_applications(services, actor=admin).applications}
    assert (rows[late.id].person, rows[late.id].overdue) == (WISH.person, True)
    assert (rows[done.id].person, rows[done.id].email, rows[done.id].reason) == ("", "", "Không rõ")
    grant_application(services, late.id, ApplicationGrant(), actor=admin)
    with services.read_only() as session:
        unread = select(Notice).where(Notice.kind == OVERDUE, Notice.read_at.is_(None))
        assert session.scalars(unread).all() == []


def test_the_asker_hears_the_answer_by_mail(services: Services, admin: Actor) -> None:
    with post_office() as office:
        mail = services.settings.mail.model_copy(update={"url": office.url})
        posted = replace(
            services,
            settings=services.settings.model_copy(update={"mail": mail}),
            mailer=open_mailer(mail),
        )
        row, other = asked(posted), asked(posted, email="b@xa.example", name="hoa.hai")
        grant_application(posted, row.id, ApplicationGrant(), actor=admin)
        why = ApplicationRefusal(reason="Không nêu rõ hồ sơ")
        refuse_application(posted, other.id, why, actor=admin)
        for _ in range(2):
            assert run_one(posted, names=[ANSWER_JOB]) == "done"
        granted, refused = office.text_to(row.email), office.text_to(other.email)
        told_of = [letter.as_string() for letter in office.taken]
    assert len(told_of) == 2
    assert "đã được chấp thuận" in granted
    assert why.reason in refused
    assert row.name not in granted + refused
    rows = list_applications(posted, actor=admin).applications
    assert all(one.answered_by == "mail" and one.answered_at for one in rows)


def test_where_mail_was_switched_off_meanwhile_the_answer_is_at_the_counter(
    services: Services, admin: Actor
) -> None:
    with post_office() as office:
        mail = services.settings.mail.model_copy(update={"url": office.url})
        posted = replace(services, mailer=open_mailer(mail))
        row = asked(posted)
        given = ApplicationRefusal(reason="Không rõ")
        assert refuse_application(posted, row.id, given, actor=admin).answered_by == "mail"
    assert run_one(services, names=[ANSWER_JOB]) == "done"
    (found,) = list_applications(services, actor=admin).applications
    assert (found.answered_by, found.answered_at) == ("counter", None)


def test_they_are_listed_granted_and_refused_at_the_shell(services: Services, admin: Actor) -> None:
    archive, first, other = Command(services.settings.home), asked(services), asked(services)
    run = partial(archive.ask, "account", "applications", account=admin.account)
    told_of = run("list")["applications"]
    assert {one["id"] for one in told_of} == {str(first.id), str(other.id)}
    shown = archive.run("account", "applications", "list", account=admin.account)
    assert (first.number in shown.stdout, WISH.name in shown.stdout) == (True, False)
    made = run("grant", first.id, "--name", "hoa.tran")
    assert (made["name"], bool(made["password"])) == ("hoa.tran", True)
    assert run("refuse", other.id, "--reason", "Không rõ")["state"] == "refused"
    again = archive.run(
        *("account", "applications", "grant", other.id, "--json"), account=admin.account
    )
    assert (again.code, again.error["code"]) == (4, "account-application-state")
    hidden = archive.run("account", "applications", "list", "--json", account="lan")
    assert (hidden.code, hidden.error["code"]) == (4, "act-not-allowed")
