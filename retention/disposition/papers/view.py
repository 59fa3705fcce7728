"""What the page of a list shows of its file (hồ sơ hủy), and which acts on it are open."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.request import services
from archive_service.services import Services
from archive_service.web.language import language
from retention.disposition.documents import DispositionDocument
from retention.disposition.listing import get_disposition
from retention.disposition.papers import reading as papers_reading
from retention.disposition.papers.certificate_form import place_words, remedy_words, why_words


def file_panel(document: DispositionDocument, actor: Actor) -> dict[str, Any]:
    """What the page of a list shows of its file, and which acts on it this account may do."""
    row_id = document.id
    papers = papers_reading.papers_of(services(), row_id, actor=actor)
    asks = bool(papers) and access.may(actor, "disposition:ask-signature")
    signers = []
    if asks:
        with services().read_only() as session:
            row = get_disposition(session, row_id, actor=actor)
            signers = papers_reading.signers_of(session, row)
    waits = [
        disposition_item
        for disposition_item in document.items
        if disposition_item.paper
        and disposition_item.outcome == "destroy"
        and disposition_item.state in ("claimed", "done")
        and not disposition_item.paper_destroyed_on
    ]
    executes = access.may(actor, "disposition:execute")
    executing = document.state == "executing"
    return {
        "waiting": waiting(row_id, actor) if executing else None,
        "papers": papers,
        "signers": signers,
        "may_make": executes and bool(papers),
        "certified": any(paper["form"] == "certificate" and not paper["due"] for paper in papers),
        "may_note_paper": executes and executing and bool(waits),
        "halves": waits,
        "may_number": document.state in ("approved", "executing", "executed")
        and document.decision_on is None
        and access.may(actor, "disposition:number"),
        "may_note_opinion": document.state == "reviewed"
        and access.may(actor, "disposition:council"),
    }


def waiting(row_id: UUID, actor: Actor) -> dict[str, Any]:
    """``places``: ``[{name, why, do, count}]`` of what keeps some open; ``untried``: how many."""
    lang = language()
    found = _waiting_places(services(), row_id, actor=actor)
    return {
        "places": [
            {
                "name": place_words(entry["place"], lang),
                "why": why_words(entry["trouble"], entry["until"], lang),
                "do": remedy_words(entry["trouble"], lang),
                "count": entry["count"],
            }
            for entry in found
            if entry["trouble"]
        ],
        "untried": sum(entry["count"] for entry in found if not entry["trouble"]),
    }


def _waiting_places(
    services: Services, disposition_id: UUID, *, actor: Actor
) -> list[dict[str, Any]]:
    """``[{place, trouble, until, count}]``: open places by what keeps them open, of how many each.

    ``trouble`` is empty where it was not tried yet; ``until``: when a lock ends, else ``None``.

    Raises:
        ActNotAllowedError, DispositionNotFoundError
    """
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        kinds = RemovalPlace.place, RemovalPlace.trouble, RemovalPlace.until
        found = session.execute(
            select(*kinds, func.count())
            .join(Removal, Removal.id == RemovalPlace.removal_id)
            .join(DispositionItem, DispositionItem.id == Removal.ground_id)
            .where(DispositionItem.disposition_id == row.id, RemovalPlace.state == PlaceState.OPEN)
            .group_by(*kinds)
            .order_by(*kinds)
        ).all()
    return [
        {"place": place, "trouble": trouble, "until": until and clock.iso(until), "count": count}
        for place, trouble, until, count in found
    ]
