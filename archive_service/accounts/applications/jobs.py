"""Answers by mail, reminders of what is overdue, and what is forgotten of askers."""

import datetime as dt

from sqlalchemy import select, update

from archive_service import clock, messages
from archive_service.accounts.applications import rules
from archive_service.accounts.applications.acts import ANSWER_JOB, tell_overdue
from archive_service.accounts.applications.details import Details, details_of
from archive_service.domain.people.account_application import AccountApplication, AnswerWay
from archive_service.jobs.port import Lease
from archive_service.notices.mail import Letter, MailRefusedError, begun_letter
from archive_service.services import Services

WATCH_JOB = "watch-account-applications"


def answer_asker(lease: Lease, services: Services) -> None:
    """Mail the answer; where that cannot be, the asker learns it at the counter.

    Raises:
        BackendError: the server does not answer; the worker tries again, under the same Message-ID.
    """
    with services.read_only() as session:
        row = session.get_one(AccountApplication, lease.subject_id)
    is_sent = row.answered_at is None and _is_mailed(services, row)
    with services.writing() as session:
        services.jobs.finish(session, lease)
        found = session.get_one(AccountApplication, row.id)
        if is_sent:
            found.answered_at = clock.now()
        elif found.answered_at is None:
            found.answered_by = AnswerWay.COUNTER


def _is_mailed(services: Services, row: AccountApplication) -> bool:
    """Whether a letter went out: mail may be switched off by now, or the address takes none."""
    details = details_of(row, services.settings.home)
    if not details.email or not services.mailer.is_used:
        return False
    try:
        services.mailer.send(_letter(services, row, details))
    except MailRefusedError:
        return False
    return True


def watch_applications(lease: Lease, services: Services) -> None:
    """Remind of what is overdue, once each; forget what askers told some days after the answer."""
    now = clock.now()
    late = select(AccountApplication).where(
        rules.overdue(), AccountApplication.reminded_at.is_(None)
    )
    days = dt.timedelta(days=services.settings.accounts.application_days)
    forgotten = update(AccountApplication).where(
        AccountApplication.sealed != "", AccountApplication.decided_at < now - days
    )
    with services.writing() as session:
        for row in session.scalars(late):
            tell_overdue(session, row)
            row.reminded_at = now
        session.execute(forgotten.values(sealed=""))
        services.jobs.finish(session, lease)


def _letter(services: Services, row: AccountApplication, details: Details) -> Letter:
    settings, lang = services.settings, row.language
    host = settings.mail.sender.rpartition("@")[2] or "localhost"
    hours = settings.accounts.password_once_hours
    facts = {
        "number": row.number,
        "archive": settings.archive.name,
        "reason": row.reason,
        "person": details.person,
        "hours": hours,
    }
    message_id = f"<account-application-{row.id}@{host}>"
    message = begun_letter(
        (settings.archive.name, settings.mail.sender),
        details.email,
        subject=messages.text("mail.account-application.subject", lang, **facts),
        message_id=message_id,
        at=clock.now(),
    )
    message.set_content(messages.text(f"mail.account-application.{row.state.value}", lang, **facts))
    return Letter(details.email, message_id, message)


JOBS = {ANSWER_JOB: answer_asker, WATCH_JOB: watch_applications}
