"""Copies that wait for a seal: which they are, whose seal, and what became of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from archive_service import access, clock, messages
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import PDF, DigitalObject, Document, FileRole
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch, ScanPage
from archive_service.domain.digitization.station import Station
from archive_service.domain.keeping.job import IS_OPEN, Job
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.signing.copy_signing import (
    OFF,
    SEALED,
    SEALED_ENDING,
    CopySigning,
    CopyToSign,
    SigningOrder,
)
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.signing.copies.documents import (
    SaidDocument,
    SealDocument,
    SigningOrderDocument,
)

SIGN_JOB = "sign-copies"
COPY_UNSIGNED = "copy-unsigned"  # kind of the incident
HALTED = "halted"  # shown of a copy whose order nobody does any more
_STALE = (CopySigning.WAITING, CopySigning.REFUSED)
_AT_WORK = (CopySigning.ORDERED, CopySigning.SIGNED)
_SHOWN = (CopySigning.WAITING, CopySigning.REFUSED, *_AT_WORK)


def unsigned_copy(document: Document) -> DigitalObject | None:
    """The PDF/A of its scan that no agency has signed: what a reader opens, or what was read again
    and takes the place of the sealed copy once it is sealed too.
    """
    pdf = document.readable_pdf()
    if not document.page_images() or pdf is None:
        return None
    if pdf.made_as == SEALED:
        return document.copy_to_reseal()
    return None if pdf.role is not FileRole.PRESERVATION or pdf.migration else pdf


def note_unsigned(session: Session, row: CaseFile, services: Services) -> int:
    """Have the copies of a stored case file wait for their seal; returns how many are new.

    A copy that a newer one stands for waits no more. Safe to repeat.
    """
    if services.settings.digitize.sign_copies == OFF:
        return 0
    scanned = [document for document in row.documents if document.page_images()]
    if not scanned:
        return 0
    known: dict[UUID, list[CopyToSign]] = {}
    of_case = select(CopyToSign).where(CopyToSign.case_file_id == row.id)
    for sign in session.scalars(of_case):
        known.setdefault(sign.document_id, []).append(sign)
    new = 0
    for document in scanned:
        copy = unsigned_copy(document)
        path = None if copy is None else copy.path
        for sign in known.get(document.id, ()):
            if sign.path != path and sign.state in _STALE:
                sign.state = CopySigning.OVERTAKEN
        if copy is not None and all(sign.path != path for sign in known.get(document.id, ())):
            session.add(_waiting(session, row, document, copy, services))
            new += 1
    settle_refusals(session, row)
    return new


def tell_refusal(session: Session, copy: CopyToSign) -> None:
    """A person is to look at a copy that no seal could be put on."""
    facts = {"code": copy.code, "document": copy.ordinal, "refusal": copy.refusal}
    severity = IncidentSeverity.WARNING
    open_incident(session, COPY_UNSIGNED, copy.code, severity=severity, facts=facts)


def settle_refusals(session: Session, row: CaseFile) -> None:
    """Nobody has to look any more once no copy of the case file is one that was refused."""
    refused = select(CopyToSign.id).where(
        CopyToSign.case_file_id == row.id, CopyToSign.state == CopySigning.REFUSED
    )
    if session.scalar(refused.limit(1)) is None:
        close_incident(session, COPY_UNSIGNED, row.code)


def _waiting(
    session: Session,
    row: CaseFile,
    document: Document,
    copy: DigitalObject,
    services: Services,
) -> CopyToSign:
    return CopyToSign(
        case_file_id=row.id,
        document_id=document.id,
        agency_id=_sealing_agency(session, row, document, services),
        code=row.code,
        ordinal=document.ordinal,
        path=copy.path,
        sha256=copy.sha256,
        size_bytes=copy.size_bytes,
        since=clock.now(),
    )


def _sealing_agency(
    session: Session, row: CaseFile, document: Document, services: Services
) -> UUID:
    """Whoever scans seals: the station's agency, else the case file's.

    Where the case file's agency is none that is served here any more, the archive's own.
    """
    of_station = (
        select(Station.agency_id)
        .join(ScanBatch, ScanBatch.station_id == Station.id)
        .join(ScanPage, ScanPage.batch_id == ScanBatch.id)
        .where(
            ScanBatch.state == BatchState.RELEASED,
            ScanPage.sha256 == document.page_images()[0].sha256,
        )
        .order_by(ScanBatch.decided_at.desc())
    )
    if (agency_id := session.scalar(of_station.limit(1))) is not None:
        return agency_id
    if not session.get_one(Agency, row.agency_id).served:
        own = select(Agency.id).where(Agency.code == services.settings.archive.code)
        return session.scalar(own) or row.agency_id
    return row.agency_id


def list_copies(
    services: Services,
    *,
    actor: Actor,
    text: str = "",
    limit: int | None = None,
    offset: int = 0,
    lang: str = "vi",
) -> tuple[list[dict[str, Any]], int]:
    """What waits, is at work or was refused, by code; and how many there are.

    ``{code, document, title, pages, state, agency, since, error}``.
    """
    access.require(actor, "copy:list")
    narrowed = [CopyToSign.state.in_(_SHOWN), visible(actor), has_words(text, CopyToSign.code)]
    query = (
        select(CopyToSign, Document.subject, Document.number_of_page, Agency.code)
        .join(Document, Document.id == CopyToSign.document_id)
        .join(Agency, Agency.id == CopyToSign.agency_id)
        .where(*narrowed)
        .order_by(CopyToSign.code, CopyToSign.ordinal)
        .limit(limit)
        .offset(offset)
    )
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(CopyToSign).where(*narrowed)) or 0
        halted = {order.id for order in session.scalars(halted_orders())}
        rows = [_row(*found, halted, lang) for found in session.execute(query)]
        return rows, total


def _row(
    copy: CopyToSign, title: str, pages: int, agency: str, halted: set[UUID], lang: str
) -> dict[str, Any]:
    waits_in_vain = copy.state is CopySigning.ORDERED and copy.order_id in halted
    return {
        "code": copy.code,
        "document": copy.ordinal,
        "title": title,
        "pages": pages,
        "state": HALTED if waits_in_vain else copy.state.value,
        "agency": agency,
        "since": clock.iso(copy.since),
        "error": refusal_words(copy.refusal, lang),
    }


def copies_summary(
    services: Services, *, actor: Actor, lang: str = "vi", web: bool = False
) -> list[SealDocument]:
    """What waits for each seal.

    The order is the last one that has not ended, else the last one.
    """
    access.require(actor, "copy:list")
    counted = (
        select(CopyToSign.agency_id, CopyToSign.state, func.count())
        .join(Document, Document.id == CopyToSign.document_id)
        .where(CopyToSign.state.in_(_SHOWN), visible(actor), ~Document.quarantined)
        .group_by(CopyToSign.agency_id, CopyToSign.state)
    )
    with services.read_only() as session:
        counts: dict[UUID, dict[CopySigning, int]] = {}
        for agency_id, state, number in session.execute(counted):
            counts.setdefault(agency_id, {})[state] = number
        orders = _last_orders(session, actor)
        names = _names(session, {*counts, *orders})
        return [
            SealDocument(
                agency=names[agency_id][0],
                name=names[agency_id][1],
                waiting=counts.get(agency_id, {}).get(CopySigning.WAITING, 0),
                refused=counts.get(agency_id, {}).get(CopySigning.REFUSED, 0),
                order=order_document(session, orders[agency_id], lang, web=web)
                if agency_id in orders
                else None,
            )
            for agency_id in sorted({*counts, *orders}, key=lambda agency_id: names[agency_id][1])
        ]


def _last_orders(session: Session, actor: Actor) -> dict[UUID, SigningOrder]:
    newest = (
        select(SigningOrder)
        .where(access.visible(actor, "copy:list", SigningOrder.agency_id))
        .order_by(SigningOrder.ended_at.is_not(None), SigningOrder.ordered_at.desc())
        .limit(50)
    )
    found: dict[UUID, SigningOrder] = {}
    for order in session.scalars(newest):
        found.setdefault(order.agency_id, order)
    return found


def _names(session: Session, wanted: set[UUID]) -> dict[UUID, tuple[str, str]]:
    agencies = session.scalars(select(Agency).where(Agency.id.in_(wanted)))
    return {agency.id: (agency.code, agency.name) for agency in agencies}


def visible(actor: Actor) -> ColumnElement[bool]:
    """The copies that the account may know of."""
    return access.visible(actor, "copy:list", CopyToSign.agency_id)


def waiting_for(agency_id: UUID, *, again: bool) -> Select[CopyToSign]:
    """What may be ordered with this seal, in the order in which it is signed."""
    states = _STALE if again else (CopySigning.WAITING,)
    return (
        select(CopyToSign)
        .join(Document, Document.id == CopyToSign.document_id)
        .where(
            CopyToSign.state.in_(states),
            CopyToSign.agency_id == agency_id,
            ~Document.quarantined,
        )
        .order_by(CopyToSign.code, CopyToSign.ordinal)
    )


def count_to_seal(session: Session, *, actor: Actor) -> int:
    """How many copies wait for a seal that this account puts on."""
    waiting = (
        select(func.count())
        .select_from(CopyToSign)
        .join(Document, Document.id == CopyToSign.document_id)
        .where(
            CopyToSign.state == CopySigning.WAITING,
            access.visible(actor, "copy:sign", CopyToSign.agency_id),
            ~Document.quarantined,
        )
    )
    return session.scalar(waiting) or 0


def halted_orders() -> Select[SigningOrder]:
    """Orders that have not ended and that no worker will do: their job was given up."""
    at_work = exists().where(Job.name == SIGN_JOB, Job.subject_id == SigningOrder.id, IS_OPEN)
    return select(SigningOrder).where(SigningOrder.ended_at.is_(None), ~at_work)


def last_job(session: Session, order: SigningOrder) -> Job | None:
    """The job that signs, or signed, what was ordered."""
    jobs = select(Job).where(Job.name == SIGN_JOB, Job.subject_id == order.id)
    return session.scalar(jobs.order_by(Job.created_at.desc()).limit(1))


def order_document(
    session: Session, order: SigningOrder, lang: str = "vi", *, web: bool = False
) -> SigningOrderDocument:
    """An order as commands, REST and pages tell it."""
    this_one = halted_orders().where(SigningOrder.id == order.id)
    halted = order.ended_at is None and session.scalar(this_one) is not None
    job = last_job(session, order) if halted else None
    error = refusal_words(order.stopped or (job.error if job else {}), lang, web=web)
    return SigningOrderDocument.of_row(order, halted=halted, error=error)


def refusal_words(kept: dict[str, Any], lang: str, *, web: bool = False) -> SaidDocument | None:
    """The words of a kept refusal; ``None`` where there is none."""
    if not kept:
        return None
    words = messages.error(kept["code"], lang, kept.get("facts", {}), web=web)
    return SaidDocument(message=words.message, remedy=words.remedy)


def unsigned_case_files(session: Session) -> Sequence[UUID]:
    """Case files with a made PDF that nothing was noted of: from before the setting was made so."""
    page = aliased(DigitalObject)
    noted = exists().where(
        CopyToSign.case_file_id == DigitalObject.case_file_id, CopyToSign.path == DigitalObject.path
    )
    scanned = exists().where(page.document_id == DigitalObject.document_id, page.page_image)
    found = (
        select(DigitalObject.case_file_id)
        .join(CaseFile, CaseFile.id == DigitalObject.case_file_id)
        .where(
            CaseFile.state == CaseState.STORED,
            DigitalObject.role == FileRole.PRESERVATION,
            DigitalObject.media_type == PDF,
            DigitalObject.superseded_in.is_(None),
            ~DigitalObject.path.endswith(SEALED_ENDING),
            scanned,
            ~noted,
        )
        .distinct()
    )
    return session.scalars(found).all()
