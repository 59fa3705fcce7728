"""Two presses at once of the buttons that decide, on PostgreSQL: one of them changes something."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service import access
from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import agency_id_of, enlist_agency
from archive_service.catalogue.use_requests import acts as use_acts
from archive_service.catalogue.use_requests.given import Grant, Wish
from archive_service.domain.intake.collection import KeepBack
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.given import DecisionIn
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval, ListShown
from retention.holds import acts as hold_acts
from retention.holds.given import LiftIn
from retention.transfer.given import Approval
from retention.transfer.register import acts as register_acts
from tests.services.servers import PostgreSql
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, Backends, new_home, open_home
from tests.worlds.at_once import at_once
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, restricted_case
from tests.worlds.digitize.scanning import (
    decide_all,
    folder_of_pages,
    import_batch,
    new_station,
    paper_case,
)
from tests.worlds.pressed import custody, intake, people
from tests.worlds.pressed.desk import Desk
from tests.worlds.retention.dispositions import (
    HEAD,
    add_agency_head,
    heard,
    make_due,
    otp_of,
    reviewed,
)
from tests.worlds.transfer.transfers import composed, make_permanent

SCANNED = "H40.18.2025.55.QLCT"
# Rights to decide whose presses at once stand in a test of their own.
ELSEWHERE = {
    "copy:issue": "archive_service/signing/test_postgresql.py",
    "copy:sign": "archive_service/signing/copies/test_pages.py",
    "seal:hand-over": "archive_service/signing/test_postgresql.py",
    "signing:answer": "archive_service/signing/test_postgresql.py",
    "grant:give": "archive_service/catalogue/grants/test_grants.py",
    "delegation:give": "archive_service/accounts/delegations/test_delegations.py",
    "disposition:number": "retention/disposition/decision/test_number.py",
    "transfer:decide": "retention/transfer/reply/test_reply.py",
    "agency:change": "archive_service/accounts/test_agency_administrator.py",
    "copy:add": "archive_service/keeping/copies/test_pressed_at_once.py",
    "copy:renew": "archive_service/keeping/copies/test_pressed_at_once.py",
    "copy:retire": "archive_service/keeping/copies/test_pressed_at_once.py",
    "format:approve": "archive_service/keeping/formats/test_migration.py",
    "format:review": "archive_service/keeping/formats/test_migration.py",
    "rereading:adopt": "digitize/rereading/test_read_again.py",
}

# Nobody presses these.
NO_BUTTON = {
    "signing:sign": "it says who may be asked to sign; what is pressed is signing:answer",
}
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSql) -> Iterator[Desk]:
    place = tmp_path_factory.mktemp("pressed")
    home = new_home(place / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        yield Desk(services, place, add_agency_head(services))


def accepted(desk: Desk) -> Callable[[], Any]:
    sent = desk.sent("open", OPEN_CODE)
    return lambda: submissions_acts.accept(desk.services, sent, actor=desk.of("lan"))


def returned(desk: Desk) -> Callable[[], Any]:
    sent, given = desk.sent("back", "H40.18.2025.77.TH"), Return(reason="Thiếu trang 2")
    return lambda: submissions_acts.give_back(desk.services, sent, given, actor=desk.of("lan"))


def list_submitted(desk: Desk) -> Callable[[], Any]:
    make_due(desk.services, OPEN_CODE)
    row = desk.list_id = reviewed(desk.services, OPEN_CODE)
    heard(desk.services, row)
    return lambda: disposition_acts.submit(desk.services, row, ListShown(), actor=desk.of("lan"))


def list_approved(desk: Desk) -> Callable[[], Any]:
    row = desk.list_id
    assert row is not None
    given = DecisionApproval(otp=otp_of(desk.otp_secret), number="41/QĐ-SCT")
    return lambda: decision_acts.approve(desk.services, row, given, actor=desk.of(HEAD))


def list_executed(desk: Desk) -> Callable[[], Any]:
    row = desk.list_id
    assert row is not None
    work(desk.services, until_empty=True)
    return lambda: execution.execute(desk.services, row, ListShown(), actor=desk.of("lan"))


def use_granted(desk: Desk) -> Callable[[], Any]:
    services = desk.services
    sent = desk.sent("restricted", RESTRICTED_CODE, restricted_case)
    submissions_acts.accept(services, sent, actor=desk.of("lan"))
    work(services, until_empty=True)
    wish = Wish(code=RESTRICTED_CODE, document=1, purpose="Nghiên cứu")
    asked = use_acts.make_access_request(services, wish, actor=desk.of("binh")).id
    return lambda: use_acts.grant_access_request(services, asked, Grant(), actor=desk.of("hung"))


def register_approved(desk: Desk) -> Callable[[], Any]:
    make_permanent(desk.services, RESTRICTED_CODE)
    row = composed(desk.services, RESTRICTED_CODE).id
    return lambda: register_acts.approve(desk.services, row, Approval(), actor=desk.of(HEAD))


def batch_released(desk: Desk) -> Callable[[], Any]:
    services, archivist = desk.services, desk.of("lan")
    paper_case(services, desk.place / "paper", code=SCANNED)
    box = folder_of_pages(desk.place / "box", 1)
    number = import_batch(services, box, new_station(services), code=SCANNED)
    decide_all(services, number, archivist)
    return lambda: desk_acts.release(services, number, actor=archivist)


def kept_back(desk: Desk) -> Callable[[], Any]:
    with desk.services.writing() as session:
        agency = agency_id_of(desk.services, "H40.18")
        asked = any_row(session, KeepBack, agency_id=agency, asked_by="bach").id
    return lambda: calling_in_acts.decide(
        desk.services, asked, DecisionIn(consent=True, paper="12/QĐ-SCT"), actor=desk.of(HEAD)
    )


def held(desk: Desk) -> Callable[[], Any]:
    place = partial(hold_acts.place_holds, reason="Thanh tra đột xuất", authority="12/QĐ-TTr")

    def act() -> Any:
        (one,) = place(desk.services, [RESTRICTED_CODE], actor=desk.of("hung"))
        desk.hold_id = one.id
        return {"id": one.id}

    return act


def let_go(desk: Desk) -> Callable[[], Any]:
    hold, reason = desk.hold_id, "Thanh tra đã kết luận"
    assert hold is not None
    return lambda: hold_acts.lift_hold(
        desk.services, UUID(str(hold)), LiftIn(reason=reason), actor=desk.of("hung")
    )


def person_added(desk: Desk) -> Callable[[], Any]:
    def act() -> Any:
        with desk.services.unit_of_work() as uow:
            added = add_account("nguoimoi", role=Role.READER, actor=OPERATOR, uow=uow).name
            uow.commit()
        return {"name": added}

    return act


def agency_added(desk: Desk) -> Callable[[], Any]:
    return lambda: enlist_agency(desk.services, "H40.77", "Sở Thử", actor=OPERATOR)[0].id


PRESSED: dict[str, tuple[Callable[[Desk], Callable[[], Any]], str]] = {
    "submission:accept": (accepted, "submission:accepted"),
    "submission:return": (returned, "submission:returned"),
    "disposition:submit": (list_submitted, "disposition:submitted"),
    "disposition:approve": (list_approved, "disposition:approved"),
    "disposition:execute": (list_executed, "disposition:executing"),
    "access-request:decide": (use_granted, "access-request:granted"),
    "transfer:approve": (register_approved, "transfer:approved"),
    "batch:release": (batch_released, "batch:released"),
    "keep-back:decide": (kept_back, "keep-back:consented"),
    "hold:place": (held, "hold:placed"),
    "hold:lift": (let_go, "hold:lifted"),
    "account:add": (person_added, "account:added"),
    "agency:add": (agency_added, "agency:added"),
    "batch:reject": (intake.batch_rejected, "batch:rejected"),
    "station:add": (intake.station_added, "station:added"),
    "file-plan:approve": (intake.plan_approved, "file-plan:approved"),
    "collection:publish": (intake.list_published, "collection:published"),
    "seal:use": (intake.paper_sealed, "signing:signed"),
    "submission:hand-over": (intake.work_handed_over, "submission:handed-over"),
    "submission:lift-mark": (intake.mark_lifted, "submission:mark-lifted"),
    "access-mode:confirm": (custody.mode_confirmed, "access-mode:confirmed"),
    "document:release": (custody.document_released, "document:released"),
    "recall:decide": (custody.recall_decided, "document:recalled"),
    "retention:load-schedule": (custody.schedule_loaded, "retention-schedule:loaded"),
    "retention:adopt-schedule": (custody.schedule_adopted, "retention-schedule:adopted"),
    "retention:choose-rule": (custody.rule_chosen, "case-file:rule-chosen"),
    "disposition:review": (custody.list_reviewed, "disposition:reviewed"),
    "disposition:vote": (custody.vote_given, "disposition:voted"),
    "register:close": (custody.register_closed, "register:closed"),
    "transfer:appoint": (custody.delivery_appointed, "transfer-appointment:made"),
    "review:confirm": (people.lines_confirmed, "review:confirmed"),
    "rights:confirm": (people.right_confirmed, "rights:confirmed"),
    "second-factor:confirm": (people.factor_confirmed, "account:second-factor-set"),
    "fault:answer": (people.fault_answered, "fault:answered"),
    "audit:acknowledge": (people.difference_known, "account:difference-known"),
    "transfer:remove": (custody.bytes_let_go, "transfer:let-go"),
}


def told(desk: Desk, tag: str) -> int:
    with desk.services.read_only() as session:
        events = select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == tag)
        return session.scalar(events) or 0


@pytest.mark.parametrize("right", PRESSED)  # in this order: each list goes its way
def test_of_two_presses_at_once_one_decides(desk: Desk, right: str) -> None:
    prepare, tag = PRESSED[right]
    act, before = prepare(desk), told(desk, tag)
    answers = at_once(lambda _: act(), 2)
    refused = [
        answer for answer in answers if isinstance(answer, str)
    ]  # an act gives no plain text
    assert len(refused) <= 1, answers
    assert refused or answers[0] == answers[1]  # that of the first, or a reason
    assert told(desk, tag) == before + 1


def test_each_right_to_decide_is_pressed_twice_somewhere() -> None:
    rights = {act for act in access.ACTS if access.is_decision(act)}
    assert rights == PRESSED.keys() | ELSEWHERE.keys() | NO_BUTTON.keys()
    for place in ELSEWHERE.values():
        words = (TESTS / place).read_text("utf-8")
        assert "at_once(" in words or "ThreadPoolExecutor(" in words or "second press" in words
