"""The documents of a submission put in order of time by one act of the archivist."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from archive_service import access
from archive_service.audit import record_event
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    DeclaredDocument,
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.services import Services
from ingest.answers.sender_notices import tell_reordered
from ingest.drafts.order import sort_by_time

_TOLD = 100  # moves that the trail names
_IN_NOTICE = 5


class InTimeOrderError(ConflictError):
    """The documents stand by time already: nothing is changed."""

    code = "in-time-order"


class OrderOfPackageError(ConflictError):
    """Another archive handed the package over in its own order."""

    code = "order-of-package"


def order_by_time(services: Services, submission_id: UUID, *, actor: Actor) -> None:
    """Documents by date, then number, annexes behind theirs; then they are checked anew.

    Whoever handed it in is told which documents have another number now.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
        SubmissionStateError: not ``checked``, or another was first.
        InTimeOrderError: nothing would move.
        OrderOfPackageError: the package of another archive.
    """
    with services.unit_of_work() as uow:
        session = uow.session
        row = session.get(Submission, submission_id, with_for_update=True)
        if row is None:
            raise SubmissionNotFoundError(id=submission_id)
        access.require(actor, "submission:accept", row)
        declared, needed = row.case_file(), SubmissionState.CHECKED
        if row.state is not needed:
            raise SubmissionStateError(id=submission_id, state=row.state, needed=needed)
        if declared.custody:
            raise OrderOfPackageError(code=row.code)
        before = list(declared.documents)
        sort_by_time(declared)
        moves = _moves(before, declared.documents)
        if not moves:
            raise InTimeOrderError(code=row.code)
        changed = session.scalar(
            update(Submission)
            .where(Submission.id == row.id, Submission.state == needed)
            .values(
                state=SubmissionState.RECEIVED,
                declared=declared.model_dump(),
                revision=Submission.revision + 1,
            )
            .returning(Submission.id)
            .execution_options(synchronize_session=False)
        )
        if changed is None:
            raise SubmissionStateError(id=submission_id, state=row.state, needed=needed)
        session.refresh(row)
        data = {"code": row.code, "count": len(moves), "moves": moves[:_TOLD]}
        record_event(
            session, "submission:documents-reordered", subject_id=row.id, actor=actor,
            agency_id=row.agency_id, data=data,
        )  # fmt: skip
        told = [f"{one['title']}: {one['was']} → {one['now']}" for one in moves[:_IN_NOTICE]]
        told += ["…"] * (len(moves) > _IN_NOTICE)
        tell_reordered(session, row, count=len(moves), moves="; ".join(told))
        services.jobs.add(session, CHECK_JOB, subject_id=row.id)
        uow.commit()


def _moves(before: list[DeclaredDocument], after: list[DeclaredDocument]) -> list[dict[str, Any]]:
    """Each document whose number changed: its title, the number it had and the one it has."""
    was = {id(one): number for number, one in enumerate(before, start=1)}
    return [
        {"title": _title(one), "was": was[id(one)], "now": number}
        for number, one in enumerate(after, start=1)
        if was[id(one)] != number
    ]


def _title(document: DeclaredDocument) -> str:
    names = [file.path.rpartition("/")[2] for file in document.files]
    return (document.fields.get("subject", "") or next(iter(names), ""))[:100]
