"""Letters of notices: made when a person's turn comes, sent once, kept till the server has them."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.notice import MailRun, Notice
from archive_service.errors import ArchiveError
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.notices.digest import Post, make_runs, notices_of, write_letter
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.notices.mail import MailDelayedError, MailRefusedError, MailUnavailableError
from archive_service.office_hours import office_hours
from archive_service.services import Services

MAIL_JOB = "send-mail"
MAIL_SILENT, MAIL = "mail-silent", "mail"
MAIL_REFUSED = "mail-refused"
SENT, REFUSED, NOT_NEEDED = "sent", "refused", "not-needed"
_AT_ONCE = 100  # letters of one run of the job; the next one goes on
_FIRST_PAUSE = dt.timedelta(minutes=1)
_LONGEST_PAUSE = dt.timedelta(hours=1)


def send_mail(lease: Lease, services: Services) -> None:
    """Make the letters that are due and send what waits; without a server nothing is made.

    A letter is noted as tried before it is sent, and as sent after the server took it. Killed in
    between, it goes out again under the same Message-ID.
    """
    if services.mailer.is_used:
        with services.writing() as session:
            services.jobs.save_checkpoint(session, lease, {})
            make_runs(session, post_of(services))
        _send_waiting(lease, services)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def post_of(services: Services) -> Post:
    """How letters are sent, by the settings."""
    mail = services.settings.mail
    return Post(
        sender=mail.sender,
        sender_name=services.settings.archive.name,
        day_at=dt.time.fromisoformat(mail.day_at),
        base_url=mail.base_url,
        is_working_day=office_hours(services.settings.home).is_worked,
    )


def _send_waiting(lease: Lease, services: Services) -> None:
    due = (
        select(MailRun.id)
        .where(MailRun.ended_at.is_(None), MailRun.next_at <= clock.now())
        .order_by(MailRun.next_at, MailRun.id)
        .limit(_AT_ONCE)
    )
    with services.read_only() as session:
        waiting = list(session.scalars(due))
    for run_id in waiting:
        with services.unit_of_work() as uow:
            services.jobs.save_checkpoint(uow.session, lease, {"letter": str(run_id)})
            run = uow.session.get_one(MailRun, run_id, with_for_update=True)
            account = uow.session.get_one(Account, run.account_id)
            rows = notices_of(uow.session, run, account)
            if not rows or not account.active:
                _end(run, NOT_NEEDED)  # read meanwhile, or another address: told anew
                uow.commit()
                continue
            run.tries += 1
            run.next_at = clock.now() + min(
                _FIRST_PAUSE * 2 ** min(run.tries - 1, 8), _LONGEST_PAUSE
            )
            letter = write_letter(run, rows, account.language, post_of(services))
            uow.commit()
        try:
            reply = services.mailer.send(letter)
        except MailUnavailableError as trouble:
            _note_silent(lease, services, trouble)
            return  # the others would wait for the same server
        except MailDelayedError as trouble:
            _note_reply(lease, services, run, trouble)
        except MailRefusedError as trouble:
            _note_refused(lease, services, run, account, trouble)
        else:
            _note_sent(lease, services, run, account, rows, reply)


def _note_sent(
    lease: Lease,
    services: Services,
    run: MailRun,
    account: Account,
    rows: list[Notice],
    reply: str,
) -> None:
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {})
        held = session.get_one(MailRun, run.id, with_for_update=True)
        _end(held, SENT, reply)
        for row in rows:
            found = session.get(Notice, row.id)
            if found is not None and found.told_at == row.told_at:  # else it says more by now
                found.mailed_at = held.ended_at
        _close_if_open(session, MAIL_SILENT, MAIL)
        _close_if_open(session, MAIL_REFUSED, account.name)


def _note_reply(lease: Lease, services: Services, run: MailRun, trouble: ArchiveError) -> None:
    """The server answers: it is not silent; this one letter waits for its next try."""
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {})
        held = session.get_one(MailRun, run.id, with_for_update=True)
        held.reply = str(trouble.facts.get("reply", ""))
        _close_if_open(session, MAIL_SILENT, MAIL)


def _note_refused(
    lease: Lease, services: Services, run: MailRun, account: Account, trouble: MailRefusedError
) -> None:
    """The notices stay unread and unsent: the next period tries again, perhaps elsewhere."""
    reply = str(trouble.facts.get("reply", ""))
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {})
        _end(session.get_one(MailRun, run.id, with_for_update=True), REFUSED, reply)
        facts = {"address": run.address, "reply": reply}
        notice = IncidentSeverity.NOTICE
        open_incident(session, MAIL_REFUSED, account.name, severity=notice, facts=facts)
        _close_if_open(session, MAIL_SILENT, MAIL)


def _note_silent(lease: Lease, services: Services, trouble: MailUnavailableError) -> None:
    """An incident once a letter has waited for longer than the settings bear."""
    logger().info("mail-unavailable", facts=str(trouble))
    oldest = select(MailRun.made_at).where(MailRun.ended_at.is_(None)).order_by(MailRun.made_at)
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {})
        since = session.scalar(oldest.limit(1))
        bearable = dt.timedelta(seconds=services.settings.mail.silent_after_s)
        if since is not None and clock.now() - since >= bearable:
            facts = {name: str(value) for name, value in trouble.facts.items()}
            warning = IncidentSeverity.WARNING
            open_incident(session, MAIL_SILENT, MAIL, severity=warning, facts=facts)


def _end(run: MailRun, outcome: str, reply: str = "") -> None:
    run.ended_at, run.outcome = clock.now(), outcome
    run.reply = reply or run.reply


def _close_if_open(session: Session, kind: str, subject: str) -> None:
    is_open = Incident.kind == kind, Incident.subject == subject, Incident.closed_at.is_(None)
    if session.scalar(select(Incident.id).where(*is_open).limit(1)) is not None:
        close_incident(session, kind, subject)
