"""What the gate leaves of a case file: the tombstone in every copy, the stub, the event."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.removal import REMOVAL, PlaceState, Removal, RemovalGround
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from archive_service.storage.destroy.past_submissions import tell_past
from archive_service.storage.destroy.remaining_data import clear_to_stub, leave_what_stays, stub_of

CLAIMED = "case-file:removal-claimed"


def finish(session: Session, removal: Removal, row: CaseFile) -> None:
    """All gone: the stub, the item of the list, the second act, the event."""
    removal.done_at = clock.now()
    if removal.ground is RemovalGround.TRANSFER:
        _finish_handed_over(session, removal, row)
        return
    clear_to_stub(row)
    row.state = CaseState.DESTROYED
    item = session.get(DispositionItem, removal.ground_id)
    if item is not None and item.state is ItemState.CLAIMED:
        item.state, item.done_at = ItemState.DONE, removal.done_at
    session.add(tombstone(session, removal, row, at=removal.done_at))
    tell(session, row, removal, "case-file:destroyed", actor=WORKER)


def _finish_handed_over(session: Session, removal: Removal, row: CaseFile) -> None:
    """It stays in the catalogue, as the other archive's: what describes it is kept."""
    row.state = CaseState.TRANSFERRED
    leave_what_stays(row)
    item = session.get(TransferItem, removal.ground_id)
    if item is not None and item.state is TransferItemState.TRANSFERRED:
        item.state = TransferItemState.REMOVED
    session.add(tombstone(session, removal, row, at=removal.done_at or clock.now()))
    tell(session, row, removal, "case-file:handed-over", actor=WORKER)


def tombstone(session: Session, removal: Removal, row: CaseFile, *, at: dt.datetime) -> Act:
    """The tombstone as it is now: with the stub and what stays of submissions, for a rebuild."""
    body = {
        "id": str(removal.id),
        "case_file_id": str(removal.case_file_id),
        "ocfl_id": removal.ocfl_id,
        "code": removal.code,
        "ground": removal.ground.value,
        "ground_id": str(removal.ground_id),
        "versions": removal.versions,
        "files": removal.files,
        "size_bytes": removal.size_bytes,
        "inventory_sha256": removal.inventory_sha256,
        "claimed_by": removal.claimed_by,
        "claimed_at": clock.iso(removal.claimed_at),
        "done_at": removal.done_at and clock.iso(removal.done_at),
        "places": [
            {
                "place": place.place,
                "state": PlaceState(place.state or PlaceState.OPEN).value,
                "proof": {} if place.state in (None, PlaceState.OPEN) else place.proof,
                "gone_at": place.gone_at and clock.iso(place.gone_at),
            }
            for place in removal.places
        ],
        "stub": stub_of(row, whole=removal.ground is RemovalGround.TRANSFER),
        "submissions": tell_past(session, row.id),
    }
    return Act(id=uuid4(), kind=REMOVAL, subject_id=str(removal.case_file_id), at=at, document=body)


def first_acts(session: Session, removal_ids: Sequence[UUID]) -> dict[UUID, Act]:
    """Removal → its first act: the tombstone that lies in every copy before a byte goes."""
    known = select(Removal.id, Removal.case_file_id).where(Removal.id.in_(removal_ids))
    subjects = {str(row.case_file_id): row.id for row in session.execute(known)}
    acts = select(Act).where(Act.kind == REMOVAL, Act.subject_id.in_(subjects))
    found: dict[UUID, Act] = {}
    for act in session.scalars(acts.order_by(Act.at, Act.id)):
        found.setdefault(subjects[str(act.subject_id)], act)
    return found


def tell(session: Session, row: CaseFile, removal: Removal, tag: str, *, actor: Actor) -> None:
    record_event(
        session,
        tag,
        of=row,
        actor=actor,
        data={
            "code": row.code,
            "removal": str(removal.id),
            "versions": removal.versions,
            "places": [place.place for place in removal.places],
        },
    )
