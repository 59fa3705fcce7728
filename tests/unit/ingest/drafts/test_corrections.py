"""What was returned keeps its files for who corrects it, until it was handed in again."""

import datetime as dt
from pathlib import Path

import pytest

from archive_service import clock
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.storage.needed import CORRECTED_FOR, needed_digests
from ingest.drafts import drafts
from ingest.receiving.staged import discard_unneeded
from tests.unit.ingest.drafts.filled import add, begun, fill, send
from tests.worlds.door import Door, write_pdf


def test_a_correction_that_is_dropped_leaves_what_was_returned(door: Door, tmp_path: Path) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", write_pdf(tmp_path / "a.pdf").read_bytes())
    fill(door, draft_id, 1, "20/04/2025")
    send(door, draft_id)
    with door.database.writing() as session:
        row = session.get_one(Submission, draft_id)
        row.state, row.decided_at = SubmissionState.RETURNED, clock.now()
        mended = drafts.reopen(session, row, actor=door.officer, has=door.staging.has)
        mended_id = mended.id
    with door.database.writing() as session:
        gone = drafts.discard_draft(session, mended_id, actor=door.officer)
    discard_unneeded(gone, database=door.database, staging=door.staging)
    with door.database.unit_of_work() as uow:
        row = uow.session.get_one(Submission, draft_id)
        (file,) = row.files
        assert door.staging.has(file.sha256)
        mended = drafts.reopen(uow.session, row, actor=door.officer, has=door.staging.has)
        assert [submission_file.path for submission_file in mended.files] == ["a.pdf"]
        mended.state = SubmissionState.STORED
        uow.session.flush()
        with pytest.raises(drafts.CorrectedAlreadyError):
            drafts.reopen(uow.session, row, actor=door.officer, has=door.staging.has)
        row.decided_at = clock.now() - CORRECTED_FOR - dt.timedelta(days=1)
        uow.session.flush()
        assert file.sha256 not in needed_digests(uow.session)


def test_what_its_issuer_took_back_is_kept_for_no_correction(door: Door, tmp_path: Path) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", write_pdf(tmp_path / "a.pdf").read_bytes())
    with door.database.writing() as session:
        row = session.get_one(Submission, draft_id)
        row.state, row.decided_at = SubmissionState.RETURNED, clock.now()
        (file,) = row.files
    discard_unneeded([file.sha256], database=door.database, staging=door.staging)
    assert door.staging.has(file.sha256)
    discard_unneeded([file.sha256], database=door.database, staging=door.staging, recalled=True)
    assert not door.staging.has(file.sha256)
