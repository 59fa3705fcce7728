"""In which copies a case file may lie, of those that were ever enrolled: retired ones too."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, insert, literal, select, union
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.keeping.enrolled_copy import (
    CopyRole,
    CopyStanding,
    EnrolledCopy,
    RetiredHolding,
)
from archive_service.domain.retention.removal import RemovalPlace
from archive_service.storage.copies.lag import FOR_RESERVE
from archive_service.storage.destroy.run import COPY, HELD, RESERVE


def note_holdings(session: Session, copy: EnrolledCopy) -> None:
    """What may lie in a copy from the moment it is retired on, before its own rows go.

    Whatever was proved to lie there, and what was on its way then: bytes come before rows.
    """
    forget_holdings(session, copy.name)
    name = literal(copy.name)
    somewhere = exists().where(CopyState.case_file_id == CaseFile.id)
    stays = CaseFile.removing_since.is_(None), CaseFile.accepted_at <= copy.retired_at
    found = [
        select(name, CopyState.case_file_id).where(CopyState.copy == copy.name),
        select(name, CaseFile.id).where(*stays, ~somewhere),
    ]
    if copy.role is CopyRole.RESERVE:  # written after the case file is stored elsewhere
        found.append(select(name, CaseFile.id).where(*stays, FOR_RESERVE))
    columns = RetiredHolding.copy, RetiredHolding.case_file_id
    session.execute(insert(RetiredHolding).from_select([*columns], union(*found)))


def forget_holdings(session: Session, name: str) -> None:
    """Nothing is known of what lies there."""
    session.execute(delete(RetiredHolding).where(RetiredHolding.copy == name))


def copy_places(session: Session, rows: Sequence[CaseFile]) -> dict[UUID, list[RemovalPlace]]:
    """Case file → a place for each copy in which it may lie.

    Every copy that is in use or joining. One that was retired only where it may have held the case
    file then: by ``note_holdings``, or, of one that was retired before anybody noted that, whatever
    was accepted by then.
    """
    ids = [row.id for row in rows]
    held: set[tuple[UUID, str]] = set()
    for table in (CopyState, RetiredHolding):
        those = select(table.case_file_id, table.copy).where(table.case_file_id.in_(ids))
        held |= {(case_file_id, name) for case_file_id, name in session.execute(those)}
    copies = session.scalars(select(EnrolledCopy).order_by(EnrolledCopy.name)).all()
    return {
        row.id: [
            RemovalPlace(
                place=f"{RESERVE if copy.role is CopyRole.RESERVE else COPY}:{copy.name}",
                proof={HELD: True} if (row.id, copy.name) in held else {},
            )
            for copy in copies
            if (row.id, copy.name) in held or _may_lie_in(copy, row)
        ]
        for row in rows
    }


def _may_lie_in(copy: EnrolledCopy, row: CaseFile) -> bool:
    if copy.state is not CopyStanding.RETIRED:
        return True
    if copy.holdings_known:
        return False
    return copy.retired_at is None or row.accepted_at <= copy.retired_at
