"""What earlier lists came to about a case file: to be seen by who reviews it again."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import CouncilMember, Disposition, DispositionItem
from archive_service.services import Services
from retention.disposition.documents import DispositionItemDocument
from retention.disposition.listing import DispositionNotFoundError, get_disposition


def earlier_of(
    services: Services, disposition_id: UUID, code: str, *, actor: Actor, lang: str = "vi"
) -> list[dict[str, Any]]:
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
) -> list[dict[str, Any]]:
    """Of each list that was proposed before and names the case file, the newest first.

    ``{id, number, kind, state, item, review, decision, council, opinion}``: ``item`` as DISPOSITION
    has it, ``review`` and ``decision`` with who and when or null, ``council`` counts of its votes
    and what members wrote, ``opinion`` that of the archive above or null.
    """
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
    return [_told(item, row, lang) for item, row in session.execute(query)]


def _told(item: DispositionItem, row: Disposition, lang: str) -> dict[str, Any]:
    decision = {"number": row.decision_number, "reason": row.decision_reason}
    return {
        "id": str(row.id),
        "number": f"{row.number:02}/{row.year}",
        "kind": row.kind.value,
        "state": row.state.value,
        "item": DispositionItemDocument.of(item, lang),
        "review": row.reviewed_at and {"by": row.reviewed_by, "at": clock.iso(row.reviewed_at)},
        "decision": row.decided_at
        and decision | {"by": row.decided_by, "at": clock.iso(row.decided_at)},
        "council": {
            "members": len(row.members),
            "agreed": sum(member.agrees is True for member in row.members),
            "opinions": [_opinion(member) for member in row.members if member.opinion],
        },
        "opinion": {"by": row.opinion_by, "agrees": row.opinion_agrees, "text": row.opinion_text}
        if row.opinion_agrees is not None
        else None,
    }


def _opinion(one: CouncilMember) -> dict[str, Any]:
    return {"name": one.name, "agrees": one.agrees, "opinion": one.opinion}
