"""Every list costs as many statements for thirty rows as for three."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.app import create_app
from archive_service.bench.seed import Seeds
from archive_service.db.engine import WRITING
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry
from archive_service.domain.agencies.own_field import OwnField, OwnKind, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.case_files.description_batch import BatchState as BatchReady
from archive_service.domain.case_files.description_batch import DescriptionBatch
from archive_service.domain.case_files.recall import Recall, RecallKind, RecallState
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch
from archive_service.domain.intake.answer import Answer
from archive_service.domain.intake.collection import CollectionList, KeepBack
from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.outage import Outage
from archive_service.domain.people.announcement import Announcement
from archive_service.domain.people.fault_report import FaultReport
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
)
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.retention import RetentionSchedule
from archive_service.domain.signing.signing_request import SigningRequest
from archive_service.notices import inbox
from archive_service.reports import acts as reports_acts
from archive_service.reports.given import ReportIn
from archive_service.services import Services
from ingest.submissions.acts import give_back, submit
from ingest.submissions.given import Return
from retention.schedules.schedules import shipped_documents
from search.port import Entry
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import API, do_all, program_of
from tests.worlds.digitize.desk import batch_on_desk
from tests.worlds.digitize.scanning import new_station
from tests.worlds.papers.bad_input import small_case
from tests.worlds.retention.orders import order_row
from tests.worlds.transfer.transfers import add_appointments, add_givers, add_transfers

NAMES = ("lan", "bach", "quan", "kiem", "hung")  # who asks: the first of them who may
OF_THE_OFFICER = ("/answers", "/faults", "/my-case-files", "/notices")  # to each account their own
MORE = ("/desk?tab=all", "/my-case-files?tab=all", "/search?q=H%E1%BB%93+s%C6%A1")
MORE_API = ("/api/v1/search?q=H%E1%BB%93+s%C6%A1", "/api/v1/reports/figures?period=2025")
# No list stands on them: what the installation is, forms, papers, and parts that need a question.
NO_LIST = {
    "/",
    *("/account", "/api/v1/docs", "/use-requests/new", "/api/v1/batches/separators"),
    "/api/v1/openapi.json",
    "/api/v1/reports/figures",
    *("/api/v1/search", "/api/v1/search/export", "/api/v1/search/suggestions", "/search/export"),
    *("/search/basket/export", "/api/v1/search/basket/export"),
    *("/api/v1/terms/candidates", "/api/v1/terms/suggest"),
    *("/api/v1/uploads", "/api/v1/witness/checkpoint"),
    *("/case-files/many", "/check-copy", "/ask-for-account"),
    "/dispositions/new",
    "/faults/new",
    "/guide",
    "/healthz",
    "/metrics",
    "/nop-luu/doi-tac/new",
    "/nop-luu/new",
    "/paper/labels.pdf",
    "/readyz",
    "/scanning/upload/separators.pdf",
    "/scanning/words/list/word",
    *("/session/form", "/sign-in", *(f"/sign-in/provider{at}" for at in ("", "/back", "/code"))),
    "/submit/template",
}

# What a copy of the case files does not multiply (tests of their own do so with batches, minutes,
# words and boxes), what is told by its sum or a first part, and the trail, whose page is full.
SHORT = {
    *("/account/second-factors", "/api/v1/account/sessions", "/api/v1/accounts", "/delegations"),
    *("/api/v1/access-requests", "/api/v1/rights-gains", "/rights", "/use-requests"),
    *("/audit", "/browse", "/browse/branch", "/collection", "/api/v1/delegations"),
    *("/due-calendar", "/fixity", "/grants", "/api/v1/grants", "/api/v1/account/passkeys"),
    *("/grants/groups", "/api/v1/grants/groups"),
    "/fonds",
    "/formats",
    "/handovers",
    "/nop-luu/receive",
    "/palette",
    "/paper",
    "/registers",
    *("/reports", "/reviews", "/api/v1/reviews"),
    "/rereading",
    "/scanning/words",
    "/scanning/words/list",
    *("/search", "/search/suggestions", "/search/basket", "/api/v1/search/basket"),
    "/signing/copies",
    "/submit",
    "/system/accounts",
    *("/system/account-applications", "/api/v1/account-applications"),
    "/system/agencies",
    "/system/copies",
    "/system/keys",
    "/terms",
    "/api/v1/agencies",
    "/api/v1/audit-events",
    "/api/v1/audit-events/verdict",
    "/api/v1/batches/tickets",
    "/api/v1/collections/progress",
    "/api/v1/copies",
    "/api/v1/due-calendar",
    "/api/v1/fixity-reports",
    "/api/v1/fixity-reports/coverage",
    "/api/v1/fonds",
    "/api/v1/formats",
    "/api/v1/formats/batches",
    "/api/v1/handovers",
    "/api/v1/notices/contact",
    "/api/v1/paper",
    "/api/v1/paper-boxes",
    "/api/v1/proofreading",
    "/api/v1/proofreading/words",
    "/api/v1/reports/figures?period=2025",
    "/api/v1/rereadings",
    "/api/v1/signing-orders",
    "/api/v1/search-index",
    *("/api/v1/terms", "/api/v1/witness"),
}


def askers(app: Flask, services: Services) -> dict[str, Callable[[], TestResponse]]:
    """Each address that needs no name of a thing, asked by one who may."""
    addresses = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.rule not in NO_LIST
    }
    browsers = [browser_of(app, services, name) for name in NAMES]
    programs = [program_of(app, services, name) for name in NAMES]
    found: dict[str, Callable[[], TestResponse]] = {}
    for address in sorted(addresses | {*MORE, *MORE_API}):
        own = address.removeprefix(API)
        asks = [partial(browser.get, address) for browser in browsers]
        if own != address:
            asks = [partial(program.get, own) for program in programs]
        if own.partition("?")[0] in OF_THE_OFFICER:
            asks = [asks[NAMES.index("bach")]]
        found[address] = next((ask for ask in asks if ask().status_code == 200), asks[0])
    return found


def grow(services: Services, seeds: Seeds, times: int) -> None:
    """So many times more what was held first, in all the states of the lists, found by search."""
    services.database.close()
    with services.database.engine.execution_options(**{WRITING: True}).begin() as connection:
        seeds.add(connection, times)
    with services.writing() as session:
        for add in (add_batches, add_deliveries, add_description_batches, add_own_fields,
                    add_dispositions, add_transfers, add_givers, add_appointments, add_schedules,
                    add_recalls):  # fmt: skip
            add(session, 2 * times)
        for _ in range(2 * times):
            tell_bach(session)
        rows = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        for number, row in enumerate(rows):
            row.digitization = Digitization.WAITING if number % 2 else Digitization.RUNNING
            services.index.replace_many([row.id], entries_of(row))


def entries_of(row: CaseFile) -> list[Entry]:
    whole = Entry(row.id, row.code, "Hồ sơ", row.agency_id, row.year, row.mode, fonds="")
    return [whole, *(replace(whole, document_id=document.id) for document in row.documents)]


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


def add_dispositions(session: Session, count: int) -> None:
    """So many lists more of what is due, each with one case file, to be reviewed."""
    first = (session.scalar(select(func.count()).select_from(Disposition)) or 0) + 1
    row = session.scalars(select(CaseFile).limit(1)).one()
    for number in range(first, first + count):
        item = DispositionItem(
            case_file_id=row.id, ordinal=1, code=row.code, title=row.title, edition=1
        )
        session.add(
            Disposition(
                agency_id=row.agency_id,
                number=number,
                year=2026,
                kind=DispositionKind.DESTROY,
                reason="Hết thời hạn",
                proposed_by="lan",
                proposed_at=clock.now(),
                items=[item],
            )
        )


def add_schedules(session: Session, count: int) -> None:
    """So many drafts more of a schedule of the archive's own."""
    first = (session.scalar(select(func.count()).select_from(RetentionSchedule)) or 0) + 1
    pattern = next(iter(shipped_documents().values()))
    for edition in range(first, first + count):
        session.add(
            RetentionSchedule(
                code="rieng",
                edition=edition,
                title="Bảng thời hạn riêng",
                document=pattern,
                sha256=f"{edition:064}",
                loaded_by="hung",
                loaded_at=clock.now(),
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
    give_back(services, returned, Return(reason="Thiếu trang"), actor=person(services, "lan"))
    new_station(services)
    with services.writing() as session:
        agency_id = session.scalars(select(CaseFile.agency_id).limit(1)).one()
        entry = FilePlanEntry(ordinal=1, notation="01.TH", title="Hồ sơ", term="20 năm")
        plan = FilePlan(agency_id=agency_id, year=2031)
        plan.entries = [entry]
        session.add(plan)
        add_one_of_each(session, agency_id)
    reports_acts.make_report(services, ReportIn(period="2025"), actor=person(services, "lan"))
    return services


def add_one_of_each(session: Session, agency_id: UUID) -> None:
    """Of what the pages of calling in, outages, holds, signing and operation list; all grow."""
    now, today = clock.now(), clock.today()
    whose: dict[str, Any] = {"agency_id": agency_id}
    case_file = session.scalars(select(CaseFile)).first()
    assert case_file is not None
    session.add_all(
        [
            Outage(
                began_at=now, ended_at=now, reason="Mất điện", entered_by="lan", entered_at=now
            ),
            CollectionList(
                **whose, year=2024, number="1", due_on=today, published_by="lan", published_at=now
            ),
            KeepBack(
                **whose, code="01.TH", title="Hồ sơ", year=2024, due_on=today, until_on=today,
                reason="Còn dùng", asked_by="bach", asked_at=now,
            ),
            SigningRequest(
                **whose, name="giay.pdf", account="bach", signer_name="An", requested_by="lan",
                requested_at=now, sha256="0" * 64, size_bytes=1,
            ),
            Hold(
                case_file_id=case_file.id, order=order_row(), placed_at=now,
            ),
            FaultReport(page="/", did="Trang trắng", reported_by="bach", reported_at=now),
            Announcement(
                text="Bảo trì", starts_at=now, ends_at=now + dt.timedelta(days=1),
                announced_by="quan", announced_at=now,
            ),
            Incident(
                kind="copy-lagging", subject="kho 1", severity=IncidentSeverity.WARNING,
                opened_at=now, seen_at=now, facts={"copy": "kho 1"},
            ),
        ]
    )  # fmt: skip


def test_every_list_costs_as_much_for_many_as_for_few(grown: Services) -> None:
    app = create_app(grown)
    lists = askers(app, grown)
    with grown.database.engine.connect() as connection:
        seeds = Seeds(connection)
    grow(grown, seeds, 1)
    few = {place: cost(grown, ask) for place, ask in lists.items()}
    grow(grown, seeds, 14)
    many = {place: cost(grown, ask) for place, ask in lists.items()}
    dearer = {place: (few[place][0], many[place][0]) for place in lists}
    assert {place: one for place, one in dearer.items() if one[0] < one[1]} == {}
    same = {place for place in lists if many[place][1] < 1.075 * few[place][1]}
    assert same == SHORT


def cost(services: Services, ask: Callable[[], TestResponse]) -> tuple[int, int]:
    """Statements of a list that is asked for a second time, and how long it is."""
    assert ask().status_code == 200
    with counted(services) as seen:
        answer = ask()
    return len(seen), len(answer.data)
