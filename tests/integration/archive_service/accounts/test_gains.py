"""Nobody gains a right to read or decide alone: a second person confirms it first."""

from collections.abc import Callable
from uuid import UUID

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.accounts.acts import get_account
from archive_service.accounts.enrolment import enrol
from archive_service.accounts.gains.acts import (
    Confirmation,
    GainDecidedError,
    GainSecondPersonError,
    NewAccount,
    confirm_gain,
    list_gains,
    new_account,
    refuse_gain,
)
from archive_service.accounts.gains.documents import GainDocument
from archive_service.accounts.second_factor import SecondFactorMissingError, SecondFactorWrongError
from archive_service.accounts.tokens import NewToken, make_token
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from tests.worlds.archive import PASSWORD
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

Added = Callable[[str, Role], GainDocument]
NO_CODE = Confirmation()


def actor_of(services: Services, name: str, *, shell: str = "") -> Actor:
    with services.read_only() as session:
        return get_account(session, name).as_actor(os_user=shell)


@pytest.fixture
def admin(services: Services) -> Actor:
    for name, role in (("quan.tri", Role.ADMIN), ("phu.trach", Role.HEAD)):
        add_person(services, name, role)
    return actor_of(services, "quan.tri")


@pytest.fixture
def head(services: Services, admin: Actor) -> Actor:
    return actor_of(services, "phu.trach")


@pytest.fixture
def added(services: Services, admin: Actor) -> Added:
    def run(name: str, role: Role) -> GainDocument:
        with services.unit_of_work() as uow:
            new_account(NewAccount(name, role, PASSWORD), actor=admin, uow=uow)
            uow.commit()
        found = list_gains(services, actor=admin).gains
        return next(gain for gain in found if gain.account == name)

    return run


def is_active(services: Services, name: str) -> bool:
    with services.read_only() as session:
        return get_account(session, name).active


def test_an_administrator_alone_makes_no_head(
    app: Flask, services: Services, admin: Actor, head: Actor
) -> None:
    page = post(
        browser_of(app, services, admin.account),
        "/system/accounts", name="moi", role="head", agency="",
    )  # fmt: skip
    assert "Chờ người thứ hai xác nhận" in page.text
    assert not is_active(services, "moi")
    (asked,) = [gain for gain in list_gains(services, actor=admin).gains if gain.account == "moi"]
    for who, why in (
        (admin, ActNotAllowedError),
        (actor_of(services, "moi"), GainSecondPersonError),
    ):
        with pytest.raises(why):
            confirm_gain(services, asked.id, NO_CODE, actor=who)
    done = post(browser_of(app, services, head.account), f"/rights/{asked.id}/confirm")
    assert done.status_code == 303
    assert is_active(services, "moi")
    with pytest.raises(GainDecidedError):
        refuse_gain(services, asked.id, actor=head)


def test_the_second_person_is_told_and_proves_themselves(
    services: Services, added: Added, head: Actor
) -> None:
    secret = enrol(services, head.account, actor=head)["secret"]
    asked = added("moi", Role.ARCHIVIST)
    with services.read_only() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "rights-waiting")).all()
    people = {notice.account_id for notice in told}
    assert head.account_id in people
    assert actor_of(services, "quan.tri").account_id not in people
    with pytest.raises(SecondFactorMissingError):
        confirm_gain(services, asked.id, NO_CODE, actor=head)
    with pytest.raises(SecondFactorWrongError):
        confirm_gain(services, asked.id, Confirmation(otp="000000"), actor=head)
    assert not is_active(services, "moi")
    code = pyotp.TOTP(secret).at(clock.now())
    assert confirm_gain(services, asked.id, Confirmation(otp=code), actor=head).decided_by == (
        head.account
    )


def test_one_whose_password_was_just_set_by_another_confirms_nothing(
    services: Services, added: Added, head: Actor
) -> None:
    asked = added("moi", Role.ARCHIVIST)
    with services.writing() as session:
        session.execute(
            update(Account)
            .where(Account.name == head.account)
            .values(password_reset_at=clock.now())
        )
    with pytest.raises(GainSecondPersonError):
        confirm_gain(services, asked.id, NO_CODE, actor=head)


def test_what_is_refused_or_taken_back_is_never_gained(
    services: Services, added: Added, admin: Actor, head: Actor
) -> None:
    for name, who in (("mot", head), ("hai", admin)):
        asked = added(name, Role.HEAD)
        assert refuse_gain(services, asked.id, actor=who).state.value == "refused"
        assert not is_active(services, name)
        with pytest.raises(GainDecidedError):
            confirm_gain(services, asked.id, NO_CODE, actor=head)


def test_a_token_waits_and_is_taken_once_it_is_confirmed(
    app: Flask, services: Services, admin: Actor, head: Actor
) -> None:
    given = NewToken(account=head.account, scopes=["case-file:list"])
    made = make_token(services, given, actor=admin)
    assert made.state == "waiting"
    asks = {"Authorization": f"Bearer {made.token}"}
    at = "/api/v1/case-files"
    assert app.test_client().get(at, headers=asks).status_code == 401
    add_person(services, "hai", Role.HEAD)
    (asked,) = list_gains(services, actor=admin).gains
    with pytest.raises(GainSecondPersonError):  # it is the head's own
        confirm_gain(services, asked.id, NO_CODE, actor=head)
    confirm_gain(services, asked.id, NO_CODE, actor=actor_of(services, "hai"))
    assert app.test_client().get(at, headers=asks).status_code == 200


def test_an_account_is_enabled_again_by_two(
    app: Flask, services: Services, admin: Actor, head: Actor
) -> None:
    add_person(services, "lan.cu", Role.ARCHIVIST)
    client = browser_of(app, services, admin.account)
    assert post(client, "/system/accounts/lan.cu/disable").status_code == 303
    assert not is_active(services, "lan.cu")  # loss is at once
    for _ in range(2):  # and asked once
        assert post(client, "/system/accounts/lan.cu/enable").status_code == 303
    assert not is_active(services, "lan.cu")
    assert "Chờ người thứ hai xác nhận" in client.get("/system/accounts?q=lan.cu").text
    (asked,) = list_gains(services, actor=admin).gains
    confirm_gain(services, asked.id, NO_CODE, actor=head)
    assert is_active(services, "lan.cu")


def test_the_first_who_can_confirm_counts_at_once_with_an_incident(services: Services) -> None:
    with services.writing() as session:  # nobody of the world may confirm, and none ever could
        session.execute(
            update(Account)
            .where(Account.role.in_((Role.HEAD, Role.AGENCY_HEAD)))
            .values(role=Role.READER)
        )
    add_person(services, "quan.tri", Role.ADMIN)
    admin = actor_of(services, "quan.tri")
    for name, role, active in (
        ("can.bo", Role.ARCHIVIST, False),
        ("mot", Role.HEAD, True),
        ("hai", Role.HEAD, False),
    ):
        with services.unit_of_work() as uow:
            row = new_account(NewAccount(name, role, PASSWORD), actor=admin, uow=uow)
            assert row.active is active, name
            uow.commit()
    with services.read_only() as session:
        seen = session.scalars(select(Incident).where(Incident.kind == "rights-begun-alone"))
        assert [incident.subject for incident in seen] == ["mot"]
    gains = {gain.account: gain for gain in list_gains(services, actor=admin).gains}
    head = actor_of(services, "mot")
    confirm_gain(services, gains["hai"].id, NO_CODE, actor=head)
    with pytest.raises(GainSecondPersonError):  # its own, though it counts
        confirm_gain(services, gains["mot"].id, NO_CODE, actor=head)
    refuse_gain(services, gains["mot"].id, actor=actor_of(services, "hai"))
    assert not is_active(services, "mot")
    with services.read_only() as session:
        assert session.scalars(select(Incident.closed_at)).all() != [None]


def test_at_the_shell_it_counts_at_once_and_its_event_says_so(services: Services) -> None:
    archive = Command(services.settings.home)
    archive.ask("account", "add", "moi", "--role", "head")
    assert is_active(services, "moi")
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "rights:gained-at-once")
        (event,) = session.scalars(query)
    assert (event.data["name"], event.data["reason"]) == ("moi", "shell")


def test_two_who_confirm_each_other_are_shown(
    app: Flask, services: Services, added: Added, admin: Actor, head: Actor
) -> None:
    asked = added("hai", Role.HEAD)
    assert not confirm_gain(services, asked.id, NO_CODE, actor=head).ring
    given = NewToken(account=head.account, scopes=["search"])
    made = make_token(services, given, actor=admin)
    (token,) = [gain for gain in list_gains(services, actor=admin).gains if gain.kind == "token"]
    assert made.state == "waiting"
    assert confirm_gain(services, token.id, NO_CODE, actor=actor_of(services, "hai")).ring
    client, said = browser_of(app, services, head.account), "Hai người xác nhận quyền cho nhau"
    assert said in client.get("/rights").text


def test_programs_and_commands_confirm_and_refuse_too(
    app: Flask, services: Services, added: Added, head: Actor
) -> None:
    archive = Command(services.settings.home)
    one, two, three = (added(name, Role.ARCHIVIST) for name in ("mot", "hai", "ba"))
    program = program_of(app, services, head.account)
    at = "/rights-gains"
    listed = program.get(at).json["gains"]  # type: ignore[index]  # a JSON object
    assert {str(one.id), str(two.id), str(three.id)} <= {each["id"] for each in listed}
    assert program.post(f"{at}/{one.id}/confirm", json={}).status_code == 200
    unknown = program.post(f"{at}/{UUID(int=7)}/confirm", json={})
    assert unknown.json["code"] == "rights-gain-not-found"  # type: ignore[index]  # a JSON object
    ring = ("rights", "confirm", str(two.id))
    assert archive.ask(*ring, account=head.account)["state"] == "confirmed"
    refused = archive.ask("rights", "refuse", str(three.id), account=head.account)
    assert refused["state"] == "refused"
    assert "mot" in str(archive.ask("rights", "list", account=head.account))
    assert [is_active(services, name) for name in ("mot", "hai", "ba")] == [True, True, False]
