"""JOBS: name → function; and the loop that claims, does and closes them."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from archive_service.accounts.applications import jobs as applications_jobs
from archive_service.catalogue.many import jobs as many_jobs
from archive_service.catalogue.many.acts import DESCRIBE_JOB
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.db.unit_of_work import StaleWriteError
from archive_service.domain.intake.delivery import SETTLE_JOB, TAKE_JOB
from archive_service.domain.intake.submission import CHECK_JOB
from archive_service.domain.keeping.job import Job
from archive_service.domain.retention.disposition import MAKE_JOB
from archive_service.domain.retention.removal import DESTROY_JOB
from archive_service.domain.transfer.transfer import STOP_JOB
from archive_service.errors import ArchiveError, BackendError, IntegrityViolationError
from archive_service.home_rules import HomeRulesError
from archive_service.jobs.beat import held
from archive_service.jobs.due import FILL_JOB, TWINS_JOB
from archive_service.jobs.port import LONGEST_PAUSE_S, Lease, LeaseLostError
from archive_service.jobs.schedule import queue_due
from archive_service.keeping.copies import joining
from archive_service.keeping.copies import watch as copies_watch
from archive_service.keeping.copies.acts import CATCH_UP_JOB
from archive_service.keeping.fixity import calendar as fixity_calendar
from archive_service.keeping.fixity import repair
from archive_service.keeping.fixity import reports as fixity_reports
from archive_service.keeping.fixity.calendar import READ_JOB
from archive_service.keeping.fixity.repair import HEAL_JOB
from archive_service.keeping.fixity.reports import REPORT_JOB
from archive_service.keeping.formats import jobs as formats_jobs
from archive_service.keeping.formats import watch as formats_watch
from archive_service.keeping.formats.migration import CONVERT_JOB, KEEP_JOB
from archive_service.keeping.locks import renewal
from archive_service.keeping.malware import rescan
from archive_service.log import bound, logger
from archive_service.notices import mail_job
from archive_service.oversight import jobs as oversight_jobs
from archive_service.recovery.drill import jobs as drill_jobs
from archive_service.recovery.reindex import jobs as reindex_jobs
from archive_service.recovery.restore import minutes as restore_minutes
from archive_service.recovery.restore.acts import MINUTES_JOB
from archive_service.reports import acts as reports_acts
from archive_service.services import VERSION, Services
from archive_service.signing.copies import jobs as copies_jobs
from archive_service.signing.copies.waiting import SIGN_JOB
from archive_service.signing.keys import watch as keys_watch
from archive_service.signing.port import KEY_TROUBLES
from archive_service.status import production
from archive_service.storage.work_folder import work_errors
from archive_service.workflow import case_file, periodic
from archive_service.workflow.broker_teller import Teller
from archive_service.workflow.copy_silence import CopySilence, Leaving
from archive_service.workflow.start import put_right_at_start
from digitize.batches import jobs as batches_jobs
from digitize.batches.intake.receive import READ_JOB as READ_BATCH_JOB
from digitize.rereading import acts as rereading_acts
from digitize.rereading import jobs as rereading_jobs
from digitize.twins import jobs as twins_jobs
from ingest.answers import packet_answers
from ingest.callbacks import acts as callbacks_acts
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in import signed_papers
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries import receipts
from ingest.drafts import acts as drafts_acts
from ingest.drafts import reading as drafts_reading
from ingest.drafts.files import READ_JOB as READ_DRAFT_JOB
from ingest.drafts.judged import CHECK_JOB as CHECK_DRAFT_JOB
from ingest.handover import acts as handover_acts
from ingest.submissions import acts as submissions_acts
from ingest.submissions import automatic_answers as answers_acts
from ingest.submissions import rule_trouble
from ingest.uploads import acts as uploads_acts
from retention.destruction import acts as destruction_acts
from retention.disposition import daily_proposals, execution
from retention.disposition.papers import acts as papers_acts
from retention.holds import locks as holds_locks
from retention.holds import reminders
from retention.schedules.what_if import acts as what_if_acts
from retention.transfer import jobs as transfer_jobs
from retention.transfer.closing import remove as closing_remove
from retention.transfer.network import exchange as network_exchange
from retention.transfer.network import send as network_send
from retention.transfer.network import sending_job
from retention.transfer.network.deliveries import acts as transfer_incoming
from retention.transfer.receiving import carry_out, stored
from retention.transfer.register import proposals
from retention.transfer.reply import send_reply
from retention.transfer.stopping import send_notice
from retention.transfer.witnessing import sending as checkpoint_sending
from search import index_watch
from search.kept import news

JOBS: dict[str, Callable[[Lease, Services], None]] = {
    CHECK_JOB: submissions_acts.check,
    TAKE_JOB: deliveries_acts.take_delivery,
    SETTLE_JOB: receipts.settle,
    receipts.WATCH_JOB: receipts.watch,
    **dict.fromkeys(case_file.STEPS, case_file.advance),
    **periodic.JOBS,
    "sweep-uploads": uploads_acts.sweep_uploads,
    packet_answers.ANSWER_JOB: packet_answers.answer_packets,
    "watch-index": index_watch.watch_index,
    FILL_JOB: reindex_jobs.fill_index,
    news.NEWS_JOB: news.watch_searches,
    "watch-copies": copies_watch.watch_copies,
    CATCH_UP_JOB: joining.catch_up,
    READ_JOB: fixity_calendar.read_copies,
    HEAL_JOB: repair.heal_copies,
    REPORT_JOB: fixity_reports.report_fixity,
    "watch-keys": keys_watch.watch_keys,
    production.WATCH_JOB: production.watch_production,
    MINUTES_JOB: restore_minutes.make_restore_minutes,
    "backup-due": drill_jobs.backup_due,
    "drill-due": drill_jobs.drill_due,
    "renew-locks": renewal.renew_locks,
    DESTROY_JOB: destruction_acts.destroy_case_file,
    destruction_acts.RESUME_JOB: destruction_acts.resume_destruction,
    daily_proposals.SWEEP_JOB: daily_proposals.propose_due,
    execution.CARRY_OUT_JOB: execution.carry_out,
    destruction_acts.WATCH_JOB: execution.watch,
    proposals.PROPOSE_JOB: proposals.propose,
    closing_remove.REMOVE_JOB: closing_remove.remove_handed_over,
    closing_remove.RESUME_JOB: closing_remove.resume_handed_over,
    STOP_JOB: send_notice.stop_in_transfers,
    stored.CARRY_OUT_JOB: carry_out.carry_out,
    stored.SETTLE_JOB: stored.settle_one,
    stored.REPLY_JOB: send_reply.reply_anew,
    stored.WATCH_JOB: stored.watch,
    MAKE_JOB: papers_acts.make,
    holds_locks.APPLY_JOB: holds_locks.apply_hold,
    holds_locks.APPLY_ORDER_JOB: holds_locks.apply_order,
    holds_locks.RENEW_JOB: holds_locks.renew_holds,
    reminders.REMIND_JOB: reminders.remind,
    formats_watch.WATCH_JOB: formats_watch.watch_formats,
    CONVERT_JOB: formats_jobs.convert_formats,
    KEEP_JOB: formats_jobs.keep_migrated,
    "rescan-holdings": rescan.rescan_holdings,
    TWINS_JOB: twins_jobs.make_twins,
    SIGN_JOB: copies_jobs.sign_copies,
    copies_jobs.FIND_JOB: copies_jobs.find_unsigned,
    rereading_acts.READ_JOB: rereading_jobs.read_holding,
    rereading_acts.ADOPT_JOB: rereading_jobs.adopt_rereading,
    READ_BATCH_JOB: batches_jobs.read_batch,
    READ_DRAFT_JOB: drafts_reading.read_draft,
    CHECK_DRAFT_JOB: submissions_acts.check_draft,
    mail_job.MAIL_JOB: mail_job.send_mail,
    **oversight_jobs.JOBS,
    **applications_jobs.JOBS,
    drafts_acts.OLD_JOB: drafts_acts.tell_old,
    calling_in_acts.REMIND_JOB: calling_in_acts.remind_submissions,
    signed_papers.SIGN_JOB: signed_papers.sign,
    handover_acts.SIGN_HANDOVER_JOB: handover_acts.sign,
    handover_acts.DUE_JOB: handover_acts.make_due,
    answers_acts.WATCH_JOB: answers_acts.watch,
    reports_acts.DUE_JOB: reports_acts.make_due,
    callbacks_acts.SEND_JOB: callbacks_acts.send,
    DESCRIBE_JOB: many_jobs.describe_many,
    own_fields_acts.REINDEX_JOB: own_fields_acts.reindex,
    network_exchange.EXCHANGE_JOB: network_exchange.exchange_all,
    checkpoint_sending.SEND_JOB: checkpoint_sending.send_checkpoints,
    network_send.SEND_JOB: sending_job.send_transfer,
    transfer_incoming.RECEIVE_JOB: transfer_incoming.receive_delivery,
    transfer_jobs.BUILD_JOB: transfer_jobs.build_asked,
    transfer_jobs.WRITE_JOB: transfer_jobs.write_asked,
    transfer_jobs.RECEIVE_JOB: transfer_jobs.receive_asked,
    what_if_acts.TRY_JOB: what_if_acts.try_schedule,
}
IDLE_S = 0.5  # pause of a worker that found nothing
SCHEDULE_S = 5.0  # how often the schedule is looked at
TELL_S = 1.0  # how often the broker is told what has come due
BROKER_S = 3.0  # how long the ledger is asked before a silent broker is tried again
PAUSE_S = 2.0  # pause after a ledger that did not answer
REST_S = 15.0  # pause of a worker whose machine is unfit: else it takes what others could do
_ELSEWHERE, _ELSEWHERE_MOST = dt.timedelta(seconds=2), 10  # soon tried by another, so many times
_PEOPLE = dt.timedelta(seconds=LONGEST_PAUSE_S)  # they are slower than servers
_SOON_S = 60.0  # retries due within this are waited for by --until-empty


@dataclass(slots=True)
class Tally:
    """What a worker did."""

    done: int = 0
    failed: int = 0
    dead: int = 0
    left: int = 0


def run_one(
    services: Services,
    *,
    job_id: UUID | None = None,
    subject_id: UUID | None = None,
    names: Collection[str] | None = None,
    queues: Collection[str] | None = None,
    silence: CopySilence | None = None,
) -> str | None:
    """Claim one job and do it; ``None`` if none was due.

    A job that this release does not know is left to workers of another, and so are those that
    need a copy while ``silence`` lasts.

    Returns:
        ``done failed retry unfit lost``; ``unfit`` where this machine is to blame.
    """
    known: Collection[str] = JOBS.keys() if names is None else names
    known = known if silence is None else silence.drawable(known)
    lease = services.jobs.claim(job_id=job_id, subject_id=subject_id, names=known, queues=queues)
    if lease is None:
        return None
    subject = None if lease.subject_id is None else str(lease.subject_id)
    with bound(job=lease.job, job_id=str(lease.job_id), case_file_id=subject):
        began = time.perf_counter()
        try:
            outcome = _outcome(lease, services, silence)
        except LeaseLostError:
            outcome = "lost"
        spent_s = round(time.perf_counter() - began, 3)
        logger().info("job", outcome=outcome, attempt=lease.attempts, seconds=spent_s)
        return outcome


def _outcome(lease: Lease, services: Services, silence: CopySilence | None) -> str:
    try:
        with held(lease, jobs=services.jobs), work_errors(services.settings.home):
            JOBS[lease.job](lease, services)
    except LeaseLostError:
        raise
    except BackendError as trouble:
        logger().info("job-delayed", code=trouble.code)
        pause = _ELSEWHERE if trouble.of_machine and lease.outages < _ELSEWHERE_MOST else None
        services.jobs.wait_out(lease, _error_facts(trouble.code, trouble.facts), pause=pause)
        if silence is not None:
            silence.meet(lease.job, trouble)
        return "unfit" if trouble.of_machine else "retry"
    except KEY_TROUBLES as trouble:
        facts = {name: str(fact) for name, fact in trouble.facts.items()}
        logger().error("key-trouble", code=trouble.code, told=facts)
        keys_watch.look_at_own_key(services)
        services.jobs.wait_out(lease, _error_facts(trouble.code, trouble.facts), pause=_PEOPLE)
        return "retry"
    except HomeRulesError as trouble:
        rule_trouble.tell_unreadable(services, trouble)
        services.jobs.wait_out(lease, _error_facts(trouble.code, trouble.facts), pause=_PEOPLE)
        return "retry"
    except StaleWriteError as trouble:
        return _retry(lease, services, trouble.code, trouble.facts)
    except ArchiveError as refusal:
        if isinstance(refusal, IntegrityViolationError):
            logger().error("integrity-alarm", job=lease.job, code=refusal.code, facts=str(refusal))
        logger().info("job-refused", code=refusal.code)
        services.jobs.refuse(lease, _error_facts(refusal.code, refusal.facts))
        return "failed"
    except Exception as bug:  # noqa: BLE001 - a bug in one job must not stop the others
        logger().exception("job-crashed", job=lease.job, subject=str(lease.subject_id))
        # People read this in the list of jobs; what the bug says may quote data.
        return _retry(lease, services, "unexpected-error", {"reason": type(bug).__name__})
    return "done"


def work(
    services: Services,
    *,
    until_empty: bool,
    stopping: threading.Event | None = None,
    queues: Collection[str] | None = None,
) -> Tally:
    """Do jobs, of all queues or of these, until told to stop, or until nothing runs or can run.

    Asks the ledger alone, whether there is a broker or not.

    Jobs of killed workers on this machine are taken up at once; a job that will be tried again
    within a minute is waited for, later ones are counted as ``left``.

    Raises:
        BackendError: with ``until_empty`` the database did not answer; otherwise it is waited for.
    """
    stopping = stopping or threading.Event()
    put_right_at_start(services)
    silence = None if until_empty else CopySilence(services)
    tally = Tally()
    look_at = 0.0
    while not stopping.is_set():
        try:
            if not until_empty and time.monotonic() >= look_at:
                look_at = time.monotonic() + SCHEDULE_S
                _queue_periodic(services)
            outcome = run_one(services, queues=queues, silence=silence)
            if outcome == "unfit" and not until_empty:
                stopping.wait(REST_S)
        except BackendError as trouble:
            if until_empty:
                raise
            _wait_for_ledger(trouble, stopping)
            continue
        if outcome is not None:
            tally.done += outcome == "done"
            tally.failed += outcome == "failed"
        elif not until_empty:
            stopping.wait(IDLE_S)
        elif _more_soon(services, queues):
            stopping.wait(0.05)
        else:
            break
    with services.read_only() as session:
        counts = services.jobs.counts(session)
    tally.dead, tally.left = counts.dead, counts.waiting + counts.running
    return tally


def work_told(services: Services, *, queues: Sequence[str], stopping: threading.Event) -> None:
    """Do the jobs that the broker tells of; while it is silent, those that the ledger holds.

    While no copy answers here the broker is left: what it tells is for machines that reach one.
    """
    put_right_at_start(services)
    silence = CopySilence(services)
    leaving = Leaving(stopping, silence)

    def do(job_id: UUID) -> None:
        try:
            outcome = run_one(services, job_id=job_id, silence=silence)
            if outcome is None:
                _tell_unknown(services, job_id)
            elif outcome == "unfit":
                stopping.wait(REST_S)
        except BackendError as trouble:
            _wait_for_ledger(trouble, stopping)  # the job is told again

    while not stopping.is_set():
        services.broker.consume(queues, do, leaving)
        _ask_ledger(services, queues, stopping, silence)


def tell_on(services: Services, *, stopping: threading.Event) -> None:
    """Tell the broker what is due and run the schedule, until told to stop; one a machine."""
    teller = Teller(services, known=frozenset(JOBS))
    while not stopping.is_set():
        try:
            teller.look()
        except BackendError as trouble:
            _wait_for_ledger(trouble, stopping)
        stopping.wait(TELL_S)


def _ask_ledger(
    services: Services, queues: Sequence[str], stopping: threading.Event, silence: CopySilence
) -> None:
    """Do jobs of the ledger for a while, until the broker is to be tried again."""
    until = time.monotonic() + BROKER_S
    while not stopping.is_set() and (silence.lasts or time.monotonic() < until):
        try:
            outcome = run_one(services, queues=queues, silence=silence)
            if outcome in (None, "unfit"):
                stopping.wait(IDLE_S if outcome is None else REST_S)
        except BackendError as trouble:
            _wait_for_ledger(trouble, stopping)


def _tell_unknown(services: Services, job_id: UUID) -> None:
    """Done or held by another, most often; a name of another release is worth a line."""
    with services.read_only() as session:
        job = session.get(Job, job_id)
    if job is not None and job.name not in JOBS:
        logger().warning("job-unknown", job=job.name, id=str(job_id), release=VERSION)


def _wait_for_ledger(trouble: BackendError, stopping: threading.Event) -> None:
    logger().warning("ledger-silent", code=trouble.code, facts=str(trouble))
    stopping.wait(PAUSE_S)


def _queue_periodic(services: Services) -> None:
    with services.writing() as session:
        queue_due(session, services.jobs)


def _more_soon(services: Services, queues: Collection[str] | None) -> bool:
    jobs = services.jobs
    with services.read_only() as session:
        if jobs.is_running(session, names=JOBS.keys(), queues=queues):
            return True
        due_in_s = jobs.due_in_s(session, names=JOBS.keys(), queues=queues)
        return due_in_s is not None and due_in_s <= _SOON_S


def _retry(lease: Lease, services: Services, code: str, facts: dict[str, object]) -> str:
    services.jobs.retry(lease, _error_facts(code, facts))
    return "retry"


def _error_facts(code: str, facts: dict[str, object]) -> dict[str, object]:
    return {"code": code, "facts": {name: str(value) for name, value in facts.items()}}
