"""An agency's administrator sets up the accounts of that agency, and learns of no other's."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.accounts.acts import (
    AccountNameTakenError,
    AccountNotFoundError,
    RoleNotGivenError,
    add_account,
    get_account,
    list_accounts,
)
from archive_service.accounts.adding import AccountRequest, list_all_accounts, make_account
from archive_service.accounts.changing.acts import OwnRightsError, change_rights, show_rights
from archive_service.accounts.changing.documents import RightsChange
from archive_service.accounts.enrolment import enrol
from archive_service.accounts.gains.acts import (
    Confirmation,
    NewAccount,
    close_account,
    confirm_gain,
    enable_account,
    list_gains,
    new_account,
)
from archive_service.accounts.leaving.acts import leave, show_leaving
from archive_service.accounts.leaving.documents import Leaving
from archive_service.accounts.leaving.handing import LeavingReceiverError
from archive_service.accounts.own_password import reset_password
from archive_service.accounts.renaming import NewName, rename
from archive_service.accounts.tokens import (
    NewToken,
    TokenNotFoundError,
    end_token,
    list_tokens,
    make_token,
    rotate_token,
)
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.notices.contact import Contact, change_account
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, PASSWORD, actor_of
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

CHIEF = "quan.coquan"
WHY = "Quyết định số 12/QĐ-UBND"
FOREIGN = (
    "stranger",
    "hung",
    "lan",
    "quan",
    "khong.co",
)  # another agency's, all agencies', nobody's


def row_of(services: Services, name: str) -> Account:
    with services.read_only() as session:
        return get_account(session, name)


def moved(services: Services, name: str, agency: str, *, by: Actor) -> None:
    change_rights(services, name, RightsChange(agency=agency, reason=WHY), actor=by)


@pytest.fixture
def chief(services: Services) -> Actor:
    """The administrator of the agency of ``bach``; ``thu`` heads it, ``can`` is a colleague."""
    add_person(services, "quan", Role.ADMIN)
    add_person(services, "truong", Role.HEAD)
    with services.unit_of_work() as uow:
        agency_id = get_account(uow.session, "bach").agency_id
        for name, role in (
            (CHIEF, Role.AGENCY_ADMIN),
            ("thu", Role.AGENCY_HEAD),
            ("can", Role.OFFICER),
        ):
            add_account(
                name, role=role, actor=OPERATOR, uow=uow, agency_id=agency_id, password=PASSWORD
            )
        uow.commit()
    return actor_of(services, CHIEF)


@pytest.fixture
def own(services: Services, chief: Actor) -> str:
    with services.read_only() as session:
        return session.get_one(Agency, chief.agency_id).code


@pytest.fixture
def browser(app: Flask, services: Services, chief: Actor) -> FlaskClient:
    return browser_of(app, services, CHIEF)


def test_only_accounts_of_the_agency_are_seen(
    app: Flask, services: Services, chief: Actor, browser: FlaskClient, own: str
) -> None:
    with services.read_only() as session:
        names = {row.name for row in list_accounts(session, actor=chief)}
        every = session.execute(select(Account.name, Account.agency_id)).all()
    assert names == {name for name, agency_id in every if agency_id == chief.agency_id}
    assert {CHIEF, "bach", "thu", "can"} <= names
    page = browser.get("/system/accounts").text
    assert "bach" in page
    assert "stranger" not in page
    assert OTHER_AGENCY not in page
    assert "<tbody>" not in browser.get("/system/accounts?q=stranger").text
    program = program_of(app, services, CHIEF, ["account:list"])
    told = program.get("/accounts").get_json()["accounts"]
    assert {entry["name"] for entry in told} == names
    assert {entry["agency"] for entry in told} == {own}
    found = Command(services.settings.home).ask("account", "list", account=CHIEF)
    assert {account["name"] for account in found["accounts"]} == names


def test_their_pages_are_headed_by_what_they_hold(
    app: Flask, services: Services, browser: FlaskClient
) -> None:
    assert "<h1>Tài khoản</h1>" in browser.get("/system/accounts").text
    add_person(services, "quantri", Role.ADMIN)
    whole = browser_of(app, services, "quantri")
    assert "<h1>Hệ thống</h1>" in whole.get("/system").text


def test_what_they_add_is_of_the_agency_and_waits_for_a_second_person(
    services: Services, chief: Actor, browser: FlaskClient, own: str
) -> None:
    made = make_account(services, AccountRequest(name="moi", role=Role.OFFICER), actor=chief)
    assert (made.agency, made.active) == (own, False)
    given = {"name": "moi2", "role": "clerk", "agency": own}
    assert post(browser, "/system/accounts", **given).status_code == 200
    asked = {gain.account: gain for gain in list_gains(services, actor=chief).gains}
    assert {"moi", "moi2"} <= asked.keys()
    with pytest.raises(ActNotAllowedError):  # nor who asked
        confirm_gain(services, asked["moi"].id, Confirmation(), actor=chief)
    confirm_gain(services, asked["moi"].id, Confirmation(), actor=actor_of(services, "thu"))
    assert row_of(services, "moi").active
    confirm_gain(services, asked["moi2"].id, Confirmation(), actor=actor_of(services, "hung"))
    assert row_of(services, "moi2").agency_id == chief.agency_id


def test_a_program_makes_accounts_and_the_password_is_told_once(
    app: Flask, services: Services, chief: Actor, own: str
) -> None:
    program = program_of(app, services, CHIEF, ["account:add", "account:list"])
    made = program.post("/accounts", json={"name": "docgia2", "role": "reader"})
    assert made.status_code == 200
    assert (made.get_json()["agency"], made.get_json()["active"]) == (own, True)
    assert row_of(services, "docgia2").password_once
    assert "password" not in program.get("/accounts").text


@pytest.mark.parametrize("role", ["admin", "head", "archivist", "auditor", "station"])
def test_a_role_that_reaches_beyond_the_agency_is_not_given(
    services: Services, chief: Actor, browser: FlaskClient, role: str
) -> None:
    asked = AccountRequest(name="cao", role=Role(role))
    with pytest.raises(RoleNotGivenError):
        make_account(services, asked, actor=chief)
    assert post(browser, "/system/accounts", name="cao", role=role).status_code == 403
    with pytest.raises(RoleNotGivenError):
        change_rights(services, "can", RightsChange(role=Role(role), reason=WHY), actor=chief)
    assert f'value="{role}"' not in browser.get("/system/accounts/can/rights").text


def test_nothing_is_done_for_another_agency_or_for_all(
    services: Services, chief: Actor, browser: FlaskClient
) -> None:
    asked = AccountRequest(name="la", role=Role.OFFICER, agency=OTHER_AGENCY)
    with pytest.raises(ActNotAllowedError):
        make_account(services, asked, actor=chief)
    for agency in (OTHER_AGENCY, ""):  # out of the agency: another's, or for all
        with pytest.raises(ActNotAllowedError):
            moved(services, "can", agency, by=chief)
    assert row_of(services, "can").agency_id == chief.agency_id
    page = browser.get("/system/accounts/can/rights").text
    assert OTHER_AGENCY not in page
    command = Command(services.settings.home)
    told = ("account", "add", "la", "--role", "officer", "--agency", OTHER_AGENCY)
    assert command.run(*told, account=CHIEF).code == 4


def test_nobody_raises_themselves(services: Services, chief: Actor) -> None:
    for role in (Role.AGENCY_HEAD, Role.OFFICER):
        with pytest.raises(OwnRightsError):
            change_rights(services, CHIEF, RightsChange(role=role, reason=WHY), actor=chief)
    with pytest.raises(RoleNotGivenError):
        change_rights(services, CHIEF, RightsChange(role=Role.ADMIN, reason=WHY), actor=chief)


def _within(services: Services, act: Callable[..., Any]) -> Any:
    with services.unit_of_work() as uow:
        done = act(uow=uow)
        uow.commit()
    return done


@pytest.mark.parametrize("name", FOREIGN)
def test_accounts_of_others_are_as_if_there_were_none(
    services: Services, chief: Actor, browser: FlaskClient, own: str, name: str
) -> None:
    """Told alike for one of another agency, one of all agencies and one that is not there."""
    gone = Leaving(left_on=dt.date(2026, 1, 2), reason=WHY, to="can")
    acts: list[Callable[[], Any]] = [
        partial(show_rights, services, name, actor=chief),
        partial(show_leaving, services, name, actor=chief),
        partial(leave, services, name, gone, actor=chief),
        partial(moved, services, name, own, by=chief),
        partial(rename, services, name, NewName(display_name="X"), actor=chief),
        partial(enrol, services, name, actor=chief),
        partial(make_token, services, NewToken(account=name, scopes=["search"]), actor=chief),
        partial(list_tokens, services, actor=chief, account=name),
        partial(_within, services, partial(reset_password, name, actor=chief, idle_days=45)),
        partial(_within, services, partial(close_account, name, actor=chief)),
        partial(_within, services, partial(enable_account, name, actor=chief)),
        partial(
            _within, services, partial(change_account, name, Contact(position="X"), actor=chief)
        ),
    ]
    for act in acts:
        with pytest.raises(AccountNotFoundError):
            act()
    told = set()
    for place in ("rights", "leave"):
        told.add(browser.get(f"/system/accounts/{name}/{place}").status_code)
    for place in ("disable", "enable", "password", "position"):
        told.add(post(browser, f"/system/accounts/{name}/{place}", position="X").status_code)
    assert told == {404}


def test_a_receiver_of_another_agency_is_none(services: Services, chief: Actor) -> None:
    for name in ("stranger", "lan", "khong.co"):
        gone = Leaving(left_on=dt.date(2026, 1, 2), reason=WHY, to=name)
        with pytest.raises(LeavingReceiverError):
            leave(services, "can", gone, actor=chief)


def test_a_name_of_another_agency_tells_nothing_and_the_try_is_seen(
    services: Services, chief: Actor
) -> None:
    with pytest.raises(AccountNameTakenError) as refused:
        make_account(services, AccountRequest(name="Stranger", role=Role.OFFICER), actor=chief)
    assert refused.value.facts == {"name": "Stranger"}
    with services.read_only() as session:
        tried = select(AuditEvent).where(AuditEvent.tag == "account:name-refused")
        assert [audit_event.subject_id for audit_event in session.scalars(tried)] == ["Stranger"]


def test_tokens_of_others_are_not_to_be_known(services: Services, chief: Actor) -> None:
    admin = actor_of(services, "quan")
    for name in ("stranger", "hung", "bach"):
        make_token(services, NewToken(account=name, scopes=["search"]), actor=admin)
    seen = list_tokens(services, actor=chief).tokens
    assert {token.account for token in seen} == {"bach"}
    for token in list_tokens(services, actor=admin).tokens:
        if token.account != "bach":
            for act in (end_token, rotate_token):
                with pytest.raises(TokenNotFoundError):
                    act(services, token.id, actor=chief)
    end_token(services, seen[0].id, actor=chief)


def test_gains_of_others_are_not_seen(services: Services, chief: Actor, own: str) -> None:
    admin = actor_of(services, "quan")
    for name, role, agency in (
        ("luu", Role.ARCHIVIST, ""),
        ("la", Role.OFFICER, OTHER_AGENCY),
        ("ta", Role.OFFICER, own),
    ):
        make_account(services, AccountRequest(name=name, role=role, agency=agency), actor=admin)
    moved(services, "stranger", own, by=admin)  # not yet of this agency: it waits
    assert [gain.account for gain in list_gains(services, actor=chief).gains] == ["ta"]
    assert len(list_gains(services, actor=actor_of(services, "hung")).gains) == 4


def test_a_role_of_all_agencies_within_the_agency_is_seen_and_left_alone(
    services: Services, chief: Actor
) -> None:
    with services.unit_of_work() as uow:
        add_account("luu", role=Role.ARCHIVIST, actor=OPERATOR, uow=uow, agency_id=chief.agency_id)
        uow.commit()
    assert "luu" in {account.name for account in list_all_accounts(services, actor=chief).accounts}
    for act in (partial(reset_password, idle_days=45), close_account, enable_account):
        with pytest.raises(RoleNotGivenError):
            _within(services, partial(act, "luu", actor=chief))


def test_the_password_of_their_own_head_waits_for_another(
    app: Flask, services: Services, chief: Actor
) -> None:
    """Who made it knows it: until somebody else confirms it nobody signs in with it."""
    _, password = _within(services, partial(reset_password, "thu", actor=chief, idle_days=45))
    refused = post(app.test_client(), "/sign-in", name="thu", password=password)
    assert refused.status_code == 403
    waits = [gain for gain in list_gains(services, actor=chief).gains if gain.is_open]
    assert [(wait.account, wait.kind.value) for wait in waits] == [("thu", "reset")]
    with pytest.raises(ActNotAllowedError):
        confirm_gain(services, waits[0].id, Confirmation(), actor=chief)


def test_the_first_who_decides_is_none_that_an_agency_gives(services: Services) -> None:
    """Where nobody may confirm yet, one of an agency does not count at once."""
    with services.unit_of_work() as uow:
        agency_id = get_account(uow.session, "bach").agency_id
        chief = add_account(
            CHIEF, role=Role.AGENCY_ADMIN, actor=OPERATOR, uow=uow, agency_id=agency_id
        ).as_actor()
        for row in uow.session.scalars(
            select(Account).where(Account.role.in_((Role.HEAD, Role.AGENCY_HEAD)))
        ):
            row.role, row.agency_id = Role.OFFICER, agency_id
        uow.session.flush()
        made = new_account(NewAccount("dau", Role.AGENCY_HEAD, PASSWORD), actor=chief, uow=uow)
        assert not made.active
        uow.commit()


def test_moved_away_meanwhile_an_account_is_out_of_reach(services: Services, chief: Actor) -> None:
    """Two at once: the system moves somebody to another agency, the agency makes them its head."""
    admin = actor_of(services, "quan")

    def act(number: int) -> str:
        if number == 0:
            moved(services, "can", OTHER_AGENCY, by=admin)
        else:
            change_rights(
                services, "can", RightsChange(role=Role.AGENCY_HEAD, reason=WHY), actor=chief
            )
        return "done"

    assert sorted(at_once(act, 2)).count("done") == 1
    row = row_of(services, "can")
    with services.read_only() as session:
        other = session.scalars(select(Agency.id).where(Agency.code == OTHER_AGENCY)).one()
    waits = (row.next_role, row.next_agency_id)
    assert waits in {(Role.OFFICER, other), (Role.AGENCY_HEAD, chief.agency_id)}
    if row.next_agency_id == other:
        (gain,) = list_gains(services, actor=actor_of(services, "hung")).gains
        confirm_gain(services, gain.id, Confirmation(), actor=actor_of(services, "hung"))
        with pytest.raises(AccountNotFoundError):
            show_rights(services, "can", actor=chief)
