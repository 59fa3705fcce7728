"""A batch is opened, its files come in, it is closed: bytes into staging first, then rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO
from uuid import UUID, uuid4

from pydantic import ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.numbers import draw_number
from archive_service.db.unit_of_work import UnitOfWork, take_write_lock
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    ScanBatch,
    ScanSource,
)
from archive_service.domain.digitization.station import Station
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.given import Given
from archive_service.jobs.ledger import JobLedger
from archive_service.settings import LimitSettings
from archive_service.storage.staging import StagedObject, Staging
from archive_service.text import nfc
from digitize.batches.intake.doubles import doubled_findings
from digitize.batches.reach import get_station
from digitize.batches.reading.verdicts import finding_row
from digitize.batches.release.targets import find_targets
from digitize.batches.sources.names import LeftOut, source_name
from digitize.batches.sources.sources import SourceLimits, SourceLook, look_at
from digitize.batches.transitions import TRANSITIONS, batch_for

READ_JOB = "read-batch"
NONE, SEPARATORS = "none", "separators"
_LONGEST_REFERENCE = 250
_COUNTER = "batch"
_MOST_PER_DOCUMENT = 9999


class BatchSplitError(InputError):
    """Pages become documents in another way than ``none``, ``separators`` or a number of pages."""


class BatchPagesEachError(BatchSplitError):
    """The number of pages of each document is none that there can be."""


class BatchCodeError(NotFoundError):
    """No case file or submission that takes pages bears this code."""

    code = "batch-code-unknown"


class BatchReferenceError(InputError):
    """The station's own name of a batch is missing or too long."""


class BatchEmptyError(InputError):
    """A batch without a file cannot be closed."""


class BatchIncompleteError(ConflictError):
    """Files that the station named have not come."""


class SourceNameTakenError(ConflictError):
    """The batch holds another file of this name already."""

    code = "scan-source-other"


class TooManySourcesError(InputError):
    """More files than one batch may hold."""

    code = "scan-sources-too-many"


class BatchOrder(Given):
    """A batch as its station announces it, before its files come.

    ``reference`` is its own name for it: the same again is the same batch, unless that one was
    rejected.
    """

    model_config = ConfigDict(populate_by_name=True)

    reference: str
    code: str = ""  # of the case file; "": separator sheets say it, or a person
    split: str = NONE  # or "separators", or how many pages a document has
    duplex: bool = False
    pages_expected: int | None = Field(  # of the cover sheet
        default=None, ge=0, validation_alias="pages", serialization_alias="pages"
    )


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file whose bytes are durable in staging, and what it is."""

    name: str
    staged: StagedObject
    look: SourceLook


def open_batch(
    order: BatchOrder, *, station: str | None, actor: Actor, uow: UnitOfWork
) -> tuple[ScanBatch, bool]:
    """The station's batch of this reference, and whether it is new; the caller commits.

    Args:
        station: its name; ``None``: that of ``actor``.

    Raises:
        NotAllowedError: ``actor`` may not take in batches.
        StationUnknownError, StationDisabledError: or it is another's.
        BatchCodeError: nothing that takes pages bears the code.
        BatchSplitError, BatchReferenceError: the order is not of its form.
    """
    access.require(actor, "batch:create")
    session = uow.session
    take_write_lock(session)  # two that open the same reference at once get one batch
    place = get_station(session, station, actor=actor, working=True)
    reference = nfc(order.reference).strip()
    if not 0 < len(reference) <= _LONGEST_REFERENCE:
        raise BatchReferenceError(most=_LONGEST_REFERENCE, given=len(reference))
    reference, known = _newest(session, place, reference)
    if known is not None:
        return known, False
    require_split(order.split)
    agency_id = _agency_of(session, order.code, place, actor)
    batch = ScanBatch(
        id=uuid4(),
        number=_number(session),
        station_id=place.id,
        agency_id=agency_id,
        case_code=order.code,
        reference=reference,
        state=BatchState.RECEIVING,
        standard=place.standard,
        split=order.split,
        duplex=order.duplex,
        pages_expected=order.pages_expected,
        findings=[],
        sample={},
        created_by=actor.account,
        created_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    facts = {"batch": batch.number, "station": place.name, "reference": reference}
    record_event(
        session,
        "batch:opened",
        subject_id=batch.id,
        actor=actor,
        agency_id=agency_id,
        data=facts | ({"code": order.code} if order.code else {}),
    )
    return batch, True


def receive_file(
    name: str, source: IO[bytes], *, staging: Staging, limits: LimitSettings, looking: SourceLimits
) -> Arrived:
    """Bytes into staging, durable on return, and what they are; no row is written.

    Raises:
        SourceNameError: nothing was taken.
        StagedTooLargeError: likewise, more than ``limits.file_bytes``.
        BackendError: staging is full or does not answer.
    """
    clean = source_name(name)
    staged = staging.receive(source, limit_bytes=limits.file_bytes)
    with staging.path(staged.sha256) as path:
        return Arrived(clean, staged, look_at(path, looking))


def add_sources(
    batch_id: UUID,
    arrived: Sequence[Arrived],
    *,
    actor: Actor,
    uow: UnitOfWork,
    most: int,
    replace: bool = False,
) -> list[ScanSource]:
    """Rows of files that have arrived, in their order; the caller commits.

    The same file under the same name changes nothing, however often it comes, closed batch or not.

    Args:
        most: files that a batch may hold.
        replace: a file of the same name stands for the one that came before: it had not been
            whole when it was taken.

    Raises:
        SourceNameTakenError: other bytes under a name that is here, without ``replace``.
        BatchStateError: the batch is closed, and this file is new to it.
        TooManySourcesError: none of them was taken.
    """
    session = uow.session
    batch = batch_for(session, batch_id, "add-file", actor=actor)
    mine = ScanSource.batch_id == batch.id
    named = ScanSource.name.in_([each.name for each in arrived])
    known = {row.name: row for row in session.scalars(select(ScanSource).where(mine, named))}
    counted = select(func.count(), func.coalesce(func.max(ScanSource.ordinal), 0)).where(mine)
    count, last = session.execute(counted).one()
    now = clock.now()
    found = []
    for each in arrived:
        there = known.get(each.name)
        if there is not None and there.sha256 == each.staged.sha256:
            found.append(there)
            continue
        TRANSITIONS.require_open(batch, "add-file")
        if there is None:
            last, count = last + 1, count + 1
            there = ScanSource(
                id=uuid4(), batch_id=batch.id, ordinal=last, name=each.name, refused={}
            )
            session.add(there)
            known[each.name] = there
        elif replace:
            _tell_replaced(session, batch, there, each, actor)
        else:
            raise SourceNameTakenError(batch=batch.number, name=each.name)
        _fill(there, each)
        there.received_at = now
        found.append(there)
    if count > most:
        raise TooManySourcesError(count=count, limit=most)
    station = session.get_one(Station, batch.station_id)
    station.seen_at = now
    session.flush()
    return found


def close_batch(
    batch_id: UUID,
    *,
    actor: Actor,
    uow: UnitOfWork,
    jobs: JobLedger,
    order: Sequence[str] | None = None,
    left_out: Sequence[LeftOut] = (),
) -> ScanBatch:
    """All its files are here: it waits to be read. Closing twice changes nothing.

    Args:
        order: the names of its files in the order of their pages; those that are not named come
            after them, as they arrived. ``None``: all as they arrived.
        left_out: files beside them that the station could not send: the desk is told.

    Raises:
        BatchEmptyError: it holds no file.
        BatchIncompleteError: ``order`` names files that have not come.
        BatchStateError: it was rejected or released.
    """
    session = uow.session
    batch = batch_for(session, batch_id, "close", actor=actor)
    if batch.closed_at is not None:
        return batch
    TRANSITIONS.require_open(batch, "close")
    if not batch.sources:
        raise BatchEmptyError(batch=batch.number)
    _put_in_order(batch, order or ())
    take_write_lock(session)  # of two batches with the same files, the second one sees the first
    found = [*(file.finding() for file in left_out), *doubled_findings(session, batch)]
    batch.findings = [*batch.findings, *(finding_row(finding) for finding in found)]
    batch.closed_at = clock.now()
    TRANSITIONS.move(batch, "close")
    record_event(
        session,
        "batch:closed",
        of=batch,
        actor=actor,
        data={
            "batch": batch.number,
            "files": len(batch.sources),
            "pages": sum(source.frames for source in batch.sources),
            "refused": sum(bool(source.refused) for source in batch.sources) + len(left_out),
            "size_bytes": sum(source.size_bytes for source in batch.sources),
        },
    )
    jobs.add(session, READ_JOB, subject_id=batch.id)
    return batch


def _agency_of(session: Session, code: str, station: Station, actor: Actor) -> UUID | None:
    """That of the case file, if one is named; a batch of several belongs where its station does."""
    if not code:
        return station.agency_id
    target = find_targets(session, [code]).get(code)
    if target is None or not access.may(actor, "batch:create", target):
        raise BatchCodeError(code=code)
    return target.agency_id


def _newest(session: Session, station: Station, reference: str) -> tuple[str, ScanBatch | None]:
    """The batch that bears the reference now; after a rejected one a next of the same name."""
    wanted, number = reference, 1
    while True:
        found = session.scalar(
            select(ScanBatch).where(
                ScanBatch.station_id == station.id, ScanBatch.reference == wanted
            )
        )
        if found is None or found.state is not BatchState.REJECTED:
            return wanted, found
        number += 1
        wanted = f"{reference} ({number})"


def _number(session: Session) -> str:
    """Such as 2026-0412: counted by the local year; after a rebuild it goes on."""
    year = clock.today().year
    last = session.scalar(
        select(ScanBatch.number)
        .where(ScanBatch.number.like(f"{year}-%"))
        .order_by(func.length(ScanBatch.number).desc(), ScanBatch.number.desc())
        .limit(1)
    )
    after = int(last.partition("-")[2]) if last else 0
    return f"{year}-{draw_number(session, _COUNTER, year, after=after):04}"


def require_split(split: str) -> None:
    """``BatchSplitError`` unless it says how pages become documents."""
    if split in (NONE, SEPARATORS):
        return
    if not split.isdecimal():
        raise BatchSplitError(split=split, most=_MOST_PER_DOCUMENT)
    if not 1 <= int(split) <= _MOST_PER_DOCUMENT:
        raise BatchPagesEachError(split=split, most=_MOST_PER_DOCUMENT)


def _fill(source: ScanSource, arrived: Arrived) -> None:
    look = arrived.look
    source.sha256 = arrived.staged.sha256
    source.size_bytes = arrived.staged.size_bytes
    source.media_type = look.media_type
    source.frames = look.frames
    refused = look.refused
    source.refused = {} if refused is None else {"code": refused.code, "facts": refused.facts}


def _tell_replaced(
    session: Session, batch: ScanBatch, source: ScanSource, arrived: Arrived, actor: Actor
) -> None:
    record_event(
        session,
        "batch:file-replaced",
        of=batch,
        actor=actor,
        data={
            "batch": batch.number,
            "name": source.name,
            "sha256": arrived.staged.sha256,
            "before": source.sha256,
        },
    )


def _put_in_order(batch: ScanBatch, order: Sequence[str]) -> None:
    named = {nfc(name): place for place, name in enumerate(order)}
    here = {source.name for source in batch.sources}
    if missing := [name for name in named if name not in here]:
        raise BatchIncompleteError(
            batch=batch.number, missing=len(missing), count=len(named), first=missing[0]
        )
    ranked = sorted(
        batch.sources, key=lambda source: (named.get(source.name, len(named)), source.ordinal)
    )
    for number, source in enumerate(ranked, start=1):
        source.ordinal = number
