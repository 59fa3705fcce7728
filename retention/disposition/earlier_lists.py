"""What earlier lists came to about a case file: to be seen by who reviews it again."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access
from archive_service.document import Document, Moment
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
)
from archive_service.services import Services
from retention.disposition.documents import DispositionItemDocument
from retention.disposition.listing import DispositionNotFoundError, get_disposition


class _StepDocument(Document):
    by: str | None
    at: Moment


class _DecisionDocument(_StepDocument):
    number: str
    reason: str


class _VoiceDocument(Document):
    name: str
    agrees: bool | None
    opinion: str


class _CouncilDocument(Document):
    members: int
    agreed: int
    opinions: list[_VoiceDocument]


class _OpinionDocument(Document):
    by: str
    agrees: bool
    text: str


class EarlierListDocument(Document):
    """What a list came to; ``opinion`` is that of the archive above."""

    id: UUID
    number: str
    kind: DispositionKind
    state: DispositionState
    item: DispositionItemDocument
    review: _StepDocument | None
    decision: _DecisionDocument | None
    council: _CouncilDocument
    opinion: _OpinionDocument | None


def earlier_of(
    services: Services, disposition_id: UUID, code: str, *, actor: Actor, lang: str = "vi"
) -> list[EarlierListDocument]:
    """What lists proposed before this one came to about one of its case files, newest first.

    Raises:
        ActNotAllowedError
        DispositionNotFoundError: no such list, or no such case file on it.
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        item = next(
            (disposition_item for disposition_item in row.items if disposition_item.code == code),
            None,
        )
        if item is None:
            raise DispositionNotFoundError(id=f"{disposition_id}/{code}")
        return _lists_before(session, item.case_file_id, before=row, actor=actor, lang=lang)


def _lists_before(
    session: Session, case_file_id: UUID, *, before: Disposition, actor: Actor, lang: str
) -> list[EarlierListDocument]:
    """Of each list that was proposed before and names the case file, the newest first."""
    query = (
        select(DispositionItem, Disposition)
        .join(Disposition, Disposition.id == DispositionItem.disposition_id)
        .where(
            DispositionItem.case_file_id == case_file_id,
            Disposition.id != before.id,
            Disposition.proposed_at <= before.proposed_at,
            access.visible(actor, "disposition:list", Disposition.agency_id),
        )
        .order_by(Disposition.proposed_at.desc(), Disposition.id)
        .options(selectinload(Disposition.members))
    )
    return [_earlier_list(item, row, lang) for item, row in session.execute(query)]


def _earlier_list(item: DispositionItem, row: Disposition, lang: str) -> EarlierListDocument:
    return EarlierListDocument(
        id=row.id,
        number=f"{row.number:02}/{row.year}",
        kind=row.kind,
        state=row.state,
        item=DispositionItemDocument.of(item, lang),
        review=_StepDocument(by=row.reviewed_by, at=row.reviewed_at) if row.reviewed_at else None,
        decision=_DecisionDocument(
            by=row.decided_by,
            at=row.decided_at,
            number=row.decision_number,
            reason=row.decision_reason,
        )
        if row.decided_at
        else None,
        council=_CouncilDocument(
            members=len(row.members),
            agreed=sum(member.agrees is True for member in row.members),
            opinions=[_VoiceDocument.of_row(member) for member in row.members if member.opinion],
        ),
        opinion=None
        if row.opinion_agrees is None
        else _OpinionDocument(by=row.opinion_by, agrees=row.opinion_agrees, text=row.opinion_text),
    )
