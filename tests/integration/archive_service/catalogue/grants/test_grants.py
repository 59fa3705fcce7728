"""What is granted is read once another one confirms it, within its days, and nothing beyond."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.accounts.changing.acts import change_rights
from archive_service.accounts.changing.documents import RightsChange
from archive_service.accounts.delegations.acts import hand_duties
from archive_service.accounts.delegations.documents import Handing
from archive_service.accounts.delegations.duties import HandedDuty
from archive_service.accounts.delegations.standing import stand_in
from archive_service.accounts.gains.acts import (
    GainSecondPersonError,
    close_account,
    confirm_gain,
    list_gains,
    refuse_gain,
)
from archive_service.catalogue.fonds.fonds import FondsNotFoundError
from archive_service.catalogue.fonds.series import SeriesNotFoundError
from archive_service.catalogue.grants.acts import (
    GrantDaysError,
    GrantEndedError,
    GrantExistsError,
    GrantNotFoundError,
    GrantReasonError,
    GrantReceiverError,
    end_grant,
    give_grant,
    list_grants,
)
from archive_service.catalogue.grants.targets import GrantPartError
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError, get_case_file
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.notice import Notice
from archive_service.domain.people.reading_grant import GrantScope, Level, ReadingGrant
from archive_service.domain.people.some_days import Standing
from archive_service.services import Services
from archive_service.workflow.steps import index
from tests.worlds.archive import actor_of, head_of_agency
from tests.worlds.browsers import browser_of
from tests.worlds.clients import RESTRICTED_CODE, add_person, program_of
from tests.worlds.granted import (
    NO_CODE,
    READER,
    give,
    granting,
    reads,
    reads_text,
    waiting,
)


@pytest.fixture(autouse=True)
def people(services: Services) -> None:
    add_person(services, READER, Role.READER)
    add_person(services, "truong", Role.HEAD)


def test_the_same_is_given_once_and_for_longer_again(services: Services) -> None:
    lan, given = actor_of(services, "lan"), granting()
    give_grant(services, given, actor=lan)
    with pytest.raises(GrantExistsError):
        give_grant(services, given, actor=lan)
    longer = given.last_day + dt.timedelta(days=1)
    assert give_grant(services, granting(last_day=longer), actor=lan).last_day == longer


def test_it_waits_for_one_who_did_not_give_it_and_ends_at_once(
    app: Flask, services: Services
) -> None:
    assert not reads(app, services)
    done = give_grant(services, granting(), actor=actor_of(services, "hung"))
    assert done.state is Standing.WAITING
    assert not reads(app, services)
    gain = waiting(services)
    for name, refusal in (("hung", GainSecondPersonError), ("lan", ActNotAllowedError)):
        with pytest.raises(refusal):
            confirm_gain(services, gain, NO_CODE, actor=actor_of(services, name))
    told = confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "truong"))
    assert (told.account, told.target, told.level) == (READER, RESTRICTED_CODE, "restricted")
    assert (told.asked_by, told.why) == ("hung", granting().reason)
    assert reads(app, services)
    assert not reads(app, services, "binh")  # another reader
    with services.read_only() as session:
        kinds = select(Notice.kind).join(Account, Account.id == Notice.account_id)
        assert "grant-given" in session.scalars(kinds.where(Account.name == READER)).all()
    end_grant(services, done.id, actor=actor_of(services, "lan"))
    assert not reads(app, services)
    with pytest.raises(GrantEndedError):
        end_grant(services, done.id, actor=actor_of(services, "lan"))
    with services.read_only() as session:
        tags = select(AuditEvent.tag).where(AuditEvent.subject_id == str(done.id))
        found = session.scalars(tags.order_by(AuditEvent.number)).all()
    assert found == ["grant:given", "grant:confirmed", "grant:ended"]


@pytest.mark.parametrize("scope", GrantScope)
def test_each_scope_opens_what_lies_in_it(
    app: Flask, services: Services, scope: GrantScope
) -> None:
    fonds, part = in_series(services)
    named = {
        GrantScope.DOCUMENT: {"part": "1"},
        GrantScope.CASE_FILE: {},
        GrantScope.SERIES: {"code": fonds, "part": part},
        GrantScope.FONDS: {"code": fonds},
    }
    reindexed(services)
    give(services, scope=scope, **named[scope])
    assert reads(app, services)


def in_series(services: Services) -> tuple[str, str]:
    """The case file lies in a branch below the one that is returned."""
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        fonds = uow.session.get_one(Fonds, row.fonds_id)
        above = Series(fonds_id=fonds.id, code="I", title="Xây dựng")
        uow.session.add(above)
        uow.session.flush()
        below = Series(fonds_id=fonds.id, parent_id=above.id, code="I.1", title="Đường")
        uow.session.add(below)
        uow.session.flush()
        row.series_id = below.id
        uow.commit()
        return fonds.code, above.code


def reindexed(services: Services) -> None:
    with services.read_only() as session:
        code = select(CaseFile.code).where(CaseFile.code == RESTRICTED_CODE)
        row = get_case_file(session, session.scalars(code).one(), actor=actor_of(services, "lan"))
    index(row, services, None)


def test_a_level_opens_the_modes_that_the_rule_set_says(app: Flask, services: Services) -> None:
    with services.writing() as session:
        session.execute(update(Document).values(mode="03"))
    reindexed(services)
    give(services, level=Level.RESTRICTED)
    assert not reads_text(app, services)
    give(services, level=Level.PUBLIC)
    assert not reads_text(app, services)
    give(services, level=Level.SECRET)
    assert reads_text(app, services)


def test_it_counts_on_its_days_alone(app: Flask, services: Services) -> None:
    done = give(services, first_day=clock.today() + dt.timedelta(days=1))
    (row,) = list_grants(services, actor=actor_of(services, READER)).grants
    assert (row.id, row.state) == (done.id, Standing.COMING)
    assert not reads_text(app, services)
    day = clock.today() - dt.timedelta(days=1)
    with services.writing() as session:
        session.execute(update(ReadingGrant).values(first_day=day, last_day=clock.today()))
    assert reads_text(app, services)
    with services.writing() as session:
        session.execute(update(ReadingGrant).values(last_day=day))
    assert not reads_text(app, services)
    (row,) = list_grants(services, actor=actor_of(services, READER)).grants
    assert (row.state, row.ended_by) == (Standing.ENDED, "")


@pytest.mark.parametrize("how", ["refused", "disabled", "changed"])
def test_it_ends_with_a_refusal_the_account_and_its_role(services: Services, how: str) -> None:
    admin, head = actor_of(services, "quan"), actor_of(services, "truong")
    done = give_grant(services, granting(), actor=actor_of(services, "lan"))
    if how == "refused":
        refuse_gain(services, waiting(services), actor=head)
    else:
        confirm_gain(services, waiting(services), NO_CODE, actor=head)
    if how == "disabled":
        with services.unit_of_work() as uow:
            close_account(READER, actor=admin, uow=uow)
            uow.commit()
    if how == "changed":
        wanted = RightsChange(role=Role.ARCHIVIST, reason="Điều động")
        change_rights(services, READER, wanted, actor=admin)
        found = list_gains(services, actor=head).gains
        (gain,) = (
            document.id for document in found if document.kind == "changed" and document.is_open
        )
        confirm_gain(services, gain, NO_CODE, actor=head)
    (row,) = list_grants(services, actor=head).grants
    assert (row.id, row.state) == (done.id, Standing.ENDED)


def test_what_cannot_be_granted_is_refused(services: Services) -> None:
    giver = actor_of(services, "lan")
    days, code = dt.timedelta(days=1), "khong-co"
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (GrantDaysError, {"first_day": clock.today() - days}),
        (GrantDaysError, {"last_day": clock.today() - days}),
        (GrantDaysError, {"last_day": clock.today() + 366 * days}),
        (GrantReasonError, {"reason": " "}),
        (GrantReasonError, {"reason": "x" * 501}),
        (GrantReceiverError, {"account": "bach"}),  # reads by the role
        (GrantReceiverError, {"account": "quan"}),  # reads nothing
        (GrantReceiverError, {"account": "khong.co"}),
        (CaseFileNotFoundError, {"code": code}),
        (DocumentUnknownError, {"scope": GrantScope.DOCUMENT, "part": "9"}),
        (DocumentUnknownError, {"scope": GrantScope.DOCUMENT, "part": "một"}),
        (FondsNotFoundError, {"scope": GrantScope.FONDS, "code": code}),
        (GrantPartError, {"part": "1"}),
        (GrantPartError, {"scope": GrantScope.FONDS, "part": "QLCT"}),
        (SeriesNotFoundError, {"scope": GrantScope.SERIES, "code": in_series(services)[0]}),
    ]
    for refusal, changed in wrong:
        with pytest.raises(refusal):
            give_grant(services, granting(**changed), actor=giver)
    for name in ("bach", "quan", READER):
        with pytest.raises(ActNotAllowedError):
            give_grant(services, granting(), actor=actor_of(services, name))
    with pytest.raises(GrantNotFoundError):
        end_grant(services, uuid4(), actor=giver)
    assert list_grants(services, actor=giver).grants == []


def test_of_another_agency_nothing_is_granted_confirmed_seen_or_ended(services: Services) -> None:
    head = head_of_agency(services)
    done = give_grant(services, granting(), actor=head)
    with services.writing() as session:
        other = Agency(code="H40.77", name="Sở khác")
        session.add(other)
        session.flush()
        session.execute(
            update(Account).where(Account.name == head.account).values(agency_id=other.id)
        )
    foreign = actor_of(services, head.account)
    gain = waiting(services)
    assert list_grants(services, actor=foreign).grants == []
    assert [
        document for document in list_gains(services, actor=foreign).gains if document.id == gain
    ] == []
    with pytest.raises(GrantNotFoundError):
        end_grant(services, done.id, actor=foreign)
    with pytest.raises(CaseFileNotFoundError):
        give_grant(services, granting(), actor=foreign)
    longer = granting(last_day=clock.today() + dt.timedelta(days=4))
    given = give_grant(services, longer, actor=actor_of(services, "lan"))
    wanted = [
        document.id for document in list_gains(services, actor=actor_of(services, "hung")).gains
    ]
    with pytest.raises(ActNotAllowedError):
        confirm_gain(
            services,
            next(identifier for identifier in wanted if identifier != gain),
            NO_CODE,
            actor=foreign,
        )
    assert given.state is Standing.WAITING


def test_nobody_confirms_in_the_stead_of_who_gave_it(services: Services) -> None:
    day = clock.today()
    handing = Handing(
        receiver="lan",
        duties=[HandedDuty.USE_REQUESTS],
        first_day=day,
        last_day=day,
        reason="Nghỉ phép",
    )
    handed = hand_duties(services, handing, actor=actor_of(services, "hung"))
    (gain,) = (
        document.id for document in list_gains(services, actor=actor_of(services, "truong")).gains
    )
    confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "truong"))
    give_grant(services, granting(), actor=actor_of(services, "hung"))
    with services.read_only() as session:
        delegate = stand_in(session, handed.id, actor_of(services, "lan"), services.settings)
    with pytest.raises(ActNotAllowedError):
        confirm_gain(services, waiting(services), NO_CODE, actor=delegate)


def test_two_who_confirm_for_each_other_are_shown(services: Services) -> None:
    for days, giver, other in ((3, "hung", "truong"), (4, "truong", "hung")):
        given = granting(last_day=clock.today() + dt.timedelta(days=days))
        give_grant(services, given, actor=actor_of(services, giver))
        found = list_gains(services, actor=actor_of(services, other)).gains
        (gain,) = (
            document.id for document in found if document.kind == "granted" and document.is_open
        )
        told = confirm_gain(services, gain, NO_CODE, actor=actor_of(services, other))
        assert told.ring == (giver == "truong")


def test_what_streams_when_it_ends_is_the_last(app: Flask, services: Services) -> None:
    done = give(services)
    client = browser_of(app, services, READER)
    with services.read_only() as session:
        actor = actor_of(services, "lan")
        row = get_case_file(session, RESTRICTED_CODE, actor=actor)
        file = row.documents[0].files[0]
    program = program_of(app, services, READER)
    at = f"/case-files/{RESTRICTED_CODE}/files/{file.id}"
    begun = program.get(at, buffered=False)
    assert begun.status_code == 200
    end_grant(services, done.id, actor=actor)
    assert sum(map(len, begun.iter_encoded())) == file.size_bytes  # what was begun is whole
    begun.close()
    ranged = program.get(at, headers={"Range": "bytes=0-99"})
    assert ranged.status_code == 403
    assert b"%PDF" not in ranged.data
    assert "/use-requests/new" in client.get(f"/case-files/{RESTRICTED_CODE}?document=1").text
