"""Every list costs as many statements for thirty rows as for three."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.app import create_app
from archive_service.bench.seed import Seeds
from archive_service.bootstrap import Services
from archive_service.db.engine import WRITING
from archive_service.demo.bad_input import small_case
from archive_service.domain.answer import Answer
from archive_service.domain.case_file import CaseFile, Digitization
from archive_service.domain.delivery import Delivery
from archive_service.domain.description_batch import BatchState as BatchReady
from archive_service.domain.description_batch import DescriptionBatch
from archive_service.domain.file_plan import FilePlan, FilePlanEntry
from archive_service.domain.own_field import OwnField, OwnKind, OwnSubject
from archive_service.domain.recall import Recall, RecallKind, RecallState
from archive_service.domain.scan_batch import BatchState, ScanBatch
from archive_service.notices import inbox
from archive_service.workflow.intake import give_back, submit
from search.port import Entry
from tests.factories.archive import person
from tests.factories.browsers import browser_of, counted
from tests.factories.clients import do_all, program_of
from tests.factories.desk import batch_on_desk
from tests.factories.scanning import new_station

PAGES = {
    "/desk": "lan",
    "/desk?tab=all": "lan",
    "/case-files": "lan",
    "/my-case-files": "bach",
    "/my-case-files?tab=all": "bach",
    "/file-plans": "bach",
    "/search?q=H%E1%BB%93+s%C6%A1": "lan",
    "/jobs": "quan",
    "/system": "quan",
    "/system/agencies": "quan",
    "/system/accounts": "quan",
    "/audit": "kiem",
    "/fixity": "kiem",
    "/approvals": "hung",
    "/scanning": "lan",
    "/scanning/case-files": "lan",
    "/notices": "bach",
    "/deliveries": "lan",
    "/description-batches": "lan",
    "/own-fields": "lan",
    "/recalls": "lan",
}
LISTS = {
    "/recalls": "lan",
    "/answers": "bach",
    "/deliveries": "lan",
    "/description-batches": "lan",
    "/own-fields": "lan",
    "/batches": "lan",
    "/submissions": "lan",
    "/case-files": "lan",
    "/agencies": "lan",
    "/file-plans": "lan",
    "/jobs": "quan",
    "/audit-events": "kiem",
    "/fixity-reports": "quan",
    "/notices": "bach",
    "/search?q=H%E1%BB%93+s%C6%A1": "lan",
}

# What is not multiplied, and the trail, whose page is full from the beginning.
SHORT = {
    "/system/agencies",
    "/system/accounts",
    "/audit",
    "/fixity",
    "/api/v1/agencies",
    "/api/v1/audit-events",
    "/api/v1/fixity-reports",
}


def askers(app: Flask, services: Services) -> dict[str, Callable[[], TestResponse]]:
    """Each list by its address, asked by one who may."""
    found: dict[str, Callable[[], TestResponse]] = {}
    for page, name in PAGES.items():
        browser = browser_of(app, services, name)
        found[page] = partial(browser.get, page)
    for place, name in LISTS.items():
        program = program_of(app, services, name)
        found[f"/api/v1{place}"] = partial(program.get, place)
    return found


def grow(services: Services, seeds: Seeds, times: int) -> None:
    """So many times more what was held first, in all the states of the lists, found by search."""
    services.database.close()
    with services.database.engine.execution_options(**{WRITING: True}).begin() as connection:
        seeds.add(connection, times)
    with services.unit_of_work() as uow:
        add_batches(uow.session, 2 * times)
        add_deliveries(uow.session, 2 * times)
        add_description_batches(uow.session, 2 * times)
        add_own_fields(uow.session, 2 * times)
        add_recalls(uow.session, 2 * times)
        for _ in range(2 * times):
            tell_bach(uow.session)
        rows = uow.session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        for number, row in enumerate(rows):
            row.digitization = Digitization.WAITING if number % 2 else Digitization.RUNNING
            services.index.replace_many([row.id], entries_of(row))
        uow.commit()


def entries_of(row: CaseFile) -> list[Entry]:
    whole = Entry(row.id, row.code, "Hồ sơ", row.agency_id, row.year, row.mode, fonds="")
    return [whole, *(replace(whole, document_id=one.id) for one in row.documents)]


def add_batches(session: Session, count: int) -> None:
    """So many batches more: of each two one is being received, one was read."""
    first = (session.scalar(select(func.count()).select_from(ScanBatch)) or 0) + 1
    for number in range(first, first + count):
        state = BatchState.REVIEW if number % 2 else BatchState.RECEIVING
        batch_on_desk(session, number, state=state)


def add_recalls(session: Session, count: int) -> None:
    """So many recalls by packet more, each decided and answered; bach sent them."""
    agency_id = session.scalars(select(CaseFile.agency_id).limit(1)).one()
    for number in range(count):
        recall = Recall(
            id=uuid4(),
            kind=RecallKind.RECALL,
            state=RecallState.GRANTED,
            agency_id=agency_id,
            target=f"VB-{number}",
            reason="Gửi nhầm",
            channel="edxml",
            digests=[],
            asked_by="bach",
            asked_at=clock.now(),
            decided_by="lan",
            decided_at=clock.now(),
        )
        session.add(recall)
        session.add(
            Answer(
                subject_id=recall.id,
                status="15",
                agency_id=agency_id,
                package_id=recall.target,
                account="bach",
                at=clock.now(),
                document="<edXML/>",
            )
        )


def add_deliveries(session: Session, count: int) -> None:
    """So many deliveries more, each under way."""
    for number in range(count):
        session.add(
            Delivery(
                channel="folder",
                source=f"Đợt {number}.xlsx",
                content_sha256=f"{number:064}",
                submitted_by="bach",
                received_at=clock.now(),
                rows=10,
            )
        )


def add_description_batches(session: Session, count: int) -> None:
    """So many orders for many case files more, each to be applied."""
    for number in range(count):
        session.add(
            DescriptionBatch(
                made_by="lan",
                made_at=clock.now(),
                reason=f"Chuẩn hóa từ khóa, lần {number}",
                orders=[],
                state=BatchReady.READY,
            )
        )


def add_own_fields(session: Session, count: int) -> None:
    """So many fields of the agency's own more."""
    first = session.scalar(select(func.count()).select_from(OwnField)) or 0
    agency_id = session.scalars(select(CaseFile.agency_id).limit(1)).one()
    for number in range(first, first + count):
        session.add(
            OwnField(
                agency_id=agency_id,
                subject=OwnSubject.DOCUMENT,
                name=f"truong{number}",
                label=f"Trường {number}",
                kind=OwnKind.TEXT,
            )
        )


def tell_bach(session: Session) -> None:
    """One notice more, about another thing each time."""
    facts = {"code": "H40.18.2025.09.QLCT"}
    to = inbox.named(session, ["bach"])
    inbox.tell(session, "submission-accepted", to=to, subject_id=uuid4(), facts=facts)


@pytest.fixture
def grown(services: Services, tmp_path: Path) -> Services:
    """A few of everything: case files held, one that waits, one returned, a plan that waits."""
    bach = person(services, "bach")
    small_case(tmp_path / "waiting", code="H40.18.2025.09.QLCT")
    submit(tmp_path / "waiting", actor=bach, services=services)
    small_case(tmp_path / "returned", code="H40.18.2025.10.QLCT")
    (returned,) = submit(tmp_path / "returned", actor=bach, services=services)
    do_all(services)
    give_back(returned, "Thiếu trang", actor=person(services, "lan"), services=services)
    new_station(services)
    with services.unit_of_work() as uow:
        agency_id = uow.session.scalars(select(CaseFile.agency_id).limit(1)).one()
        entry = FilePlanEntry(ordinal=1, notation="01.TH", title="Hồ sơ", term="20 năm")
        plan = FilePlan(agency_id=agency_id, year=2031)
        plan.entries = [entry]
        uow.session.add(plan)
        uow.commit()
    return services


def test_every_list_costs_as_much_for_many_as_for_few(grown: Services) -> None:
    app = create_app(grown)
    lists = askers(app, grown)
    with grown.database.engine.connect() as connection:
        seeds = Seeds(connection)
    grow(grown, seeds, 1)
    few = {place: cost(grown, ask) for place, ask in lists.items()}
    grow(grown, seeds, 14)
    many = {place: cost(grown, ask) for place, ask in lists.items()}
    assert [place for place in lists if many[place][0] != few[place][0]] == []
    same = {place for place in lists if many[place][1] < 1.1 * few[place][1]}
    assert same == SHORT


def cost(services: Services, ask: Callable[[], TestResponse]) -> tuple[int, int]:
    """Statements of a list that is asked for a second time, and how long it is."""
    assert ask().status_code == 200
    with counted(services) as seen:
        answer = ask()
    return len(seen), len(answer.data)
