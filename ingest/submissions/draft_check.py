"""The desk's own checks on a draft, in the background, for who fills it in.

Bytes are read once, by ``read-draft``; what was seen in them is kept beside the file, so that after
a change of a field only the checks themselves run again.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.jobs.port import Lease
from archive_service.services import Services
from ingest.channels.file_references import is_page_image
from ingest.checks.each.page_words import MARK_SEEN
from ingest.checks.examine import ToExamine
from ingest.checks.port import ReceivedFile
from ingest.drafts.hand_in import name_code
from ingest.drafts.judged import (
    facts_of_row,
    is_judged,
    keep_facts,
    keep_judged,
    stamp_of,
)
from ingest.submissions.judging import Judge, all_findings, context_of, each_once


def check_draft(lease: Lease, services: Services, judge: Judge) -> None:
    """Judge the draft as it stands, and once more where it was changed meanwhile.

    Safe to kill. One whose files are not all read yet is left to the end of their reading, one that
    was handed in or discarded as it is.
    """
    if lease.subject_id is None:
        raise ValueError("check-draft needs a draft")
    found = None
    if _open(services, lease.subject_id):
        _read_again(services, lease.subject_id)
        with services.read_only() as session:
            found = _judged(session, lease.subject_id, judge)
    with services.writing() as session:
        services.jobs.finish(session, lease)
        submission = session.get(Submission, lease.subject_id, with_for_update=True)
        draft = session.get(Draft, lease.subject_id)
        if found is not None and submission is not None and draft is not None:
            findings, of = found
            keep_judged(draft, submission.case_file(), findings, of=of)
            if submission.state is SubmissionState.DRAFT and not is_judged(draft):
                services.jobs.add(session, lease.job, subject_id=lease.subject_id)


def _open(services: Services, draft_id: UUID) -> bool:
    """Whether it is still a draft, all of whose files were read."""
    with services.read_only() as session:
        submission, draft = session.get(Submission, draft_id), session.get(Draft, draft_id)
        if submission is None or draft is None or submission.state is not SubmissionState.DRAFT:
            return False
        digests = select(SubmissionFile.sha256).where(SubmissionFile.submission_id == draft_id)
        return all(draft.reads.get(row, {}).get("done") for row in session.scalars(digests))


def _read_again(services: Services, draft_id: UUID) -> None:
    """Files that were read by a release that kept nothing, or under another name."""
    with services.read_only() as session:
        rows = session.execute(
            select(
                SubmissionFile.id,
                SubmissionFile.path,
                SubmissionFile.sha256,
                SubmissionFile.size_bytes,
            ).where(SubmissionFile.submission_id == draft_id, SubmissionFile.facts.is_(None))
        )
        unseen = [
            ToExamine(row.id, row.path, row.sha256, row.size_bytes, is_page_image(row.path))
            for row in rows
            if services.staging.has(row.sha256)
        ]
    if not unseen:
        return
    facts = services.examiner.examine_all(unseen)
    with services.writing() as session:
        for key, seen in facts.items():
            if (row := session.get(SubmissionFile, key)) is not None:
                keep_facts(row, seen)


def _judged(session: Session, draft_id: UUID, judge: Judge) -> tuple[list[Finding], str] | None:
    submission, draft = session.get(Submission, draft_id), session.get(Draft, draft_id)
    if submission is None or draft is None:
        return None
    declared = submission.case_file()
    name_code(declared)
    received = _received(session, submission, declared)
    context = context_of(
        session, submission, received, draft=draft, by=judge, beside={}, declared=declared
    )
    found = all_findings(submission, context, on_page=True)
    findings = [finding for finding in each_once(found) if finding.code != MARK_SEEN]
    return findings, stamp_of(draft)


def _received(
    session: Session, submission: Submission, declared: DeclaredCaseFile
) -> dict[str, ReceivedFile]:
    """The files of its documents that were seen, by path."""
    named = {file.path for document in declared.documents for file in document.files}
    rows = session.execute(
        select(
            SubmissionFile.path,
            SubmissionFile.sha256,
            SubmissionFile.size_bytes,
            SubmissionFile.facts,
        )
        .where(SubmissionFile.submission_id == submission.id)
        .order_by(SubmissionFile.ordinal)
    )
    return {
        row.path: ReceivedFile(row.path, row.sha256, row.size_bytes, facts_of_row(row.facts))
        for row in rows
        if row.path in named and row.facts is not None
    }
