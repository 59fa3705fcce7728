"""Buttons of those who hand in, call in and scan, each ready to be pressed."""

from functools import partial

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry
from archive_service.domain.people.account import Role
from archive_service.signing.desk.acts import seal_request
from archive_service.signing.seals.acts import hand_over as hand_over_seal
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk.given import Rejection
from digitize.stations.acts import NewStation, add_station
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.given import CollectionIn
from ingest.file_plan.acts import approve_plan
from ingest.file_plan.papers import ask_for_signature
from ingest.receiving.makers import hand_over
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import LiftedMark
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR
from tests.worlds.digitize.scanning import folder_of_pages, import_batch, station_of
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.ingest.calling_in import AGENCY, BEFORE
from tests.worlds.papers.lettered import written
from tests.worlds.pressed.desk import Desk, Press
from tests.worlds.retention.dispositions import HEAD

MARKED = "H40.18.2025.60.QLCT"


def batch_rejected(desk: Desk) -> Press:
    box = folder_of_pages(desk.place / "other-box", 1)
    number = import_batch(desk.services, box, station_of(desk.services), read=False)
    given = Rejection(reason="Quét nhầm hộp")
    return lambda: desk_acts.reject(desk.services, number, given, actor=desk.of("lan"))


def station_added(desk: Desk) -> Press:
    def act() -> dict[str, str]:
        with desk.services.unit_of_work() as uow:
            added = add_station(NewStation("tram-moi"), actor=OPERATOR, uow=uow)[0].name
            uow.commit()
        return {"name": added}

    return act


def plan_approved(desk: Desk) -> Press:
    with desk.services.writing() as session:
        agency = agency_id_of(desk.services, AGENCY)
        plan = any_row(session, FilePlan, agency_id=agency, year=BEFORE)
        entry = {"notation": "01.TH", "title": "Hồ sơ", "term": "20 năm", "years": 20}
        any_row(session, FilePlanEntry, plan_id=plan.id, **entry)
        desk.plan_id = row = plan.id
    return lambda: approve_plan(desk.services, row, actor=desk.of(HEAD))


def list_published(desk: Desk) -> Press:
    publish, lan = calling_in_acts.publish, desk.of("lan")
    return lambda: publish(desk.services, CollectionIn(agency=AGENCY, year=BEFORE), actor=lan)


def paper_sealed(desk: Desk) -> Press:
    _add(desk, "thu", Role.CLERK)
    assert desk.plan_id is not None
    asked = ask_for_signature(
        desk.services, desk.plan_id, account="thu", with_seal=True, actor=desk.of("lan")
    )
    hand_over_seal(desk.services, AGENCY, to="thu", by="Giám đốc Sở", actor=OPERATOR)
    return partial(seal_request, desk.services, asked.id, actor=desk.of("thu"))


def work_handed_over(desk: Desk) -> Press:
    _add(desk, "yen", Role.OFFICER)
    sent = desk.sent("handed-over", "H40.18.2025.61.QLCT")
    return lambda: hand_over(desk.services, sent, to="yen", actor=desk.of("bach"))


def mark_lifted(desk: Desk) -> Press:
    case = desk.place / "marked"
    case.mkdir()
    written(case / "a.pdf", "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nMẬT\nKính gửi: Ủy ban nhân dân tỉnh")
    write_sheet(case / "Hồ sơ.xlsx", [case_row(MARKED)], [document_row("a.pdf", MARKED)])
    sent = desk.sent("marked", MARKED, make=lambda *_, **__: None)
    given = LiftedMark(reason="Chữ nằm trong tên bài thuốc.")
    return lambda: submissions_acts.lift(desk.services, sent, given, actor=desk.of("hung"))


def _add(desk: Desk, name: str, role: Role) -> None:
    agency = agency_id_of(desk.services, AGENCY)
    with desk.services.unit_of_work() as uow:
        add_account(name, role=role, actor=OPERATOR, uow=uow, agency_id=agency)
        uow.commit()
