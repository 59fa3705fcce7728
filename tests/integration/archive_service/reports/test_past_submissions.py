"""What was handed in is counted and registered the same once its case file was destroyed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.finding import Finding, FindingRow, Severity
from archive_service.domain.intake.late_entry import LATE_ENTRY, LateEntry
from archive_service.domain.intake.outage import OUTAGE, Outage
from archive_service.domain.intake.past_submission import PastSubmission
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.reports import acts as reports_acts
from archive_service.reports.registers import count_of_year, rows_of_year
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.worker import work
from ingest.late_entries.late_entry import late_entry_document
from ingest.late_entries.outages import outage_document
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, Backends, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.retention.removing import case_of, claimed, do, graceless, states

CODE = "H40.18.2025.31.QLCT"
OF_NOW = ("holdings", "forms", "types", "formats", "uses", "infrastructure")


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """One case file in custody, returned twice before it came whole, and added to since."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    with open_home(new_home(tmp_path / "home", backends)) as opened:
        small_pdf_case(tmp_path / CODE, code=CODE)
        (identifier,) = submit(tmp_path / CODE, actor=person(opened, "bach"), services=opened)
        do_all(opened)
        accept(opened, identifier, actor=person(opened, "lan"))
        do_all(opened)
        with opened.writing() as session:
            _plant(session)
        yield graceless(opened)


def _plant(session: Session) -> None:
    row = session.scalars(select(CaseFile)).one()
    accepted = session.get_one(Submission, row.id)
    returned = _sent(row, SubmissionState.RETURNED)
    in_own_words = _sent(row, SubmissionState.RETURNED)
    added = _sent(row, SubmissionState.STORED)
    added.record_status, added.case_file_id, added.version = "SUPPLEMENT", row.id, 1
    added.declared = accepted.declared  # it goes into the next version
    added.receipt_number, added.receipt_year = "9", clock.today().year
    added.receipt_issued_at, added.receipt_sha256 = clock.now(), "ab" * 32
    outage = Outage(
        began_at=accepted.received_at, ended_at=clock.now(), reason="Mất điện",
        entered_by="lan", entered_at=clock.now(),
    )  # fmt: skip
    session.add_all([returned, in_own_words, added, outage])
    session.flush()
    for ordinal, code in enumerate(("rule-unknown", "agency-not-own", "rule-unknown")):
        found = Finding("codes", code, Severity.ERROR, facts={})
        session.add(FindingRow.of(found, submission_id=returned.id, ordinal=ordinal))
    entry = LateEntry(
        id=uuid4(), outage_id=outage.id, subject_id=returned.id, what="received", paper="1",
        happened_at=accepted.received_at, entered_at=clock.now(), entered_by="lan",
        done_by="Lan", reason="Mất điện", acts_meanwhile=0,
    )  # fmt: skip
    acts = [(OUTAGE, outage.id, outage_document(outage))]
    acts += [(LATE_ENTRY, entry.id, late_entry_document(entry))]
    session.add(entry)
    session.add_all(
        Act(kind=kind, subject_id=str(subject), at=clock.now(), document=body)
        for kind, subject, body in acts
    )


def _sent(row: CaseFile, state: SubmissionState) -> Submission:
    return Submission(
        agency_id=row.agency_id, code=row.code, title=row.title, channel="rest", state=state,
        declared={}, submitted_by="bach", received_at=clock.now(), document_count=3,
        decided_by="lan", decided_at=clock.now(),
    )  # fmt: skip


def told(services: Services) -> dict[str, Any]:
    """Figures of the year that are of the year, and its registers of what came in."""
    year = clock.today().year
    figures = reports_acts.figures_of(services, str(year), actor=person(services, "lan")).figures
    with services.read_only() as session:
        registers = {
            name: list(rows_of_year(session, name, year)) for name in ("submissions", "receipts")
        }
        counts = {name: count_of_year(session, name, year) for name in registers}
    assert counts == {name: len(rows) for name, rows in registers.items()}
    of_year = {name: told for name, told in figures.items() if name not in OF_NOW}
    return of_year | registers


def test_figures_and_registers_of_a_year_outlive_the_case_files(services: Services) -> None:
    before = told(services)
    assert before["intake"]["received"] == 4
    assert (before["intake"]["accepted"], before["intake"]["returned"]) == (2, 2)
    assert {reason["code"]: reason["count"] for reason in before["reasons"]} == {
        "rule-unknown": 1,
        "agency-not-own": 1,
        "own-words": 1,
    }
    assert [late_entry["count"] for late_entry in before["late_entries"]] == [1]
    assert (len(before["submissions"]), len(before["receipts"])) == (4, 2)
    removal_id = claimed(services, CODE)
    do(services)
    assert "open" not in states(services, removal_id).values(), states(services, removal_id)
    assert case_of(services, CODE).state is CaseState.DESTROYED
    with services.read_only() as session:
        assert session.scalars(select(Submission)).all() == []
        assert session.scalars(select(FindingRow)).all() == []
    assert told(services) == before
    for copy in services.copies:
        *_, last = iter_acts(copy, "removal")
        assert len(last.document["body"]["submissions"]) == 4
    rebuild(services, actor=OPERATOR)
    work(services, until_empty=True)
    assert told(services) == before


def test_a_rebuild_between_claim_and_end_counts_each_once(services: Services) -> None:
    before = told(services)
    claimed(services, CODE)
    rebuild(services, actor=OPERATOR)
    assert told(services) == before
    work(services, until_empty=True)
    assert case_of(services, CODE).state is CaseState.DESTROYED
    assert told(services) == before
    with services.read_only() as session:
        assert len(session.scalars(select(PastSubmission)).all()) == 4
        assert session.scalars(select(Submission)).all() == []
