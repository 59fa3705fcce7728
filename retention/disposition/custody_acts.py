"""A disposition on its way into every copy, and its rows written again from there.

Two acts a list, of one kind: what was decided and by whom; and the items, told when they change.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    CouncilMember,
    Disposition,
    DispositionItem,
    DispositionPaper,
    ItemState,
)
from archive_service.domain.retention.removal import Removal
from archive_service.packaging.catalogue import plain_row, row_from


def tell(
    session: Session,
    row: Disposition,
    tag: str,
    *,
    actor: Actor,
    items: bool = False,
    **facts: Any,  # Any: whatever the event tells
) -> None:
    """The list as it is now, into every copy, and the event beside it; ``items``: these as well."""
    session.flush()
    at = clock.now()
    body = {
        "disposition": plain_row(row),
        "members": [plain_row(member) for member in row.members],
        "papers": [plain_row(paper) for paper in row.papers],
    }
    session.add(Act(kind=DISPOSITION, subject_id=str(row.id), at=at, document=body))
    if items:
        tell_items(session, row)
    record_event(
        session,
        tag,
        of=row,
        actor=actor,
        data={"number": f"{row.number:02}/{row.year}", "kind": row.kind.value} | facts,
    )


def tell_items(session: Session, row: Disposition) -> None:
    """The items as they are now, into every copy; each has events of its own."""
    session.flush()
    facts = {"items": [plain_row(disposition_item) for disposition_item in row.items]}
    session.add(Act(kind=DISPOSITION, subject_id=f"{row.id}:items", at=clock.now(), document=facts))


def restore_dispositions(session: Session) -> None:
    """Rows of the newest acts, once acts, agencies, case files and removals are back.

    An item whose case file is in no copy is left out: no list of ours stands without its subject.
    """
    bodies = newest_bodies(session, DISPOSITION)
    for body in bodies:
        if "disposition" in body:
            session.add(row_from(Disposition, body["disposition"]))
    session.flush()
    for body in bodies:
        session.add_all(row_from(CouncilMember, member) for member in body.get("members", ()))
        session.add_all(row_from(DispositionPaper, paper) for paper in body.get("papers", ()))
    there = set(session.scalars(select(Disposition.id)))
    for body in bodies:
        items, _ = of_case_files(session, body.get("items", ()))
        session.add_all(
            row_from(DispositionItem, entry)
            for entry in items
            if UUID(entry["disposition_id"]) in there
        )
        session.flush()
    _take_up_removals(session)


def _take_up_removals(session: Session) -> None:
    """How far a list was carried out is told by the tombstones, one of each case file."""
    claimed = select(DispositionItem, Removal.done_at).join(
        Removal, Removal.ground_id == DispositionItem.id
    )
    going = DispositionItem.state.in_((ItemState.APPROVED, ItemState.CLAIMED))
    for item, done_at in session.execute(claimed.where(going)).all():
        item.state = ItemState.CLAIMED if done_at is None else ItemState.DONE
        item.done_at = done_at
    session.flush()
