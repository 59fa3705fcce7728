"""Another role, agency or unit: what is lost is lost at once, what is gained waits for two."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import access
from archive_service.access import ActNotAllowedError, RoleWaitsError
from archive_service.accounts.acts import AccountRoleError, get_account
from archive_service.accounts.changing.acts import (
    OwnRightsError,
    RightsChangeWaitsError,
    RightsInactiveError,
    RightsOpenError,
    RightsReasonError,
    RightsRoleError,
    RightsUnchangedError,
    change_rights,
    show_rights,
)
from archive_service.accounts.changing.documents import RightsChange, RightsDocument
from archive_service.accounts.disabling import LastAdministratorError, LastHeadError
from archive_service.accounts.gains.acts import (
    AccountAgencyError,
    Confirmation,
    GainDecidedError,
    GainSecondPersonError,
    close_account,
    confirm_gain,
    list_gains,
    refuse_gain,
)
from archive_service.accounts.gains.documents import GainDocument
from archive_service.accounts.tokens import NewToken, make_token
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.signing.seal_custody import SealCustody
from archive_service.notices.contact import Contact, UnitHeadError, change_account
from archive_service.services import Services
from tests.worlds.any_row import any_row
from tests.worlds.archive import OTHER_AGENCY, actor_of
from tests.worlds.at_once import at_once
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

NO_CODE = Confirmation()
WHY = "Quyết định số 12/QĐ-UBND"
Change = Callable[..., RightsDocument]


def row_of(services: Services, name: str) -> Account:
    with services.read_only() as session:
        return get_account(session, name)


def own_agency(services: Services) -> str:
    with services.read_only() as session:
        return session.get_one(Agency, get_account(session, "bach").agency_id).code


@pytest.fixture
def admin(services: Services) -> Actor:
    add_person(services, "truong", Role.HEAD)
    add_person(services, "quan.hai", Role.ADMIN)
    return actor_of(services, "quan")


@pytest.fixture
def change(services: Services, admin: Actor) -> Change:
    def run(name: str, *, by: Actor | None = None, **given: Any) -> RightsDocument:
        asked = RightsChange(**{"reason": WHY, **given})
        return change_rights(services, name, asked, actor=by or admin)

    return run


def asked_for(services: Services, name: str) -> GainDocument:
    found = list_gains(services, actor=actor_of(services, "hung")).gains
    return next(gain for gain in found if gain.account == name and gain.state == "waiting")


def test_a_gain_waits_and_until_then_it_may_what_both_may(
    services: Services, admin: Actor, change: Change
) -> None:
    done = change("lan", role=Role.HEAD)
    assert (done.role, done.waits, done.next_role) == ("archivist", True, "head")
    lan = actor_of(services, "lan")
    assert access.may(lan, "submission:accept")  # both may
    assert not access.may(lan, "register:close")  # not yet
    assert not access.may(lan, "draft:edit")  # gone already
    with pytest.raises(RoleWaitsError):
        access.require(lan, "draft:edit")
    gain = asked_for(services, "lan")
    assert (gain.was_role, gain.role, gain.why) == ("archivist", "head", WHY)
    for who in (admin, lan):  # who asked; whose it is
        with pytest.raises((ActNotAllowedError, GainSecondPersonError)):
            confirm_gain(services, gain.id, NO_CODE, actor=who)
    confirm_gain(services, gain.id, NO_CODE, actor=actor_of(services, "hung"))
    lan = actor_of(services, "lan")
    assert (lan.role, lan.next_role) == (Role.HEAD, None)
    assert access.may(lan, "register:close")


def test_refused_or_taken_back_it_is_as_before(services: Services, change: Change) -> None:
    for who in ("hung", "quan"):
        change("lan", role=Role.HEAD)
        gain = asked_for(services, "lan")
        assert refuse_gain(services, gain.id, actor=actor_of(services, who)).state == "refused"
        lan = actor_of(services, "lan")
        assert (lan.role, lan.next_role) == (Role.ARCHIVIST, None)
        with pytest.raises(GainDecidedError):
            confirm_gain(services, gain.id, NO_CODE, actor=actor_of(services, "hung"))


def test_a_loss_is_at_once_and_overtakes_a_gain_that_waits(
    app: Flask, services: Services, change: Change
) -> None:
    browser = browser_of(app, services, "lan")
    program = program_of(app, services, "lan", ["case-file:list"])
    change("lan", role=Role.HEAD)
    gain = asked_for(services, "lan")
    with pytest.raises(RightsChangeWaitsError):
        change("lan", role=Role.ADMIN)
    done = change("lan", role=Role.READER)
    assert (done.role, done.waits) == ("reader", False)
    with pytest.raises(GainDecidedError):
        confirm_gain(services, gain.id, NO_CODE, actor=actor_of(services, "hung"))
    assert row_of(services, "lan").role is Role.READER
    assert browser.get("/account").status_code == 303  # to the page of signing in
    assert program.get("/case-files").status_code == 401


def test_between_two_agencies_it_acts_for_neither(services: Services, change: Change) -> None:
    own = row_of(services, "bach").agency_id
    done = change("bach", agency=OTHER_AGENCY)
    assert (done.waits, done.next_agency) == (True, OTHER_AGENCY)
    bach = actor_of(services, "bach")
    assert (bach.role, bach.agency_id) != (Role.OFFICER, own)
    assert not access.may_read_mode(bach, "02")
    assert not access.may(bach, "draft:edit")
    confirm_gain(
        services, asked_for(services, "bach").id, NO_CODE, actor=actor_of(services, "hung")
    )
    bach = actor_of(services, "bach")
    assert bach.role is Role.OFFICER
    assert bach.agency_id == row_of(services, "stranger").agency_id
    assert access.may_read_mode(bach, "02")


def test_the_head_of_the_agency_that_is_left_confirms_nothing_in_the_next(
    services: Services, change: Change
) -> None:
    change("bach", agency=OTHER_AGENCY)
    gain = asked_for(services, "bach")
    with services.writing() as session:
        own = get_account(session, "bach").agency_id
        next_one = get_account(session, "stranger").agency_id
        for name, agency_id in (("cu", own), ("moi", next_one)):
            any_row(
                session, Account, name=name, role=Role.AGENCY_HEAD, agency_id=agency_id,
                active=True,
            )  # fmt: skip
    with pytest.raises(ActNotAllowedError):
        confirm_gain(services, gain.id, NO_CODE, actor=actor_of(services, "cu"))
    next_head = actor_of(services, "moi")
    assert "bach" in {document.account for document in list_gains(services, actor=next_head).gains}
    confirm_gain(services, gain.id, NO_CODE, actor=next_head)


def test_one_agency_in_place_of_all_is_a_loss_and_all_in_place_of_one_a_gain(
    services: Services, change: Change
) -> None:
    code = own_agency(services)
    assert not change("lan", agency=code).waits
    assert actor_of(services, "lan").agency_id == row_of(services, "bach").agency_id
    assert change("lan", agency="").waits
    assert actor_of(services, "lan").agency_id is not None
    confirm_gain(services, asked_for(services, "lan").id, NO_CODE, actor=actor_of(services, "hung"))
    assert actor_of(services, "lan").agency_id is None


def test_what_cannot_be_made_is_refused(services: Services, admin: Actor, change: Change) -> None:
    add_person(services, "tram", Role.STATION)
    for refusal, name, given in (
        (RightsUnchangedError, "lan", {}),
        (RightsUnchangedError, "lan", {"role": Role.ARCHIVIST, "agency": ""}),
        (RightsUnchangedError, "lan", {"unit_head": "yes"}),  # of no unit
        (RightsReasonError, "lan", {"role": Role.HEAD, "reason": " "}),
        (RightsReasonError, "lan", {"role": Role.HEAD, "reason": "x" * 501}),
        (RightsRoleError, "lan", {"role": Role.STATION}),
        (RightsRoleError, "lan", {"role": Role.OPERATOR}),
        (RightsRoleError, "tram", {"role": Role.HEAD}),
        (AccountRoleError, "lan", {"role": Role.OFFICER}),
        (AccountAgencyError, "bach", {"role": Role.ADMIN}),
        (OwnRightsError, "quan", {"role": Role.HEAD}),
    ):
        with pytest.raises(refusal):
            change(name, **given)
    with services.unit_of_work() as uow:
        close_account("lan", actor=admin, uow=uow)
        uow.commit()
    with pytest.raises(RightsInactiveError):
        change("lan", role=Role.READER)
    with pytest.raises(ActNotAllowedError):
        change("mai", role=Role.READER, by=actor_of(services, "hung"))


def only(services: Services, role: Role, *names: str) -> None:
    with services.writing() as session:
        others = Account.role == role, Account.name.not_in(names)
        for row in session.scalars(select(Account).where(*others)):
            row.active = False


def test_the_last_administrator_and_the_last_head_are_not_lost(
    services: Services, admin: Actor, change: Change
) -> None:
    only(services, Role.ADMIN, "quan", "quan.hai")
    only(services, Role.HEAD, "hung", "truong")
    second = actor_of(services, "quan.hai")
    change("quan.hai", role=Role.HEAD)  # waits, and is administrator no more
    with pytest.raises(LastAdministratorError):
        change("quan", role=Role.READER, by=second)
    change("hung", role=Role.READER)
    with pytest.raises(LastHeadError):
        change("truong", role=Role.ARCHIVIST)


def test_two_who_take_each_others_role_at_once_leave_one(
    services: Services, admin: Actor, change: Change
) -> None:
    only(services, Role.ADMIN, "quan", "quan.hai")
    both = {"quan": actor_of(services, "quan.hai"), "quan.hai": admin}
    names = list(both)
    at_once(lambda n: change(names[n], role=Role.READER, by=both[names[n]]), 2)
    with services.read_only() as session:
        left = session.scalars(
            select(Account.name).where(Account.role == Role.ADMIN, Account.active)
        ).all()
    assert len(left) == 1


def test_of_two_gains_asked_at_once_one_waits(
    services: Services, admin: Actor, change: Change
) -> None:
    second = actor_of(services, "quan.hai")
    asked = (Role.HEAD, admin), (Role.AUDITOR, second)
    found = at_once(lambda n: change("lan", role=asked[n][0], by=asked[n][1]), 2)
    assert sorted(isinstance(one, str) for one in found) == [False, True]
    waiting = [gain for gain in list_gains(services, actor=admin).gains if gain.state == "waiting"]
    assert [(gain.account, gain.kind) for gain in waiting] == [("lan", "changed")]
    assert row_of(services, "lan").next_role == waiting[0].role


def test_what_it_may_not_go_on_with_has_a_receiver(services: Services, change: Change) -> None:
    with services.writing() as session:
        any_row(
            session, Submission, claimed_by="lan", state=SubmissionState.CHECKED,
        )  # fmt: skip
    with pytest.raises(RightsOpenError) as refused:
        change("lan", role=Role.READER)
    assert refused.value.facts["lacking"] == ["claims"]
    assert row_of(services, "lan").role is Role.ARCHIVIST
    assert change("lan", role=Role.HEAD).waits  # both may go on with it
    refuse_gain(services, asked_for(services, "lan").id, actor=actor_of(services, "hung"))
    done = change("lan", role=Role.READER, to="mai")
    assert [(open_kind.kind, open_kind.to) for open_kind in done.open if open_kind.to] == [
        ("claims", "mai")
    ]
    with services.read_only() as session:
        assert not session.scalars(select(Submission).where(Submission.claimed_by == "lan")).all()


def test_a_seal_is_handed_back_first(services: Services, change: Change) -> None:
    with services.writing() as session:
        own = get_account(session, "bach").agency_id
        any_row(session, Account, name="thu", role=Role.CLERK, agency_id=own, active=True)
        any_row(session, SealCustody, account="thu", agency_id=own)
    with pytest.raises(RightsOpenError) as refused:
        change("thu", role=Role.OFFICER, to="bach")
    assert refused.value.facts["settled"] == ["seals"]


def test_a_token_that_waits_is_not_confirmed_under_another_role(
    services: Services, admin: Actor, change: Change
) -> None:
    make_token(services, NewToken(account="lan", scopes=["search"]), actor=admin)
    change("lan", role=Role.READER)
    states = [
        gain.state for gain in list_gains(services, actor=admin).gains if gain.kind == "token"
    ]
    assert states == ["refused"]


def test_headship_of_a_unit_waits_and_has_no_other_door(
    services: Services, admin: Actor, change: Change
) -> None:
    done = change("bach", unit="Phòng Nội vụ", unit_head="yes")
    assert (done.unit, done.unit_head, done.waits) == ("Phòng Nội vụ", False, True)
    gain = asked_for(services, "bach")
    assert gain.heads_unit == "Phòng Nội vụ"
    confirm_gain(services, gain.id, NO_CODE, actor=actor_of(services, "hung"))
    assert row_of(services, "bach").is_unit_head
    for contact in (Contact(is_unit_head=True), Contact(unit="Phòng Tài chính")):
        with services.unit_of_work() as uow:
            name = "bach" if contact.unit else "stranger"
            with pytest.raises(UnitHeadError):
                change_account(name, contact, actor=admin, uow=uow)
    moved = change("bach", unit="Phòng Tài chính")
    assert (moved.unit_head, moved.waits) == (False, True)
    assert not row_of(services, "bach").is_unit_head
    refuse_gain(services, asked_for(services, "bach").id, actor=admin)
    assert not change("bach", unit="", unit_head="no").waits


def test_the_event_tells_before_and_after(services: Services, change: Change) -> None:
    change("lan", role=Role.READER)
    with services.read_only() as session:
        (event,) = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "account:rights-changed")
        )
    assert (event.data["before"]["role"], event.data["after"]["role"]) == ("archivist", "reader")
    assert (event.data["why"], event.data["waits"]) == (WHY, False)


def test_pages_programs_and_commands_change_rights_too(
    app: Flask, services: Services, admin: Actor
) -> None:
    browser = browser_of(app, services, "quan")
    at = "/system/accounts/lan/rights"
    assert "Lưu trữ viên" in browser.get(at).text
    refused = post(browser, at, role="archivist", agency="", unit="", reason=WHY)
    assert (refused.status_code, "Không có gì thay đổi" in refused.text) == (422, True)
    assert post(browser, at, role="head", agency="", unit="", reason=WHY).status_code == 303
    assert "Chờ xác nhận" in browser.get(at).text
    assert "Chờ xác nhận: " in browser.get("/system/accounts?q=lan").text
    assert "Quyền của bạn đang đổi" in browser_of(app, services, "lan").get("/account").text
    head = browser_of(app, services, "hung")
    assert "Đổi quyền" in head.get("/rights").text
    assert post(head, f"/rights/{asked_for(services, 'lan').id}/confirm").status_code == 303
    program = program_of(app, services, "quan")
    answer = program.post("/accounts/mai/rights", json={"role": "reader", "reason": WHY})
    assert (answer.status_code, answer.json["role"]) == (200, "reader")  # type: ignore[index]  # a JSON object
    wrong = program.post("/accounts/mai/rights", json={"rle": "head", "reason": WHY})
    assert wrong.status_code == 422
    shown = program.get("/accounts/mai/rights").json
    assert shown["role"] == "reader"  # type: ignore[index]  # a JSON object
    archive = Command(services.settings.home)
    done = archive.ask("account", "change", "mai", "--role", "auditor", "--reason", WHY)
    assert (done["role"], done["waits"]) == ("auditor", False)  # the shell is trusted
    assert "auditor" in str(archive.ask("account", "rights", "mai"))
    assert show_rights(services, "mai", actor=admin).role == "auditor"
