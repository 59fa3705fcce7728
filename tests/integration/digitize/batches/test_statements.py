"""A batch of many documents costs as many statements as one of few."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import PAPER, Document
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanDocument
from archive_service.services import Services
from digitize.batches.doubts.find import doubts_of
from digitize.batches.release.targets import targets_of
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import program_of
from tests.worlds.digitize.desk import batch_on_desk
from tests.worlds.digitize.scanning import new_station

FEW, MANY = 2, 30


def batch_of(services: Services, number: int, documents: int) -> str:
    """A batch of so many documents, each with one finding."""
    with services.unit_of_work() as uow:
        row = batch_on_desk(uow.session, number)
        row.documents.extend(
            ScanDocument(id=uuid4(), batch_id=row.id, ordinal=ordinal, case_code="", proposals={})
            for ordinal in range(3, documents + 1)
        )
        for document in row.documents:
            tell_of(document)
        uow.commit()
        return row.number


def tell_of(document: ScanDocument) -> None:
    document.findings = [
        {
            "check": "page-order",
            "code": "document-pages-differ",
            "severity": "warning",
            "place": str(document.ordinal),
            "facts": {"expected": 3, "found": 2},
        }
    ]


def test_looking_at_a_batch_asks_as_much_for_many_documents_as_for_few(services: Services) -> None:
    new_station(services)
    few, many = batch_of(services, 1, FEW), batch_of(services, 2, MANY)
    app = create_app(services)
    browser, program = browser_of(app, services, "lan"), program_of(app, services, "lan")
    for get, place in ((browser.get, "/scanning/batches/"), (program.get, "/batches/")):
        asked = []
        for batch in (few, many):
            assert get(f"{place}{batch}").status_code == 200
            with counted(services) as seen:
                get(f"{place}{batch}")
            asked.append(len(seen))
        assert asked[0] == asked[1]


def test_rows_of_other_case_files_are_looked_for_with_as_many_statements_however_many(
    services: Services,
) -> None:
    new_station(services)
    few, many = batch_of(services, 1, FEW), batch_of(services, 2, MANY)
    with services.writing() as session:
        held = session.scalars(select(CaseFile)).first()
        assert held is not None
        session.add_all(_listed(held, number) for number in range(1, MANY + 1))
    cost, told = [], []
    for number in (few, many):
        with services.read_only() as session:
            batch = session.scalars(select(ScanBatch).where(ScanBatch.number == number)).one()
            for document in batch.documents:
                document.document_ordinal = document.ordinal
            read = _read(batch)
            with counted(services) as seen:
                targets = targets_of(session, batch)
                found = doubts_of(session, batch, {}, read, targets, staging=services.staging)
        cost.append(len(seen))
        told.append([doubt for doubt in found if doubt.code == "document-listed-elsewhere"])
    assert cost[0] == cost[1]
    assert [len(one) for one in told] == [FEW, FEW]  # those that have pages


def _listed(held: CaseFile, number: int) -> Document:
    """A row of the document list that still waits for its paper."""
    return Document(
        case_file_id=held.id, ordinal=100 + number, doc_id=f"d{number}", doc_code=f"c{number}",
        subject="Quyết định", mode="01", confidence_level=min(PAPER), code_number=str(number),
        code_notation="QĐ-UBND", issued_date="2025-03-01",
    )  # fmt: skip


def _read(batch: ScanBatch) -> dict[UUID, dict[str, Any]]:
    """First pages that bear the numbers of those rows, with a nought before as some print it."""
    return {
        document.id: {
            name: {"value": value, "confidence": 90.0}
            for name, value in (
                ("number", f"0{document.ordinal}"),
                ("symbol", "QĐ-UBND"),
                ("date", "2025-03-01"),
            )
        }
        for document in batch.documents
    }
