"""Legal holds (tạm dừng xử lý): what is held is neither edited, moved, handed on nor destroyed.

Digitization, fixity checks and repair go on.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_file import CaseFile
from archive_service.domain.hold import Hold
from archive_service.errors import ConflictError


class CaseFileHeldError(ConflictError):
    """A hold is in force: the case file stays as it is until the last one is lifted."""

    code = "case-file-held"


def require_free(session: Session, case_file: CaseFile) -> None:
    """Ask before a held case file would be changed, in the transaction that changes it.

    The row is locked until that transaction ends: of a hold and an act that it stops, one sees the
    other, whichever comes first.

    Raises:
        CaseFileHeldError: a hold is in force.
    """
    session.execute(select(CaseFile.id).where(CaseFile.id == case_file.id).with_for_update())
    held = in_force(session, case_file.id)
    if held:
        first = held[0]
        raise CaseFileHeldError(code=case_file.code, authority=first.authority, holds=len(held))


def in_force(session: Session, case_file_id: UUID) -> list[Hold]:
    """The holds on a case file that are not lifted, the earliest first."""
    return list(
        session.scalars(
            select(Hold)
            .where(Hold.case_file_id == case_file_id, Hold.lifted_at.is_(None))
            .order_by(Hold.placed_at, Hold.id)
        )
    )


def held_among(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Which of these case files are held, for lists; takes no lock and stops nothing."""
    held = select(Hold.case_file_id).where(Hold.case_file_id.in_(ids), Hold.lifted_at.is_(None))
    return set(session.scalars(held.distinct()))
