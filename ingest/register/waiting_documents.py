"""What waits in other submissions: documents by number and identifier, files by their bytes."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service.domain.intake.submission import (
    OPEN,
    DeclaredCaseFile,
    Submission,
    SubmissionFile,
    WaitingDocument,
)
from ingest.register.held import in_parts
from ingest.register.known_documents import number_key


def number_mark(fields: Mapping[str, Any]) -> str:
    """Of number, symbol, issuer and date, as a digest; empty where one of them is missing."""
    return _mark("number", number_key(fields))


def identifier_mark(fields: Mapping[str, Any]) -> str:
    """Of the identifier, likewise."""
    return _mark("identifier", str(fields.get("docId") or ""))


def note_documents(session: Session, submission: Submission) -> None:
    """Keep by what its documents are known while it waits, in place of what was kept before."""
    forget_documents(session, submission.id)
    marks = marks_of(submission.case_file())
    if marks:
        rows = [{"submission_id": submission.id, "mark": mark} for mark in sorted(marks)]
        session.execute(insert(WaitingDocument), rows)


def forget_documents(session: Session, submission_id: UUID) -> None:
    """It was decided: from now on custody is asked, or nobody."""
    session.execute(delete(WaitingDocument).where(WaitingDocument.submission_id == submission_id))


def waiting_documents(session: Session, submission: Submission) -> dict[str, str]:
    """By mark the code of another case file of the same agency that waits with such a document."""
    return _codes_waiting(
        session, submission, WaitingDocument.mark, marks_of(submission.case_file())
    )


def waiting_bytes(
    session: Session, submission: Submission, digests: Collection[str]
) -> dict[str, str]:
    """By digest the code of another case file of the same agency that waits with such a file."""
    return _codes_waiting(session, submission, SubmissionFile.sha256, digests)


def _codes_waiting(
    session: Session,
    submission: Submission,
    column: InstrumentedAttribute[str],
    values: Collection[str],
) -> dict[str, str]:
    """By value the code of another submission of the same agency that waits with it in a row.

    Submissions of one code are told of each other by it.

    Args:
        column: of a table with ``submission_id``.
    """
    if submission.agency_id is None:
        return {}
    found: dict[str, str] = {}
    for some in in_parts(sorted(values)):
        query = (
            select(column, func.min(Submission.code))
            .join(Submission, Submission.id == column.class_.submission_id)
            .where(
                column.in_(some),
                Submission.state.in_(OPEN),
                Submission.agency_id == submission.agency_id,
                Submission.id != submission.id,
                (Submission.code != submission.code) | (Submission.code == ""),
            )
            .group_by(column)
        )
        found.update((value, code) for value, code in session.execute(query))
    return found


def marks_of(declared: DeclaredCaseFile) -> set[str]:
    """By what its documents are known: numbers and identifiers."""
    fields = [document.fields for document in declared.documents]
    return {
        mark for field in fields for mark in (number_mark(field), identifier_mark(field)) if mark
    }


def _mark(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}|{text}".encode()).hexdigest() if text else ""
