"""Answers without a person: refused by rule, told in time, with an alarm where it is late."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from archive_service import clock
from archive_service.domain.intake.submission import Submission, SubmissionStateError
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from ingest.acceptance.decide import refuse_submission
from ingest.answers.late import late_answers
from ingest.answers.rules import first_answer_by, is_same_day_asked, reason_of, refusable
from ingest.receiving.recheck import go_on_after
from ingest.submissions.rule_trouble import require_calendar, require_readable

WATCH_JOB = "watch-answers"
ANSWER_LATE = "answer-late"


def refuse_by_rule(services: Services, submission_id: UUID | None = None) -> list[UUID]:
    """Return what a rule refuses, each in a transaction of its own: one of them, or all.

    Somebody who decided meanwhile was first. Safe to repeat.
    """
    home = services.settings.home
    with services.read_only() as session:
        ids = refusable(session, only=submission_id, home=home)
    refused = []
    for identifier in ids:
        with services.unit_of_work() as uow:
            row = uow.session.get_one(
                Submission, identifier, options=(selectinload(Submission.findings),)
            )
            reason = reason_of(row.findings, row.channel, home=home)
            try:
                refuse_submission(identifier, reason, session=uow.session)
                go_on_after(uow.session, row, services.jobs)
            except SubmissionStateError:
                continue
            uow.commit()
        refused.append(identifier)
    return refused


def watch(lease: Lease, services: Services) -> None:
    """Refuse what a killed worker left, and tell of what has no answer by the end of its day.

    One incident a sending, whichever way its sender is answered; closed once that is done.
    """
    require_readable(services)
    refuse_by_rule(services)
    require_calendar(services)
    now = clock.now()
    home = services.settings.home
    with services.read_only() as session:
        late = {}
        if is_same_day_asked(home):
            late = late_answers(session, lambda at: first_answer_by(at, home=home), now)
        open_now = set(
            session.scalars(
                select(Incident.subject).where(
                    Incident.kind == ANSWER_LATE, Incident.closed_at.is_(None)
                )
            )
        )
    with services.writing() as session:
        services.jobs.finish(session, lease)
        for subject, submission in late.items():
            if subject not in open_now:
                facts = {
                    "code": submission.code,
                    "by": _moment_text(submission.by),
                    "way": submission.way,
                }
                alarm = IncidentSeverity.ALARM
                open_incident(session, ANSWER_LATE, subject, severity=alarm, facts=facts)
        for subject in open_now - late.keys():
            close_incident(session, ANSWER_LATE, subject, actor=WORKER)


def _moment_text(moment: dt.datetime) -> str:
    return f"{clock.local(moment):%H:%M %d/%m/%Y}"
