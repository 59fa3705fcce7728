"""Duties handed to a colleague: two names on each act, nothing beyond, an end by itself."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import access, clock
from archive_service.access import ActNotAllowedError, ActNotHandedError, OwnInSteadError
from archive_service.accounts.acts import get_account
from archive_service.accounts.changing.acts import change_rights
from archive_service.accounts.changing.documents import RightsChange
from archive_service.accounts.delegations.acts import (
    DelegationDaysError,
    DelegationDutyError,
    DelegationEndedError,
    DelegationNotFoundError,
    DelegationReasonError,
    DelegationReceiverError,
    end_delegation,
    hand_duties,
    list_delegations,
)
from archive_service.accounts.delegations.documents import DelegationDocument, Handing
from archive_service.accounts.delegations.duties import HandedDuty
from archive_service.accounts.delegations.standing import DelegationOverError, stand_in
from archive_service.accounts.gains.acts import (
    Confirmation,
    GainSecondPersonError,
    close_account,
    confirm_gain,
    list_gains,
    refuse_gain,
)
from archive_service.accounts.second_factor import SecondFactorEnrolError
from archive_service.catalogue.use_requests.acts import grant_access_request, make_access_request
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.catalogue.use_requests.rules import AccessRequestOwnError
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.some_days import Standing
from archive_service.services import Services
from archive_service.settings import DEMO_MARK
from ingest.acceptance.marks import require_another
from tests.worlds.any_row import any_row
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, add_person, program_of
from tests.worlds.command import Command

NO_CODE = Confirmation()
WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
GRANT = Grant(days=5)
Hand = Callable[..., DelegationDocument]


def handing(**changed: Any) -> Handing:
    given: dict[str, Any] = {
        "receiver": "lan",
        "duties": [HandedDuty.USE_REQUESTS],
        "first_day": clock.today(),
        "last_day": clock.today() + dt.timedelta(days=3),
        "reason": "Nghỉ phép theo giấy 05/GNP",
    }
    return Handing(**(given | changed))


@pytest.fixture
def hand(services: Services) -> Hand:
    """By the head, who is away; confirmed by another one."""
    add_person(services, "truong", Role.HEAD)
    add_person(services, "doc.gia", Role.READER)

    def run(*, confirmed: bool = True, by: str = "hung", **changed: Any) -> DelegationDocument:
        done = hand_duties(services, handing(**changed), actor=actor_of(services, by))
        if confirmed and done.state is Standing.WAITING:
            (gain,) = waiting(services)
            confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "truong"))
        return done

    return run


def waiting(services: Services) -> list[UUID]:
    found = list_gains(services, actor=actor_of(services, "truong")).gains
    return [gain.id for gain in found if gain.kind == "delegated" and gain.is_open]


def in_stead(services: Services, done: DelegationDocument, name: str = "lan") -> Actor:
    own = actor_of(services, name)
    with services.read_only() as session:
        return stand_in(session, done.id, own, services.settings)


def state_of(services: Services, done: DelegationDocument) -> Standing:
    found = list_delegations(services, actor=actor_of(services, "quan")).delegations
    return next(delegation.state for delegation in found if delegation.id == done.id)


def test_what_is_gained_waits_for_one_who_is_neither_giver_nor_receiver(
    services: Services, hand: Hand
) -> None:
    done = hand(confirmed=False)
    assert done.state is Standing.WAITING
    with pytest.raises(DelegationOverError):
        in_stead(services, done)
    (gain,) = waiting(services)
    with pytest.raises(GainSecondPersonError):
        confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "hung"))
    with pytest.raises(ActNotAllowedError):
        confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "lan"))
    told = confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "truong"))
    assert (told.duties, told.asked_by, told.account) == (["use-requests"], "hung", "lan")
    assert in_stead(services, done).names == {"lan", "hung"}


def test_each_act_tells_both_names(services: Services, hand: Hand) -> None:
    asked = make_access_request(services, WISH, actor=actor_of(services, "doc.gia"))
    actor = in_stead(services, hand())
    with pytest.raises(ActNotAllowedError):
        grant_access_request(services, asked.id, GRANT, actor=actor_of(services, "lan"))
    grant_access_request(services, asked.id, GRANT, actor=actor)
    with services.read_only() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == str(asked.id)).order_by(
                AuditEvent.number.desc()
            )
        ).first()  # fmt: skip
        assert event is not None
        assert (event.account, event.role, event.data["for"]) == ("lan", "head", "hung")


def test_nothing_beyond_what_was_handed_and_no_chain(services: Services, hand: Hand) -> None:
    actor = in_stead(services, hand())
    for act in ("register:close", "delegation:give", "rights:confirm", "submission:accept"):
        assert not access.may(actor, act)
        with pytest.raises(ActNotHandedError):
            access.require(actor, act)
    with pytest.raises(ActNotHandedError):
        hand_duties(services, handing(receiver="mai"), actor=actor)
    with services.read_only() as session, pytest.raises(DelegationOverError):
        stand_in(session, hand(receiver="mai").id, actor, services.settings)


@pytest.mark.parametrize("asker", ["lan", "hung"])
def test_two_persons_and_no_two_roles_of_one(services: Services, hand: Hand, asker: str) -> None:
    actor = in_stead(services, hand())
    asked = make_access_request(services, WISH, actor=actor_of(services, "doc.gia"))
    with services.writing() as session:
        who = get_account(session, asker).id
        session.execute(update(AccessRequest).values(asked_by=asker, asked_by_id=who))
    with pytest.raises(AccessRequestOwnError):
        grant_access_request(services, asked.id, GRANT, actor=actor)


def test_in_anothers_stead_nobody_accepts_what_they_sent_or_kept(
    services: Services, hand: Hand
) -> None:
    done = hand(by="mai", duties=[HandedDuty.ACCEPTANCE])
    assert done.state is Standing.LIVING  # an archivist may so already
    actor = in_stead(services, done)
    with services.unit_of_work() as uow:
        row = any_row(
            uow.session, Submission, state=SubmissionState.CHECKED, submitted_by="lan", verdict={}
        )
        with pytest.raises(OwnInSteadError):
            require_another(row, actor)
        require_another(row, actor_of(services, "lan"))  # for oneself it is as before
        row.submitted_by, row.keeper = "bach", "mai"
        with pytest.raises(OwnInSteadError):
            require_another(row, actor)


@pytest.mark.parametrize("who", ["hung", "lan", "quan"])
def test_giver_receiver_and_administrator_end_it_at_once(
    services: Services, hand: Hand, who: str
) -> None:
    done = hand()
    with pytest.raises(DelegationNotFoundError):
        end_delegation(services, done.id, actor=actor_of(services, "mai"))
    assert end_delegation(services, done.id, actor=actor_of(services, who)).ended_by == who
    with pytest.raises(DelegationOverError):
        in_stead(services, done)
    with pytest.raises(DelegationEndedError):
        end_delegation(services, done.id, actor=actor_of(services, who))
    with services.read_only() as session:
        told = select(Notice.account_id).where(Notice.kind == "duties-handed-back")
        parties = {get_account(session, one).id for one in ("hung", "lan") if one != who}
        assert set(session.scalars(told)) == parties


@pytest.mark.parametrize(("first", "last"), [(-9, -1), (1, 5)])
def test_it_counts_on_its_days_alone(services: Services, hand: Hand, first: int, last: int) -> None:
    done = hand()
    days = {
        "first_day": clock.today() + dt.timedelta(days=first),
        "last_day": clock.today() + dt.timedelta(days=last),
    }
    with services.writing() as session:
        session.execute(update(Delegation).values(days))
    with pytest.raises(DelegationOverError):
        in_stead(services, done)
    assert state_of(services, done) is (Standing.ENDED if last < 0 else Standing.COMING)


def test_it_ends_with_the_rights_of_the_giver_and_with_either_account(
    services: Services, hand: Hand
) -> None:
    admin = actor_of(services, "quan")
    done = hand()
    for role in (Role.ARCHIVIST, Role.READER):  # the first one waits, what it takes away is gone
        lost = RightsChange(role=role, reason="Quyết định số 12/QĐ-UBND", to="truong")
        change_rights(services, "hung", lost, actor=admin)
        with pytest.raises(DelegationOverError):
            in_stead(services, done)
    assert state_of(services, done) is Standing.ENDED
    add_person(services, "nguyen", Role.HEAD)  # the last one is not disabled
    for name in ("truong", "mai"):
        done = hand(by="truong", receiver="mai", confirmed=False)
        with services.unit_of_work() as uow:
            close_account(name, actor=admin, uow=uow)
            uow.commit()
        assert state_of(services, done) is Standing.ENDED
        with services.writing() as session:
            get_account(session, name).active = True
    assert waiting(services) == []


def test_refused_by_the_second_person_it_has_ended(services: Services, hand: Hand) -> None:
    done = hand(confirmed=False)
    (gain,) = waiting(services)
    refuse_gain(services, gain, actor=actor_of(services, "truong"))
    assert state_of(services, done) is Standing.ENDED


def test_what_cannot_be_handed_over_is_refused(services: Services, hand: Hand) -> None:
    add_person(services, "quan.hai", Role.ADMIN)
    past, far = clock.today() - dt.timedelta(days=1), clock.today() + dt.timedelta(days=200)
    for refusal, changed in (
        (DelegationDaysError, {"first_day": past}),
        (DelegationDaysError, {"last_day": past}),
        (DelegationDaysError, {"last_day": far}),
        (DelegationReasonError, {"reason": " "}),
        (DelegationReceiverError, {"receiver": "hung"}),
        (DelegationReceiverError, {"receiver": "nobody"}),
        (DelegationReceiverError, {"receiver": "bach"}),  # of an agency
        (DelegationReceiverError, {"receiver": "doc.gia"}),
        (DelegationReceiverError, {"receiver": "quan.hai"}),
    ):
        with pytest.raises(refusal):
            hand(**changed)
    with pytest.raises(DelegationDutyError):
        hand(by="lan", receiver="mai")  # an archivist decides no requests
    with pytest.raises(ActNotAllowedError):
        hand(by="bach")


def test_who_stands_in_for_a_role_with_two_factors_has_two(services: Services, hand: Hand) -> None:
    done = hand()
    (services.settings.home / DEMO_MARK).unlink(missing_ok=True)
    with pytest.raises(SecondFactorEnrolError):
        in_stead(services, done)


def test_at_the_pages_one_is_asked_confirmed_done_and_ended(
    app: Flask, services: Services, hand: Hand
) -> None:
    hand(confirmed=False)  # people alone
    end_all = list_delegations(services, actor=actor_of(services, "hung")).delegations
    end_delegation(services, end_all[0].id, actor=actor_of(services, "hung"))
    head, lan = (browser_of(app, services, name) for name in ("hung", "lan"))
    form = {"receiver": "lan", "last_day": clock.today().isoformat(), "reason": "Đi công tác"}
    refused = post(head, "/delegations", **form, first_day=clock.today().isoformat())
    assert refused.status_code == 422
    assert "Chưa chọn việc nào để giao" in refused.text.partition('id="duty-note"')[2]
    done = post(
        head, "/delegations", **form, first_day=clock.today().isoformat(), duty="use-requests"
    )
    assert done.status_code == 303
    second = browser_of(app, services, "truong")
    page = second.get("/rights").text
    assert "Quyết định đề nghị tiếp cận tài liệu" in page
    (gain,) = re.findall(r'action="/rights/([0-9a-f-]+)/confirm"', page)
    assert post(second, f"/rights/{gain}/confirm").status_code == 303

    (at,) = re.findall(r'action="(/delegations/[0-9a-f-]+/act)"', lan.get("/delegations").text)
    asked = make_access_request(services, WISH, actor=actor_of(services, "doc.gia"))
    grant = {"days": "5", "reason": "Điều 21"}
    decided = f"/use-requests/{asked.id}/grant"
    assert post(lan, decided, **grant).status_code == 403
    assert post(lan, at).headers["Location"] == "/"
    shown = lan.get("/use-requests")
    assert (shown.status_code, "Bạn đang làm thay hung." in shown.text) == (200, True)
    assert lan.get("/", follow_redirects=True).request.path == "/use-requests"
    assert lan.get("/desk").status_code == 403
    assert post(lan, decided, **grant).status_code == 303

    with services.writing() as session:
        session.execute(update(Delegation).values(last_day=clock.today() - dt.timedelta(days=1)))
    assert post(lan, f"/use-requests/{asked.id}/revoke", text="x").status_code == 403
    assert lan.get("/desk").status_code == 200, "one's own again"
    assert post(lan, "/delegations/stop").status_code == 303


def answer(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = response.json
    return found


def test_at_the_shell_and_for_programs_it_is_the_same(
    app: Flask, services: Services, hand: Hand, home: Any
) -> None:
    hand(confirmed=False)
    command = Command(home)
    options = ("--from", clock.today(), "--until", clock.today(), "--reason", "Nghỉ phép")
    given = ("delegation", "give", "--to", "mai", "--duty", "holds", *options)
    assert "đang có hiệu lực" in command.run(*given, account="hung").stderr  # a trusted shell
    listed = command.ask("delegation", "list", account="hung")["delegations"]
    assert {entry["receiver"] for entry in listed} == {"lan", "mai"}
    assert "mai" in command.run("delegation", "list", account="hung").stdout
    asked = command.run("--for", "hung", "hold", "list", account="mai")
    assert asked.code == 0, asked
    refused = command.run("--for", "hung", "delegation", "list", account="mai")
    assert (refused.code, "hung" in refused.stderr) == (4, True)
    program = program_of(app, services, "mai")
    (own,) = answer(program.get("/delegations"))["delegations"]
    assert answer(program.post(f"/delegations/{own['id']}/end"))["state"] == "ended"
    assert command.run("--for", "hung", "hold", "list", account="mai").code == 4
    end = command.run("delegation", "end", listed[0]["id"], account="hung")
    assert end.code in (0, 4)
    body = {
        "receiver": "mai",
        "duties": ["holds"],
        "first_day": clock.today().isoformat(),
        "last_day": clock.today().isoformat(),
        "reason": "Nghỉ phép",
    }
    made = program_of(app, services, "hung").post("/delegations", json=body)
    assert answer(made)["state"] == "waiting"
