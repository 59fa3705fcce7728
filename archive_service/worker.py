"""JOBS: name → function; and the loop that claims, does and closes them."""

import datetime as dt
import signal
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from archive_service.bootstrap import VERSION, Services
from archive_service.db.unit_of_work import StaleWriteError
from archive_service.domain.delivery import SETTLE_JOB, TAKE_JOB
from archive_service.domain.job import Job
from archive_service.errors import ArchiveError, BackendError, IntegrityViolationError
from archive_service.jobs.beat import held
from archive_service.jobs.port import LONGEST_PAUSE_S, Lease, LeaseLostError
from archive_service.jobs.schedule import queue_due
from archive_service.log import bound, logger
from archive_service.signing.port import KEY_TROUBLES
from archive_service.storage.work_folder import work_errors
from archive_service.transfer.notices import STOP_JOB
from archive_service.workflow import (
    answers,
    backup_calendar,
    batches,
    callbacks,
    calling_in,
    case_file,
    collection_papers,
    copy_signing,
    copy_watch,
    deliveries,
    delivery_receipts,
    destruction,
    disposition_execution,
    disposition_papers,
    disposition_sweep,
    draft_reading,
    drafts,
    edxml_answers,
    fixity_calendar,
    fixity_repair,
    fixity_reports,
    format_conversion,
    format_watch,
    handovers,
    hold_locks,
    hold_reminders,
    home_rules,
    index_watch,
    intake,
    joining,
    keeping,
    keys,
    locks,
    mail,
    malware,
    many_jobs,
    own_fields,
    reports,
    rereading_jobs,
    rereadings,
    transfer_carried_out,
    transfer_desk,
    transfer_exchange,
    transfer_incoming,
    transfer_network,
    transfer_notice,
    transfer_proposals,
    transfer_remove,
    transfer_reply,
    transfer_sending,
    transfer_stored,
    twins,
    uploads,
    what_if,
)
from archive_service.workflow.copies import CATCH_UP_JOB
from archive_service.workflow.copies_to_sign import SIGN_JOB
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.destruction_rows import DESTROY_JOB
from archive_service.workflow.fixity_calendar import READ_JOB
from archive_service.workflow.fixity_repair import HEAL_JOB
from archive_service.workflow.fixity_reports import REPORT_JOB
from archive_service.workflow.format_migration import CONVERT_JOB, KEEP_JOB
from archive_service.workflow.jobs import TWINS_JOB
from archive_service.workflow.many_at_once import DESCRIBE_JOB
from archive_service.workflow.telling import Teller
from digitize.batches.receive import READ_JOB as READ_BATCH_JOB
from ingest.checks.rules import HomeRulesError
from ingest.draft_files import READ_JOB as READ_DRAFT_JOB
from ingest.receive import CHECK_JOB
from search.port import SearchIndexDamagedError, SearchUnavailableError

JOBS: dict[str, Callable[[Lease, Services], None]] = {
    CHECK_JOB: intake.check,
    TAKE_JOB: deliveries.take_delivery,
    SETTLE_JOB: delivery_receipts.settle,
    delivery_receipts.WATCH_JOB: delivery_receipts.watch,
    **dict.fromkeys(case_file.STEPS, case_file.advance),
    "write-out-evidence": keeping.write_out,
    "sweep-staging": keeping.sweep_staging,
    "sweep-uploads": uploads.sweep_uploads,
    edxml_answers.ANSWER_JOB: edxml_answers.answer_packets,
    "watch-index": index_watch.watch_index,
    "watch-copies": copy_watch.watch_copies,
    CATCH_UP_JOB: joining.catch_up,
    "check-fixity": keeping.check_fixity,
    READ_JOB: fixity_calendar.read_copies,
    HEAL_JOB: fixity_repair.heal_copies,
    REPORT_JOB: fixity_reports.report_fixity,
    "watch-keys": keys.watch_keys,
    "check-case-file": keeping.check_one,
    "backup-due": backup_calendar.backup_due,
    "drill-due": backup_calendar.drill_due,
    "renew-locks": locks.renew_locks,
    DESTROY_JOB: destruction.destroy_case_file,
    destruction.RESUME_JOB: destruction.resume_destruction,
    disposition_sweep.SWEEP_JOB: disposition_sweep.propose_due,
    disposition_execution.CARRY_OUT_JOB: disposition_execution.carry_out,
    destruction.WATCH_JOB: disposition_execution.watch,
    transfer_proposals.PROPOSE_JOB: transfer_proposals.propose,
    transfer_remove.REMOVE_JOB: transfer_remove.remove_handed_over,
    transfer_remove.RESUME_JOB: transfer_remove.resume_handed_over,
    STOP_JOB: transfer_notice.stop_in_transfers,
    transfer_stored.CARRY_OUT_JOB: transfer_carried_out.carry_out,
    transfer_stored.SETTLE_JOB: transfer_stored.settle_one,
    transfer_stored.REPLY_JOB: transfer_reply.reply_anew,
    transfer_stored.WATCH_JOB: transfer_stored.watch,
    disposition_papers.MAKE_JOB: disposition_papers.make,
    hold_locks.APPLY_JOB: hold_locks.apply_hold,
    hold_locks.APPLY_ORDER_JOB: hold_locks.apply_order,
    hold_locks.RENEW_JOB: hold_locks.renew_holds,
    hold_reminders.REMIND_JOB: hold_reminders.remind,
    format_watch.WATCH_JOB: format_watch.watch_formats,
    CONVERT_JOB: format_conversion.convert_formats,
    KEEP_JOB: format_conversion.keep_migrated,
    "rescan-holdings": malware.rescan_holdings,
    TWINS_JOB: twins.make_twins,
    SIGN_JOB: copy_signing.sign_copies,
    copy_signing.FIND_JOB: copy_signing.find_unsigned,
    rereadings.READ_JOB: rereading_jobs.read_holding,
    rereadings.ADOPT_JOB: rereading_jobs.adopt_rereading,
    READ_BATCH_JOB: batches.read_batch,
    READ_DRAFT_JOB: draft_reading.read_draft,
    mail.MAIL_JOB: mail.send_mail,
    drafts.OLD_JOB: drafts.tell_old,
    calling_in.REMIND_JOB: calling_in.remind_submissions,
    collection_papers.SIGN_JOB: collection_papers.sign,
    handovers.SIGN_HANDOVER_JOB: handovers.sign,
    handovers.DUE_JOB: handovers.make_due,
    answers.WATCH_JOB: answers.watch,
    reports.DUE_JOB: reports.make_due,
    callbacks.SEND_JOB: callbacks.send,
    DESCRIBE_JOB: many_jobs.describe_many,
    own_fields.REINDEX_JOB: own_fields.reindex,
    transfer_exchange.EXCHANGE_JOB: transfer_exchange.exchange_all,
    transfer_network.SEND_JOB: transfer_sending.send_transfer,
    transfer_incoming.RECEIVE_JOB: transfer_incoming.receive_delivery,
    transfer_desk.BUILD_JOB: transfer_desk.build_asked,
    transfer_desk.WRITE_JOB: transfer_desk.write_asked,
    transfer_desk.RECEIVE_JOB: transfer_desk.receive_asked,
    what_if.TRY_JOB: what_if.try_schedule,
}
IDLE_S = 0.5  # pause of a worker that found nothing
SCHEDULE_S = 5.0  # how often the schedule is looked at
TELL_S = 1.0  # how often the broker is told what has come due
BROKER_S = 3.0  # how long the ledger is asked before a silent broker is tried again
PAUSE_S = 2.0  # pause after a ledger that did not answer
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
) -> str | None:
    """Claim one job and do it; returns ``done failed retry lost``, or ``None`` if none was due.

    A job that this release does not know is left to workers of another.
    """
    known = JOBS.keys() if names is None else names
    lease = services.jobs.claim(job_id=job_id, subject_id=subject_id, names=known, queues=queues)
    if lease is None:
        return None
    subject = None if lease.subject_id is None else str(lease.subject_id)
    with bound(job=lease.job, job_id=str(lease.job_id), case_file_id=subject):
        began = time.perf_counter()
        try:
            outcome = _outcome(lease, services)
        except LeaseLostError:
            outcome = "lost"
        spent_s = round(time.perf_counter() - began, 3)
        logger().info("job", outcome=outcome, attempt=lease.attempts, seconds=spent_s)
        return outcome


def _outcome(lease: Lease, services: Services) -> str:
    try:
        with held(lease, jobs=services.jobs), work_errors(services.settings.home):
            JOBS[lease.job](lease, services)
    except LeaseLostError:
        raise
    except BackendError as trouble:
        logger().info("job-delayed", code=trouble.code)
        services.jobs.wait_out(lease, _told(trouble.code, trouble.facts))
        return "retry"
    except KEY_TROUBLES as trouble:
        logger().error("key-trouble", code=trouble.code, facts=str(trouble))
        keys.look_at_own_key(services)
        pause = dt.timedelta(seconds=LONGEST_PAUSE_S)  # people are slower than servers
        services.jobs.wait_out(lease, _told(trouble.code, trouble.facts), pause=pause)
        return "retry"
    except HomeRulesError as trouble:
        home_rules.tell_unreadable(services, trouble)
        pause = dt.timedelta(seconds=LONGEST_PAUSE_S)
        services.jobs.wait_out(lease, _told(trouble.code, trouble.facts), pause=pause)
        return "retry"
    except StaleWriteError as trouble:
        return _retry(lease, services, trouble.code, trouble.facts)
    except ArchiveError as refusal:
        if isinstance(refusal, IntegrityViolationError):
            logger().error("integrity-alarm", job=lease.job, code=refusal.code, facts=str(refusal))
        logger().info("job-refused", code=refusal.code)
        services.jobs.refuse(lease, _told(refusal.code, refusal.facts))
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
    _begin(services)
    tally = Tally()
    look_at = 0.0
    while not stopping.is_set():
        try:
            if not until_empty and time.monotonic() >= look_at:
                look_at = time.monotonic() + SCHEDULE_S
                _queue_periodic(services)
            outcome = run_one(services, queues=queues)
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
    """Do the jobs that the broker tells of; while it is silent, those that the ledger holds."""
    _begin(services)

    def do(job_id: UUID) -> None:
        try:
            if run_one(services, job_id=job_id) is None:
                _tell_unknown(services, job_id)
        except BackendError as trouble:
            _wait_for_ledger(trouble, stopping)  # the job is told again

    while not stopping.is_set():
        services.broker.consume(queues, do, stopping)
        _ask_ledger(services, queues, stopping)


def tell_on(services: Services, *, stopping: threading.Event) -> None:
    """Tell the broker what is due and run the schedule, until told to stop; one a machine."""
    teller = Teller(services, known=frozenset(JOBS))
    while not stopping.is_set():
        try:
            teller.look()
        except BackendError as trouble:
            _wait_for_ledger(trouble, stopping)
        stopping.wait(TELL_S)


def _ask_ledger(services: Services, queues: Sequence[str], stopping: threading.Event) -> None:
    """Do jobs of the ledger for a while, until the broker is to be tried again."""
    until = time.monotonic() + BROKER_S
    while not stopping.is_set() and time.monotonic() < until:
        try:
            if run_one(services, queues=queues) is None:
                stopping.wait(IDLE_S)
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


def _begin(services: Services) -> None:
    """What a worker puts right before its first job."""
    services.jobs.reclaim_dead()
    keeping.sweep_work_folder(services)
    with suppress(StaleWriteError):  # many begin at once; one of them has done it
        write_out_evidence(services)  # what a killed worker had committed and not yet sent out
    with suppress(StaleWriteError):
        _adopt_index(services)


def _adopt_index(services: Services) -> None:
    """An index that does not answer keeps no worker from its other jobs."""
    try:
        index_watch.adopt_index(services)
    except (SearchUnavailableError, SearchIndexDamagedError) as trouble:
        logger().warning("search-index-silent", code=trouble.code, facts=str(trouble))


def _queue_periodic(services: Services) -> None:
    with services.unit_of_work() as uow:
        queue_due(uow.session, services.jobs)
        uow.commit()


def stop_on_signals() -> threading.Event:
    """An event set by SIGTERM or SIGINT: the job in hand is finished first."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def _more_soon(services: Services, queues: Collection[str] | None) -> bool:
    jobs = services.jobs
    with services.read_only() as session:
        if jobs.is_running(session, names=JOBS.keys(), queues=queues):
            return True
        due_in_s = jobs.due_in_s(session, names=JOBS.keys(), queues=queues)
        return due_in_s is not None and due_in_s <= _SOON_S


def _retry(lease: Lease, services: Services, code: str, facts: dict[str, object]) -> str:
    services.jobs.retry(lease, _told(code, facts))
    return "retry"


def _told(code: str, facts: dict[str, object]) -> dict[str, object]:
    return {"code": code, "facts": {name: str(value) for name, value in facts.items()}}
