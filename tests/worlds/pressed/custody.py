"""Buttons of those who describe what is held, keep it and let it go, each ready to be pressed."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.catalogue.describing.acts import decide_on_mode, describe_case_file
from archive_service.catalogue.recalls import acts as recall_acts
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import RecallKind
from archive_service.domain.people.account import Role
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.keeping.malware import quarantine
from archive_service.reports.register_acts import close_register
from retention.disposition import acts as disposition_acts
from retention.disposition.council import acts as council_acts
from retention.disposition.given import Review, Vote
from retention.schedules import acts as schedules_acts
from retention.terms.changes import set_term
from retention.terms.given import RuleIn
from retention.terms.rule_choice import choose_group
from retention.terms.rules import RetentionRule
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import AppointmentFacts
from retention.transfer.closing.remove import remove
from retention.transfer.given import RemovalApproval
from tests.worlds.any_row import any_row
from tests.worlds.clients import add_person
from tests.worlds.ingest.calling_in import AGENCY
from tests.worlds.pressed.desk import Desk, Press
from tests.worlds.retention.dispositions import (
    HEAD,
    REASON,
    SEATS,
    make_due,
    met,
    new_otp,
    proposed,
    to_destroy,
)
from tests.worlds.retention.schedule_files import TOML
from tests.worlds.transfer.transfers import composed, make_permanent

DUE, KEPT, OPENED = 71, 72, 73  # numbers of case files


def mode_confirmed(desk: Desk) -> Press:
    edits = {0: {"mode": "02"}}
    done = describe_case_file(
        desk.services, desk.stored(OPENED), edits, reason="Có dữ liệu cá nhân", actor=desk.of("lan")
    )
    change = done.waiting[-1].id
    return lambda: decide_on_mode(
        desk.services, change, confirm=True, reason="Đồng ý", actor=desk.of("hung")
    )


def document_released(desk: Desk) -> Press:
    code = desk.stored(KEPT)
    quarantine.quarantine(desk.services, code, "1", "Nghi có mã độc", actor=desk.of("hung"))
    return lambda: quarantine.release(desk.services, code, "1", "Đã xem lại", actor=desk.of("hung"))


def recall_decided(desk: Desk) -> Press:
    wish = recall_acts.Wish(kind=RecallKind.RECALL, reason="Ban hành sai thẩm quyền")
    code = f"H40.18.2025.{KEPT}.QLCT"
    asked = recall_acts.ask(desk.services, code, "1", wish, actor=desk.of("bach")).id
    return lambda: recall_acts.confirm_recall(
        desk.services, asked, DecisionIn(reason="Đồng ý"), actor=desk.of("lan")
    )


def schedule_loaded(desk: Desk) -> Press:
    path = desk.place / "bang.toml"
    path.write_text(TOML, "utf-8")

    def act() -> dict[str, str]:
        told = schedules_acts.load(desk.services, path, {}, actor=desk.of("lan"))
        desk.schedule_id = UUID(told["id"])
        return {"id": told["id"]}

    return act


def schedule_adopted(desk: Desk) -> Press:
    add_person(desk.services, "truong", Role.HEAD)
    row, otp = desk.schedule_id, new_otp(desk.services, "truong")
    assert row is not None
    return lambda: schedules_acts.decide(
        desk.services, row, adopt=True, reason="QĐ 9", otp=otp, actor=desk.of("truong")
    )


def rule_chosen(desk: Desk) -> Press:
    code = f"H40.18.2025.{OPENED}.QLCT"
    rule = RetentionRule("declared", "", 20, "TT 05", "declared", "declared")
    with desk.services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        for document in row.documents:
            document.maintenance = None
        set_term(session, row, rule, cause="group", by="lan")
    return lambda: choose_group(
        desk.services, code, RuleIn(rule="A.1", reason="Nhóm tương đương"), actor=desk.of("lan")
    )


def list_reviewed(desk: Desk) -> Press:
    code = desk.stored(DUE)
    make_due(desk.services, code)
    told = proposed(desk.services, code)
    row = desk.list_id = told.id
    given = Review(outcomes=to_destroy(told), reason=REASON)
    return lambda: disposition_acts.review(desk.services, row, given, actor=desk.of("lan"))


def vote_given(desk: Desk) -> Press:
    row = desk.list_id
    assert row is not None
    council_acts.set_up(desk.services, row, SEATS, met(), actor=desk.of("lan"))
    given = Vote(agrees=True, opinion="Đồng ý")
    return lambda: council_acts.vote(desk.services, row, given, actor=desk.of("bach"))


def register_closed(desk: Desk) -> Press:
    year = clock.today().year - 1
    return lambda: close_register(desk.services, "receipts", year, actor=desk.of("hung"))


def delivery_appointed(desk: Desk) -> Press:
    code = f"H40.18.2025.{OPENED}.QLCT"
    make_permanent(desk.services, code)
    row = composed(desk.services, code).id
    facts = AppointmentFacts(from_on=clock.today() + dt.timedelta(days=30), transfer_id=row)
    return lambda: calendar_acts.add(desk.services, facts, actor=desk.of("lan"))


def bytes_let_go(desk: Desk) -> Press:
    agency = agency_id_of(desk.services, AGENCY)
    with desk.services.writing() as session:
        case_file = session.scalars(
            select(CaseFile).where(CaseFile.code == f"H40.18.2025.{KEPT}.QLCT")
        ).one()
        closed = any_row(
            session, Transfer, direction=TransferDirection.OUT, agency_id=agency, number=99,
            year=clock.today().year, state=TransferState.CLOSED, composed_by="lan",
            closed_by="mai", removable_on=clock.today(),
        )  # fmt: skip
        any_row(
            session, TransferItem, transfer_id=closed.id, case_file_id=case_file.id,
            code=case_file.code, state=TransferItemState.TRANSFERRED,
        )  # fmt: skip
        row = closed.id
    given = RemovalApproval(otp=new_otp(desk.services, HEAD))
    return lambda: remove(desk.services, row, given, actor=desk.of(HEAD))
