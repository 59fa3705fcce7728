"""What is changed of an account: before and after in the trail, and nothing ignored in silence."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.gains.acts import (
    AccountAgencyError,
    Confirmation,
    GainDecidedError,
    NewAccount,
    close_account,
    confirm_gain,
    enable_account,
    list_gains,
    new_account,
    refuse_gain,
)
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, PASSWORD, actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person
from tests.worlds.command import Command


def events_of(services: Services, name: str, tag: str) -> list[AuditEvent]:
    with services.read_only() as session:
        about = AuditEvent.subject_id == str(get_account(session, name).id)
        return list(session.scalars(select(AuditEvent).where(AuditEvent.tag == tag, about)))


def test_disabling_and_enabling_tell_whose_account_before_and_after(services: Services) -> None:
    for change in (close_account, enable_account):
        with services.unit_of_work() as uow:
            change("lan", actor=OPERATOR, uow=uow)
            uow.commit()
    (disabled,) = events_of(services, "lan", "account:disabled")
    (enabled,) = events_of(services, "lan", "account:enabled")
    on, off = {"active": True}, {"active": False}
    about = {"name": "lan", "role": "archivist"}
    assert disabled.data.items() >= (about | {"before": on, "after": off}).items()
    assert enabled.data.items() >= (about | {"before": off, "after": on}).items()


def test_a_confirmation_and_a_refusal_tell_whether_the_account_is_active_now(
    services: Services,
) -> None:
    add_person(services, "truong", Role.HEAD)
    admin, head = actor_of(services, "quan"), actor_of(services, "truong")
    for name in ("mot", "hai"):
        with services.unit_of_work() as uow:
            new_account(NewAccount(name, Role.ARCHIVIST, PASSWORD), actor=admin, uow=uow)
            uow.commit()
    asked = {gain.account: gain.id for gain in list_gains(services, actor=head).gains}
    confirm_gain(services, asked["mot"], Confirmation(), actor=head)
    refuse_gain(services, asked["hai"], actor=head)
    (confirmed,) = events_of(services, "mot", "rights:confirmed")
    (refused,) = events_of(services, "hai", "rights:refused")
    assert (confirmed.data["before"], confirmed.data["after"]) == (
        {"active": False},
        {"active": True},
    )
    assert (refused.data["before"], refused.data["after"]) == ({"active": False},) * 2


def test_what_changes_is_told_before_and_after_but_no_address(services: Services) -> None:
    command = Command(services.settings.home)
    for unit in ("Phòng A", "Phòng B"):
        command.ask("account", "set", "lan", "--unit", unit, "--email", f"{unit[-1]}@x.example")
    _, second = events_of(services, "lan", "account:changed")
    assert second.data["before"] == {"unit": "Phòng A"}
    assert second.data["after"] == {"unit": "Phòng B"}
    assert second.data["changed"] == ["email", "unit"]


def test_one_that_is_disabled_while_it_waits_is_not_enabled_by_a_confirmation(
    app: Flask, services: Services
) -> None:
    add_person(services, "truong", Role.HEAD)
    with services.unit_of_work() as uow:
        wanted = NewAccount("moi", Role.ARCHIVIST, PASSWORD)
        new_account(wanted, actor=actor_of(services, "quan"), uow=uow)
        uow.commit()
    head = actor_of(services, "truong")
    asked = next(gain for gain in list_gains(services, actor=head).gains if gain.account == "moi")
    assert asked.is_open
    assert post(browser_of(app, services, "quan"), "/system/accounts/moi/disable").status_code < 400
    with pytest.raises(GainDecidedError):
        confirm_gain(services, asked.id, Confirmation(), actor=head)
    with services.read_only() as session:
        assert not get_account(session, "moi").active
    (refused,) = events_of(services, "moi", "rights:refused")
    assert refused.data["name"] == "moi"


def test_a_command_that_changes_nothing_is_refused(services: Services, tmp_path: Path) -> None:
    command = Command(services.settings.home)
    assert command.run("account", "set", "lan").code == 2
    assert command.run("account", "set", "lan", "--role", "head").code == 2
    empty = tmp_path / "password"
    empty.write_text("\n", encoding="utf-8")
    with services.read_only() as session:
        before = get_account(session, "lan").password_hash
    asked = ("account", "add", "moi", "--role", "reader", "--password-file", empty)
    assert command.run(*asked).code == 2
    change = ("account", "change-password", "--old-password-file", empty, "--password-file", empty)
    assert command.run(*change, account="lan").code != 0
    with services.read_only() as session:
        assert session.scalars(select(Account).where(Account.name == "moi")).all() == []
        assert get_account(session, "lan").password_hash == before


def test_an_administrator_of_one_agency_would_be_one_of_all(services: Services) -> None:
    with services.unit_of_work() as uow:
        agency = uow.session.scalars(select(Agency)).first()
        assert agency is not None
        wanted = NewAccount("q2", Role.ADMIN, PASSWORD, agency_id=agency.id)
        with pytest.raises(AccountAgencyError):
            new_account(wanted, actor=OPERATOR, uow=uow)
        code = agency.code
    command = Command(services.settings.home)
    assert command.run("account", "add", "q2", "--role", "admin", "--agency", code).code == 2


def test_a_command_says_that_what_is_enabled_waits(services: Services) -> None:
    add_person(services, "truong", Role.HEAD)
    with services.unit_of_work() as uow:
        row = get_account(uow.session, "lan")
        row.active, row.enabled_at = False, clock.now()
        enable_account("lan", actor=actor_of(services, "quan"), uow=uow)
        uow.commit()
    said = Command(services.settings.home).run("account", "enable", "lan", account="quan")
    assert "chờ người thứ hai xác nhận" in said.stderr
