"""Batches as people look at them: the queue, one batch, one page with its words, its pictures."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer, selectinload

from archive_service import access
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.scan_batch import (
    BatchState,
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
)
from archive_service.domain.station import Station
from archive_service.errors import ConflictError, NotAllowedError
from archive_service.formats.picture import make_picture
from archive_service.workflow.batch_tallies import left_s, tallies_of
from archive_service.workflow.page_images import page_image
from digitize.batches.acts import RESCAN, PageNotInBatchError
from digitize.batches.edits import EDITABLE, last_done, next_undone
from digitize.batches.page_shown import page_detail
from digitize.batches.reach import get_batch, reached
from digitize.batches.settle import reading_of
from digitize.batches.shown import (
    batch_row,
    document_row,
    edit_row,
    finding_shown,
    page_row,
    ticket_row,
)
from digitize.batches.targets import Target, targets_of
from digitize.batches.tickets import open_tickets
from digitize.batches.verdicts import (
    bears_mark,
    counts,
    may_decide_secrecy,
    sampled_pages,
)


class PagePictureHiddenError(NotAllowedError):
    """The page bears a secrecy mark: its picture is for archive staff alone."""

    code = "page-picture-hidden"


class PageWithoutReadingError(ConflictError):
    """The page was not read yet."""

    code = "page-without-reading"


def list_batches(
    services: Services,
    *,
    actor: Actor,
    text: str = "",
    states: Sequence[str] = (),
    station: str = "",
    limit: int,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], int]:
    """BATCH of each one that the account reaches, newest first, and how many there are.

    Args:
        text: part of a number, a code or the station's own name for it.
        states: only these; none: all.
    """
    access.require(actor, "batch:list")
    narrowed: list[ColumnElement[bool]] = [reached(actor)]
    if text:
        narrowed.append(
            ScanBatch.number.icontains(text, autoescape=True)
            | ScanBatch.case_code.icontains(text, autoescape=True)
            | ScanBatch.reference.icontains(text, autoescape=True)
        )
    if states:
        narrowed.append(ScanBatch.state.in_([BatchState(state) for state in states]))
    if station:
        narrowed.append(Station.name == station)
    query = (
        select(ScanBatch, Station, Agency.code)
        .join(Station, Station.id == ScanBatch.station_id)
        .outerjoin(Agency, Agency.id == ScanBatch.agency_id)
        .where(*narrowed)
        .options(selectinload(ScanBatch.documents))
    )
    with services.read_only() as session:
        total = session.scalar(
            select(func.count()).select_from(ScanBatch).join(Station).where(*narrowed)
        )
        newest = query.order_by(ScanBatch.created_at.desc(), ScanBatch.number.desc())
        rows = session.execute(newest.limit(limit).offset(offset)).all()
        batches = [row[0] for row in rows]
        tallies = tallies_of(session, batches)
        waits = left_s(session, batches, tallies)
        return [
            batch_row(
                batch,
                place,
                tallies[batch.id],
                agency=agency or "",
                left_s=waits.get(batch.id),
                acts=_acts(session, batch, actor, with_edits=False),
            )
            for batch, place, agency in rows
        ], total or 0


def show_batch(
    services: Services,
    batch: str,
    *,
    actor: Actor,
    lang: str = "vi",
    flagged: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> dict[str, Any]:
    """DETAIL; ``flagged``: only pages that measurement or the sample asks a person to look at."""
    with services.read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:read")
        place = session.get_one(Station, row.station_id)
        agency = session.get(Agency, row.agency_id) if row.agency_id else None
        tally = tallies_of(session, [row])[row.id]
        targets = targets_of(session, row)
        pages = _in_order(session, row)
        shown = _page_rows(session, row, pages, actor)
        own: dict[UUID | None, list[ScanPage]] = {}
        for page in pages:
            own.setdefault(page.document_id, []).append(page)
        asked = [one for one in shown if not flagged or one["flagged"] or one["undecided"]]
        undo, redo = last_done(session, row), next_undone(session, row)
        edits = select(ScanEdit).where(ScanEdit.batch_id == row.id).order_by(ScanEdit.number.desc())
        head = batch_row(
            row,
            place,
            tally,
            agency=agency.code if agency else "",
            left_s=left_s(session, [row], {row.id: tally}).get(row.id),
            acts=_acts(session, row, actor),
        )
        return head | {
            "findings": [finding_shown(finding, lang=lang) for finding in row.findings],
            "documents": [
                document_row(
                    document,
                    own.get(document.id, ()),
                    title=_title(document, targets),
                    lang=lang,
                )
                for document in row.documents
            ],
            "pages": asked[offset : None if limit is None else offset + limit],
            "page_total": len(asked),
            "offset": offset,
            "sample": _sample(row, pages),
            "edits": [edit_row(edit, lang=lang) for edit in session.scalars(edits)],
            "undo": edit_row(undo, lang=lang) if undo else None,
            "redo": edit_row(redo, lang=lang) if redo else None,
        }


def show_page(
    services: Services, page_id: UUID | str, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """PAGE DETAIL, and ``batch``: the number of its batch. A hidden page has no words."""
    with services.read_only() as session:
        row, page = _page(session, page_id, actor)
        pages = _in_order(session, row)
        shown = _page_rows(session, row, pages, actor)
        hidden = is_hidden(page, actor)
        reading = None if hidden else reading_of(page, services.staging)
        detail = page_detail(page, reading, standard=row.standard, lang=lang)
    place = next(number for number, one in enumerate(shown) if one["id"] == str(page.id))
    return (
        shown[place]
        | detail
        | {
            "batch": row.number,
            "before": shown[place - 1]["id"] if place else None,
            "after": shown[place + 1]["id"] if place + 1 < len(shown) else None,
            "next_flagged": _flagged_one(shown[place + 1 :]),
            "previous_flagged": _flagged_one(shown[:place][::-1]),
        }
    )


def page_thumbnail(services: Services, page_id: UUID | str, *, actor: Actor) -> bytes:
    """A JPEG, 200 pixels wide.

    Raises:
        PagePictureHiddenError, PageWithoutReadingError, PageNotInBatchError.
    """
    with services.read_only() as session:
        _, page = _page(session, page_id, actor)
        _require_shown(page, actor)
        digest = page.thumbnail_sha256
    if digest is None or not services.staging.has(digest):
        raise PageWithoutReadingError(page=page.name)
    with services.staging.open(digest) as file:
        return file.read()


def page_picture(services: Services, page_id: UUID | str, *, actor: Actor) -> bytes:
    """The page upright as a JPEG for browsers.

    Raises:
        PagePictureHiddenError, PictureImpossibleError, PageNotInBatchError.
    """
    with services.read_only() as session:
        _, page = _page(session, page_id, actor)
        _require_shown(page, actor)
        turn = page.turn_deg
    with page_image(services, page, actor=actor) as path:
        return make_picture(path, pixels=services.settings.limits.page_pixels, turn_deg=turn)


def list_tickets(
    services: Services,
    *,
    actor: Actor,
    station: str = "",
    finished: bool = False,
    limit: int,
    offset: int = 0,
    lang: str = "vi",
) -> tuple[list[dict[str, Any]], int]:
    """TICKET of each page that has to be scanned again, oldest first; with ``finished`` all."""
    access.require(actor, "batch:list")
    narrowed: list[ColumnElement[bool]] = [reached(actor)]
    if station:
        narrowed.append(Station.name == station)
    if not finished:
        narrowed.append(RescanTicket.closed_at.is_(None))

    def joined(query: Any) -> Any:  # a question of any columns
        return (
            query.join(ScanBatch, ScanBatch.id == RescanTicket.batch_id)
            .join(Station, Station.id == RescanTicket.station_id)
            .join(ScanPage, ScanPage.id == RescanTicket.page_id)
            .where(*narrowed)
        )

    with services.read_only() as session:
        total = session.scalar(joined(select(func.count()).select_from(RescanTicket)))
        query = joined(select(RescanTicket, ScanBatch.number, ScanPage.name, Station.name))
        rows = session.execute(query.order_by(RescanTicket.opened_at).limit(limit).offset(offset))
        return [
            ticket_row(ticket, batch=number, page_name=name, station=place, lang=lang)
            for ticket, number, name, place in rows
        ], total or 0


def is_hidden(page: ScanPage, actor: Actor) -> bool:
    """Whether its picture and words are not for this account: it bears a mark of secrecy."""
    return bears_mark(page) and not may_decide_secrecy(actor)


def _require_shown(page: ScanPage, actor: Actor) -> None:
    if is_hidden(page, actor):
        raise PagePictureHiddenError(page=page.name)


def _page(session: Session, page_id: UUID | str, actor: Actor) -> tuple[ScanBatch, ScanPage]:
    try:
        meant = UUID(str(page_id))
    except ValueError:
        raise PageNotInBatchError(id=page_id, batch="") from None
    page = session.get(ScanPage, meant)
    if page is None:
        raise PageNotInBatchError(id=page_id, batch="")
    return get_batch(session, page.batch_id, actor=actor, act="batch:read"), page


def _in_order(session: Session, batch: ScanBatch) -> Sequence[ScanPage]:
    """All its pages, without the measures of each, which a list does not show."""
    query = select(ScanPage).where(ScanPage.batch_id == batch.id).order_by(ScanPage.position)
    return session.scalars(query.options(defer(ScanPage.measures))).all()


def _page_rows(
    session: Session, batch: ScanBatch, pages: Sequence[ScanPage], actor: Actor
) -> list[dict[str, Any]]:
    sampled = sampled_pages(batch)
    tickets = {ticket.page_id for ticket in open_tickets(session, batch)}
    replaced = {page.replaced_by: page.id for page in pages if page.replaced_by}
    number, rows = 0, []
    for page in pages:
        number += counts(page)
        rows.append(
            page_row(
                page,
                number=number if counts(page) else None,
                sampled=sampled,
                ticket=page.id in tickets,
                replaces=replaced.get(page.id),
                hidden=is_hidden(page, actor),
            )
        )
    return rows


def _flagged_one(rows: Sequence[dict[str, Any]]) -> str | None:
    return next((one["id"] for one in rows if one["undecided"]), None)


def _title(document: ScanDocument, targets: dict[str, Target]) -> str:
    target = targets.get(document.case_code)
    listed = target.document(document.document_ordinal) if target else None
    return listed.title if listed else ""


def _sample(batch: ScanBatch, pages: Sequence[ScanPage]) -> dict[str, Any]:
    drawn = sampled_pages(batch)
    own = [page for page in pages if str(page.id) in drawn]
    return {
        **batch.sample,
        "drawn": sorted(drawn),
        "looked": sum(bool(page.decision) or page.removed_at is not None for page in own),
        "failed": sum(page.decision == RESCAN for page in own),
    }


def _acts(
    session: Session, batch: ScanBatch, actor: Actor, *, with_edits: bool = True
) -> list[str]:
    acts = []
    if batch.state in EDITABLE and access.may(actor, "batch:edit"):
        acts.append("edit")
        if with_edits and last_done(session, batch):
            acts.append("undo")
        if with_edits and next_undone(session, batch):
            acts.append("redo")
    if batch.state is BatchState.REVIEW and access.may(actor, "batch:release"):
        acts.append("release")
    over = (BatchState.RELEASED, BatchState.REJECTED)
    if batch.state not in over and access.may(actor, "batch:reject"):
        acts.append("reject")
    return acts
