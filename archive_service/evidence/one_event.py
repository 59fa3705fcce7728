"""One event alone: its line, and the path that leads from it to a signed checkpoint."""

import base64

from archive_service import access
from archive_service.audit import event_line
from archive_service.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, IntegrityViolationError
from archive_service.evidence.merkle import inclusion_path, is_included, leaf_hash
from archive_service.evidence.outbox import answering
from archive_service.evidence.sealing import newest_checkpoint
from archive_service.evidence.tiles import TileDamagedError, TileNodes
from archive_service.services import Services
from archive_service.storage.port import ObjectNotFoundError, ObjectUnreadableError


class EventUnsealedError(ConflictError):
    """No checkpoint covers it yet: ``number``, and ``size`` of the newest one."""


class EventUnprovedError(IntegrityViolationError):
    """The event as it is now is not the leaf of the log, in any copy: ``number``."""


class EventProof(Document):
    """What somebody else needs to prove one event, with RFC 9162 and nothing of ours.

    The leaf is SHA-256 over a zero byte and ``line``; ``path`` are hashes in base64.
    """

    number: int
    line: str
    leaf: str
    path: list[str]
    size: int
    root: str
    checkpoint: str
    copy_read: str


def prove_event(services: Services, number: int, *, actor: Actor) -> EventProof:
    """The event with its path to the newest checkpoint, from the first copy that proves it.

    Raises:
        ActNotAllowedError: the account may not read the trail.
        EventUnsealedError: there is no such event, or no checkpoint over it.
        EventUnprovedError: it was changed, or no copy has a sound log.
    """
    access.require(actor, "audit:read")
    newest = newest_checkpoint(services.database)
    with services.read_only() as session:
        event = session.get(AuditEvent, number)
        line = b"" if event is None else event_line(event)
    if newest is None or not line or number > newest.size:
        raise EventUnsealedError(number=number, size=newest.size if newest else 0)
    leaf = leaf_hash(line)
    here, _ = answering(services.database, services.copies)
    for copy in here:
        try:
            path = inclusion_path(TileNodes(copy, newest.size), number - 1, newest.size)
        except (ObjectNotFoundError, ObjectUnreadableError, TileDamagedError):
            continue
        if is_included(leaf, number - 1, newest.size, path, newest.root):
            return EventProof(
                number=number,
                line=line.decode(),
                leaf=_text(leaf),
                path=[_text(digest) for digest in path],
                size=newest.size,
                root=_text(newest.root),
                checkpoint=newest.note,
                copy_read=copy.name,
            )
    raise EventUnprovedError(number=number)


def _text(hashed: bytes) -> str:
    return base64.b64encode(hashed).decode()
