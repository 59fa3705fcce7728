"""The list of biên bản giao nhận: what waits for minutes, and those made, narrowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.accounts.acts import display_names
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.handover import HandoverItem, HandoverRecord
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.services import Services
from ingest.handover.acts import agency_names, state_of
from ingest.handover.documents import HandoverListing, HandoverSummary, WaitingHandover
from ingest.handover.minutes import waiting_handover

STATES = ("numbered", "signed", "complete")  # as ``state_of`` tells them


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which minutes: words of number, agency, giver or a case file's code; state, year."""

    text: str = ""
    state: str = ""
    year: int | None = None


ALL = Narrowing()


def list_handovers(
    services: Services,
    *,
    actor: Actor,
    narrowing: Narrowing = ALL,
    limit: int | None = 50,
    offset: int = 0,
) -> HandoverListing:
    """``handovers`` are those that fit, the newest first, and ``total`` counts them."""
    access.require(actor, "handover:list")
    visible = access.visible(actor, "handover:list", HandoverRecord.agency_id)
    with services.read_only() as session:
        names = agency_names(session)
        query = (
            select(HandoverRecord, SigningRequest.state)
            .outerjoin(SigningRequest, SigningRequest.id == HandoverRecord.request_id)
            .where(visible, *_conditions(narrowing))
        )
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        ordered = query.order_by(HandoverRecord.made_at.desc(), HandoverRecord.id)
        made = session.execute(ordered.limit(limit).offset(offset)).all()
        listed = _listed(session, [row.id for row, _ in made])
        years = select(HandoverRecord.year).where(visible).distinct()
        return HandoverListing(
            waiting=_waiting(session, actor, names),
            handovers=[
                HandoverSummary.of_row(
                    row,
                    state=state_of(row, state),
                    agency=names.get(row.agency_id, ""),
                    count=listed.get(row.id, 0),
                )
                for row, state in made
            ],
            total=total,
            years=sorted(session.scalars(years), reverse=True),
        )


def _waiting(session: Session, actor: Actor, names: dict[UUID, str]) -> list[WaitingHandover]:
    rows = session.execute(waiting_handover(actor=actor)).all()
    people = display_names(session, {row[1] for row in rows})
    return [
        WaitingHandover(
            agency_id=str(row[0] or ""),
            agency=names[row[0]] if row[0] else "",
            sender=row[1],
            sender_name=people.get(row[1], row[1]),
            count=row[2],
            since=row[3],
        )
        for row in rows
    ]


def _conditions(narrowing: Narrowing) -> list[ColumnElement[bool]]:
    conditions = [_bears(part) for part in narrowing.text.split()]
    if narrowing.year is not None:
        conditions.append(HandoverRecord.year == narrowing.year)
    if narrowing.state:
        signed = HandoverRecord.on_paper | (SigningRequest.state == SigningState.SIGNED)
        state = case(
            (HandoverRecord.sha256.is_(None), "numbered"), (signed, "complete"), else_="signed"
        )
        conditions.append(state == narrowing.state)
    return conditions


def _bears(part: str) -> ColumnElement[bool]:
    """Whether number, agency, giver or the code of a case file has the word in it."""
    of_agency = select(Agency.id).where(has_words(part, Agency.name))
    of_case = select(HandoverItem.handover_id).where(has_words(part, HandoverItem.case_code))
    return or_(
        has_words(part, HandoverRecord.number, HandoverRecord.giver),
        HandoverRecord.agency_id.in_(of_agency),
        HandoverRecord.id.in_(of_case),
    )


def _listed(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many case files each lists; a statement for each five hundred."""
    found: dict[UUID, int] = {}
    for start in range(0, len(ids), 500):
        rows = session.execute(
            select(HandoverItem.handover_id, func.count(HandoverItem.case_code.distinct()))
            .where(HandoverItem.handover_id.in_(ids[start : start + 500]))
            .group_by(HandoverItem.handover_id)
        )
        found.update((row[0], row[1]) for row in rows)
    return found
