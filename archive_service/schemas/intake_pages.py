"""What the pages of handing in and accepting ask for, each in a fixed number of statements."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from archive_service import clock
from archive_service.accounts.accounts import display_names
from archive_service.bootstrap import Services
from archive_service.catalogue import holdings
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.case_file import CaseFile
from archive_service.domain.submission import Submission, SubmissionState
from archive_service.evidence.trail import events_of
from archive_service.schemas.queries import submission_documents
from archive_service.schemas.submission import SubmissionDocument
from ingest.file_plan.due import Due, due_entries

ON_ITS_WAY = (*holdings.UNDECIDED, SubmissionState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Detail:
    """One submission with all that its page shows."""

    row: Submission  # with files and findings
    document: dict[str, Any]  # SUBMISSION
    agency: str  # its name; empty where the code names none
    names: Mapping[str, str]  # account → name of the person
    copies: int  # that hold it, read back
    events: Sequence[dict[str, Any]]

    @property
    def sent_by(self) -> str:
        """Who handed it in, and for whom."""
        sender = self.names.get(self.row.submitted_by, self.row.submitted_by)
        return f"{sender}, {self.agency}" if self.agency else sender

    @property
    def decided_by(self) -> str:
        """Who decided it; empty where nobody has."""
        decider = self.row.decided_by or ""
        return self.names.get(decider, decider)


@dataclass(frozen=True, slots=True)
class Mine:
    """What an officer has to do, and what became of what they sent."""

    returned: Sequence[dict[str, Any]]  # SUBMISSION, not mended yet
    due: Sequence[Due]  # by the end of this year
    names: Mapping[str, str]
    counts: Mapping[SubmissionState, int]


def submission_detail(
    services: Services, submission_id: UUID, *, actor: Actor, lang: str = "vi"
) -> Detail:
    """``SubmissionUnknownError`` where it is absent, or not to be known."""
    with services.read_only() as session:
        row = holdings.get_submission(session, submission_id, actor=actor)
        agency = session.get(Agency, row.agency_id) if row.agency_id else None
        case_file = session.get(CaseFile, row.id)
        events = events_of(session, row.id, actor=actor)
        names = display_names(
            session, {row.submitted_by, row.decided_by or "", *(one["account"] for one in events)}
        )
        document = SubmissionDocument.of(
            row, agency=agency.code if agency else None, case_file=case_file, lang=lang
        )
        return Detail(
            row=row,
            document=document.model_dump(mode="json"),
            agency=agency.name if agency else "",
            names=names,
            copies=sum(one.version > 0 for one in case_file.copies) if case_file else 0,
            events=events,
        )


def my_case_files(services: Services, *, actor: Actor, lang: str = "vi") -> Mine:
    """What waits for this officer."""
    with services.read_only() as session:
        returned = list(
            session.scalars(
                _unmended(actor)
                .options(selectinload(Submission.findings))
                .order_by(Submission.decided_at, Submission.id)
            )
        )
        year_end = dt.date(clock.today().year, 12, 31)
        counted = session.execute(
            select(Submission.state, func.count())
            .where(Submission.submitted_by == actor.account)
            .group_by(Submission.state)
        )
        counts = {state: count for state, count in counted}
        return Mine(
            returned=submission_documents(session, returned, lang),
            due=due_entries(session, actor=actor, until=year_end),
            names=display_names(session, {row.decided_by or "" for row in returned}),
            counts=counts,
        )


def my_submissions(
    services: Services,
    *,
    actor: Actor,
    states: Sequence[SubmissionState] = (),
    limit: int,
    offset: int = 0,
    lang: str = "vi",
) -> list[dict[str, Any]]:
    """SUBMISSION documents of what the account handed in, newest first; all without ``states``."""
    query = (
        select(Submission)
        .where(Submission.submitted_by == actor.account)
        .options(selectinload(Submission.findings))
        .order_by(Submission.received_at.desc(), Submission.id)
    )
    if states:
        query = query.where(Submission.state.in_(states))
    with services.read_only() as session:
        return submission_documents(
            session, session.scalars(query.limit(limit).offset(offset)).all(), lang
        )


def count_to_do(session: Session, *, actor: Actor) -> int:
    """How many case files wait for this officer: returned ones and those that are due."""
    returned = select(func.count()).select_from(_unmended(actor).subquery())
    year_end = dt.date(clock.today().year, 12, 31)
    return (session.scalar(returned) or 0) + len(due_entries(session, actor=actor, until=year_end))


def news(session: Session, *, actor: Actor, limit: int = 8) -> list[Submission]:
    """What was decided lately of what the account handed in, newest first, as rows alone."""
    return list(
        session.scalars(
            select(Submission)
            .where(
                Submission.submitted_by == actor.account,
                Submission.decided_at.is_not(None),
                Submission.state.in_(
                    (SubmissionState.RETURNED, SubmissionState.ACCEPTED, SubmissionState.STORED)
                ),
            )
            .order_by(Submission.decided_at.desc(), Submission.id)
            .limit(limit)
        )
    )


def _unmended(actor: Actor) -> Select[Submission]:
    """Returned ones that were not sent again since, under the same code or title."""
    later = aliased(Submission)
    sent_again = exists().where(
        later.received_at > Submission.received_at,
        later.state != SubmissionState.WITHDRAWN,
        or_(
            and_(later.code == Submission.code, Submission.code != ""),
            and_(later.title == Submission.title, Submission.title != ""),
        ),
    )
    return select(Submission).where(
        Submission.submitted_by == actor.account,
        Submission.state == SubmissionState.RETURNED,
        ~sent_again,
    )
