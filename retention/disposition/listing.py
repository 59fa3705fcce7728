"""Dispositions as lists, commands and pages tell them, and what comes next of each."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access
from archive_service.db.words import has_words
from archive_service.document import NextActDocument
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    OPEN_STATES,
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.refusal import Refusal
from archive_service.errors import NotFoundError
from retention.disposition.council.council import lacking, needs_council
from retention.disposition.documents import (
    DispositionDocument,
    DispositionHead,
    DispositionItemDocument,
)
from retention.disposition.papers.kinds import CERTIFICATE
from retention.disposition.papers.signatures import unsigned_before, unsigned_papers
from retention.disposition.stopped_now import stopped_now
from retention.disposition.transitions import TRANSITIONS
from retention.terms.shortened import shortened_terms

WHOLE = (
    selectinload(Disposition.items),
    selectinload(Disposition.members),
    selectinload(Disposition.papers),
)


class DispositionNotFoundError(NotFoundError):
    """No list bears this id, or it is not this account's to know."""


def get_disposition(
    session: Session, disposition_id: UUID, *, actor: Actor, locked: bool = False
) -> Disposition:
    """The list with all that belongs to it.

    Raises:
        DispositionNotFoundError
    """
    query = select(Disposition).where(
        Disposition.id == disposition_id,
        access.visible(actor, "disposition:list", Disposition.agency_id),
    )
    if locked:
        query = query.with_for_update(of=Disposition)
    row = session.scalar(query.options(*WHOLE))
    if row is None:
        raise DispositionNotFoundError(id=disposition_id)
    return row


def open_disposition(
    session: Session, disposition_id: UUID, act: str, *, actor: Actor, locked: bool = True
) -> Disposition:
    """The list, locked until the commit if so asked, for an act of ``TRANSITIONS``.

    Raises:
        DispositionNotFoundError, ActNotAllowedError, DispositionStateError
    """
    row = get_disposition(session, disposition_id, actor=actor, locked=locked)
    TRANSITIONS.require(row, act, actor)
    return row


def matching_dispositions(
    *, actor: Actor, text: str = "", state: str = "", kind: str = "", open_only: bool = False
) -> Select[Disposition]:
    """Lists the account may know of; ``text``: a part of a code, title or reason."""
    query = select(Disposition)
    query = query.where(access.visible(actor, "disposition:list", Disposition.agency_id))
    if state:
        query = query.where(Disposition.state == DispositionState(state))
    if kind:
        query = query.where(Disposition.kind == DispositionKind(kind))
    if open_only:
        query = query.where(Disposition.state.in_(OPEN_STATES))
    if text:
        having = select(DispositionItem.disposition_id).where(
            has_words(text, DispositionItem.code, DispositionItem.title)
        )
        query = query.where(has_words(text, Disposition.reason) | Disposition.id.in_(having))
    return query


def count_dispositions(session: Session, query: Select[Disposition]) -> int:
    """How many a question of ``matching_dispositions`` finds."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def listed_documents(session: Session, rows: Sequence[Disposition]) -> list[DispositionHead]:
    """Heads of lists with counts, in a fixed number of statements and without items."""
    ids = [row.id for row in rows]
    counted = (
        select(
            DispositionItem.disposition_id,
            func.count(),
            func.coalesce(func.sum(DispositionItem.size_bytes), 0),
        )
        .where(DispositionItem.disposition_id.in_(ids), DispositionItem.state != ItemState.REFUSED)
        .group_by(DispositionItem.disposition_id)
    )
    sums = {one[0]: (one[1], int(one[2])) for one in session.execute(counted)}
    agencies = agencies_of(session, rows)
    heads = []
    for row in rows:
        count, size_bytes = sums.get(row.id, (0, 0))
        agency = agencies[row.agency_id]
        heads.append(DispositionHead.of(row, agency, count=count, size_bytes=size_bytes))
    return heads


def agencies_of(session: Session, rows: Sequence[Disposition | CaseFile]) -> dict[UUID, Agency]:
    """The agencies of these lists, or case files, by id."""
    wanted = {row.agency_id for row in rows}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(wanted)))
    return {agency.id: agency for agency in agencies}


def disposition_document(
    session: Session, row: Disposition, lang: str = "vi"
) -> DispositionDocument:
    """DISPOSITION of the contract, with the council, the opinion and all items."""
    (document,) = disposition_documents(session, [row], lang)
    return document


def disposition_documents(
    session: Session, rows: Sequence[Disposition], lang: str = "vi"
) -> list[DispositionDocument]:
    """The same of several; they were read with ``WHOLE``, so that no row is asked for by itself."""
    agencies = agencies_of(session, rows)
    unsigned = unsigned_papers(session, rows)
    now = stopped_now(session, rows)
    shortened = shortened_terms(session, [item for row in rows for item in row.items], lang)
    documents = []
    for row in rows:
        standing = [item for item in row.items if item.state is not ItemState.REFUSED]
        size_bytes = sum(item.size_bytes for item in standing if not _is_left(item, now))
        head = DispositionHead.of(
            row, agencies[row.agency_id], count=len(standing), size_bytes=size_bytes
        )
        items = [
            DispositionItemDocument.of(item, lang, now.get(item.id), shortened.get(item.id))
            for item in row.items
        ]
        lacking_ = unsigned.get(row.id, [])
        unsigned_forms = [sign.form for sign in unsigned_before(row, lacking_)]
        acts = next_acts(row, unsigned=unsigned_forms)
        documents.append(DispositionDocument.whole(row, head, items, unsigned=lacking_, next_=acts))
    return documents


def _is_left(item: DispositionItem, now: Mapping[UUID, Refusal]) -> bool:
    """Whether it was left out, or would be by now; what nobody reviewed, or waits, is not."""
    moves = item.outcome not in (None, Outcome.WAIT)
    return item.state is ItemState.LEFT_OUT or (moves and item.id in now)


def next_acts(row: Disposition, *, unsigned: Sequence[str] = ()) -> list[NextActDocument]:
    """What comes next; ``unsigned`` are the forms that must be signed before it is carried out."""
    act = TRANSITIONS.next_act
    match row.state:
        case DispositionState.PROPOSED:
            return [act("review", "archivist")]
        case DispositionState.REVIEWED:
            lacks = lacking(row)
            meets = [act("council", "archivist", lacks)] if needs_council(row) else []
            return [*meets, act("submit", "archivist", lacks)]
        case DispositionState.SUBMITTED:
            asked = None if needs_council(row) else ["other-person"]
            return [act("approve", "agency-head", asked), act("reject", "agency-head")]
        case DispositionState.APPROVED:
            return [act("execute", "archivist", [f"signed-{form}" for form in unsigned])]
        case DispositionState.EXECUTING:
            return [_certificate(*TRANSITIONS["close"].needs)]
        case DispositionState.EXECUTED if _lacks_certificate(row):
            return [_certificate()]
        case _:
            return []


def _certificate(*needs: str) -> NextActDocument:
    """A paper of the list, and no act on it."""
    return NextActDocument(act="certificate", role="archivist", needs=list(needs))


def _lacks_certificate(row: Disposition) -> bool:
    made = any(paper.form == CERTIFICATE for paper in row.papers)
    return not made and any(
        disposition_item.outcome is Outcome.DESTROY for disposition_item in row.items
    )
