"""The log of all events: continued in tiles in every copy, and sealed by signed checkpoints."""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import event_line, last_number, record_event
from archive_service.db.clock_doubt import clocks_ahead
from archive_service.db.newest_checkpoint import newest_note
from archive_service.db.unit_of_work import Database, take_write_lock
from archive_service.domain.keeping.act import CHECKPOINT, Act, few_of
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import IntegrityViolationError
from archive_service.evidence.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    decoded,
    make_checkpoint,
    parse_checkpoint,
)
from archive_service.evidence.compared.signing_keys import KeysInForce
from archive_service.evidence.merkle import leaf_hash
from archive_service.evidence.noting import note_news
from archive_service.evidence.outbox import answering
from archive_service.evidence.tiles import Edge, TileDamagedError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.services import Services
from archive_service.signing.port import Signer
from archive_service.storage.copies.identity import put_all_read_back
from archive_service.storage.machine_clock import read_machine_clock
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError
from archive_service.storage.server_clock import ask_times, told_times

SEAL_JOB = "seal-log"
BEGUN = "evidence:log-begun"  # how many events were there before the log vouched for them
_FILES = 200  # tiles that a copy takes with one sync
_ROWS = 1000  # events held in memory together
_COLUMNS = AuditEvent.__table__.columns  # as objects of their own events take half as long again


class LogForkedError(IntegrityViolationError):
    """The events no longer give the root of a checkpoint: ``size``, and ``events`` there are."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The newest checkpoint, whether it is new, and how many events no checkpoint covers yet."""

    checkpoint: Checkpoint | None
    is_new: bool
    waiting: int


def seal_log(services: Services, signer: Signer, *, actor: Actor) -> Sealed:
    """Continue the log in every copy to the last event that all of them hold; sign its root.

    Tiles first, then the row of the checkpoint, then its file: killed, the next call goes on with
    the same bytes. Nothing is sealed while there is no news, or a copy is away.

    Raises:
        ActNotAllowedError: the account may not.
        LogForkedError: the events are not those that an earlier checkpoint covers.
        BackendError: a copy fell silent on the way.
        ObjectExistsError: a copy holds another log.
        SigningKeyExpiredError, TokenAwayError, …: see ``Signer.sign_bytes``.
    """
    access.require(actor, "audit:seal")
    _begin(services.database, actor)
    note_news(services, signer, actor=actor)
    write_out_evidence(services)
    known = sealed_checkpoints(services.database)
    last = known[-1] if known else None
    target, events = _reach(services.database)
    here, away = answering(services.database, services.copies)
    if last and events < last.size:
        raise LogForkedError(size=last.size, events=events)
    if away or not target:
        return Sealed(last, is_new=False, waiting=events - (last.size if last else 0))
    size = max(target, last.size if last else 0)
    roots = _continue(services.database, here, known, size)
    if len(roots) != 1:
        raise LogForkedError(size=size, events=events)
    is_new = last is None or size > last.size
    if is_new:
        made = make_checkpoint(services.settings.archive.code, size, roots.pop(), signer)
        is_new = _add(services, made, signer, after=last)
        write_out_evidence(services)
        known = sealed_checkpoints(services.database)
    for copy in here:
        held = set(copy.iter_keys(CHECKPOINTS))
        lacking = [checkpoint for checkpoint in known if checkpoint.key not in held]
        put_all_read_back(
            copy, {checkpoint.key: checkpoint.note.encode() for checkpoint in lacking}
        )
    return Sealed(known[-1], is_new=is_new, waiting=events - known[-1].size)


def seal_hourly(lease: Lease, services: Services) -> None:
    """The periodic job; without a key the log waits, as papers do that want a signature."""
    signer = services.signer_at_hand()
    if signer is None:
        logger().warning("log-waits-for-key")
    else:
        seal_log(services, signer, actor=WORKER)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def sealed_checkpoints(
    database: Database, parse: Callable[[str], Checkpoint] = parse_checkpoint
) -> list[Checkpoint]:
    """All checkpoints that the database knows, by their size."""
    query = select(Act.document["note"].as_string()).where(few_of(CHECKPOINT))
    with database.read_only() as session:
        found = [parse(note or "") for note in session.scalars(query)]
    return sorted(found, key=lambda checkpoint: checkpoint.size)


def newest_checkpoint(database: Database) -> Checkpoint | None:
    """The one over most events, where there is any."""
    note = newest_note(database)
    return parse_checkpoint(note) if note else None


def checkpoint_keys(database: Database) -> list[bytes]:
    """The certificates (DER) of all keys that ever sealed this log, the newest first."""
    query = select(Act.document["certificate"].as_string()).where(few_of(CHECKPOINT))
    with database.read_only() as session:
        found = dict.fromkeys(session.scalars(query.order_by(Act.at.desc(), Act.id)))
    return [decoded(text) for text in found]


def iter_leaves(session: Session, *, after: int = 0, until: int | None = None) -> Iterator[bytes]:
    """Hashes of the leaves of events in the order of their numbers: each is its canonical line."""
    while True:
        query = select(*_COLUMNS).where(AuditEvent.number > after)
        if until is not None:
            query = query.where(AuditEvent.number <= until)
        rows = session.execute(query.order_by(AuditEvent.number).limit(_ROWS)).all()
        if not rows:
            return
        for row in rows:
            yield leaf_hash(event_line(row))
        after = rows[-1].number


def _begin(database: Database, actor: Actor) -> None:
    """Say once from which event on the log vouches: older ones are taken in as they were found."""
    begun = select(AuditEvent.number).where(AuditEvent.tag == BEGUN).limit(1)
    with database.writing() as session:
        take_write_lock(session)
        if session.scalar(begun) is None:
            events = last_number(session)
            record_event(session, BEGUN, subject_id=None, actor=actor, data={"events": events})


def _reach(database: Database) -> tuple[int, int]:
    """The last event in a segment that every copy holds, and the last of all."""
    written = select(func.max(AuditSegment.last_event)).where(AuditSegment.written)
    with database.read_only() as session:
        return session.scalar(written) or 0, last_number(session)


def _continue(
    database: Database, copies: Sequence[ObjectStore], known: Sequence[Checkpoint], size: int
) -> set[bytes]:
    """Write the tiles that copies lack up to ``size``; the roots there.

    A copy whose tiles do not give the root of the last checkpoint gets all of them, from the rows.
    Copies that are alike share one walk over the events.
    """
    expected = {checkpoint.size: checkpoint.root for checkpoint in known}
    alike: dict[bool, list[tuple[ObjectStore, Edge]]] = {}
    for copy in copies:
        held = _edge(copy, known[-1]) if known else None
        alike.setdefault(held is not None, []).append((copy, held or Edge()))
    roots = set()
    for goes_on, some in alike.items():
        edge = some[0][1]
        sizes = [size] if goes_on else sorted({*expected, size})
        tiles = _tiles(database, edge, sizes, expected)
        while part := dict(islice(tiles, _FILES)):
            for copy, _ in some:
                put_all_read_back(copy, part)
        roots.add(edge.root())
    return roots


def _tiles(
    database: Database, edge: Edge, sizes: Iterable[int], expected: dict[int, bytes]
) -> Iterator[tuple[str, bytes]]:
    for size in sizes:
        with database.read_only() as session:
            leaves = iter_leaves(session, after=edge.size, until=size)
            yield from chain.from_iterable(map(edge.add, leaves))
        if edge.size != size or expected.get(size, edge.root()) != edge.root():
            raise LogForkedError(size=size, events=edge.size)
        yield from edge.partial().items()


def _edge(copy: ObjectStore, last: Checkpoint) -> Edge | None:
    """Where the copy's log ends; ``None`` if it is not the log of this checkpoint."""
    try:
        edge = Edge.read(copy, last.size)
    except (ObjectNotFoundError, ObjectUnreadableError, TileDamagedError):
        return None
    return edge if edge.root() == last.root else None


def _add(services: Services, made: Checkpoint, signer: Signer, *, after: Checkpoint | None) -> bool:
    """Commit the checkpoint as an act that tells its clock.

    False if another machine was first, or noted another key meanwhile.
    """
    newest = select(func.max(Act.document["size"].as_integer())).where(few_of(CHECKPOINT))
    ask_times(services.copies)
    machine = read_machine_clock()
    with services.database.unit_of_work() as uow:
        take_write_lock(uow.session)
        if (uow.session.scalar(newest) or 0) != (after.size if after else 0):
            return False
        if not KeysInForce.read(uow.session).allow([signer.certificate.der], made.size):
            return False
        document = {
            "origin": made.origin,
            "size": made.size,
            "root": base64.b64encode(made.root).decode(),
            "note": made.note,
            "certificate": base64.b64encode(signer.certificate.der).decode(),
            "clock": machine.as_document()
            | {"ahead_ms": clocks_ahead(uow.session, told_times(services.copies))},
        }
        uow.session.add(
            Act(kind=CHECKPOINT, subject_id=made.origin, at=clock.now(), document=document)
        )
        uow.commit()
    return True
