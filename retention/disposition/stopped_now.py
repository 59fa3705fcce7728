"""What a decision, or the gate, would leave out of open lists if it came now; nothing is noted."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import (
    OPEN_STATES,
    Disposition,
    DispositionItem,
    DispositionKind,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.refusal import Refusal
from retention.disposition.appraisal import Cause, case_files_of, why_not

_WAITS = (ItemState.PROPOSED, ItemState.REVIEWED, ItemState.APPROVED)


def stopped_now(session: Session, rows: Sequence[Disposition]) -> dict[UUID, Refusal]:
    """Items of these lists that wait and could not go on today, each with its first reason.

    In a fixed number of statements for each 500 items; takes no lock.
    """
    waiting = [(row, item) for row in rows for item in _waiting(row)]
    case_files = case_files_of(session, (item for _, item in waiting))
    but = [row.id for row in rows]
    stopped: dict[UUID, Refusal] = {}
    for kind in DispositionKind:
        items = [item for row, item in waiting if asked_as(row, item) is kind]
        stopped |= why_items_not(session, items, case_files, kind, but=but)
    return stopped


def why_items_not(
    session: Session,
    items: Sequence[DispositionItem],
    case_files: Mapping[UUID, CaseFile],
    kind: DispositionKind,
    *,
    but: Sequence[UUID],
) -> dict[UUID, Refusal]:
    """``why_not`` of the case files of these items, by the id of the item."""
    known = [item for item in items if item.case_file_id in case_files]
    found = why_not(
        session,
        [case_files[item.case_file_id] for item in known],
        clock.today(),
        kind=kind,
        causes={item.case_file_id: Cause.of(item) for item in known},
        but=but,
    )
    return {item.id: found[item.case_file_id] for item in known if item.case_file_id in found}


def asked_as(row: Disposition, item: DispositionItem) -> DispositionKind:
    """What is asked of an item: to be destroyed, or to be kept longer; as proposed, if not yet."""
    if item.outcome in (Outcome.KEEP, Outcome.PERMANENT):
        return DispositionKind.EXTEND
    return DispositionKind.DESTROY if item.outcome is Outcome.DESTROY else row.kind


def _waiting(row: Disposition) -> Sequence[DispositionItem]:
    if row.state not in OPEN_STATES:
        return ()
    return [item for item in row.items if item.state in _WAITS]
