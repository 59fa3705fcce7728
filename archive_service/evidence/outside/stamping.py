"""A time stamp a day over the newest checkpoint: from then on nothing before it can be made anew.

Stamped is the root of one tree of the checkpoint, and of the versions and segments that came since
the last stamp: so each of them has an evidence record (RFC 4998) of its own.
"""

import base64
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.keeping.act import Act, few_of
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.people.account import Actor
from archive_service.evidence.checkpoint import Checkpoint, decoded, parse_held
from archive_service.evidence.outside.asking import FIRST, token_over, used_services
from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.kept_tree import keep_tree
from archive_service.evidence.sealing import newest_checkpoint
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services

STAMP = "log-stamp"  # kind of the act that holds one
STAMPED = "evidence:stamped"
VERSION_BUILT = "version:built"


@dataclass(frozen=True, slots=True)
class LogStamp:
    """A time-stamp token (RFC 3161) over the tree of what came after event ``after``."""

    checkpoint: Checkpoint
    after: int
    token: bytes
    service: str = FIRST

    @property
    def own_digest(self) -> bytes:
        """The leaf of the checkpoint itself: the digest of its signed text."""
        return sha256(self.checkpoint.note.encode()).digest()


def stamp_log(services: Services, *, actor: Actor, service: str = FIRST) -> LogStamp | None:
    """Have the newest checkpoint stamped; ``None`` where there is no news, or no service is used.

    Each service stamps what came since its own last stamp: one that was away catches up.

    Raises:
        TimestampUnavailableError, DemoStampError, SigningKeyError: see ``token_over``.
    """
    newest = newest_checkpoint(services.database)
    if newest is None or service not in used_services(services):
        return None
    with services.read_only() as session:
        after = stamped_until(session, service)
        if newest.size <= after:
            return None
        tree = HashTree(stamped_digests(session, newest, after))
    made = LogStamp(newest, after, token_over(services, service, tree.root), service)
    keep_tree(services.work_folder, made.token, tree)
    document = {
        "note": newest.note,
        "size": newest.size,
        "after": after,
        "token": base64.b64encode(made.token).decode(),
        "service": service,
    }
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)  # of several machines one tells it
        if stamped_until(uow.session, service) > after:
            return None
        uow.session.add(
            Act(kind=STAMP, subject_id=newest.origin, at=clock.now(), document=document)
        )
        facts = {
            "size": newest.size,
            "service": service,
            "token_sha256": sha256(made.token).hexdigest(),
        }
        record_event(uow.session, STAMPED, subject_id="log", actor=actor, data=facts)
        uow.commit()
    write_out_evidence(services)
    return made


def stamped_until(session: Session, service: str) -> int:
    """Up to which event it stamped."""
    own = (stamp.checkpoint.size for stamp in iter_stamps(session) if stamp.service == service)
    return max(own, default=0)


def iter_stamps(session: Session, *, of: int | None = None) -> Iterator[LogStamp]:
    """All stamps, or those of the day of one event, the oldest first."""
    query = select(Act.document).where(few_of(STAMP)).order_by(Act.at, Act.id)
    if of is None:
        return map(stamp_of, session.scalars(query))
    at = session.scalar(select(AuditEvent.at).where(AuditEvent.number == of)) or clock.now()
    soon = Act.at >= at - dt.timedelta(days=1)  # clocks may have been put right meanwhile
    found = chain.from_iterable(session.scalars(query.where(element)) for element in (soon, ~soon))
    return (
        log_stamp
        for log_stamp in map(stamp_of, found)
        if log_stamp.after < of <= log_stamp.checkpoint.size
    )


def stamp_of(document: dict[str, Any]) -> LogStamp:
    """The stamp that an act tells of; what does not read there is no stamp, and told as such."""
    note, after = parse_held(str(document.get("note"))), document.get("after")
    token, service = decoded(document.get("token")), str(document.get("service") or FIRST)
    return LogStamp(note, after if isinstance(after, int) else 0, token, service)


def stamped_digests(session: Session, checkpoint: Checkpoint, after: int) -> list[bytes]:
    """The leaves of one day: its checkpoint, inventories of its versions, and its segments."""
    inventory = AuditEvent.data["inventory_sha256"].as_string()
    versions = select(inventory).where(
        AuditEvent.tag == VERSION_BUILT,
        AuditEvent.number > after,
        AuditEvent.number <= checkpoint.size,
    )
    segments = select(AuditSegment.sha256).where(
        AuditSegment.last_event > after, AuditSegment.last_event <= checkpoint.size
    )
    digests = [*session.scalars(versions), *session.scalars(segments)]
    own = sha256(checkpoint.note.encode()).digest()
    return [own, *(bytes.fromhex(digest) for digest in digests if digest)]


def stamp_over(session: Session, subject_id: str, inventory_sha256: str) -> LogStamp | None:
    """The stamp of the day on which this version of the case file was built, once there is one."""
    number = number_of(session, subject_id, inventory_sha256)
    return None if number is None else next(iter_stamps(session, of=number), None)


def number_of(session: Session, subject_id: str, inventory_sha256: str) -> int | None:
    """The event that tells of this version of the case file."""
    inventory = AuditEvent.data["inventory_sha256"].as_string()
    return session.scalar(
        select(AuditEvent.number)
        .where(
            AuditEvent.tag == VERSION_BUILT,
            AuditEvent.subject_id == subject_id,
            inventory == inventory_sha256,
        )
        .order_by(AuditEvent.number)
        .limit(1)
    )
