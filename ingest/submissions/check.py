"""Checks a submission: everything that can be found is found at once, and kept as findings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding, FindingRow, Severity
from archive_service.domain.intake.finding_place import in_own_terms
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionFile,
    SubmissionNotFoundError,
    SubmissionState,
)
from archive_service.domain.people.account import WORKER
from archive_service.formats.malware import MalwareState
from archive_service.formats.recording import RecordingFacts
from archive_service.keeping.malware.verdicts import (
    MALWARE_FOUND,
    incident_subject,
    keep_verdicts,
    known_verdicts,
    quarantined,
)
from archive_service.notices.incidents import close_incident
from ingest.checks.alike import bounded
from ingest.checks.each.page_words import MARK_SEEN
from ingest.checks.examine import Examiner, FileFacts, ToExamine
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.checks.rules import switches
from ingest.register.known_documents import FindRule
from ingest.register.waiting_documents import note_documents
from ingest.submissions.judging import CHECK_NAMES, Judge, all_findings, context_of, each_once
from ingest.submissions.marks import judged_marks, tell_of_marks
from ingest.submissions.verdict import evidence_of, verdict_of
from ingest.transitions import TRANSITIONS

Look = Callable[
    [Submission, list[ToExamine], Mapping[UUID, FileFacts]], Mapping[str, str]
]  # levels by digest
_UNCHECKED = TRANSITIONS["check"].states
_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def check_submission(
    submission_id: UUID,
    *,
    database: Database,
    examiner: Examiner,
    find_rule: FindRule,
    closing: Callable[[Session], None] | None = None,
    home: Path | None = None,
    historical: bool = False,
    look: Look | None = None,
) -> frozenset[str]:
    """Bring a ``received`` submission to ``checked`` with all its findings; their codes.

    Where malware or a mark of secrecy was found, it is ``quarantined`` instead, with an incident.
    One that a killed worker left ``checking`` is checked anew; one that is past that stays. No
    transaction is open while files are read.

    Args:
        closing: called in the closing transaction, to name the fencing token of the job.
        home: where an agency's own rules of completeness and switches of other rules lie.
        historical: whether this archive is one, which takes what is permanent.
        look: reads marks of secrecy from pictures, by digest; none are read without it.

    Raises:
        SubmissionNotFoundError, BackendError: staging or the scanner did not answer.
    """
    if not _begin(submission_id, database):
        _close_only(database, closing)
        return frozenset()
    submission, files, unnamed = _read(submission_id, database)
    signatures = examiner.signatures()
    facts = _examined(files, database, examiner, signatures)
    facts, pictures = _pictured(submission, files, facts, look)
    judge = Judge(examiner.trust, examiner.limits, find_rule, home, historical=historical)
    with database.read_only() as session:
        draft = session.get(Draft, submission_id)
        received, beside = _apart(files, unnamed, facts)
        context = context_of(session, submission, received, draft=draft, by=judge, beside=beside)
    found = all_findings(submission, context, on_page=draft is not None)
    found, marks = judged_marks(submission, found, pictures)
    kept = _findings_once(context, found, on_page=draft is not None)
    grounds = _grounds(context, examiner, signatures) | marks
    with database.writing() as session:
        if closing is not None:
            closing(session)
        _close(session, submission, kept, facts, grounds)
    return frozenset(finding.code for finding in kept)


def _examined(
    files: list[ToExamine], database: Database, examiner: Examiner, signatures: str
) -> Mapping[UUID, FileFacts]:
    with database.read_only() as session:
        known = known_verdicts(session, _digests(files), signatures)
    return examiner.examine_all(files, known)


def _pictured(
    submission: Submission,
    files: list[ToExamine],
    facts: Mapping[UUID, FileFacts],
    look: Look | None,
) -> tuple[Mapping[UUID, FileFacts], Mapping[str, str]]:
    """The facts with the marks that were read from pictures, and those by digest."""
    if look is None:
        return facts, {}
    marks = look(submission, files, facts)
    found = {file.id: marks[file.sha256] for file in files if marks.get(file.sha256)}
    marked = {
        key: replace(seen, mark=seen.mark or found.get(key, "")) for key, seen in facts.items()
    }
    return marked, marks


def _digests(files: Iterable[ToExamine]) -> list[str]:
    return [file.sha256 for file in files]


def _grounds(context: CheckContext, examiner: Examiner, scanner: str) -> dict[str, Any]:
    own_rules = [rules.meta.code for rules in context.completeness]
    trust = examiner.trust
    return verdict_of(
        checks=CHECK_NAMES,
        trust=trust,
        scanner=scanner,
        own_rules=own_rules,
        switched=switches(context.home),
    )


def _apart(
    files: list[ToExamine], unnamed: list[str], facts: Mapping[UUID, FileFacts]
) -> tuple[dict[str, ReceivedFile], dict[str, ReceivedFile]]:
    """Files of documents, and what came beside them, by path."""
    received = {
        file.path: ReceivedFile(file.path, file.sha256, file.size_bytes, facts[file.id])
        for file in files
    }
    beside = {path: received.pop(path) for path in unnamed if path in received}
    return received, beside


def _findings_once(context: CheckContext, found: list[Finding], *, on_page: bool) -> list[Finding]:
    """All findings, each once, in the terms of the sender; of many that are alike the first."""
    found = each_once(found)
    return bounded(in_own_terms(context.declared, found, on_page=on_page))


def _begin(submission_id: UUID, database: Database) -> bool:
    """Compare and set to ``checking``; whether there is anything to check.

    Its documents are noted before those of others are asked for: of two that are checked at once
    the one that asks last is told of the other.
    """
    with database.unit_of_work() as uow:
        begun = uow.session.scalar(
            update(Submission)
            .where(Submission.id == submission_id, Submission.state.in_(_UNCHECKED))
            .values(state=TRANSITIONS["check"].leads_to(), revision=Submission.revision + 1)
            .returning(Submission.id)
            .execution_options(synchronize_session=False)
        )
        row = uow.session.get(Submission, submission_id)
        if row is None:
            raise SubmissionNotFoundError(id=submission_id)
        if begun is not None:
            note_documents(uow.session, row)
        uow.commit()
        return begun is not None


def _close_only(database: Database, closing: Callable[[Session], None] | None) -> None:
    """Nothing to check: only the job is closed."""
    if closing is not None:
        with database.writing() as session:
            closing(session)


def _read(submission_id: UUID, database: Database) -> tuple[Submission, list[ToExamine], list[str]]:
    """The submission, its files, and the paths of those that are no sender's documents."""
    with database.read_only() as session:
        submission = session.get_one(Submission, submission_id)
        documents = submission.case_file().documents
        named = {file.path: file for document in documents for file in document.files}
        pages = {path for path, file in named.items() if file.page_image}
        left = submission.paths_left_out()
        files = [
            ToExamine(
                file.id,
                file.path,
                file.sha256,
                file.size_bytes,
                page_image=file.path in pages,
                first_name=named[file.path].name if file.path in named else "",
            )
            for file in submission.files
            if file.path not in left
        ]
        made = {path for document in documents for path in document.made_paths}
        # What another archive made is told of by METS and PREMIS: no check of what is received.
        unnamed = [file.path for file in submission.unnamed_files()]
        unnamed += [file.path for file in submission.files if file.path in made]
        session.expunge_all()
        return submission, files, unnamed


def _close(
    session: Session,
    submission: Submission,
    findings: list[Finding],
    facts: Mapping[UUID, FileFacts],
    grounds: dict[str, Any],
) -> None:
    paths = {file.id: file for file in submission.files}
    found = {
        paths[key].path: seen.malware
        for key, seen in facts.items()
        if seen.malware.state is MalwareState.INFECTED
    }
    marked = [finding for finding in findings if finding.code == MARK_SEEN]
    worst = next((s for s in _WORST_FIRST if any(f.severity is s for f in findings)), None)
    after = SubmissionState.QUARANTINED if found or marked else SubmissionState.CHECKED
    closed = session.scalar(
        update(Submission)
        .where(Submission.id == submission.id, Submission.state.in_(TRANSITIONS["judge"].states))
        .values(
            state=TRANSITIONS["judge"].leads_to(after),
            checked_at=clock.now(),
            worst=worst.value if worst else "",
            evidence=evidence_of(facts.values()),
            verdict=grounds,
            revision=Submission.revision + 1,
        )
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if closed is None:  # withdrawn, or checked by another worker: nothing of ours is kept
        return
    session.execute(delete(FindingRow).where(FindingRow.submission_id == submission.id))
    session.add_all(
        FindingRow.of(finding, submission_id=submission.id, ordinal=ordinal)
        for ordinal, finding in enumerate(findings, start=1)
    )
    if facts:
        session.execute(update(SubmissionFile), [_row(key, seen) for key, seen in facts.items()])
    counted = {s.value: sum(f.severity is s for f in findings) for s in _WORST_FIRST}
    sent = session.get_one(Submission, submission.id)  # as it is now, whatever was read before
    record_event(
        session,
        "submission:checked",
        of=submission,
        actor=WORKER,
        data={
            "code": submission.code,
            "findings": counted,
            "sent_sha256": sent.sent_sha256(),
        },
    )
    keep_verdicts(session, {paths[key].sha256: seen.malware for key, seen in facts.items()})
    close_incident(session, MALWARE_FOUND, incident_subject(submission.id), actor=WORKER)
    if found:
        quarantined(session, submission, found, actor=WORKER)
    tell_of_marks(session, submission, marked, actor=WORKER)


def _row(file_id: UUID, seen: FileFacts) -> dict[str, Any]:
    name = f"{seen.format.name} {seen.format.version}".strip() if seen.format else ""
    return {
        "id": file_id,
        "puid": seen.format.puid if seen.format else None,
        "format_name": name[:200] or None,
        "media_type": (seen.format.media_type[:200] or None) if seen.format else None,
        "pages": seen.pages,
        "signatures": seen.signature_documents(),
        "recording": seen.recording.as_row()
        if isinstance(seen.recording, RecordingFacts)
        else None,
    }
