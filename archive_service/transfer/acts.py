"""A transfer on its way into every copy, and its rows written again from there.

Two acts a transfer, of one kind: the register with who decided what; and its items, told when they
change.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.account import Actor
from archive_service.domain.act import Act
from archive_service.domain.transfer import TRANSFER, Transfer, TransferItem
from archive_service.packaging.catalogue import plain_row, row_from


def tell(
    session: Session,
    row: Transfer,
    tag: str,
    *,
    actor: Actor,
    items: bool = False,
    **facts: Any,  # Any: whatever the event tells
) -> None:
    """The transfer as it is now, into every copy, and the event beside it; ``items``: as well."""
    session.flush()
    at = clock.now()
    body = {"transfer": plain_row(row)}
    session.add(Act(kind=TRANSFER, subject_id=str(row.id), at=at, document=body))
    if items:
        told = {"items": [plain_row(one) for one in row.items]}
        session.add(Act(kind=TRANSFER, subject_id=f"{row.id}:items", at=at, document=told))
    record_event(
        session,
        tag,
        subject_id=row.id,
        actor=actor,
        agency_id=row.agency_id,
        data={"number": row.name, "list_sha256": row.list_sha256} | facts,
    )


def restore_transfers(session: Session) -> None:
    """Rows of the newest acts, once agencies and case files are back.

    An item whose case file is in no copy is left out: no register of ours stands without it.
    """
    bodies = newest_bodies(session, TRANSFER)
    session.add_all(row_from(Transfer, one["transfer"]) for one in bodies if "transfer" in one)
    session.flush()
    there = set(session.scalars(select(Transfer.id)))
    for body in bodies:
        items, _ = of_case_files(session, body.get("items", ()))
        session.add_all(
            row_from(TransferItem, one) for one in items if UUID(one["transfer_id"]) in there
        )
        session.flush()
