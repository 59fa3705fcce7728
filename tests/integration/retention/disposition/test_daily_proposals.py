"""What falls due by the day: announced ahead, proposed by agency; and a decision carried out."""

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.notice import Notice
from archive_service.domain.retention.disposition import CouncilMember, Disposition, DispositionItem
from archive_service.domain.retention.removal import DESTROY_JOB
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.appraisal import Verdict
from retention.disposition.decision import acts as decision_acts
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import DecisionApproval, ListShown, Review
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import counted
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.retention.dispositions import (
    HEAD,
    REASON,
    add_agency_head,
    heard,
    make_due,
    otp_of,
    submitted,
)
from tests.worlds.retention.removing import graceless

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def sweep(services: Services) -> list[DispositionDocument]:
    with services.writing() as session:
        services.jobs.add(session, "propose-due")
    assert run_one(services, names=("propose-due",)) == "done"
    return disposition_acts.list_all(services, actor=OPERATOR)


def watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "watch-dispositions")
    do_all(services)


def notices(services: Services, kind: str) -> list[Notice]:
    with services.read_only() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == kind)))


def approved(services: Services, *codes: str) -> UUID:
    secret = add_agency_head(services)
    row = submitted(services, *codes)
    decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret)), actor=person(services, HEAD)
    )
    return row


def test_what_is_due_is_proposed_once_by_itself(services: Services) -> None:
    assert sweep(services) == []
    make_due(services, OPEN_CODE)
    (made,) = sweep(services)
    assert (made.proposed_by, made.state, made.count) == ("worker", "proposed", 1)
    assert sweep(services) == [made]
    make_due(services, RESTRICTED_CODE)
    (grown,) = sweep(services)
    assert [disposition_item.code for disposition_item in grown.items] == [
        OPEN_CODE,
        RESTRICTED_CODE,
    ]
    assert [disposition_item.ordinal for disposition_item in grown.items] == [1, 2]
    assert {notice.facts["number"] for notice in notices(services, "disposition-proposed")} == {
        grown.number
    }


def test_the_day_counts_and_permanent_ones_are_never_proposed(services: Services) -> None:
    today = clock.today()
    with services.writing() as session:
        session.execute(update(CaseFile).values(ends_on=today))
    assert sweep(services) == []
    with services.writing() as session:
        session.execute(
            update(CaseFile).values(ends_on=today - dt.timedelta(days=1), permanent=True)
        )
    assert sweep(services) == []


def test_what_was_left_to_wait_is_proposed_again_after_its_time(services: Services) -> None:
    make_due(services, OPEN_CODE)
    add_agency_head(services)
    (made,) = sweep(services)
    row, lan = made.id, person(services, "lan")
    wait = {OPEN_CODE: Verdict.parse("wait")}
    disposition_acts.review(services, row, Review(outcomes=wait, reason=REASON), actor=lan)
    heard(services, row)
    disposition_acts.submit(services, row, ListShown(), actor=lan)
    decision_acts.approve(services, row, DecisionApproval(), actor=person(services, HEAD))
    assert [disposition.id for disposition in sweep(services)] == [row]
    with services.writing() as session:
        long_ago = clock.now() - dt.timedelta(days=400)
        session.execute(update(Disposition).values(decided_at=long_ago))
    assert len(sweep(services)) == 2


def test_people_are_told_ahead_once(services: Services) -> None:
    soon = clock.today() + dt.timedelta(days=80)
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == OPEN_CODE).values(ends_on=soon))
    sweep(services)
    told = notices(services, "retention-ends")
    assert {notice.facts["on"] for notice in told} == {soon.isoformat()}
    with services.writing() as session:
        session.execute(update(Notice).values(read_at=clock.now()))
    sweep(services)
    assert len(notices(services, "retention-ends")) == len(told) > 0


def test_the_sweep_asks_as_often_for_one_as_for_two(services: Services) -> None:
    make_due(services, OPEN_CODE)
    with counted(services) as one:
        sweep(services)
    make_due(services, RESTRICTED_CODE)
    with services.writing() as session:
        for table in (CouncilMember, DispositionItem, Disposition):
            session.execute(delete(table))
    with counted(services) as two:
        sweep(services)
    assert len(two) <= len(one) + 3


@pytest.mark.usefixtures("both_due")
def test_a_list_is_laid_down_by_a_statement_that_does_not_grow(services: Services) -> None:
    with counted(services) as seen:
        (made,) = sweep(services)
    assert made.count == 2
    (laid,) = [one for one in seen if one.startswith("INSERT INTO disposition_item ")]
    assert laid.count("(") == 2  # of the columns, and of one row's values


@pytest.mark.usefixtures("both_due")
def test_an_approved_list_is_carried_out_and_closed(services: Services) -> None:
    services = graceless(services)
    row = approved(services, OPEN_CODE)
    told = execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    assert told.state == "executing"
    again = execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    assert again.executed_by == told.executed_by
    while run_one(services, names=(execution.CARRY_OUT_JOB, DESTROY_JOB)):
        pass
    rebuild(services, actor=OPERATOR)  # before the list is closed: the tombstone tells
    told = disposition_acts.show(services, row, actor=OPERATOR)
    assert (told.state, told.items[0].state) == ("executing", "done")
    watch(services)
    told = disposition_acts.show(services, row, actor=OPERATOR)
    assert (told.state, told.items[0].state) == ("executed", "done")
    assert told.next == [], "the certificate was made with it"
    assert told.papers[-1].form == "certificate"
    with services.read_only() as session:
        states = {
            case_file.code: case_file.state for case_file in session.scalars(select(CaseFile))
        }
    assert states == {OPEN_CODE: CaseState.DESTROYED, RESTRICTED_CODE: CaseState.STORED}
    rebuild(services, actor=OPERATOR)
    assert disposition_acts.show(services, row, actor=OPERATOR) == told


@pytest.mark.usefixtures("both_due")
def test_paper_is_destroyed_before_the_list_is_closed(services: Services) -> None:
    services = graceless(services)
    row = approved(services, OPEN_CODE)
    with services.writing() as session:
        session.execute(update(DispositionItem).values(paper="Kho 1 / Giá 2 / H-03"))
    lan = person(services, "lan")
    execution.execute(services, row, ListShown(), actor=lan)
    do_all(services)
    watch(services)
    assert disposition_acts.show(services, row, actor=OPERATOR).state == "executing"
    on, by = dt.date(2026, 2, 3), "Nguyễn Văn Kho"
    with pytest.raises(execution.DispositionPaperNoneError):
        execution.note_paper(
            services, row, RESTRICTED_CODE, by=by, on=on, method="Nghiền", actor=lan
        )
    told = execution.note_paper(
        services, row, OPEN_CODE, by=by, on=on, method="Nghiền bột giấy", actor=lan
    )
    assert told.state == "executed"


@pytest.mark.parametrize(
    ("level", "box", "told"),
    [
        ("03", "KhoA-Gia02-Hop005.01", "KhoA-Gia02-Hop005.01; Chưa giao về lưu trữ"),
        ("02", None, "Chưa giao về lưu trữ"),
        ("01", "KhoA-Gia02-Hop005.01", ""),
    ],
)
def test_paper_that_was_never_handed_over_is_destroyed_too(
    services: Services, level: str, box: str | None, told: str
) -> None:
    make_due(services, OPEN_CODE)
    with services.writing() as session:
        mine = CaseFile.code == OPEN_CODE
        known = update(CaseFile).where(mine)
        session.execute(known.values(confidence_level=level, paper_file_code=box))
        own = select(CaseFile.id).where(mine).scalar_subquery()
        documents = update(Document).where(Document.case_file_id == own)
        session.execute(documents.values(confidence_level="01"))
    row = approved(services, OPEN_CODE)
    assert disposition_acts.show(services, row, actor=OPERATOR).items[0].paper == told


def test_a_hold_between_approval_and_execution_leaves_the_case_file(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row = approved(services, OPEN_CODE)
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="1/QĐ", actor=head)
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    do_all(services)
    told = disposition_acts.show(services, row, actor=OPERATOR)
    (item,) = told.items
    assert (told.state, item.state) == ("executed", "left-out")
    assert (item.refusal or {})["code"] == "held"
    assert told.items[0].reason
