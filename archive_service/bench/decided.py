"""Case files on a list for destruction that was reviewed and decided on."""

from collections.abc import Sequence

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    ItemState,
    Outcome,
)


def decided_list(
    rows: Sequence[CaseFile],
    *,
    number: int = 1,
    state: DispositionState = DispositionState.EXECUTING,
) -> Disposition:
    """A list of these for destruction, reviewed and decided on; its digest is for who adds it."""
    now = clock.now()
    decided = Disposition(
        agency_id=rows[0].agency_id,
        number=number,
        year=now.year,
        kind=DispositionKind.DESTROY,
        state=state,
        reason="bench",
        proposed_by="lan",
        proposed_at=now,
        reviewed_by="mai",
        reviewed_at=now,
        decided_by="hung",
        decided_at=now,
    )
    decided.items = [
        DispositionItem(
            case_file_id=row.id,
            ordinal=ordinal,
            code=row.code,
            title=row.title,
            state=ItemState.APPROVED,
            outcome=Outcome.DESTROY,
            edition=row.version_stored,
            ends_on=row.ends_on,
        )
        for ordinal, row in enumerate(rows, 1)
    ]
    return decided
