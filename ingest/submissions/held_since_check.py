"""Duplicates that came into custody since the check: asked again right before the decision."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.finding_place import in_own_terms
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from ingest.checks.alike import bounded
from ingest.checks.each import duplicates, repeated
from ingest.register.held import held_by
from ingest.register.identity import add_findings
from ingest.register.known_documents import held_identifiers, held_numbers
from ingest.transitions import TRANSITIONS


class HeldSinceError(ConflictError):
    """Custody holds what the submission brings, and nobody who decides was told of it yet."""

    code = "held-since-checked"


def require_told(session: Session, accepted: Submission) -> None:
    """``HeldSinceError`` where what was just accepted repeats what no finding tells of.

    To be asked last, with the new rows flushed: it takes the write lock, so that of two who accept
    the same document at once the second one sees the first. A handful of statements, however many
    documents there are.
    """
    take_write_lock(session)
    if untold := _untold(session, accepted):
        first = untold[0]
        raise HeldSinceError(
            id=accepted.id,
            count=len(untold),
            place=first.place,
            held=str(first.facts.get("code", "")),
        )


def tell_held_since(session: Session, submission_id: UUID, *, actor: Actor) -> None:
    """Add these findings to one that is still ``checked``; the caller commits."""
    row = session.get(Submission, submission_id, with_for_update=True)
    if row is None or not TRANSITIONS.is_open(row, "accept"):
        return
    untold = _untold(session, row)
    add_findings(row, untold)
    record_event(
        session,
        "submission:rechecked",
        of=row,
        actor=actor,
        data={"code": row.code, "found": len(untold)},
    )


def _untold(session: Session, submission: Submission) -> list[Finding]:
    """Duplicates that are found now and were not found by the check, in the sender's terms."""
    declared, files = submission.case_file(), submission.named_files()
    digests = [file.sha256 for file in files]
    held = held_by(
        session, submission, digests, (DigitalObject.sha256,), counting=_of_others(submission)
    )
    found = list(duplicates.in_custody(files, held))
    if not submission.is_addition:
        numbers = held_numbers(session, submission, declared.documents)
        identifiers = held_identifiers(session, submission, declared.documents)
        found += repeated.in_custody(declared, numbers=numbers, identifiers=identifiers)
    if not found:
        return []
    on_page = session.get(Draft, submission.id) is not None
    known = {(row.code, row.place) for row in submission.findings}
    now = bounded(in_own_terms(declared, found, on_page=on_page))
    return [finding for finding in now if (finding.code, finding.place) not in known]


def _of_others(submission: Submission) -> ColumnElement[bool] | None:
    """All but what it brought itself into a case file that was there before."""
    if submission.version is None:
        return None
    return not_(
        and_(
            DigitalObject.case_file_id == submission.case_file_id,
            DigitalObject.version_added == submission.version,
        )
    )
