"""Documents that a sender names as held already: at acceptance they become links, without bytes."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.case_files.shared_document import LINKED_ELSEWHERE, DocumentLink
from archive_service.domain.intake.submission import DeclaredDocument, Submission
from archive_service.domain.people.account import Actor
from archive_service.messages import text
from ingest.register.held import in_parts

REFERENCE = "reference"  # relation of a document that is held already


def held_links(
    session: Session,
    submission: Submission,
    declared: Sequence[DeclaredDocument],
    *,
    fonds_id: UUID,
    start: int = 1,
    but: Sequence[UUID] = (),
) -> dict[int, DocumentLink]:
    """Links by the ordinals that the documents have in the declaration, counted from ``start``.

    A document that comes without files and names one of the fonds by docId or docCode becomes a
    link to it. What names none that can be read now, or the same a second time, or one of ``but``,
    stays a document that refers to it. A package that another archive hands over is whole: there
    the document comes with its files, and is stored once again where the same bytes are held.
    """
    wanted = {
        ordinal: item
        for ordinal, item in enumerate(declared, start=start)
        if item.fields.get("relation") == REFERENCE
        and (not item.files or submission.declared.get("custody"))
    }
    names = [item.fields.get("relatesTo", "") for item in wanted.values()]
    known = _held(session, [name for name in names if name], fonds_id)
    links: dict[int, DocumentLink] = {}
    taken = set(but)
    for ordinal, item in wanted.items():
        found = known.get(item.fields.get("relatesTo", ""))
        if found is None or found[1] in taken:
            continue
        if item.files and not _is_same(session, found[1], item, submission):
            continue
        taken.add(found[1])
        links[ordinal] = DocumentLink(
            id=uuid4(),
            ordinal=ordinal,
            source_id=found[0],
            document_id=found[1],
            reason=text("packages.linked_by_sender"),
            linked_by=submission.decided_by or "",
            linked_at=submission.decided_at,
            ended_reason="",
            ended_by="",
        )
    return links


def _is_same(
    session: Session, held: UUID, declared: DeclaredDocument, submission: Submission
) -> bool:
    """Whether the document has the very bytes that came, as they were received."""
    digests = submission.digests
    came = {digests.get(file.path) for file in declared.files if file.made is None}
    there = select(DigitalObject.sha256).where(
        DigitalObject.document_id == held, DigitalObject.role == FileRole.ORIGINAL
    )
    return came == {*session.scalars(there)}


def tell_linked(
    session: Session, links: Iterable[DocumentLink], code: str, *, actor: Actor
) -> None:
    """The trail of the case files that keep the documents says that ``code`` has them too."""
    for link in links:
        source = session.get_one(CaseFile, link.source_id)
        document = session.get_one(Document, link.document_id)
        facts = {"code": source.code, "ordinal": document.ordinal, "reason": link.reason}
        record_event(
            session,
            LINKED_ELSEWHERE,
            of=source,
            actor=actor,
            data=facts | {"target": code, "becomes": link.ordinal},
        )


def _held(session: Session, names: Sequence[str], fonds_id: UUID) -> dict[str, tuple[UUID, UUID]]:
    """Case file and document by docId and docCode; of several the one longest in custody."""
    found: dict[str, tuple[UUID, UUID]] = {}
    for some in in_parts(names):
        rows = session.execute(
            select(Document.doc_id, Document.doc_code, CaseFile.id, Document.id, Document.moved_to)
            .join(CaseFile, CaseFile.id == Document.case_file_id)
            .where(
                or_(Document.doc_id.in_(some), Document.doc_code.in_(some)),
                CaseFile.fonds_id == fonds_id,
                CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED)),
                Document.replaced_in.is_(None),
                Document.recalled_at.is_(None),
                Document.quarantined.is_(False),
            )
            .order_by(CaseFile.accepted_at, CaseFile.id, Document.ordinal)
        )
        for doc_id, doc_code, case_file_id, document_id, moved_to in rows:
            for name in () if moved_to else (doc_id, doc_code):
                found.setdefault(name, (case_file_id, document_id))
    return found
