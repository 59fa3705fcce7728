"""A person's name changes: the account keeps its own, papers keep the name of then."""

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.accounts.acts import AccountExistsError, add_account, get_account
from archive_service.accounts.person_name import PersonNameError
from archive_service.accounts.renaming import NewName, rename
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.signing.signing_request import SigningRequest
from archive_service.services import Services
from tests.worlds.any_row import any_row
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import API, OPEN_CODE, program_of
from tests.worlds.command import Command

NEW = "Trần Thị Lan Anh"


@pytest.fixture
def admin(services: Services) -> Actor:
    with services.read_only() as session:
        return get_account(session, "quan").as_actor()


def name_of(services: Services, account: str) -> str:
    with services.read_only() as session:
        return get_account(session, account).display_name


def test_the_trail_holds_the_name_before_and_after(services: Services, admin: Actor) -> None:
    before = name_of(services, "lan")
    for _ in range(2):  # the second time nothing changes
        done = rename(services, "lan", NewName(display_name=f"  {NEW} "), actor=admin)
    assert (done.name, done.display_name) == ("lan", NEW)
    with services.read_only() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "account:renamed")).one()
        assert event.subject_id == str(get_account(session, "lan").id)
    told = {
        "name": "lan",
        "before": {"display_name": before},
        "after": {"display_name": NEW},
    }
    assert event.data.items() >= told.items()


def test_papers_keep_the_name_of_then(app: Flask, services: Services, admin: Actor) -> None:
    client = browser_of(app, services, "lan")
    at = f"{API}/case-files/{OPEN_CODE}/receipt"
    paper = client.get(at).data
    assert paper.startswith(b"%PDF")
    with services.writing() as session:
        any_row(session, SigningRequest, account="lan", signer_name="Lan của lúc đó")
    rename(services, "lan", NewName(display_name=NEW), actor=admin)
    assert client.get(at).data == paper
    with services.read_only() as session:
        names = session.scalars(
            select(SigningRequest.signer_name).where(SigningRequest.account == "lan")
        )
        assert names.all() == ["Lan của lúc đó"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Lan\x07"])
def test_a_name_that_papers_cannot_print_is_refused(
    services: Services, admin: Actor, name: str
) -> None:
    before = name_of(services, "lan")
    with pytest.raises(PersonNameError):
        rename(services, "lan", NewName(display_name=name), actor=admin)
    assert name_of(services, "lan") == before


def test_nobody_renames_who_may_not_set_up(services: Services) -> None:
    with services.read_only() as session:
        lan = get_account(session, "lan").as_actor()
    with pytest.raises(ActNotAllowedError):
        rename(services, "lan", NewName(display_name=NEW), actor=lan)


def test_the_name_of_an_account_is_never_a_second_persons(services: Services, admin: Actor) -> None:
    """Not when its person left, nor when they are called otherwise now."""
    rename(services, "lan", NewName(display_name=NEW), actor=admin)
    with services.writing() as session:
        get_account(session, "lan").active = False
    for name in ("lan", "LAN", " lan "):
        with services.unit_of_work() as uow, pytest.raises(AccountExistsError):
            add_account(name, role=Role.READER, actor=admin, uow=uow)
    with services.read_only() as session:
        assert len(session.scalars(select(Account.id).where(Account.name == "lan")).all()) == 1


def test_it_is_done_at_the_page_of_accounts(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "quan")
    at = "/system/accounts/lan/position"
    assert post(client, at, display_name=NEW, position="Trưởng phòng").status_code == 303
    assert NEW in client.get("/system/accounts?q=lan").text
    refused = post(client, at, display_name="", position="Giám đốc")
    assert refused.status_code == 422
    assert "Họ tên còn trống" in refused.text
    with services.read_only() as session:
        row = get_account(session, "lan")
        assert (row.display_name, row.position) == (NEW, "Trưởng phòng")


def test_it_is_done_by_a_program_and_by_the_command(app: Flask, services: Services) -> None:
    program = program_of(app, services, "quan")
    done = program.post("/accounts/lan/rename", json={"display_name": NEW})
    assert done.get_json() == {"name": "lan", "display_name": NEW}
    command = Command(services.settings.home)
    asked = ("account", "rename", "lan", "--display-name", "Trần Thị Lan")
    assert command.ask(*asked, account="quan") == {"name": "lan", "display_name": "Trần Thị Lan"}
    assert name_of(services, "lan") == "Trần Thị Lan"
