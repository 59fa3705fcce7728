"""The job ledger: leases, fencing tokens, retries; the database is the truth about work."""

import datetime as dt
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import Database, moment_of
from archive_service.db.upsert import insert_of
from archive_service.domain.keeping.job import IS_OPEN, Job, JobState, may_begin
from archive_service.jobs.broker_messages import note
from archive_service.jobs.machine import is_alive, machine_name, worker_name
from archive_service.jobs.port import (
    JobNotFoundError,
    Lease,
    LeaseLostError,
    LedgerCounts,
    RetryPolicy,
)
from archive_service.jobs.queues import queue_of


class JobLedger:
    """Rows of ``job``: added within an act's transaction, claimed by any worker.

    Leases and due times are judged by the database's clock where it is a server: machines whose
    clocks differ would take each other's jobs away.

    What is added is noted in the session, for the broker to be told after the commit.
    """

    def __init__(self, database: Database, policy: RetryPolicy) -> None:
        self._database = database
        self.policy = policy
        self._worker = worker_name()

    def add(
        self,
        session: Session,
        name: str,
        *,
        subject_id: UUID | None = None,
        priority: int = 5,
        run_at: dt.datetime | None = None,
        checkpoint: dict[str, Any] | None = None,
    ) -> None:
        """Want ``name`` done for ``subject_id``; nothing is added while the same waits or runs.

        ``checkpoint``: what the work begins with, where its subject does not tell it.

        The open job is held until this unit ends: whoever finishes it meanwhile sees, when asking
        what is due next, what this unit wrote. So rows come before jobs: who has to hold the
        subject's row takes it before adding, saving or finishing, or two wait for each other.
        """
        open_already = select(Job.id).where(Job.name == name, Job.subject_id == subject_id, IS_OPEN)
        if session.scalar(open_already.limit(1).with_for_update()) is not None:
            return
        now = moment_of(session)
        is_due = run_at is None or run_at <= now
        queue = queue_of(name)
        insert = insert_of(session)
        added = session.scalar(
            insert(Job)
            .values(
                name=name,
                queue=queue,
                subject_id=subject_id,
                priority=priority,
                run_at=run_at or now,
                checkpoint=checkpoint or {},
                created_at=now,
                told_at=now if is_due else None,
            )
            .on_conflict_do_nothing(index_elements=["name", "subject_id"], index_where=IS_OPEN)
            .returning(Job.id)
        )
        if added is not None and is_due:
            note(session, added, queue)

    def add_each(self, session: Session, name: str, subject_ids: Collection[UUID]) -> None:
        """``add`` for each of them, due at once: those that are new with one statement."""
        if not subject_ids:
            return
        now, queue = moment_of(session), queue_of(name)
        facts = {"name": name, "queue": queue, "run_at": now, "created_at": now, "told_at": now}
        insert = insert_of(session)
        new = (
            insert(Job)
            .on_conflict_do_nothing(index_elements=["name", "subject_id"], index_where=IS_OPEN)
            .returning(Job.subject_id, Job.id)
        )
        rows = [facts | {"subject_id": identifier} for identifier in dict.fromkeys(subject_ids)]
        added = {row.subject_id: row.id for row in session.execute(new, rows)}
        for job_id in added.values():
            note(session, job_id, queue)
        for identifier in subject_ids:
            if identifier not in added:
                self.add(session, name, subject_id=identifier)

    def claim(
        self,
        *,
        job_id: UUID | None = None,
        subject_id: UUID | None = None,
        names: Collection[str] | None = None,
        queues: Collection[str] | None = None,
    ) -> Lease | None:
        """Lease the most urgent job that is due, or whose lease ran out; ``None`` if none is.

        What is given narrows the choice, ``job_id`` to one job.
        A job whose worker died in every try it had is put to the dead, not tried for ever.
        """
        wanted = _narrowed(names, queues)
        if job_id is not None:
            wanted.append(Job.id == job_id)
        if subject_id is not None:
            wanted.append(Job.subject_id == subject_id)
        with self._database.writing() as session:
            return self._claim(session, wanted)

    def claim_more(self, name: str, *, most: int) -> list[Lease]:
        """Lease further jobs of this name at once that are due and were never tried before.

        What failed once is tried alone, so that one bad job does not keep the others from work.
        """
        fresh = [Job.name == name, Job.attempts == 0]
        with self._database.writing() as session:
            leases: list[Lease] = []
            while len(leases) < most and (lease := self._claim(session, fresh)) is not None:
                leases.append(lease)
        return leases

    def give_back(self, leases: Collection[Lease], *, tried: bool) -> None:
        """Whoever comes next may have them, but for those that were lost meanwhile.

        ``tried``: it may be one of them that failed; where a backend was away it counts as no try.
        """
        if not leases:
            return
        with self._database.writing() as session:
            waiting: dict[str, Any] = {
                "state": JobState.WAITING,
                "run_at": moment_of(session),
                "lease_until": None,
                "told_at": None,
                "attempts": Job.attempts - (not tried),
            }
            for lease in leases:
                with suppress(LeaseLostError):
                    self._change(session, lease, waiting)

    def begin(self, session: Session, name: str, *, subject_id: UUID) -> Lease | None:
        """Add ``name`` and hold it at once, before a worker sees it; ``None``: another has it."""
        self.add(session, name, subject_id=subject_id)
        return self._claim(session, [Job.name == name, Job.subject_id == subject_id])

    def _claim(self, session: Session, wanted: list[ColumnElement[bool]]) -> Lease | None:
        while (job := self._next_due(session, wanted)) is not None:
            if job.state is JobState.RUNNING and job.attempts >= self.policy.max_attempts:
                job.state, job.finished_at = JobState.DEAD, moment_of(session)
                job.error = {"code": "worker-died", "facts": {"attempts": job.attempts}}
                session.flush()
                continue
            break
        if job is None:
            return None
        job.state = JobState.RUNNING
        job.attempts += 1
        job.fencing_token += 1
        job.worker = self._worker
        job.lease_until = self._lease_end(session)
        return Lease(
            job.id,
            job.name,
            job.subject_id,
            job.fencing_token,
            job.attempts,
            job.outages,
            job.checkpoint,
        )

    def _next_due(self, session: Session, wanted: list[ColumnElement[bool]]) -> Job | None:
        now = moment_of(session)
        due = select(Job).where(
            IS_OPEN,
            or_(
                may_begin(now),
                (Job.state == JobState.RUNNING) & (Job.lease_until < now),
            ),
            *wanted,
        )
        due = due.order_by(Job.priority, Job.run_at).limit(1)
        return session.scalar(due.with_for_update(skip_locked=True))

    def reclaim_dead(self) -> int:
        """Make the jobs of killed workers of this machine claimable at once; returns how many."""
        here = f"{machine_name()}:"
        with self._database.unit_of_work() as uow:
            held = uow.session.scalars(
                select(Job)
                .where(IS_OPEN, Job.state == JobState.RUNNING, Job.worker.startswith(here))
                .with_for_update(skip_locked=True)
            )
            dead = [job for job in held if not is_alive(job.worker or "")]
            for job in dead:
                job.lease_until = moment_of(uow.session) - dt.timedelta(seconds=1)
                job.told_at = None
            uow.commit()
            return len(dead)

    def heartbeat(self, lease: Lease, *, progress: float | None = None) -> None:
        """Hold on for another lease; ``LeaseLostError`` if another worker has it."""
        values: dict[str, Any] = {} if progress is None else {"progress": progress}
        with self._database.writing() as session:
            values["lease_until"] = self._lease_end(session)
            self._change(session, lease, values)

    def save_checkpoint(self, session: Session, lease: Lease, checkpoint: dict[str, Any]) -> None:
        """Note how far the work has come, in the transaction that holds its effects."""
        self._change(session, lease, {"checkpoint": checkpoint})

    def finish(self, session: Session, lease: Lease) -> None:
        """The job is done, in the transaction that holds its effects; names the token."""
        self._change(
            session,
            lease,
            {
                "state": JobState.DONE,
                "progress": 1.0,
                "finished_at": moment_of(session),
                "lease_until": None,
                "error": {},
            },
        )

    def retry(self, lease: Lease, error: dict[str, Any]) -> None:
        """Try again later, backing off; after too many tries the job is dead."""
        if lease.attempts >= self.policy.max_attempts:
            self._close(lease, {"state": JobState.DEAD, "error": error})
        else:
            self._wait(lease, error, {}, self.policy.pause_after(lease.attempts))

    def wait_out(
        self, lease: Lease, error: dict[str, Any], *, pause: dt.timedelta | None = None
    ) -> None:
        """A backend did not answer: try again after ``pause``, or backing off, until it does."""
        pause = pause or self.policy.pause_after(lease.outages + 1)
        values = {"outages": Job.outages + 1, "attempts": Job.attempts - 1}
        self._wait(lease, error, values, pause)

    def _wait(
        self, lease: Lease, error: dict[str, Any], values: dict[str, Any], pause: dt.timedelta
    ) -> None:
        with self._database.writing() as session:
            run_at = moment_of(session) + pause
            waiting = {"state": JobState.WAITING, "run_at": run_at, "lease_until": None}
            untold = {"told_at": None}  # the broker hears of it when it is due
            self._change(session, lease, waiting | untold | values | {"error": error})

    def refuse(self, lease: Lease, error: dict[str, Any]) -> None:
        """The job cannot be done as things stand, and trying again would not help."""
        self._close(lease, {"state": JobState.FAILED, "error": error})

    def leave_to_person(self, session: Session, lease: Lease, error: dict[str, Any]) -> None:
        """The job was finished in this transaction, but a part was refused: failed, to be seen."""
        job = session.get_one(Job, lease.job_id, populate_existing=True)
        job.state, job.error = JobState.FAILED, error

    def revive(self, session: Session, job_id: UUID) -> Job:
        """Give a failed or dead job a new life; a job that is open stays as it is.

        Raises:
            JobNotFoundError: no job bears this id.
        """
        job = session.get(Job, job_id, with_for_update=True)
        if job is None:
            raise JobNotFoundError(id=job_id)
        if job.state in (JobState.FAILED, JobState.DEAD):
            job.state, job.attempts, job.outages = JobState.WAITING, 0, 0
            job.run_at = job.told_at = moment_of(session)
            job.finished_at = None
            note(session, job.id, job.queue)
        return job

    def counts(self, session: Session) -> LedgerCounts:
        """How many jobs are in each state, and how soon the next one is due."""
        rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
        found = {row[0]: row[1] for row in rows}
        return LedgerCounts(
            **{state.value: found.get(state, 0) for state in JobState},
            due_in_s=self.due_in_s(session),
        )

    def due_in_s(
        self,
        session: Session,
        *,
        names: Collection[str] | None = None,
        queues: Collection[str] | None = None,
    ) -> float | None:
        """Seconds until the next open job is due or its lease ends; ``None`` where none is."""
        now = moment_of(session)
        begins = case((may_begin(now), literal(now, Job.run_at.type)), else_=Job.run_at)
        soonest = func.min(func.coalesce(Job.lease_until, begins))
        next_at = session.scalar(select(soonest).where(IS_OPEN, *_narrowed(names, queues)))
        if next_at is None:
            return None
        return (clock.of_database(next_at) - now).total_seconds()

    def is_running(
        self,
        session: Session,
        *,
        names: Collection[str] | None = None,
        queues: Collection[str] | None = None,
    ) -> bool:
        """Whether any worker holds a job."""
        running = select(Job.id).where(
            IS_OPEN, Job.state == JobState.RUNNING, *_narrowed(names, queues)
        )
        return session.scalar(running.limit(1)) is not None

    def _close(self, lease: Lease, values: dict[str, Any]) -> None:
        with self._database.writing() as session:
            closed = {"finished_at": moment_of(session), "lease_until": None}
            self._change(session, lease, closed | values)

    def _lease_end(self, session: Session) -> dt.datetime:
        return moment_of(session) + dt.timedelta(seconds=self.policy.lease_s)

    def _change(self, session: Session, lease: Lease, values: dict[str, Any]) -> None:
        held = session.scalar(
            update(Job)
            .where(
                Job.id == lease.job_id,
                Job.fencing_token == lease.token,
                Job.state == JobState.RUNNING,
            )
            .values(**values)
            .returning(Job.id)
        )
        if held is None:
            raise LeaseLostError(job=lease.job, id=lease.job_id)


def _narrowed(
    names: Collection[str] | None, queues: Collection[str] | None
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if names is not None:
        wanted.append(Job.name.in_(list(names)))
    if queues is not None:
        wanted.append(Job.queue.in_(list(queues)))
    return wanted
