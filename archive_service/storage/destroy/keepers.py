"""Before a duplicate goes: what keeps it is read whole from a copy that answers.

Read with no row locked, since it takes as long as the bytes are many; the locked question then
asks that the keeper still stands at the version that was read.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.duplicate_keepers import Wanted, contents, keepers_lacking
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, FileRole
from archive_service.domain.case_files.duplicate_keeper import KEPT_GROUNDS, kept_pairs
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.errors import ArchiveError, BackendError
from archive_service.storage.content import HeldContent
from archive_service.storage.copies.enrolment import active_names, identities
from archive_service.storage.copies.identity import identify
from archive_service.storage.port import ObjectStore


@dataclass(frozen=True, slots=True)
class Proof:
    """That the bytes of a keeper are there, in this version of it; else why not."""

    keeper_id: UUID
    version: int
    trouble: str = ""  # a word of ``labels.removal-refusals``


@dataclass(frozen=True, slots=True)
class _Bytes:
    """What is to be read of a keeper: digests of its files with their sizes."""

    keeper_id: UUID
    ocfl_id: str
    version: int
    sizes: Mapping[str, int]


def prove_keepers(
    database: Database, stores: Sequence[ObjectStore], item_ids: Sequence[UUID]
) -> dict[UUID, Proof]:
    """By item of a duplicate or a superseded draft, whether its keeper's bytes were read whole.

    Items that need no keeper are left out, and so are those whose keeper the rows refuse anyway.
    """
    with database.read_only() as session:
        known, names = identities(session), active_names(session)
        wanted = _wanted(session, item_ids)
    answering = []
    for store in stores if wanted else ():
        if names and store.name not in names:
            continue
        try:
            identify(store, known.get(store.name))
        except ArchiveError:
            continue
        answering.append(store)
    return {item_id: _proof(answering, keeper) for item_id, keeper in wanted.items()}


def require_kept(
    session: Session,
    item: DispositionItem,
    proof: Proof | None,
    on: dt.date,
) -> str:
    """Why the item may not go as a duplicate or a draft, the rows of both locked; empty: it may."""
    wanted = Wanted(item.case_file_id, item.ground, item.keeper_id)
    if lacking := keepers_lacking(session, [wanted], on):
        return lacking[item.case_file_id]
    stored = session.scalar(select(CaseFile.version_stored).where(CaseFile.id == item.keeper_id))
    if proof is None or (proof.keeper_id, proof.version) != (item.keeper_id, stored):
        return "keeper-busy"  # changed since it was read: the next round reads it anew
    return proof.trouble


def _wanted(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, _Bytes]:
    query = (
        select(DispositionItem, CaseFile.ocfl_id, CaseFile.version_stored)
        .join(CaseFile, CaseFile.id == DispositionItem.keeper_id)
        .where(
            DispositionItem.id.in_(item_ids),
            DispositionItem.ground.in_(KEPT_GROUNDS),
            DispositionItem.state == ItemState.APPROVED,
            CaseFile.state == CaseState.STORED,
        )
    )
    rows = session.execute(query).all()
    ids = {disposition_item.case_file_id for disposition_item, *_ in rows} | {
        disposition_item.keeper_id for disposition_item, *_ in rows
    }
    content = contents(session, sorted(identifier for identifier in ids if identifier is not None))
    found = {}
    for item, ocfl_id, version in rows:
        if item.keeper_id is None:
            continue
        pairs = kept_pairs(item.ground, content[item.case_file_id], content[item.keeper_id])
        if pairs is not None:
            sizes = _sizes(session, item.keeper_id, set(pairs.values()))
            found[item.id] = _Bytes(item.keeper_id, ocfl_id, version, sizes)
    return found


def _sizes(session: Session, keeper_id: UUID, documents: set[UUID]) -> dict[str, int]:
    """Of all that was received with these documents; asked by the case file, however many."""
    files = select(DigitalObject.document_id, DigitalObject.sha256, DigitalObject.size_bytes).where(
        DigitalObject.case_file_id == keeper_id, DigitalObject.role == FileRole.ORIGINAL
    )
    return {row.sha256: row.size_bytes for row in session.execute(files) if row[0] in documents}


def _proof(stores: Sequence[ObjectStore], wanted: _Bytes) -> Proof:
    if not stores:
        return Proof(wanted.keeper_id, wanted.version, "keeper-unreachable")
    held = HeldContent(stores, wanted.ocfl_id)
    try:
        for sha256, size_bytes in sorted(wanted.sizes.items()):
            held.prove(sha256, size_bytes)
    except BackendError:
        return Proof(wanted.keeper_id, wanted.version, "keeper-unreachable")
    except ArchiveError:
        return Proof(wanted.keeper_id, wanted.version, "keeper-damaged")
    return Proof(wanted.keeper_id, wanted.version)
