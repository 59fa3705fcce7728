"""Evidence records (RFC 4998): one object's way to the day's time stamp, without the others."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.case_files.case_file import PackageVersion
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.evidence.outside.chains import Link, chains_of, next_of_text
from archive_service.evidence.outside.hash_tree import HashTree, path_of
from archive_service.evidence.outside.kept_tree import keep_tree, kept_way
from archive_service.evidence.outside.objects import ObjectTrees, rows_of
from archive_service.evidence.outside.renewals import by_renewed, iter_renewals
from archive_service.evidence.outside.stamping import (
    LogStamp,
    iter_stamps,
    number_of,
    stamped_digests,
)
from archive_service.services import Services
from archive_service.signing.archive_stamp import Stamp


class NotStampedYetError(ConflictError):
    """No stamp covers this digest: ``sha256``."""


def evidence_record(
    services: Services, sha256: str, *, actor: Actor, service: str | None = None
) -> bytes:
    """The record (DER) of an inventory, a segment or a checkpoint, by its digest.

    By the first stamp that is over it, or the first of one service.

    Raises:
        ActNotAllowedError: the account may not read the trail.
        NotStampedYetError: no stamp is over it.
    """
    from archive_service.signing.evidence_record import record_of

    access.require(actor, "audit:read")
    with services.read_only() as session:
        chains = record_chains(session, sha256, services.work_folder, service=service)
    return record_of([[link.stamp for link in chain] for chain in chains])


def record_chains(
    session: Session, sha256: str, work_folder: Path, *, service: str | None = None
) -> list[list[Link]]:
    """What the record of an object holds; ``NotStampedYetError``."""
    leaf = bytes.fromhex(sha256)
    renewals = list(iter_renewals(session))
    for stamp in iter_stamps(session, of=_number(session, sha256)):
        if service not in (None, stamp.service):
            continue
        above = _above(session, stamp, leaf, work_folder)
        if above is not None:
            first = Stamp(path_of(leaf, (), above), stamp.token)
            renewed = by_renewed(renewals)
            if leaf == stamp.own_digest:
                text = stamp.checkpoint.note.encode()
                return chains_of(first, renewed, next_of_text(text, renewed))
            rows = rows_of(session, [sha256]).get(sha256, [])
            return chains_of(first, renewed, ObjectTrees(session, renewals).next_of(rows))
    raise NotStampedYetError(sha256=sha256)


def _number(session: Session, sha256: str) -> int | None:
    """The event that tells of this object, by rows: the trees of all other days are left alone."""
    versions = select(PackageVersion.case_file_id).where(PackageVersion.inventory_sha256 == sha256)
    if (of := session.scalar(versions.limit(1))) is not None:
        return number_of(session, str(of), sha256)
    segments = select(AuditSegment.last_event).where(AuditSegment.sha256 == sha256)
    return session.scalar(segments)


def _above(
    session: Session, stamp: LogStamp, leaf: bytes, work_folder: Path
) -> list[list[bytes]] | None:
    """What stands above it in the day's tree, if it is there; a large tree is kept for the next."""
    found = kept_way(work_folder, stamp.token, leaf)
    if found is not None:
        return found
    tree = HashTree(stamped_digests(session, stamp.checkpoint, stamp.after))
    if leaf not in tree:
        return None
    keep_tree(work_folder, stamp.token, tree)
    return tree.above(leaf)
