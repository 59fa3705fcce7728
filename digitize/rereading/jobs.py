"""The jobs of reading again: case file by case file, after all other work, in slices.

Each document's row is committed when it is read, and each case file's when it is adopted: whoever
was killed goes on there.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import display_names
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import WITH_FILES, whole_case_file
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.digitization.rereading import (
    Rereading,
    RereadingItem,
    RereadingItemState,
    RereadingState,
)
from archive_service.domain.people.account import WORKER, Account, Actor, Role
from archive_service.errors import ArchiveError, InputError
from archive_service.jobs.due import queue_due
from archive_service.jobs.port import Lease
from archive_service.keeping.formats.jobs import CaseFileBusyError
from archive_service.keeping.malware.quarantine import close_secret
from archive_service.packaging.copy_facts import Keepers
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.held import CaseFileHeldError, require_free
from digitize.documents.case_file import Desk, MadeFile, rows_of
from digitize.ocr.engine import TesseractEngine
from digitize.page_one.secrecy import SecrecyMarkFoundError
from digitize.rereading.acts import PRIORITY, readable_again
from digitize.rereading.read_again import (
    ReadAgain,
    files_read_again,
    read_again,
    text_to_read_again,
)
from digitize.twins.jobs import require_at_rest

SLICE_S = 240.0  # then another job has its turn
_ROW = {"key_share": True}


def read_holding(lease: Lease, services: Services) -> None:
    """Read what a proposal asks for; it is ready when all of it was read."""
    row = _proposal(services, lease)
    ends_at = time.monotonic() + SLICE_S
    if row.state is RereadingState.READING:
        with _engine(services, row.model) as engine:
            _begin(services, lease, row.id, engine.software)
            while (case_file := _next_to_read(services, row)) is not None:
                _read_case_file(services, lease, row.id, case_file, engine)
                row = _proposal(services, lease)
                if row.state is not RereadingState.READING:
                    break  # it was dropped
                if time.monotonic() > ends_at:
                    _go_on_later(services, lease)
                    return
    with services.writing() as session:
        services.jobs.finish(session, lease)
        found = session.get_one(Rereading, row.id, with_for_update=True)
        if found.state is RereadingState.READING:
            changed = session.scalar(select(func.count()).where(*_changed(found.id))) or 0
            found.state = RereadingState.READY if changed else RereadingState.SAME
            found.ready_at = clock.now()
            record_event(
                session,
                "rereading:ready",
                subject_id=found.id,
                actor=WORKER,
                data={"changed": changed},
            )


def adopt_rereading(lease: Lease, services: Services) -> None:
    """Put the new texts of an adopted proposal into their case files; a version each.

    Raises:
        CaseFileBusyError: only such are left as have a version under way; it is tried again.
    """
    row = _proposal(services, lease)
    ends_at = time.monotonic() + SLICE_S
    busy: set[UUID] = set()
    trouble: CaseFileBusyError | None = None
    with _engine(services, row.model) as engine:
        while (case_file_id := _next_to_adopt(services, row.id, but=busy)) is not None:
            try:
                _adopt_case_file(services, lease, row.id, case_file_id, engine)
            except CaseFileBusyError as not_now:
                busy.add(case_file_id)
                trouble = not_now
            if time.monotonic() > ends_at:
                _go_on_later(services, lease)
                return
    if trouble is not None:
        raise trouble
    with services.writing() as session:
        services.jobs.finish(session, lease)
        found = session.get_one(Rereading, row.id, with_for_update=True)
        found.state = RereadingState.ADOPTED


def _proposal(services: Services, lease: Lease) -> Rereading:
    with services.read_only() as session:
        return session.get_one(Rereading, lease.subject_id)


@contextmanager
def _engine(services: Services, model: str) -> Iterator[TesseractEngine]:
    """The one at work, or another that ends with the job."""
    if model == services.settings.digitize.model:
        yield services.ocr
        return
    with services.open_ocr(model) as engine:
        yield engine


def _begin(services: Services, lease: Lease, rereading_id: UUID, software: str) -> None:
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {})  # fences us off
        session.get_one(Rereading, rereading_id, with_for_update=True).software = software


def _go_on_later(services: Services, lease: Lease) -> None:
    with services.writing() as session:
        services.jobs.finish(session, lease)
        session.flush()
        services.jobs.add(session, lease.job, subject_id=lease.subject_id, priority=PRIORITY)


def _next_to_read(services: Services, row: Rereading) -> CaseFile | None:
    following = (
        select(CaseFile.id)
        .where(*readable_again(row.codes), CaseFile.code > row.read_through)
        .order_by(CaseFile.code)
        .limit(1)
    )
    with services.read_only() as session:
        found = session.scalar(following)
        return None if found is None else whole_case_file(session, found)


def _read_case_file(
    services: Services,
    lease: Lease,
    rereading_id: UUID,
    case_file: CaseFile,
    engine: TesseractEngine,
) -> None:
    desk = _desk(services, case_file)
    with services.read_only() as session:
        known = select(RereadingItem.document_id).where(
            RereadingItem.rereading_id == rereading_id,
            RereadingItem.case_file_id == case_file.id,
        )
        done = set(session.scalars(known))
    for document in case_file.documents:
        if document.id in done or text_to_read_again(document) is None:
            continue
        secret, columns = _read_document(case_file, document, desk, engine)
        with services.writing() as session:
            if secret is not None:
                held = session.get_one(CaseFile, case_file.id, with_for_update=_ROW)
                closed = session.get_one(Document, document.id)
                close_secret(session, services, held, closed, secret)
            services.jobs.save_checkpoint(session, lease, {"code": case_file.code})
            session.add(
                RereadingItem(
                    rereading_id=rereading_id,
                    case_file_id=case_file.id,
                    document_id=document.id,
                    agency_id=case_file.agency_id,
                    code=case_file.code,
                    ordinal=document.ordinal,
                    title=document.subject,
                    read_at=clock.now(),
                    **columns,
                )
            )
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, {"code": case_file.code})
        row = session.get_one(Rereading, rereading_id, with_for_update=True)
        row.read_through = case_file.code
        through = select(func.count()).select_from(CaseFile)
        through = through.where(*readable_again(row.codes), CaseFile.code <= case_file.code)
        share = (session.scalar(through) or 0) / max(row.case_files, 1)
    services.jobs.heartbeat(lease, progress=min(share, 1.0))


def _read_document(
    case_file: CaseFile, document: Document, desk: Desk, engine: TesseractEngine
) -> tuple[SecrecyMarkFoundError | None, dict[str, Any]]:
    """The columns of its item; and the mark of a state secret that was found on one of its pages.

    What is refused is so for the document's sake, not the machine's: no retry helps.
    """
    try:
        found: ReadAgain | None = read_again(case_file, document, desk=desk, engine=engine)
    except SecrecyMarkFoundError as error:
        return error, _refusal(error)
    except InputError as error:
        return None, _refusal(error)
    if found is None:  # it was asked before
        return None, {"state": RereadingItemState.OVERTAKEN}
    changed = found.gain.words_changed > 0
    return None, asdict(found.gain) | {
        "state": RereadingItemState.READ if changed else RereadingItemState.SAME,
        "text_path": found.text.path,
        "software_before": found.software_before,
        "pages": found.pages,
        "readings": list(found.readings) if changed else [],
    }


def _refusal(error: ArchiveError) -> dict[str, Any]:
    facts = {name: str(value) for name, value in error.facts.items()}
    return {
        "state": RereadingItemState.REFUSED,
        "refusal": {"code": error.code, "facts": facts},
    }


def _changed(rereading_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """Documents of a proposal whose text would change, and nobody has dropped."""
    of_it = RereadingItem.rereading_id == rereading_id
    return of_it, RereadingItem.state == RereadingItemState.READ


def _next_to_adopt(services: Services, rereading_id: UUID, *, but: set[UUID]) -> UUID | None:
    waiting = (
        select(RereadingItem.case_file_id)
        .where(*_changed(rereading_id), RereadingItem.case_file_id.not_in(but))
        .order_by(RereadingItem.code)
        .limit(1)
    )
    with services.read_only() as session:
        return session.scalar(waiting)


def _adopt_case_file(
    services: Services,
    lease: Lease,
    rereading_id: UUID,
    case_file_id: UUID,
    engine: TesseractEngine,
) -> None:
    """Make the files of its documents, then write all of it in one transaction."""
    items = _items(rereading_id, case_file_id)
    with services.read_only() as session:
        row = session.get_one(Rereading, rereading_id)
        waiting = list(session.scalars(items))
        case_file = whole_case_file(session, case_file_id)
    require_at_rest(case_file)
    desk = _desk(services, case_file)
    documents = {document.id: document for document in case_file.documents}
    made: dict[str, list[MadeFile]] = {}
    outcome: dict[UUID, dict[str, Any]] = {}
    for item in waiting:
        document = documents[item.document_id]
        found = text_to_read_again(document)
        if found is None or found[0].path != item.text_path:
            outcome[item.id] = {"state": RereadingItemState.OVERTAKEN}
            continue
        facts = {"by": row.decided_by, "rereading": str(row.id)} | _figures(item)
        try:
            made[str(document.id)] = files_read_again(
                case_file, document, item.readings, told=facts, desk=desk, engine=engine
            )
        except InputError as error:
            outcome[item.id] = _refusal(error)
        else:
            outcome[item.id] = {"state": RereadingItemState.ADOPTED}
    try:
        with services.writing() as session:
            _write(session, case_file_id, made, row, services)
            _settle(session, items, outcome)
            services.jobs.save_checkpoint(session, lease, {"code": case_file.code})
    except CaseFileHeldError as held:
        with services.writing() as session:
            _settle(session, items, dict.fromkeys(outcome, _refusal(held)))
            services.jobs.save_checkpoint(session, lease, {"code": case_file.code})


def _settle(session: Session, items: Any, outcome: dict[UUID, dict[str, Any]]) -> None:
    for item in session.scalars(items.with_for_update()):
        for name, value in outcome.get(item.id, {}).items():
            setattr(item, name, value)


def _items(rereading_id: UUID, case_file_id: UUID) -> Any:
    return (
        select(RereadingItem)
        .where(*_changed(rereading_id), RereadingItem.case_file_id == case_file_id)
        .order_by(RereadingItem.ordinal)
    )


def _write(
    session: Session,
    case_file_id: UUID,
    made: dict[str, list[MadeFile]],
    of: Rereading,
    services: Services,
) -> None:
    """The new files beside the former ones, which are superseded from the new version on."""
    if not made:
        return
    row = session.get_one(CaseFile, case_file_id, with_for_update=_ROW, options=WITH_FILES)
    require_at_rest(row)
    decider = _decider(session, of.decided_by)
    require_free(session, row, act="rereading:adopt", actor=decider)
    version = row.want_version()
    by = display_names(session, [decider.account]).get(decider.account, decider.account)
    for document in row.documents:
        files = made.get(str(document.id), [])
        for made_file in files:
            made_file.making["by"] = by  # the version's message says it
        former = {path for file in files for path in file.making.get("supersedes", ())}
        for file in document.files:
            if file.path in former:
                file.superseded_in = version
        document.files.extend(rows_of(made, document, version=version, at=clock.now()))
    record_event(
        session,
        "case-file:read-again",
        of=row,
        actor=decider,
        data={
            "code": row.code,
            "version": version,
            "documents": len(made),
            "rereading": str(of.id),
        },
    )
    queue_due(session, row, services)


def _decider(session: Session, account: str) -> Actor:
    """Who adopted it: the worker carries out that person's act."""
    role = session.scalar(select(Account.role).where(Account.name == account))
    return Actor(account=account, role=role or Role.OPERATOR)


def _figures(item: RereadingItem) -> dict[str, Any]:
    return {
        "words_changed": item.words_changed,
        "impossible_before": item.impossible_before,
        "impossible_after": item.impossible_after,
        "confidence_before": item.confidence_before,
        "confidence_after": item.confidence_after,
    }


def _desk(services: Services, case_file: CaseFile) -> Desk:
    with services.read_only() as session:
        agency = session.get_one(Agency, case_file.agency_id).name
    return Desk(
        content=HeldContent(services.copies, case_file.ocfl_id),
        staging=services.staging,
        engine=services.ocr,
        folder=services.work_folder,
        made_at=clock.now(),
        keepers=Keepers(agency, services.keeper.archive_name),
    )
