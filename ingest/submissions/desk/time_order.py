"""The documents of a submission put in order of time by one act of the archivist."""

from typing import Any
from uuid import UUID

from archive_service.audit import record_event
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    DeclaredCaseFile,
    DeclaredDocument,
    Submission,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from ingest.acceptance.changed_declaration import change_declared
from ingest.answers.sender_notices import tell_reordered
from ingest.drafts.order import sort_by_time
from ingest.submissions.documents import SubmissionDocument
from ingest.submissions.queries import submission_document
from ingest.transitions import TRANSITIONS

_TOLD = 100  # moves that the trail names
_IN_NOTICE = 5


class InTimeOrderError(ConflictError):
    """The documents stand by time already: nothing is changed."""


class OrderOfPackageError(ConflictError):
    """Another archive handed the package over in its own order."""


def order_by_time(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SubmissionDocument:
    """Put the documents in order of time, by date, then number; they are checked anew.

    Annexes stand behind theirs. Whoever handed it in is told which documents have another number.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
        SubmissionStateError: not ``checked``, or another was first.
        InTimeOrderError: nothing would move.
        OrderOfPackageError: the package of another archive.
    """

    def change(row: Submission, declared: DeclaredCaseFile) -> list[dict[str, Any]]:
        if declared.custody:
            raise OrderOfPackageError(code=row.code)
        before = list(declared.documents)
        sort_by_time(declared)
        if moves := _moves(before, declared.documents):
            return moves
        raise InTimeOrderError(code=row.code)

    with acting(services, TRANSITIONS["order-by-time"].right, actor) as session:
        row, moves = change_declared(
            submission_id, "order-by-time", change, actor=actor, session=session
        )
        data = {"code": row.code, "count": len(moves), "moves": moves[:_TOLD]}
        record_event(session, "submission:documents-reordered", of=row, actor=actor, data=data)
        lines = [f"{move['title']}: {move['was']} → {move['now']}" for move in moves[:_IN_NOTICE]]
        lines += ["…"] * (len(moves) > _IN_NOTICE)
        tell_reordered(session, row, count=len(moves), moves="; ".join(lines))
        services.jobs.add(session, CHECK_JOB, subject_id=row.id)
        return submission_document(session, row, lang)


def _moves(before: list[DeclaredDocument], after: list[DeclaredDocument]) -> list[dict[str, Any]]:
    """Each document whose number changed: its title, the number it had and the one it has."""
    was = {id(document): number for number, document in enumerate(before, start=1)}
    return [
        {"title": _title(document), "was": was[id(document)], "now": number}
        for number, document in enumerate(after, start=1)
        if was[id(document)] != number
    ]


def _title(document: DeclaredDocument) -> str:
    names = [file.path.rpartition("/")[2] for file in document.files]
    return (document.fields.get("subject", "") or next(iter(names), ""))[:100]
