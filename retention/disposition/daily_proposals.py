"""The daily look at what falls due: people are told ahead, and lists are proposed by agency."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID, uuid5

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER, Role
from archive_service.domain.people.notice import Notice
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    Ground,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.notices import inbox
from archive_service.services import Services
from retention.clock_check import is_clock_believed
from retention.disposition.acts import make_list
from retention.disposition.appraisal import Cause, make_items, why_not
from retention.disposition.custody_acts import tell
from retention.disposition.duplicates.find import duplicates_by_agency
from retention.disposition.listing import WHOLE
from retention.due.sweep import Announced, announced, due_by_agency

SWEEP_JOB = "propose-due"
LIST_ROWS = 1000  # case files of one list that is proposed by itself
ANNOUNCED = "retention-ends"
_REASONS = {
    Ground.EXPIRED: "retention.proposed-when-due",
    Ground.DUPLICATE: "retention.proposed-duplicate",
    Ground.SUPERSEDED: "retention.proposed-superseded",
}


def propose_due(lease: Lease, services: Services) -> None:
    """Announce and propose; safe to kill and to repeat: what stands on a list is not proposed.

    By a clock that is doubted neither: an incident says so, and the next day looks again.
    """
    if is_clock_believed(services):
        _look(services, clock.today())
    with services.writing() as session:
        services.jobs.finish(session, lease)
    write_out_evidence(services)


def _look(services: Services, today: dt.date) -> None:
    _announce(services, today)
    with services.read_only() as reading:
        for _, ids in due_by_agency(reading, today, LIST_ROWS):
            with services.writing() as session:
                _propose(session, {identifier: Cause() for identifier in ids}, today)
        for found in duplicates_by_agency(reading, today, LIST_ROWS):
            with services.writing() as session:
                _propose(session, found.causes, today)


def _announce(services: Services, today: dt.date) -> None:
    """Once for each agency, last day and number of days of the setting, whoever read it or not."""
    with services.writing() as session:
        for days in sorted(services.settings.retention.notice_days, reverse=True):
            for announced_list in announced(session, today, days):
                subject = uuid5(
                    announced_list.agency_id, f"{announced_list.ends_on.isoformat()}:{days}"
                )
                query = select(Notice.id).where(
                    Notice.kind == ANNOUNCED, Notice.about == str(subject)
                )
                if session.scalar(query.limit(1)) is None:
                    _tell_of(session, announced_list, subject)


def _tell_of(session: Session, announced: Announced, subject: UUID) -> None:
    roles = (Role.ARCHIVIST, Role.HEAD, Role.AGENCY_HEAD)
    to = inbox.people(session, roles=roles, agency_id=announced.agency_id)
    facts = {"count": announced.count, "on": announced.ends_on.isoformat()}
    inbox.tell(
        session,
        "retention-ends",
        to=to,
        subject_id=subject,
        facts=facts,
        href="/dispositions",
    )


def _propose(session: Session, causes: Mapping[UUID, Cause], today: dt.date) -> None:
    """A list of these, all of one agency and one ground.

    On the one of both that nobody looked at yet, where there is room.
    """
    take_write_lock(session)
    found = session.scalars(select(CaseFile).where(CaseFile.id.in_(causes)))
    by_id = {row.id: row for row in found}
    rows = [by_id[cause] for cause in causes if cause in by_id]
    refused = why_not(session, rows, today, causes=causes)
    rows = [row for row in rows if row.id not in refused]
    if not rows:
        return
    ground = causes[rows[0].id].ground
    standing = _with_room(session, rows[0].agency_id, ground, LIST_ROWS - len(rows))
    if standing is not None:
        after = len(standing.items)
        standing.items += make_items(session, rows, {}, after=after, causes=causes)
        count = len(rows)
        tell(session, standing, "disposition:added-to", actor=WORKER, items=True, count=count)
        return
    made = make_list(
        session,
        rows,
        {},
        kind=DispositionKind.DESTROY,
        reason=messages.text(_REASONS[ground], "vi"),
        actor=WORKER,
        causes=causes,
    )
    staff = inbox.people(session, roles=(Role.ARCHIVIST, Role.HEAD), agency_id=made.agency_id)
    facts = {"number": f"{made.number:02}/{made.year}", "count": len(rows)}
    inbox.tell(
        session,
        "disposition-proposed",
        to=staff,
        subject_id=made.id,
        facts=facts,
        href=f"/dispositions/{made.id}",
    )


def _with_room(session: Session, agency_id: UUID, ground: Ground, most: int) -> Disposition | None:
    """The list of the agency that nobody looked at yet, if it has no more than so many rows."""
    others = exists().where(
        DispositionItem.disposition_id == Disposition.id, DispositionItem.ground != ground
    )
    size = select(func.count()).where(DispositionItem.disposition_id == Disposition.id)
    return session.scalar(
        select(Disposition)
        .where(
            Disposition.agency_id == agency_id,
            Disposition.kind == DispositionKind.DESTROY,
            Disposition.state == DispositionState.PROPOSED,
            Disposition.proposed_by == WORKER.account,
            size.scalar_subquery() <= most,
            ~others,
        )
        .order_by(Disposition.proposed_at.desc())
        .limit(1)
        .options(*WHOLE)
        .with_for_update(of=Disposition)
    )
