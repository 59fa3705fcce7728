"""What stays of a case file that was destroyed, or is being: as much as the destruction list."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.db.handed_over import HandedOverDocument, handed_over
from archive_service.document import Document, Moment
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_standing import is_gone, standing_of
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionPaper,
    Ground,
)
from archive_service.domain.retention.removal import Removal
from archive_service.services import Services
from retention.disposition.papers.kinds import CERTIFICATE
from retention.terms.explain import term_told


class DestroyedByDocument(Document):
    """The list by which it goes, and what became of its paper."""

    id: UUID
    number: str
    decision: str
    certified: bool
    ground: Ground
    keeper: str
    paper: str
    paper_by: str
    paper_on: dt.date | None
    paper_method: str


class DestroyedCaseFileDocument(Document):
    """The stub; ``disposition`` is null for those who may not know of lists."""

    code: str
    title: str
    agency: str
    fonds: str
    started: str
    ended: str
    term: str
    ends_on: dt.date | None
    documents: int
    standing: str
    claimed_at: Moment | None
    done_at: Moment | None
    disposition: DestroyedByDocument | None
    handed_over: HandedOverDocument | None


def destroyed_case_file(
    services: Services, code: str, *, actor: Actor
) -> DestroyedCaseFileDocument | None:
    """``None`` while it is kept; else the stub with the list by which it goes.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor, whole=False)
        if not is_gone(row.state, row.removing_since):
            return None
        removal = session.scalar(select(Removal).where(Removal.ocfl_id == row.ocfl_id))
        fonds, agency = session.get_one(Fonds, row.fonds_id), session.get_one(Agency, row.agency_id)
        return DestroyedCaseFileDocument.of_row(
            row,
            agency=agency.name,
            fonds=f"{fonds.name} ({fonds.code})",
            started=row.start_date,
            ended=row.end_date,
            term=term_told(row.rule) if row.rule else "",
            documents=row.total_doc,
            standing=standing_of(row.state, row.removing_since),
            claimed_at=removal and removal.claimed_at,
            done_at=removal and removal.done_at,
            disposition=_disposition(session, removal, actor),
            handed_over=handed_over(session, row),
        )


def _disposition(
    session: Session, removal: Removal | None, actor: Actor
) -> DestroyedByDocument | None:
    item = session.get(DispositionItem, removal.ground_id) if removal else None
    if item is None:
        return None
    visible = access.visible(actor, "disposition:list", Disposition.agency_id)
    found = session.scalar(
        select(Disposition).where(Disposition.id == item.disposition_id, visible)
    )
    if found is None or not access.may(actor, "disposition:list", found):
        return None
    certified = select(DispositionPaper.id).where(
        DispositionPaper.disposition_id == found.id, DispositionPaper.form == CERTIFICATE
    )
    return DestroyedByDocument(
        id=found.id,
        number=f"{found.number:02}/{found.year}",
        decision=found.decision_number,
        certified=session.scalar(certified.limit(1)) is not None,
        ground=item.ground,
        keeper=item.keeper_code,
        paper=item.paper,
        paper_by=item.paper_destroyed_by,
        paper_on=item.paper_destroyed_on,
        paper_method=item.paper_method,
    )
