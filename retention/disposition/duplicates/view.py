"""A duplicate or a superseded draft beside the case file that keeps what is in it, for people."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.db.duplicate_keepers import Wanted, contents, keepers_lacking
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document, FileRole
from archive_service.domain.case_files.duplicate_keeper import KEPT_GROUNDS, kept_pairs
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import DispositionItem, ItemState, Outcome
from archive_service.services import Services
from retention.disposition.documents import GoneForDocument
from retention.disposition.listing import get_disposition


def compared(
    services: Services, disposition_id: UUID, code: str, *, actor: Actor
) -> dict[str, Any]:
    """One case file of a list and its keeper, document by document, as both are now.

    ``{number, code, title, keeper, keeper_title, ground, reason, documents: [{going, staying}]}``;
    ``reason`` is empty while it is kept, else a word of ``labels.removal-refusals``. A side of a
    document is ``{ordinal, title, number, date, files}`` or null: nothing stands for it, or it is
    gone; ``title`` is null where the account is told less of it.

    Raises:
        DispositionNotFoundError
        CaseFileNotFoundError: no duplicate or draft of the list bears this code.
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        found = (
            disposition_item
            for disposition_item in row.items
            if disposition_item.code == code and disposition_item.ground in KEPT_GROUNDS
        )
        item = next(found, None)
        keeper = session.get(CaseFile, item.keeper_id) if item and item.keeper_id else None
        if item is None or keeper is None:
            raise CaseFileNotFoundError(code=code)
        going = session.get_one(CaseFile, item.case_file_id)
        wanted = Wanted(going.id, item.ground, keeper.id)
        lacking = keepers_lacking(session, [wanted], clock.today())
        return {
            "number": f"{row.number:02}/{row.year}",
            "code": going.code,
            "title": going.title,
            "keeper": keeper.code,
            "keeper_title": keeper.title,
            "ground": item.ground.value,
            "reason": lacking.get(going.id, ""),
            "documents": list(_side_by_side(session, item, going, keeper, actor)),
        }


def gone_for(services: Services, code: str, *, actor: Actor) -> list[GoneForDocument]:
    """What was destroyed since this case file keeps the same, by code; for those who see lists."""
    if not access.may(actor, "disposition:list"):
        return []
    with services.read_only() as session:
        found = session.scalars(
            select(DispositionItem)
            .join(CaseFile, CaseFile.id == DispositionItem.keeper_id)
            .where(
                CaseFile.code == code,
                access.visible(actor, "disposition:list", CaseFile.agency_id),
                DispositionItem.outcome == Outcome.DESTROY,
                DispositionItem.state.in_((ItemState.CLAIMED, ItemState.DONE)),
            )
            .order_by(DispositionItem.code)
        )
        return [GoneForDocument.of_row(item, disposition=item.disposition_id) for item in found]


def _side_by_side(
    session: Session, item: DispositionItem, going: CaseFile, keeper: CaseFile, actor: Actor
) -> list[dict[str, Any]]:
    if going.state is CaseState.DESTROYED or going.removing_since is not None:
        return []
    held = contents(session, [going.id, keeper.id])
    pairs: Mapping[UUID, UUID] = {}
    for document in held[going.id].documents:  # each by itself, so that one that lacks is seen
        alone = type(held[going.id])((document,), held[going.id].linked)
        pairs = {**pairs, **(kept_pairs(item.ground, alone, held[keeper.id]) or {})}
    wanted = {document.id for document in held[going.id].documents} | set(pairs.values())
    rows = _documents(session, going, wanted) | _documents(session, keeper, wanted)
    return [
        {
            "going": _document_facts(rows[document.id], going, actor),
            "staying": _document_facts(rows[pairs[document.id]], keeper, actor)
            if document.id in pairs
            else None,
        }
        for document in held[going.id].documents
    ]


def _documents(session: Session, row: CaseFile, wanted: set[UUID]) -> dict[UUID, Document]:
    query = select(Document).where(Document.case_file_id == row.id)
    found = session.scalars(query.options(selectinload(Document.files)))
    return {document.id: document for document in found if document.id in wanted}


def _document_facts(document: Document, row: CaseFile, actor: Actor) -> dict[str, Any]:
    known = access.may_know_all(actor, access.stricter_mode(row.mode, document.mode))
    number = "/".join(filter(None, (document.code_number, document.code_notation)))
    return {
        "ordinal": document.ordinal,
        "title": document.subject if known else None,
        "number": number if known else "",
        "date": document.issued_date if known else None,
        "files": sum(file.role is FileRole.ORIGINAL for file in document.files),
    }
