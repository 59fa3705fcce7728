"""A group reads or manages its part up to its level, once a second person confirmed it."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.accounts.gains.acts import close_account, confirm_gain, refuse_gain
from archive_service.catalogue.agencies.acts import AgencyNotFoundError
from archive_service.catalogue.grants.acts import (
    GrantDaysError,
    GrantReasonError,
    GrantReceiverError,
    end_grant,
)
from archive_service.catalogue.grants.group_documents import GroupDocument, Grouping, Joining
from archive_service.catalogue.grants.groups import (
    GroupMemberError,
    GroupNameError,
    GroupNotFoundError,
    GroupPartError,
    MembershipNotFoundError,
    join_group,
    leave_group,
    list_groups,
    make_group,
)
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Account, Role
from archive_service.domain.people.reader_group import GroupMember, ReaderGroup
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, actor_of, head_of_agency
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, add_person, program_of
from tests.worlds.command import Command
from tests.worlds.granted import NO_CODE, READER, give, reads, reads_text, waiting

AGENCY = SAMPLE_AGENCY.new_code
JOIN = Joining(account=READER, reason="Quyết định 15/QĐ-LT")


@pytest.fixture(autouse=True)
def people(services: Services) -> None:
    add_person(services, READER, Role.READER)
    add_person(services, "truong", Role.HEAD)


def group(services: Services, level: Level = Level.RESTRICTED, **where: Any) -> GroupDocument:
    given = Grouping(name=f"Nhóm {level.value}", level=level, **(where or {"agency": AGENCY}))
    return make_group(services, given, actor=actor_of(services, "lan"))


def join(services: Services, to: GroupDocument, **given: Any) -> None:
    joining = JOIN.model_copy(update=given)
    join_group(services, to.id, joining, actor=actor_of(services, "lan"))
    confirm_gain(services, waiting(services, "joined"), NO_CODE, actor=actor_of(services, "truong"))


def test_a_member_reads_its_level_once_confirmed_and_no_more_at_once(
    app: Flask, services: Services
) -> None:
    made = group(services)
    assert not reads(app, services)
    member = join_group(services, made.id, JOIN, actor=actor_of(services, "hung"))
    assert member.waits
    assert not reads(app, services)
    with pytest.raises(GroupMemberError):
        join_group(services, made.id, JOIN, actor=actor_of(services, "lan"))
    gain = waiting(services, "joined")
    told = confirm_gain(services, gain, NO_CODE, actor=actor_of(services, "truong"))
    assert (told.target, told.level, told.why) == (made.name, "restricted", JOIN.reason)
    assert reads(app, services)
    assert not reads(app, services, "binh")
    (own,) = list_groups(services, actor=actor_of(services, READER)).groups
    assert [document.account for document in own.members] == [READER]
    assert list_groups(services, actor=actor_of(services, "binh")).groups == []
    leave_group(services, member.id, actor=actor_of(services, "lan"))
    assert not reads(app, services)
    with pytest.raises(MembershipNotFoundError):
        leave_group(services, member.id, actor=actor_of(services, "lan"))


def test_each_level_opens_its_modes_within_its_agency_or_fonds(
    app: Flask, services: Services
) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        own = session.get_one(Fonds, row.fonds_id).code
        other = any_row(session, Fonds, agency_id=row.agency_id, code="P.77").code
    join(services, group(services, Level.SECRET, fonds=other))
    assert not reads_text(app, services)
    join(services, group(services, Level.RESTRICTED, fonds=own))
    assert reads_text(app, services)
    with services.writing() as session:
        session.execute(update(Document).values(mode="03"))
    assert not reads_text(app, services)


def test_a_group_of_one_document_reads_that_until_its_last_day(
    app: Flask, services: Services
) -> None:
    both: dict[str, Any] = {"fonds": "P.77", "case_file": RESTRICTED_CODE}
    neither: dict[str, Any] = {"agency": AGENCY, "part": "1"}
    for wrong in (both, neither):
        with pytest.raises(GroupPartError):
            group(services, **wrong)
    made = group(services, case_file=RESTRICTED_CODE, part="1")
    assert (made.scope, made.target) == (GrantScope.DOCUMENT, f"{RESTRICTED_CODE}, 1")
    for day in (-1, 366):
        late = clock.today() + dt.timedelta(days=day)
        with pytest.raises(GrantDaysError):
            join_group(
                services,
                made.id,
                JOIN.model_copy(update={"last_day": late}),
                actor=actor_of(services, "lan"),
            )
    join(services, made, last_day=clock.today())
    assert reads(app, services)
    assert prove_trail(services).ok
    with services.writing() as session:
        session.execute(update(GroupMember).values(last_day=clock.today() - dt.timedelta(days=1)))
    assert not reads(app, services)
    (row,) = list_groups(services, actor=actor_of(services, "lan")).groups
    assert row.members == []


def test_who_is_in_a_group_that_manages_describes_that_part_and_reads_nothing_by_it(
    app: Flask, services: Services
) -> None:
    made = group(services, gives=GrantRight.MANAGE, case_file=RESTRICTED_CODE)
    officer, at = program_of(app, services, "bach"), f"/case-files/{RESTRICTED_CODE}/description"
    sent = {"reason": JOIN.reason, "fields": {"keyword": "cầu treo"}}
    with pytest.raises(GrantReceiverError):
        join(services, made)  # a reader
    assert officer.ask("PATCH", at, json=sent).status_code == 403
    join(services, made, account="bach")
    assert officer.ask("PATCH", at, json=sent).status_code == 200
    assert not reads(app, services)
    (own,) = list_groups(services, actor=actor_of(services, "bach")).groups
    left = leave_group(services, own.members[0].id, actor=actor_of(services, "lan"))
    assert left.remaining == []
    assert officer.ask("PATCH", at, json=sent).status_code == 403


def test_who_leaves_or_loses_a_part_is_told_what_still_opens_it(services: Services) -> None:
    whole, other = group(services), group(services, Level.SECRET, case_file=OPEN_CODE)
    for document in (whole, other):
        join(services, document)
    alone, of_file = give(services, scope=GrantScope.DOCUMENT, part="1"), give(services)
    ended = end_grant(services, of_file.id, actor=actor_of(services, "lan"))
    assert [remaining.name for remaining in ended.remaining] == [alone.target, whole.name]
    desk = Command(services.settings.home)
    told = desk.run("grant", "end", str(alone.id), account="lan").stderr
    assert whole.name in told
    assert other.name not in told
    (mine, _) = list_groups(services, actor=actor_of(services, READER)).groups
    left = leave_group(services, mine.members[0].id, actor=actor_of(services, "lan"))
    assert [remaining.name for remaining in left.remaining] == (
        [other.name] if mine.id == whole.id else []
    )


@pytest.mark.parametrize("how", ["refused", "disabled"])
def test_it_ends_with_a_refusal_and_with_the_account(services: Services, how: str) -> None:
    made = group(services)
    join_group(services, made.id, JOIN, actor=actor_of(services, "lan"))
    if how == "refused":
        refuse_gain(services, waiting(services, "joined"), actor=actor_of(services, "truong"))
    else:
        with services.unit_of_work() as uow:
            close_account(READER, actor=actor_of(services, "quan"), uow=uow)
            uow.commit()
    (row,) = list_groups(services, actor=actor_of(services, "lan")).groups
    assert row.members == []


def test_what_is_no_group_or_no_reader_is_refused(services: Services) -> None:
    made, giver = group(services), actor_of(services, "lan")
    for name in ("", "x" * 201, made.name):
        wrong = Grouping(name=name, level=Level.SECRET, agency=AGENCY)
        with pytest.raises(GroupNameError):
            make_group(services, wrong, actor=giver)
    with pytest.raises(AgencyNotFoundError):
        make_group(services, Grouping(name="x", level=Level.SECRET), actor=giver)
    with pytest.raises(GroupNotFoundError):
        join_group(services, giver.account_id or made.id, JOIN, actor=giver)
    with pytest.raises(GrantReceiverError):
        join_group(services, made.id, Joining(account="bach", reason="x"), actor=giver)
    with pytest.raises(GrantReasonError):
        join_group(services, made.id, Joining(account=READER, reason=""), actor=giver)
    for name in ("bach", READER, "quan"):
        with pytest.raises(ActNotAllowedError):
            join_group(services, made.id, JOIN, actor=actor_of(services, name))


def test_of_another_agency_nobody_fills_or_makes_a_group(services: Services) -> None:
    made, head = group(services), head_of_agency(services)
    with services.writing() as session:
        other = any_row(session, Fonds).agency_id
        session.execute(update(ReaderGroup).values(agency_id=other))
    with pytest.raises(GroupNotFoundError):
        join_group(services, made.id, JOIN, actor=head)
    assert list_groups(services, actor=head).groups == []


@pytest.mark.parametrize("attack", ["confirmed", "level"])
def test_a_membership_that_nobody_confirmed_so_is_named(services: Services, attack: str) -> None:
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    join_group(services, group(services).id, JOIN, actor=actor_of(services, "lan"))
    assert prove_trail(services).ok
    with services.writing() as session:
        if attack == "confirmed":
            session.execute(update(GroupMember).values(waits=False))
        else:
            session.execute(update(ReaderGroup).values(level=Level.SECRET))
    assert prove_trail(services).first_bad == f"account {READER} group"


def test_at_every_door_it_is_made_filled_and_left(
    app: Flask, services: Services, archivist: Program
) -> None:
    desk = browser_of(app, services, "lan")
    assert "Chưa có nhóm nào" in desk.get("/grants/groups").text
    form = {"name": "Nhóm nghiên cứu", "level": "internal", "gives": "read", "agency": AGENCY}
    assert post(desk, "/grants/groups", **(form | {"agency": "x"})).status_code == 404
    assert post(desk, "/grants/groups", **form).status_code == 303
    (made,) = archivist.get("/grants/groups").get_json()["groups"]
    at = f"/grants/groups/{made['id']}/members"
    assert post(desk, at, account="x", reason="y").status_code == 422
    assert post(desk, at, account=READER, reason="Quyết định 15/QĐ-LT").status_code == 303
    assert "Chờ xác nhận" in desk.get("/grants/groups").text
    assert "Nhóm nghiên cứu" in browser_of(app, services, "truong").get("/rights").text
    (member,) = archivist.get("/grants/groups").get_json()["groups"][0]["members"]
    assert post(desk, f"/grants/members/{member['id']}/end").status_code == 303
    sent = {"account": READER, "reason": "x"}
    assert archivist.post(f"/grants/groups/{made['id']}/members", json=sent).status_code == 200
    command = Command(services.settings.home)
    given = ("--name", "Nhóm hai", "--level", "internal", "--agency", AGENCY)
    assert "Đã lập nhóm" in command.run("group", "make", *given, account="lan").stderr
    groups = command.ask("group", "list", account="lan")["groups"]
    second = next(one["id"] for one in groups if one["name"] == "Nhóm hai")
    options = ("--member", READER, "--reason", "Quyết định 15/QĐ-LT")
    told = command.run("group", "join", second, *options, account="lan")
    assert "đã vào nhóm" in told.stderr  # a trusted shell
    assert "Nhóm hai" in command.run("group", "list", account="lan").stdout
    groups = command.ask("group", "list", account="lan")["groups"]
    (member,) = next(one["members"] for one in groups if one["name"] == "Nhóm hai")
    assert "đã ra khỏi" in command.run("group", "leave", member["id"], account="lan").stderr


def test_the_list_of_groups_is_bounded_and_asks_as_much_for_many_as_for_few(
    services: Services,
) -> None:
    desk = actor_of(services, "lan")
    asked = []
    for level in (Level.RESTRICTED, Level.SECRET):
        of_level = group(services, level)
        with services.writing() as session:
            for number in range(102):
                account = any_row(session, Account, name=f"{level.value}{number:03}")
                any_row(
                    session,
                    GroupMember,
                    group_id=of_level.id,
                    account_id=account.id,
                    ended_at=None,
                )
        with counted(services) as statements:
            found = list_groups(services, actor=desk)
        asked.append(len(statements))
    first = found.groups[0]
    assert (found.total, len(found.groups), first.total, len(first.members)) == (2, 2, 102, 100)
    assert [member.account for member in first.members[:2]] == ["restricted000", "restricted001"]
    assert asked[0] == asked[1]
