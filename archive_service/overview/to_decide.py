"""How many things wait for an account's decision: the number beside the page of approvals."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.describing.mode_changes import matching_waiting
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanAmendment, FilePlanState
from archive_service.domain.intake.collection import KeepBack, KeepBackState
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState
from archive_service.overview.transfers import transfers_to_decide
from retention.disposition.listing import matching_dispositions


def count_to_decide(session: Session, *, actor: Actor) -> int:
    """As many as ``approvals.show`` lists; in two statements, however many there are."""
    parts = [
        select(func.count()).select_from(_rows(query).subquery()).scalar_subquery()
        for query in _queries(actor)
    ]
    counted = sum(session.execute(select(*parts)).one()) if parts else 0
    return counted + _schedules(session, actor)


def _rows(query: Select[*tuple[Any, ...]]) -> Select[int]:
    return query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True)


def _queries(actor: Actor) -> Iterator[Select[*tuple[Any, ...]]]:
    """Each kind that is counted where it stands, if this account decides on it."""
    if access.may(actor, "disposition:approve"):
        yield matching_dispositions(actor=actor, state="submitted")
    if access.may(actor, "transfer:approve"):
        yield from transfers_to_decide(actor)
    if access.may(actor, "keep-back:decide"):
        yield select(KeepBack).where(
            KeepBack.state == KeepBackState.ASKED,
            access.visible(actor, "keep-back:list", KeepBack.agency_id),
        )
    if access.may(actor, "file-plan:approve"):
        amended = select(FilePlanAmendment.plan_id).where(
            FilePlanAmendment.state == FilePlanState.DRAFT
        )
        yield select(FilePlan).where(
            or_(FilePlan.state == FilePlanState.DRAFT, FilePlan.id.in_(amended)),
            access.visible(actor, "file-plan:list", FilePlan.agency_id),
        )
    if access.may(actor, "access-mode:confirm"):
        yield matching_waiting(actor)
    if access.may(actor, "submission:accept"):
        yield _submissions(actor)


def _submissions(actor: Actor) -> Select[Submission]:
    acceptable = (Submission.state == SubmissionState.CHECKED) & (
        Submission.worst != Severity.ERROR.value
    )
    if access.may(actor, "submission:lift-mark"):
        acceptable |= Submission.state == SubmissionState.QUARANTINED
    return select(Submission).where(
        acceptable, access.visible(actor, "submission:list", Submission.agency_id)
    )


def _schedules(session: Session, actor: Actor) -> int:
    """Drafts of another person that hold a rule."""
    if not access.may(actor, "retention:adopt-schedule"):
        return 0
    drafts = select(RetentionSchedule).where(
        RetentionSchedule.state == ScheduleState.DRAFT,
        RetentionSchedule.loaded_by != actor.account,
    )
    return sum(bool(row.document["rules"]) for row in session.scalars(drafts))
