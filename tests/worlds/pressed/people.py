"""Buttons of those who answer for rights, troubles and what is read of them."""

import datetime as dt

from archive_service import clock
from archive_service.accounts import enrolment
from archive_service.accounts.gains.acts import confirm_gain, list_gains
from archive_service.catalogue.grants.acts import give_grant
from archive_service.domain.people.account import ACCOUNT_DIFFERS
from archive_service.domain.people.fault_report import FaultReport, FaultState
from archive_service.domain.people.incident import Incident
from archive_service.keeping.fixity.acknowledging import DifferenceKnown, acknowledge_difference
from archive_service.notices.fault_reports.acts import answer_fault
from archive_service.oversight.reviewing import acts as reviewing_acts
from archive_service.oversight.reviewing.given import LinesConfirmed
from archive_service.oversight.reviewing.watching import watch_on
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, PASSWORD
from tests.worlds.clients import RESTRICTED_CODE
from tests.worlds.granted import NO_CODE, granting
from tests.worlds.pressed.desk import Desk, Press

QUARTER = dt.timedelta(days=100)  # from any day on a quarter has ended by then


def lines_confirmed(desk: Desk) -> Press:
    watch_on(desk.services, clock.today() + QUARTER)
    hung = desk.of("hung")
    found = reviewing_acts.find_reviews(desk.services, actor=hung).reviews
    review = next(
        review_listed.id
        for review_listed in found
        if review_listed.kind == "rights" and not review_listed.agency
    )
    shown = reviewing_acts.show_review(desk.services, review, actor=hung)
    others = [line.subject for line in shown.lines if line.verdict != "own"]
    given = LinesConfirmed(seen=shown.seen, in_order=others)
    return lambda: reviewing_acts.confirm_lines(desk.services, review, given, actor=hung)


def right_confirmed(desk: Desk) -> Press:
    wanted = granting(account="binh", code=RESTRICTED_CODE)
    give_grant(desk.services, wanted, actor=desk.of("lan"))
    waiting = [
        document
        for document in list_gains(desk.services, actor=desk.of("hung")).gains
        if document.is_open
    ]
    gain = next(document.id for document in waiting if document.account == "binh")
    return lambda: confirm_gain(desk.services, gain, NO_CODE, actor=desk.of("hung"))


def factor_confirmed(desk: Desk) -> Press:
    enrolment.enrol(desk.services, "bach", actor=OPERATOR)
    enrolment.ask_anew(desk.services, actor=desk.of("bach"), password=PASSWORD)
    return lambda: enrolment.confirm(desk.services, "bach", actor=desk.of("hung"))


def fault_answered(desk: Desk) -> Press:
    with desk.services.writing() as session:
        row = any_row(session, FaultReport, did="Bấm Lưu", reported_by="bach").id
    return lambda: answer_fault(
        desk.services, row, state=FaultState.LOOKING, answer="Đang xem.", actor=OPERATOR
    )


def difference_known(desk: Desk) -> Press:
    bach = desk.of("bach")
    facts = {"account_id": str(bach.account_id), "log": "officer", "row": "head"}
    with desk.services.writing() as session:
        row = any_row(session, Incident, kind=ACCOUNT_DIFFERS, subject="bach", facts=facts).id
    given = DifferenceKnown(reason="Đã đối chiếu với bản giấy")
    return lambda: acknowledge_difference(desk.services, row, given, actor=desk.of("hung"))
