"""One document left out of what is accepted, with the reason; and taken up again.

It stays in the record of the submission, with its files and their digests; the check that follows
tells of it in a finding, which the package keeps among its events and the receipt among its notes.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.recall import LONGEST_RECALL_REASON
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    LeftOutDocument,
    Submission,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError
from archive_service.text import telling_line
from ingest.acceptance.changed_declaration import change_declared
from ingest.acceptance.decide import ReasonMissingError
from ingest.answers.sender_notices import tell_left_out


class LeftOutUnknownError(InputError):
    """The submission has no document of this number, among those that stand or were left out."""


class LeftOutLastError(ConflictError):
    """Nothing would be left to accept: the submission is to be returned instead."""


class LeftOutPackageError(ConflictError):
    """Another archive handed the package over whole: it is accepted or returned whole."""


def leave_out(
    submission_id: UUID, ordinal: int, reason: str, *, actor: Actor, session: Session
) -> Submission:
    """Leave the document of this number out; what is left is checked anew. The caller commits.

    The job is the caller's too. Whoever handed it in is told.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
        ReasonMissingError: ``reason`` is empty.
        SubmissionStateError: not ``checked``, or another was first.
        LeftOutUnknownError: no such document.
        LeftOutLastError: it has no other.
        LeftOutPackageError: the package of another archive.
    """
    reason_line = telling_line(reason)[:LONGEST_RECALL_REASON]
    if not reason_line:
        raise ReasonMissingError(id=submission_id)

    def change(submission: Submission, declared: DeclaredCaseFile) -> LeftOutDocument:
        if declared.custody:
            raise LeftOutPackageError(code=submission.code)
        if not 1 <= ordinal <= len(declared.documents):
            raise LeftOutUnknownError(code=submission.code, ordinal=ordinal)
        if len(declared.documents) == 1:
            raise LeftOutLastError(code=submission.code)
        out = LeftOutDocument(
            document=declared.documents.pop(ordinal - 1),
            place=ordinal - 1,
            by=actor.account,
            at=clock.iso(clock.now()),
            reason=reason_line,
        )
        declared.left_out.append(out)
        return out

    submission, left_out = change_declared(
        submission_id, "leave-out", change, actor=actor, session=session
    )
    _note(
        submission,
        "submission:document-left-out",
        left_out,
        reason_line,
        actor=actor,
        session=session,
    )
    tell_left_out(session, submission, title=left_out.title, reason=reason_line)
    return submission


def take_up(submission_id: UUID, number: int, *, actor: Actor, session: Session) -> Submission:
    """Take one that was left out, by its number among those, up again; as ``leave_out``."""

    def change(submission: Submission, declared: DeclaredCaseFile) -> LeftOutDocument:
        if not 1 <= number <= len(declared.left_out):
            raise LeftOutUnknownError(code=submission.code, ordinal=number)
        out = declared.left_out.pop(number - 1)
        declared.documents.insert(out.place, out.document)
        return out

    submission, left_out = change_declared(
        submission_id, "take-up", change, actor=actor, session=session
    )
    _note(submission, "submission:document-taken-up", left_out, "", actor=actor, session=session)
    return submission


def _note(
    submission: Submission, tag: str, left: LeftOutDocument, reason: str, *, actor: Actor,
    session: Session,
) -> None:  # fmt: skip
    digests = submission.digests
    files = [{"path": file.path, "sha256": digests.get(file.path)} for file in left.document.files]
    data: dict[str, Any] = {"code": submission.code, "title": left.title, "files": files}
    data |= {"reason": reason} if reason else {}
    record_event(session, tag, of=submission, actor=actor, data=data)
