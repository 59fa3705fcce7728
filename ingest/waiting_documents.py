"""Documents of submissions that wait, by number and by identifier: asked for by others."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from archive_service.domain.submission import (
    OPEN,
    DeclaredDocument,
    Submission,
    WaitingDocument,
)
from ingest.held import in_parts
from ingest.known_documents import number_key


def number_mark(fields: Mapping[str, Any]) -> str:
    """Of number, symbol, issuer and date, as a digest; empty where one of them is missing."""
    return _mark("number", number_key(fields))


def identifier_mark(fields: Mapping[str, Any]) -> str:
    """Of the identifier, likewise."""
    return _mark("identifier", str(fields.get("docId") or ""))


def note_documents(session: Session, submission: Submission) -> None:
    """Keep by what its documents are known while it waits, in place of what was kept before."""
    forget_documents(session, submission.id)
    marks = {mark for one in submission.case_file().documents for mark in _marks(one)}
    if marks:
        rows = [{"submission_id": submission.id, "mark": mark} for mark in sorted(marks)]
        session.execute(insert(WaitingDocument), rows)


def forget_documents(session: Session, submission_id: UUID) -> None:
    """It was decided: from now on custody is asked, or nobody."""
    session.execute(delete(WaitingDocument).where(WaitingDocument.submission_id == submission_id))


def waiting_documents(session: Session, submission: Submission) -> dict[str, str]:
    """By mark the code of another case file of the same agency that waits with such a document.

    Submissions of one code are told of each other by it.
    """
    if submission.agency_id is None:
        return {}
    marks = {mark for one in submission.case_file().documents for mark in _marks(one)}
    found: dict[str, str] = {}
    for some in in_parts(sorted(marks)):
        query = (
            select(WaitingDocument.mark, func.min(Submission.code))
            .join(Submission, Submission.id == WaitingDocument.submission_id)
            .where(
                WaitingDocument.mark.in_(some),
                Submission.state.in_(OPEN),
                Submission.agency_id == submission.agency_id,
                Submission.id != submission.id,
                (Submission.code != submission.code) | (Submission.code == ""),
            )
            .group_by(WaitingDocument.mark)
        )
        found.update((mark, code) for mark, code in session.execute(query))
    return found


def _marks(document: DeclaredDocument) -> list[str]:
    both = (number_mark(document.fields), identifier_mark(document.fields))
    return [mark for mark in both if mark]


def _mark(kind: str, told: str) -> str:
    return hashlib.sha256(f"{kind}|{told}".encode()).hexdigest() if told else ""
