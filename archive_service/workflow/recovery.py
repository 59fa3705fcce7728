"""Rebuild: database and index are disposable; from one copy alone the archive comes back."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, make_transient

from archive_service import clock
from archive_service.audit import last_number, record_event
from archive_service.bootstrap import Services
from archive_service.catalogue.agencies import restore_agencies
from archive_service.db.migrate import drop_all, is_set_up, upgrade
from archive_service.domain.account import AccessToken, Account, Actor
from archive_service.domain.act import Act
from archive_service.domain.audit_event import AuditEvent
from archive_service.domain.case_file import CaseFile, CopyState
from archive_service.domain.enrolled_copy import EnrolledCopy
from archive_service.domain.job import FormNumber
from archive_service.domain.submission import Submission, SubmissionState
from archive_service.errors import BackendError, ConflictError
from archive_service.forms.numbers import parse_number
from archive_service.jobs.schedule import set_schedule
from archive_service.recovery.packages import RestoredCase, iter_cases
from archive_service.recovery.trail import iter_segments
from archive_service.storage.acts import iter_acts
from archive_service.storage.copies import identify
from archive_service.storage.port import ObjectStore
from archive_service.workflow import fixity
from archive_service.workflow.case_file import queue_due
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.setup import PERIODS
from archive_service.workflow.steps import index
from ingest.file_plan.plans import plan_from_document
from ingest.receipt import FORM

_BATCH = 100  # case files committed together
_IN_THE_COPIES = (SubmissionState.ACCEPTED, SubmissionState.STORED)


class WorkUnfinishedError(ConflictError):
    """Case files are accepted and not yet in every copy: dropping the database would lose them."""

    code = "work-unfinished"


def rebuild(
    services: Services,
    *,
    actor: Actor,
    copy: str | None = None,
    progress: Callable[[str], None] = lambda _code: None,
) -> dict[str, Any]:
    """Drop database and index, restore both from one copy; ``{cases, documents, events, seconds}``.

    Where the old database can still be read, accounts, tokens and open submissions are carried
    over: no copy holds them.

    Raises:
        WorkUnfinishedError: finish the work first.
        CopyNameError, BackendError: the copy is not known, or none answers.
        TrailBrokenError, CatalogueMissingError: the copy's evidence does not fit; take another.
    """
    started = time.perf_counter()
    chosen = _answering(services, copy)
    others = [store for store in services.copies if store is not chosen]
    carried = _carried_over(services)
    drop_all(services.database.engine)
    upgrade(services.database.engine)
    services.index.clear()
    with _restoring(services) as session:
        _restore_acts(session, chosen)
        for row in carried:
            session.merge(row)
        set_schedule(session, PERIODS)
        _enrol_again(session, services)
    cases, documents = _restore_cases(services, iter_cases(chosen, others), progress)
    with _restoring(services) as session:
        for segment, events in iter_segments(chosen):
            session.add(segment)
            session.add_all(events)
            for event in events:
                _replay(session, event)
            session.flush()
        count = last_number(session)
    _index_again(services, progress)
    with services.unit_of_work() as uow:
        for row in uow.session.scalars(select(CaseFile)):
            queue_due(uow.session, row, services)
        told = {"copy": chosen.name, "cases": cases, "documents": documents}
        record_event(uow.session, "archive:rebuilt", subject_id=chosen.name, actor=actor, data=told)
        uow.commit()
    write_out_evidence(services)
    return {
        "cases": cases,
        "documents": documents,
        "events": count,
        "seconds": round(time.perf_counter() - started, 3),
    }


def _answering(services: Services, name: str | None) -> ObjectStore:
    """The copy of this name, or the first that answers."""
    trouble: BackendError | None = None
    for copy in fixity.choose_copies(services, name):
        try:
            identify(copy)
        except BackendError as silent:
            trouble = silent
        else:
            return copy
    if trouble is None:
        raise fixity.CopyNameError(name=name, known=[])
    raise trouble


def _carried_over(services: Services) -> list[Any]:
    """Rows that no copy holds, detached from the old database; none where there is none."""
    if not is_set_up(services.database.engine):
        return []
    with services.read_only() as session:
        unfinished = session.scalar(
            select(CaseFile.code).where(CaseFile.version_wanted > CaseFile.version_stored).limit(1)
        )
        if unfinished is not None:
            raise WorkUnfinishedError(code=unfinished)
        rows: list[Any] = [
            *session.scalars(select(Account)),
            *session.scalars(select(AccessToken)),
        ]
        for submission in session.scalars(
            select(Submission).where(Submission.state.not_in(_IN_THE_COPIES))
        ):
            rows += [submission, *submission.files, *submission.findings]
        session.expunge_all()
    for row in rows:
        make_transient(row)
    return rows


@contextmanager
def _restoring(services: Services) -> Iterator[Session]:
    """A unit of work that writes what the copy says, and no event of its own."""
    with services.unit_of_work() as uow:
        yield uow.session
        uow.commit()


def _restore_acts(session: Session, copy: ObjectStore) -> None:
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for act in iter_acts(copy):
        said = act.document
        companion = next(iter(said.get("companions", [])), None)
        session.add(
            Act(
                id=UUID(said["id"]),
                kind=said["kind"],
                subject_id=said["subject_id"],
                at=clock.parse_iso(said["at"]),
                document=said["body"],
                companion_sha256=companion and companion["sha256"],
                companion_suffix=companion["name"].rpartition(".")[2] if companion else "",
                written=True,
            )
        )
        key = (said["kind"], said["subject_id"])
        if key not in newest or newest[key]["at"] <= said["at"]:
            newest[key] = said
    bodies = [(kind, said["body"]) for (kind, _), said in newest.items()]
    restore_agencies(session, [body for kind, body in bodies if kind == "agency"])
    session.flush()
    for kind, body in bodies:
        if kind == "file-plan":
            session.add(plan_from_document(body))
    _restore_numbers(session, [body for kind, body in bodies if kind == "receipt"])
    session.flush()


def _restore_numbers(session: Session, receipts: list[dict[str, Any]]) -> None:
    """The counter of receipts goes on where it stood."""
    last: dict[int, int] = {}
    for receipt in receipts:
        year = clock.local(clock.parse_iso(receipt["issued_at"])).year
        last[year] = max(last.get(year, 0), parse_number(receipt["number"]).number)
    for year, number in last.items():
        session.add(FormNumber(form=FORM, year=year, last=number))


def _enrol_again(session: Session, services: Services) -> None:
    for copy in services.copies:
        try:
            identity = identify(copy)
        except BackendError:
            continue  # enrolled again by init, once it answers
        session.add(
            EnrolledCopy(
                name=copy.name,
                identity=identity.id,
                enrolled_at=clock.parse_iso(identity.enrolled_at),
            )
        )


def _restore_cases(
    services: Services, cases: Iterator[RestoredCase], progress: Callable[[str], None]
) -> tuple[int, int]:
    count = documents = 0
    batch: list[RestoredCase] = []
    for restored in cases:
        batch.append(restored)
        count += 1
        documents += len(restored.case_file.documents)
        progress(restored.case_file.code)
        if len(batch) == _BATCH:
            _write(services, batch)
            batch = []
    _write(services, batch)
    return count, documents


def _write(services: Services, batch: list[RestoredCase]) -> None:
    with _restoring(services) as session:
        for restored in batch:
            session.add(restored.submission)
            session.add(restored.case_file)


def _replay(session: Session, event: AuditEvent) -> None:
    """What an event says of where the work stands; everything else is in the packages."""
    replay = _REPLAYS.get(event.tag)
    if replay is not None:
        replay(session, event)


def _subject(event: AuditEvent) -> UUID:
    return UUID(event.subject_id or "")


def _replay_built(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    for version in case_file.versions if case_file else ():
        if version.number == event.data["version"]:
            version.size_bytes = event.data["size_bytes"]
            version.built_by = event.data["built_by"]


def _replay_stored(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    if case_file is None:
        return
    known = {state.copy: state for state in case_file.copies}
    for name, verified_at in event.data["copies"].items():
        state = known.get(name)
        if state is None:
            state = CopyState(copy=name)
            case_file.copies.append(state)
        state.version, state.state = event.data["version"], "verified"
        state.verified_at = clock.parse_iso(verified_at)


def _replay_receipt(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    submission = session.get(Submission, _subject(event))
    if case_file is None or submission is None:
        return
    case_file.receipt_number = event.data["number"]
    case_file.receipt_sha256 = event.data["sha256"]
    case_file.receipt_issued_at = clock.parse_iso(event.data["issued_at"])
    submission.state = SubmissionState.STORED


def _replay_checked(session: Session, event: AuditEvent) -> None:
    session.flush()
    fixity.mark_verified(
        session, event.data["proved"], at=clock.parse_iso(event.data["started_at"])
    )
    fixity.mark_damaged(session, event.data["damaged_objects"])
    session.expire_all()


def _replay_repaired(session: Session, event: AuditEvent) -> None:
    session.flush()
    at = clock.parse_iso(event.data["at"])
    fixity.mark_healed(session, event.data["repaired_objects"], at=at)
    session.expire_all()


_REPLAYS: dict[str, Callable[[Session, AuditEvent], None]] = {
    "version:built": _replay_built,
    "case-file:stored": _replay_stored,
    "submission:stored": _replay_receipt,
    "fixity:checked": _replay_checked,
    "fixity:repaired": _replay_repaired,
}


def _index_again(services: Services, progress: Callable[[str], None]) -> None:
    with services.read_only() as session:
        ids = list(session.scalars(select(CaseFile.id).where(CaseFile.version_stored > 0)))
    for case_file_id in ids:
        with services.read_only() as session:
            row = session.get_one(CaseFile, case_file_id)
            effect = index(row, services, None)
            progress(row.code)
        with services.unit_of_work() as uow:
            effect(uow.session, uow.session.get_one(CaseFile, case_file_id))
            uow.commit()
