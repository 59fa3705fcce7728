"""Orders: holds on what a search finds and on a fonds; up to a day; lifted one by one or whole."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from archive_service import clock, messages
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Account
from archive_service.domain.people.notice import Notice
from archive_service.domain.retention.hold import HoldLock, HoldOrder
from archive_service.evidence.trail import events_of
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError, require_free
from archive_service.worker import run_one
from ingest.submissions.acts import accept, submit
from retention.holds.acts import (
    lift_hold,
    lift_order,
    list_holds,
    place_holds,
    place_on_fonds,
    place_on_search,
)
from retention.holds.documents import HoldOrderDocument
from retention.holds.given import LiftIn
from retention.holds.locks import APPLY_JOB, apply_order, queue_unlike
from retention.holds.rules import (
    HoldDayError,
    HoldLiftedError,
    HoldLiftWordsError,
    HoldNotFoundError,
    HoldNothingError,
    HoldPlacerError,
    HoldWordsError,
    Wish,
)
from search.conditions import Conditions
from tests.worlds.archive import OPERATOR, head_of_agency, person, small_pdf_case
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all

REASON, AUTHORITY = "Thanh tra việc giao đất", "12/QĐ-TTT ngày 03/02/2026"
WISH = Wish(REASON, AUTHORITY)
BOTH = "2025 QLCT"  # words of both codes
LATER_CODE = "H40.18.2025.09.QLCT"
LIFTED = "Kết luận thanh tra đã ban hành"


def search(services: Services, text: str = BOTH, wish: Wish = WISH) -> HoldOrderDocument:
    return place_on_search(services, text, wish, actor=person(services, "hung"))


def fonds_code(services: Services) -> str:
    with services.read_only() as session:
        one = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        return session.scalars(one.where(CaseFile.code == OPEN_CODE)).one()


def fonds(services: Services, wish: Wish = WISH) -> HoldOrderDocument:
    return place_on_fonds(services, fonds_code(services), wish, actor=person(services, "hung"))


def is_held(services: Services, code: str) -> bool:
    """Whether whoever would change it is refused."""
    actor = person(services, "lan")
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        try:
            require_free(uow.session, row, act="case-file:describe", actor=actor)
        except CaseFileHeldError:
            return True
    return False


def bring_later(services: Services, folder: Path) -> None:
    small_pdf_case(folder, code=LATER_CODE)
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)


def locks(services: Services) -> dict[str, set[str]]:
    """Code → copies of which it is noted what their store keeps."""
    with services.read_only() as session:
        query = select(CaseFile.code, HoldLock.copy).join(HoldLock)
        noted = session.execute(query.where(HoldLock.case_file_id == CaseFile.id))
        found: dict[str, set[str]] = {}
        for code, copy in noted:
            found.setdefault(code, set()).add(copy)
        return found


def events(services: Services, tag: str) -> list[AuditEvent]:
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == tag)
        return list(session.scalars(query.order_by(AuditEvent.number)))


def test_an_order_on_a_search_holds_what_it_finds_now(services: Services, tmp_path: Path) -> None:
    order = search(services)
    assert (order.scope, order.case_files, order.in_force) == ("search", 2, 2)
    assert order.search == {"text": BOTH}
    assert is_held(services, OPEN_CODE)
    assert is_held(services, RESTRICTED_CODE)
    bring_later(services, tmp_path / "later")
    assert not is_held(services, LATER_CODE)
    again = search(services)
    assert (again.case_files, again.id == order.id) == (1, False)
    assert is_held(services, LATER_CODE)
    same = search(services)
    assert (same.id, same.in_force) == (again.id, 1)
    (told, _) = events(services, "hold:ordered")
    assert (told.data["case_files"], told.data["reason"]) == (2, REASON)


def test_a_search_is_narrowed_as_on_its_page(services: Services) -> None:
    head = person(services, "hung")
    narrow = Conditions(years=(2025,), agencies=("H40.18",))
    order = place_on_search(services, f'"{OPEN_CODE}"', WISH, conditions=narrow, actor=head)
    assert order.search == {
        "text": f'"{OPEN_CODE}"',
        "agencies": ["H40.18"],
        "years": ["2025"],
    }
    assert (is_held(services, OPEN_CODE), is_held(services, RESTRICTED_CODE)) == (True, False)
    with pytest.raises(HoldNothingError):
        search(services, "khongcotunaonhuthe")


def test_what_goes_already_is_left_out(services: Services) -> None:
    with services.writing() as session:
        rows = update(CaseFile).where(CaseFile.code == OPEN_CODE)
        session.execute(rows.values(removing_since=clock.now()))
    assert (search(services).case_files, fonds(services).case_files) == (1, 1)
    with services.writing() as session:
        session.execute(update(CaseFile).values(state=CaseState.DESTROYED))
    with pytest.raises(HoldNothingError):
        search(services, wish=Wish("Khác", AUTHORITY))


def test_an_order_on_a_search_is_lifted_one_by_one_or_whole(services: Services) -> None:
    order = search(services)
    do_all(services)
    assert set(locks(services)) == {OPEN_CODE, RESTRICTED_CODE}
    head = person(services, "hung")
    (one,) = list_holds(services, actor=head, code=OPEN_CODE)
    lift_hold(services, one.id, LiftIn(reason=LIFTED), actor=head)
    assert (is_held(services, OPEN_CODE), is_held(services, RESTRICTED_CODE)) == (False, True)
    do_all(services)
    assert set(locks(services)) == {RESTRICTED_CODE}
    lifted = lift_order(services, order.id, LiftIn(reason="Xong"), actor=head)
    assert (lifted.in_force, lifted.case_files) == (0, 2)
    assert not is_held(services, RESTRICTED_CODE)
    do_all(services)
    assert locks(services) == {}
    with pytest.raises(HoldLiftedError):
        lift_order(services, order.id, LiftIn(reason="Xong"), actor=head)
    with pytest.raises(HoldNotFoundError):
        lift_order(services, one.id, LiftIn(reason="Xong"), actor=head)
    reasons = {hold.code: hold.lift_reason for hold in list_holds(services, actor=head)}
    assert reasons == {OPEN_CODE: LIFTED, RESTRICTED_CODE: "Xong"}


def test_an_order_on_a_fonds_holds_what_comes_later(services: Services, tmp_path: Path) -> None:
    order = fonds(services)
    assert (order.scope, order.case_files, order.in_force) == ("fonds", 2, 1)
    assert order.fonds == fonds_code(services)
    assert fonds(services).id == order.id
    do_all(services)
    assert set(locks(services)) == {OPEN_CODE, RESTRICTED_CODE}
    bring_later(services, tmp_path / "later")
    assert is_held(services, LATER_CODE)
    assert set(locks(services)) == {OPEN_CODE, RESTRICTED_CODE, LATER_CODE}
    assert list_holds(services, actor=person(services, "hung"), code=LATER_CODE)
    lift_order(services, order.id, LiftIn(reason=LIFTED), actor=person(services, "hung"))
    do_all(services)
    assert not any(is_held(services, one) for one in (OPEN_CODE, RESTRICTED_CODE, LATER_CODE))
    assert locks(services) == {}


def test_a_hold_of_its_own_outlives_that_of_its_fonds(services: Services) -> None:
    order = fonds(services)
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Riêng", authority=AUTHORITY, actor=head)
    do_all(services)
    lift_order(services, order.id, LiftIn(reason=LIFTED), actor=head)
    do_all(services)
    assert (is_held(services, OPEN_CODE), is_held(services, RESTRICTED_CODE)) == (True, False)
    assert set(locks(services)) == {OPEN_CODE}


def test_the_work_on_an_order_goes_on_where_it_was_killed(services: Services) -> None:
    fonds(services)
    with services.read_only() as session:
        rows = session.execute(select(CaseFile.id, CaseFile.code).order_by(CaseFile.id)).all()
    first, second = rows
    lease = services.jobs.claim(names=("apply-hold-order",))
    assert lease is not None
    apply_order(replace(lease, checkpoint={"after": str(first.id)}), services)
    assert set(locks(services)) == {second.code}
    with services.writing() as session:
        services.jobs.add(session, "apply-hold-order", subject_id=lease.subject_id)
    do_all(services)
    assert set(locks(services)) == {first.code, second.code}


def test_the_day_up_to_which_it_lasts_lifts_nothing_and_reminds_once(services: Services) -> None:
    with pytest.raises(HoldDayError):
        search(services, wish=Wish(REASON, AUTHORITY, clock.today() - dt.timedelta(days=1)))
    order = search(services, wish=Wish(REASON, AUTHORITY, clock.today()))
    assert (order.until, order.overdue) == (clock.today(), False)
    remind(services)
    assert told(services) == []
    with services.writing() as session:
        session.execute(update(HoldOrder).values(until=clock.today() - dt.timedelta(days=1)))
    remind(services)
    remind(services)
    assert told(services) == ["hung"]
    assert len(events(services, "hold:overdue")) == 1
    assert is_held(services, OPEN_CODE)
    head = person(services, "hung")
    assert {hold.overdue for hold in list_holds(services, actor=head)} == {True}
    lift_order(services, order.id, LiftIn(reason=LIFTED), actor=head)
    assert told(services) == []
    assert {hold.overdue for hold in list_holds(services, actor=head)} == {False}


def remind(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "remind-holds")
    assert run_one(services, names=("remind-holds",)) == "done"


def told(services: Services) -> list[str]:
    """Who has a reminder that was not read."""
    with services.read_only() as session:
        query = select(Account.name).join(Notice, Notice.account_id == Account.id)
        unread = Notice.kind == "hold-overdue", Notice.read_at.is_(None)
        return list(session.scalars(query.where(*unread).order_by(Account.name)))


def test_only_the_role_that_placed_it_lifts_it(services: Services) -> None:
    agency, archive = head_of_agency(services), person(services, "hung")
    of_agency = place_on_search(services, BOTH, WISH, actor=agency)
    of_archive = fonds(services)
    with pytest.raises(HoldPlacerError) as refused:
        lift_order(services, of_agency.id, LiftIn(reason=LIFTED), actor=archive)
    assert refused.value.facts == {"by": "giamdoc", "role": "agency-head"}, "no name is known"
    name = "Hoàng Thị Mỵ"
    with services.writing() as session:
        named = update(Account).where(Account.name == "giamdoc").values(display_name=name)
        session.execute(named)
    with pytest.raises(HoldPlacerError) as refused:
        lift_order(services, of_agency.id, LiftIn(reason=LIFTED), actor=archive)
    assert refused.value.facts == {"by": name, "role": "agency-head"}
    with pytest.raises(HoldPlacerError):
        lift_order(services, of_archive.id, LiftIn(reason=LIFTED), actor=agency)
    (one, *_) = list_holds(services, actor=archive, code=OPEN_CODE)[-1:]
    with pytest.raises(HoldPlacerError):
        lift_hold(services, one.id, LiftIn(reason=LIFTED), actor=archive)
    with pytest.raises(HoldLiftWordsError) as wordless:
        lift_order(services, of_agency.id, LiftIn(reason=" "), actor=agency)
    told = messages.error(wordless.value.code, "vi", wordless.value.facts)
    assert told.message == "Lý do gỡ lệnh tạm dừng còn trống."
    lift_order(services, of_agency.id, LiftIn(reason=LIFTED), actor=agency)
    with pytest.raises(HoldLiftedError) as twice:
        lift_order(services, of_agency.id, LiftIn(reason=LIFTED), actor=agency)
    assert twice.value.facts["by"] == name
    lift_order(services, of_archive.id, LiftIn(reason=LIFTED), actor=archive)
    assert not is_held(services, OPEN_CODE)


def test_words_are_asked_of_every_scope(services: Services) -> None:
    for place in (search, fonds):
        with pytest.raises(HoldWordsError):
            place(services, wish=Wish(" ", AUTHORITY))


def test_a_rebuild_brings_orders_back_from_the_copies_alone(services: Services) -> None:
    head = person(services, "hung")
    day = clock.today() + dt.timedelta(days=30)
    whole = search(services, wish=Wish("Đã xong", AUTHORITY))
    lift_order(services, whole.id, LiftIn(reason="Xong"), actor=head)
    search(services, wish=Wish(REASON, AUTHORITY, day))
    found = list_holds(services, actor=head, code=RESTRICTED_CODE, in_force=True)
    lift_hold(services, found[0].id, LiftIn(reason=LIFTED), actor=head)
    fonds(services)
    do_all(services)
    before, orders = all_told(services), order_rows(services)
    assert len(before) == 5
    rebuild(services, actor=OPERATOR)
    assert is_held(services, OPEN_CODE)
    assert is_held(services, RESTRICTED_CODE)
    do_all(services)
    assert (all_told(services), order_rows(services)) == (before, orders)
    assert set(locks(services)) == {OPEN_CODE, RESTRICTED_CODE}


def all_told(services: Services) -> list[dict[str, Any]]:
    told = list_holds(services, actor=OPERATOR)
    unread = {"applied": {"__all__": {"read_at"}}}
    return [hold.model_dump(exclude=unread) for hold in sorted(told, key=lambda hold: hold.id)]


def order_rows(services: Services) -> list[tuple[object, ...]]:
    columns = [getattr(HoldOrder, column.key) for column in HoldOrder.__mapper__.column_attrs]
    with services.read_only() as session:
        rows = session.execute(select(*columns).order_by(HoldOrder.id))
        return [tuple(row) for row in rows]


def told_of(services: Services) -> list[str]:
    """Tags of holds on the timeline of a case file, the earliest first."""
    lan = person(services, "lan")
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        told = events_of(session, row.id, actor=lan)
    return [event.tag for event in reversed(told) if event.tag.startswith("hold:")]


def test_the_timeline_of_a_case_file_tells_the_orders_that_hold_it(
    app: Flask, services: Services
) -> None:
    assert told_of(services) == []
    hung, lan = person(services, "hung"), person(services, "lan")
    found = search(services)
    whole = place_on_fonds(services, fonds_code(services), WISH, actor=hung)
    title = {0: {"title": "Tên khác"}}
    with pytest.raises(CaseFileHeldError):
        describe_case_file(services, OPEN_CODE, title, reason="Thử", actor=lan)
    assert told_of(services) == ["hold:ordered", "hold:ordered", "hold:stopped"]
    page = browser_of(app, services, "lan").get(f"/case-files/{OPEN_CODE}").text
    assert "Lệnh tạm dừng đã chặn một việc: sửa hoặc sắp xếp lại hồ sơ" in page
    lift_order(services, found.id, LiftIn(reason=LIFTED), actor=hung)
    (hold,) = list_holds(services, actor=hung, in_force=True)
    lift_hold(services, hold.id, LiftIn(reason=LIFTED), actor=hung)
    assert told_of(services)[3:] == ["hold:order-lifted", "hold:lifted"]
    assert whole.id == hold.order


def waiting(services: Services) -> int:
    """Case files whose locks wait to be laid on or taken off."""
    with services.read_only() as session:
        of_them = (Job.name == APPLY_JOB, Job.state == JobState.WAITING)
        return session.scalar(select(func.count()).where(*of_them)) or 0


def test_locks_are_queued_in_rounds_until_none_is_left(services: Services) -> None:
    place_on_fonds(services, fonds_code(services), WISH, actor=person(services, "hung"))
    assert waiting(services) == 0, "the job of the order lays them on"
    assert queue_unlike(services, at_once=1) == 2
    assert waiting(services) == 2
    assert queue_unlike(services, at_once=1) == 2
    assert waiting(services) == 2, "what waits is not queued twice"
