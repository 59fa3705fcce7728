"""Whether the destroy gate has claimed a case file, and how one went that is gone."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.case_standing import is_elsewhere
from archive_service.domain.retention.disposition import Disposition, DispositionItem
from archive_service.domain.retention.removal import (
    CaseFileBeingDestroyedError,
    CaseFileDestroyedError,
    CaseFileHandedOverError,
    Removal,
)


def require_not_claimed(session: Session, case_file_id: UUID) -> None:
    """Asked of the row as it stands in the database, not of what was read before.

    Raises:
        CaseFileDestroyedError: it is gone.
        CaseFileHandedOverError: it is another archive's, and its bytes went or go.
        CaseFileBeingDestroyedError: it is going.
    """
    asked = select(CaseFile.code, CaseFile.state, CaseFile.removing_since)
    code, state, since = session.execute(asked.where(CaseFile.id == case_file_id)).one()
    if state is CaseState.DESTROYED:
        raise CaseFileDestroyedError(code=code, **_how(session, case_file_id))
    if is_elsewhere(state, since):
        raise CaseFileHandedOverError(code=code)
    if since is not None:
        raise CaseFileBeingDestroyedError(code=code, since=clock.iso(since))


def _how(session: Session, case_file_id: UUID) -> dict[str, Any]:
    """Local day, list and decision by which it went, as far as they are known."""
    facts: dict[str, Any] = {"on": None, "decided": None, "decision": "", "list": ""}
    found = session.execute(
        select(Removal.done_at, Disposition)
        .outerjoin(DispositionItem, DispositionItem.id == Removal.ground_id)
        .outerjoin(Disposition, Disposition.id == DispositionItem.disposition_id)
        .where(Removal.case_file_id == case_file_id)
        .order_by(Removal.claimed_at.desc())
        .limit(1)
    ).first()
    if found is None:
        return facts
    done_at, row = found
    facts["on"] = done_at and clock.local(done_at).date()
    if row is not None:
        decided = row.decided_at and clock.local(row.decided_at).date()
        facts["decided"] = row.decision_on or decided
        facts["decision"], facts["list"] = row.decision_number, f"{row.number:02}/{row.year}"
    return facts
