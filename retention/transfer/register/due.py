"""What is to go to the historical archive, and what may not stand on a register, and why."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.held import held_among, held_condition
from archive_service.db.listed import listed, open_lists_of
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    OVER,
    STANDING,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from retention.transfer.register.deadlines import hand_over_by, submitted_until
from retention.transfer.register.longer_terms import Terms

_AT_ONCE = 500  # case files asked for in one statement


def to_register(on: dt.date, terms: Terms) -> Select[CaseFile]:
    """Case files that are to be registered on this day, the oldest first.

    Permanent, stored, on no register and no list that is not over, and not held.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 17: within five years of the year of submission, and
        within 30 where another law says so.
    """
    by_now = CaseFile.accepted_at < _end_of(submitted_until(on))
    if terms.rows:
        later = CaseFile.accepted_at < _end_of(submitted_until(on, other_law=True))
        by_now &= later | ~func.coalesce(terms.condition(), false())
    return (
        select(CaseFile)
        .where(_is_here(), by_now, ~held_condition())
        .where(CaseFile.id.not_in(registered()), CaseFile.id.not_in(listed()))
        .order_by(CaseFile.agency_id, CaseFile.accepted_at, CaseFile.code)
    )


def registered() -> Select[UUID]:
    """Case files that stand on a register that is not over."""
    of_case_files = cast("ColumnElement[UUID]", TransferItem.case_file_id)
    return (
        select(of_case_files)
        .join(Transfer, Transfer.id == TransferItem.transfer_id)
        .where(
            TransferItem.state.in_(STANDING),
            # What is held when it is closed keeps its receipt, and is closed later.
            Transfer.state.not_in(OVER)
            | (Transfer.state == TransferState.CLOSED)
            & (TransferItem.state == TransferItemState.RECEIPTED),
        )
    )


def _is_here() -> ColumnElement[bool]:
    return and_(
        CaseFile.state == CaseState.STORED,
        CaseFile.removing_since.is_(None),
        CaseFile.permanent,
    )


def _end_of(year: int) -> dt.datetime:
    return dt.datetime(year + 1, 1, 1, tzinfo=clock.LOCAL_ZONE)


def due_on(row: CaseFile, terms: Terms) -> dt.date:
    """The last day to hand it over."""
    other_law = terms.other_law(row) is not None
    return hand_over_by(clock.local(row.accepted_at).year, other_law=other_law)


def why_not(
    session: Session, case_files: Sequence[CaseFile], *, but: UUID | None = None
) -> dict[UUID, Refusal]:
    """Of these those that may not stand on a register, each with its first reason.

    In a fixed number of statements for each 500.

    Args:
        but: the register that they stand on already.
    """
    refused: dict[UUID, Refusal] = {}
    for start in range(0, len(case_files), _AT_ONCE):
        some = case_files[start : start + _AT_ONCE]
        ids = [row.id for row in some]
        held, lists = held_among(session, ids), open_lists_of(session, ids)
        closed = set(session.scalars(_closed_among(ids)))
        elsewhere = _registers_of(session, ids, but)
        for row in some:
            found = _own_reason(row)
            if row.id in held:
                found = found or Refusal("held", {})
            if row.id in closed:
                found = found or Refusal("quarantined", {})
            if row.id in lists:
                found = found or Refusal("listed", {"list": lists[row.id].number})
            if row.id in elsewhere:
                found = found or Refusal("registered", {"register": elsewhere[row.id]})
            if found is not None:
                refused[row.id] = found
    return refused


def _own_reason(row: CaseFile) -> Refusal | None:
    if row.state is not CaseState.STORED or row.removing_since is not None:
        return Refusal("state", {"state": row.state.value})
    if not row.permanent:
        return Refusal("not-permanent", {})
    return None


def _closed_among(ids: Sequence[UUID]) -> CompoundSelect[UUID]:
    """Those with a document that was closed for the mark of a state secret, or a link to one.

    One that was recalled is closed as well, and goes along closed.
    """
    closed = Document.quarantined & Document.recalled_at.is_(None)
    linked = select(DocumentLink.case_file_id).join(
        Document, Document.id == DocumentLink.document_id
    )
    own = select(Document.case_file_id).where(Document.case_file_id.in_(ids), closed)
    return own.union_all(linked.where(DocumentLink.case_file_id.in_(ids), closed))


def _registers_of(session: Session, ids: Sequence[UUID], but: UUID | None) -> dict[UUID, str]:
    query = registered().with_only_columns(
        TransferItem.case_file_id, Transfer.id, Transfer.number, Transfer.year
    )
    found = session.execute(query.where(TransferItem.case_file_id.in_(ids)))
    return {row.case_file_id: f"{row.number:02}/{row.year}" for row in found if row.id != but}


def make_items(
    case_files: Sequence[CaseFile],
    refused: Mapping[UUID, Refusal],
    *,
    terms: Terms,
    after: int = 0,
) -> list[TransferItem]:
    """An item for each, those that are refused as well, in the order given."""
    return [
        TransferItem(
            id=uuid4(),
            case_file_id=row.id,
            ordinal=ordinal,
            code=row.code,
            title=row.title,
            state=(TransferItemState.REFUSED if row.id in refused else TransferItemState.LISTED),
            refusal=refused[row.id].as_document() if row.id in refused else None,
            reason="",
            version=row.version_wanted,
            due_on=due_on(row, terms),
            documents=row.total_doc,
            pages=row.number_of_page,
            package="",
            file="",
            size_bytes=0,
            medium=1,
        )
        for ordinal, row in enumerate(case_files, start=after + 1)
    ]
