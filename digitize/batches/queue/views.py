"""Batches as people look at them: the queue, one batch, the desk with one of its pages, tickets."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer, selectinload

from archive_service import access
from archive_service.accounts.acts import display_names
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
    Verdict,
)
from archive_service.domain.digitization.station import Station
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from digitize.batches.desk.batch_documents import (
    batch_finding_shown,
    batch_row,
    document_row,
    edit_row,
    ticket_row,
)
from digitize.batches.desk.changes import RESCAN
from digitize.batches.desk.edits import last_done, next_undone
from digitize.batches.desk.strip import BatchPages, detail_of
from digitize.batches.documents import (
    BatchDetail,
    BatchHead,
    BatchRow,
    FindingRow,
    PageDetail,
    TicketRow,
)
from digitize.batches.queue.standing import PageStanding
from digitize.batches.queue.tallies import left_s, tallies_of
from digitize.batches.reach import get_batch, reached
from digitize.batches.reading.verdicts import is_flagged, sampled_pages
from digitize.batches.release.targets import titles_of
from digitize.batches.transitions import open_acts


def list_batches(
    services: Services,
    *,
    actor: Actor,
    text: str = "",
    states: Sequence[str] = (),
    station: str = "",
    limit: int,
    offset: int = 0,
) -> tuple[list[BatchRow], int]:
    """Each one that the account reaches, newest first, and how many there are.

    Args:
        text: part of a number, a code or the station's own name for it.
        states: only these; none: all.
    """
    access.require(actor, "batch:list")
    narrowed: list[ColumnElement[bool]] = [
        reached(actor),
        has_words(text, ScanBatch.number, ScanBatch.case_code, ScanBatch.reference),
    ]
    if states:
        narrowed.append(ScanBatch.state.in_([BatchState(state) for state in states]))
    if station:
        narrowed.append(Station.name == station)
    query = (
        select(ScanBatch, Station, Agency.code)
        .join(Station, Station.id == ScanBatch.station_id)
        .outerjoin(Agency, Agency.id == ScanBatch.agency_id)
        .where(*narrowed)
        .options(selectinload(ScanBatch.documents).defer(ScanDocument.proposals))
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
                acts=open_acts(batch, actor),
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
) -> BatchDetail:
    """One batch; ``flagged``: only pages that measurement or the sample asks people to look at."""
    with services.read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:read")
        pages = BatchPages(session, row, actor)
        asked = pages.asked(flagged=flagged)
        part = asked[offset : None if limit is None else offset + limit]
        return {
            **_head(session, row, pages, actor, lang),
            "pages": pages.rows(part),
            "page_total": len(asked),
            "offset": offset,
        }


def show_desk(
    services: Services,
    batch: str,
    *,
    actor: Actor,
    page_id: str = "",
    flagged: bool = False,
    begins: int | None = None,
    window: int,
    lang: str = "vi",
) -> dict[str, Any]:
    """The batch with a window of its pages, and what stands beside them on the desk.

    Beside what ``show_batch`` tells: ``page``, that of ``page_id``, else of the first page that
    waits for a decision, else of the first, or None; ``own``, ids of the pages of its document;
    ``named``, rows by id of the pages that findings name; ``to_stop to_rescan to_look to_sample``,
    how many of all pages wait for what, ``to_stop`` because of a secrecy mark; ``numbered``, how
    many of them are pages of the batch, without sheets and what was taken out; ``without_dpi``, of
    how many the resolution is not known; ``goes_to``, where a released batch went, ``{code,
    submission}`` each, as far as the account may open it: ``submission`` is the id of one that is
    not accepted yet, or empty; and what ``_names`` tells.

    Args:
        begins: where the window begins; None: around the page.

    Raises:
        PageNotInBatchError: ``page_id`` is of another batch.
    """
    with services.read_only() as session:
        row = get_batch(session, batch, actor=actor, act="batch:read")
        pages = BatchPages(session, row, actor)
        detail = _head(session, row, pages, actor, lang)
        chosen, asked = _chosen(pages, page_id), pages.asked(flagged=flagged)
        if begins is None:
            at = next((number for number, standing in enumerate(asked) if standing is chosen), 0)
            begins = at // window * window
        begins = max(0, min(begins, max(len(asked) - 1, 0)))
        page = None
        if chosen is not None:
            full = session.get_one(ScanPage, chosen.id)
            page = detail_of(pages, row, full, services=services, actor=actor, lang=lang)
        ids = {page_id for found in _findings(detail, page) for page_id in found["pages"]}
        named = pages.rows([standing for standing in pages.standings if str(standing.id) in ids])
        own = pages.by_document().get(chosen.document_id, []) if chosen else []
        return {
            **detail,
            "pages": pages.rows(asked[begins : begins + window]),
            "page_total": len(asked),
            "offset": begins,
            "numbered": sum(bool(it.number) for it in pages.standings),
            "page": page,
            "own": [str(page.id) for page in own if page.number],
            "named": {page["id"]: page for page in named},
            **_left(row, pages),
            "goes_to": _goes_to(session, row, actor),
            **_names(session, detail, page, pages),
            "without_dpi": sum(bool(it.number) and it.dpi is None for it in pages.standings),
        }


def list_tickets(
    services: Services,
    *,
    actor: Actor,
    station: str = "",
    finished: bool = False,
    limit: int,
    offset: int = 0,
    lang: str = "vi",
) -> tuple[list[TicketRow], int]:
    """Each page that has to be scanned again, oldest first; with ``finished`` all."""
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


def _head(
    session: Session, row: ScanBatch, pages: BatchPages, actor: Actor, lang: str
) -> BatchHead:
    """The batch with all but its pages."""
    place = session.get_one(Station, row.station_id)
    agency = session.get(Agency, row.agency_id) if row.agency_id else None
    tally = tallies_of(session, [row])[row.id]
    titles = titles_of(session, row)
    own = pages.by_document()
    undo, redo = last_done(session, row), next_undone(session, row)
    acts = open_acts(row, actor)
    acts += [name for name, edit in (("undo", undo), ("redo", redo)) if edit and "edit" in acts]
    head = batch_row(
        row,
        place,
        tally,
        agency=agency.code if agency else "",
        left_s=left_s(session, [row], {row.id: tally}).get(row.id),
        acts=acts,
    )
    edits = select(ScanEdit).where(ScanEdit.batch_id == row.id).order_by(ScanEdit.number.desc())
    bare = edits.options(defer(ScanEdit.before))
    return {
        **head,
        "findings": [batch_finding_shown(finding, lang=lang) for finding in row.findings],
        "documents": [
            document_row(
                document, own.get(document.id, ()), title=_title(document, titles), lang=lang
            )
            for document in row.documents
        ],
        "sample": _sample(row, pages.standings),
        "edits": [edit_row(edit, lang=lang) for edit in session.scalars(bare)],
        "undo": edit_row(undo, lang=lang) if undo else None,
        "redo": edit_row(redo, lang=lang) if redo else None,
    }


def _findings(desk: BatchHead, page: PageDetail | None) -> list[FindingRow]:
    """Those of the batch, of the page that is shown, and of all documents."""
    found: list[FindingRow] = [*desk["findings"], *(page["findings"] if page else ())]
    return found + [finding for document in desk["documents"] for finding in document["findings"]]


def _names(
    session: Session, desk: BatchHead, page: PageDetail | None, pages: BatchPages
) -> dict[str, Any]:
    """``people``, names by account of those who decided or edited; ``places``, numbers of all pages
    by id, None for one that does not count.
    """
    named = {edit["by"] for edit in desk["edits"]} | {desk["decided_by"]}
    named |= {found["decided"]["by"] for found in _findings(desk, page) if found["decided"]}
    named |= {page["decided_by"]} if page else set()
    return {
        "people": display_names(session, filter(None, named)),
        "places": {str(standing.id): standing.number for standing in pages.standings},
    }


def _chosen(pages: BatchPages, page_id: str) -> PageStanding | None:
    """The page that is asked for, else the first that waits for a decision, else the first."""
    if page_id:
        return pages.standings[pages.place_of(page_id)]
    counting = (standing for standing in pages.standings if standing.number)
    return next(iter((*pages.undecided()[:1], *counting, *pages.standings[:1])), None)


def _left(row: ScanBatch, pages: BatchPages) -> dict[str, int]:
    """How many pages wait for a decision because of what."""
    left = pages.undecided()
    worst = [
        standing
        for standing in left
        if Verdict.RESCAN.value in (standing.verdict, standing.decision)
    ]
    stopped = row.state is BatchState.STOPPED
    secret = sum(row["secret"] for row in pages.rows(worst)) if stopped else 0
    drawn = sum(not is_flagged(standing) for standing in left if not standing.decision)
    return {
        "to_stop": secret,
        "to_rescan": len(worst) - secret,
        "to_look": len(left) - len(worst) - drawn,
        "to_sample": drawn,
    }


def _goes_to(session: Session, row: ScanBatch, actor: Actor) -> list[dict[str, str]]:
    if row.state is not BatchState.RELEASED:
        return []
    codes = {document.case_code for document in row.documents}
    seen = access.visible(actor, "case-file:list", CaseFile.agency_id)
    held = set(session.scalars(select(CaseFile.code).where(CaseFile.code.in_(codes), seen)))
    sent = select(Submission.id, Submission.code).where(
        Submission.code.in_(codes - held),
        access.visible(actor, "submission:read", Submission.agency_id),
    )
    submitted = {str(row.id): row.code for row in session.execute(sent)}
    events = select(AuditEvent.subject_id, AuditEvent.data).where(
        AuditEvent.subject_id.in_(submitted), AuditEvent.tag == "submission:pages-added"
    )
    subjects = dict.fromkeys(held, "")
    for subject, data in session.execute(events):
        if subject is not None and data["batch"] == row.number:
            subjects[submitted[subject]] = subject
    return [{"code": code, "submission": subjects[code]} for code in sorted(subjects)]


def _title(document: ScanDocument, titles: Mapping[tuple[str, int], str]) -> str:
    return titles.get((document.case_code, document.document_ordinal or 0), "")


def _sample(batch: ScanBatch, pages: Sequence[PageStanding]) -> dict[str, Any]:
    drawn = sampled_pages(batch)
    own = [page for page in pages if str(page.id) in drawn]
    return {
        **batch.sample,
        "drawn": sorted(drawn),
        "looked": sum(bool(page.decision) or page.removed_at is not None for page in own),
        "failed": sum(page.decision == RESCAN for page in own),
    }
