"""Case files as the documents of the contract."""

from typing import Any

from archive_service.catalogue.case_files.documents import (
    CaseDocument,
    CaseSummary,
)
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.electronic_record import electronic_record
from archive_service.catalogue.holdings.former_custody import former_custody
from archive_service.db.handed_over import handed_over
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.people.account import Actor
from archive_service.services import Services


def case_file(services: Services, code: str, *, actor: Actor) -> CaseDocument:
    """Show a case file with its documents, files, copies and versions."""
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        fonds = session.get_one(Fonds, row.fonds_id)
        record = electronic_record(session, row)
        return CaseDocument.whole(
            row,
            fonds=fonds.code,
            actor=actor,
            record=record,
            handed_over=handed_over(session, row),
            former_custody=former_custody(session, row),
        )


def list_case_files(services: Services, *, actor: Actor, **filters: Any) -> list[CaseSummary]:
    """Case files in short; ``filters`` as ``holdings.list_case_files`` takes them."""
    with services.read_only() as session:
        rows = holdings_rows.list_case_files(session, actor=actor, **filters)
        lacking = holdings_rows.incomplete_among(session, rows)
        return [CaseSummary.of(row, actor=actor, complete=row.id not in lacking) for row in rows]
