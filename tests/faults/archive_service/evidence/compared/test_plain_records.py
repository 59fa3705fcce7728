"""The records that rows are compared by are those that packages bear, whatever rows there are."""

from pathlib import Path

from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission, SubmissionFile
from archive_service.packaging.catalogue import catalogue_document
from archive_service.packaging.plain_records import plain_records
from archive_service.packaging.row_comparison import submissions_of
from tests.faults.archive_service.evidence.compared.every_row import case_files, fill
from tests.worlds.any_row import any_row
from tests.worlds.archive import open_home, person
from tests.worlds.backed_up import stocked_home


def test_a_plain_record_is_the_record_of_the_rows(tmp_path: Path) -> None:
    with open_home(stocked_home(tmp_path / "home")) as services, services.unit_of_work() as uow:
        session = uow.session
        fill(session, actor=person(services, "lan"))
        (row,) = (one for one in case_files(session) if one.documents and one.links)
        more = any_row(session, Document, case_file_id=row.id, ordinal=7)
        any_row(session, DigitalObject, document_id=more.id)
        for version in (3, 2):
            sent = any_row(
                session,
                Submission,
                case_file_id=row.id,
                record_status="SUPPLEMENT",
                version=version,
            )
            any_row(session, SubmissionFile, submission_id=sent.id)
            any_row(session, FindingRow, submission_id=sent.id)
        session.flush()
        session.expire_all()
        rows = case_files(session)
        sent_to = submissions_of(session, [one.id for one in rows])
        expected = {one.id: catalogue_document(one, sent_to.get(one.id, [])) for one in rows}
        found = {one.id: one for one in plain_records(session, [one.id for one in rows])}
        assert {id_: one.record for id_, one in found.items()} == expected
        assert len(expected[row.id]["additions"]) == 2
        own = [(one.id, one.code, one.ocfl_id, one.version_stored) for one in rows]
        assert [tuple(one)[:4] for one in found.values()] == own
