"""Grants at the pages, by REST and at the shell; and very many of them."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select

from archive_service import clock
from archive_service.accounts.acts import acting_as
from archive_service.catalogue.grants import acts
from archive_service.catalogue.grants.acts import (
    GrantsFullError,
    give_grant,
    list_grants,
)
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.services import Services
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import RESTRICTED_CODE, Program, add_person
from tests.worlds.command import Command
from tests.worlds.granted import READER, give, granting, reads_text, waiting


@pytest.fixture(autouse=True)
def people(services: Services) -> None:
    add_person(services, READER, Role.READER)
    add_person(services, "truong", Role.HEAD)


def test_with_very_many_grants_a_page_asks_for_them_in_one_statement(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, READER)
    client.get("/case-files")
    with counted(services) as before:
        client.get("/case-files")
    assert sum("reading_grant" in one for one in before) == 1
    give(services)
    with services.writing() as session:
        row = session.scalars(select(ReadingGrant)).one()
        values = {column.key: getattr(row, column.key) for column in ReadingGrant.__table__.columns}
        other = session.scalars(select(Account.id).where(Account.name == "binh")).one()
        many = [values | {"id": uuid4(), "account_id": other} for _ in range(100_000)]
        session.execute(insert(ReadingGrant), many)
    with counted(services) as after:
        client.get("/case-files")
    assert len(after) == len(before)
    assert reads_text(app, services)


def test_no_account_has_more_than_a_search_may_ask_for(services: Services) -> None:
    give(services)
    with services.writing() as session:
        row = session.scalars(select(ReadingGrant)).one()
        values = {column.key: getattr(row, column.key) for column in ReadingGrant.__table__.columns}
        many = [values | {"id": uuid4()} for _ in range(acts.MOST_OPEN - 1)]
        session.execute(insert(ReadingGrant), many)
    with pytest.raises(GrantsFullError):
        give_grant(services, granting(), actor=actor_of(services, "lan"))


def test_at_the_pages_it_is_given_confirmed_and_ended(app: Flask, services: Services) -> None:
    desk = browser_of(app, services, "lan")
    assert "Chưa cấp quyền nào" in desk.get("/grants").text
    form = {
        "account": READER,
        "scope": "case-file",
        "code": RESTRICTED_CODE,
        "level": "restricted",
        "gives": "read",
        "first_day": f"{clock.today():%d/%m/%Y}",
        "last_day": f"{clock.today():%d/%m/%Y}",
        "reason": "Quyết định 12/QĐ-LT",
    }
    for wrong in ({"scope": "all"}, {"last_day": "x"}, {"account": "x"}, {"code": "x"}):
        refused = post(desk, "/grants", **(form | wrong))
        assert refused.status_code in (404, 422)
        assert "Quyết định 12/QĐ-LT" in refused.text  # nothing is typed again
    assert post(desk, "/grants", **form).status_code == 303
    assert "Chờ xác nhận" in desk.get("/grants").text
    head = browser_of(app, services, "truong")
    page = head.get("/rights").text
    assert RESTRICTED_CODE in page
    assert "đến mức Hạn chế" in page
    assert post(head, f"/rights/{waiting(services)}/confirm").status_code == 303
    own = browser_of(app, services, READER)
    assert RESTRICTED_CODE in own.get("/grants").text
    (row,) = list_grants(services, actor=actor_of(services, READER)).grants
    assert post(own, f"/grants/{row.id}/end").status_code == 403
    assert post(desk, f"/grants/{row.id}/end").status_code == 303
    assert post(desk, f"/grants/{row.id}/end").status_code == 409
    assert "Đã kết thúc" in own.get("/grants").text


def test_for_programs_and_at_the_shell_it_is_the_same(
    services: Services, archivist: Program
) -> None:
    sent = archivist.post("/grants", json=granting().model_dump(mode="json"))
    assert sent.get_json()["state"] == "waiting"
    assert archivist.get("/grants").get_json()["total"] == 1
    ended = archivist.post(f"/grants/{sent.get_json()['id']}/end", json={})
    assert ended.get_json()["state"] == "ended"
    command = Command(services.settings.home)
    options = ("--from", clock.today(), "--until", clock.today(), "--reason", "Quyết định 12/QĐ-LT")
    given = ("grant", "give", "--to", READER, "--scope", "case-file", "--code", RESTRICTED_CODE)
    told = command.run(*given, "--level", "restricted", *options, account="lan")
    assert "đang có hiệu lực" in told.stderr  # a trusted shell
    with services.read_only() as session:
        actor = acting_as(session, READER, os_user="x", idle_days=45)
    assert {mode for _, mode in actor.granted} == {"02"}
    listed = command.ask("grant", "list", account="lan")["grants"]
    living = next(entry["id"] for entry in listed if entry["state"] == "living")
    assert RESTRICTED_CODE in command.run("grant", "list", account="lan").stdout
    assert "đã kết thúc" in command.run("grant", "end", living, account="lan").stderr
