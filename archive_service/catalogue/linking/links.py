"""One document in several case files of a fonds: it is stored once, and the others name it.

Source: NĐ 30/2020/NĐ-CP, Phụ lục VI, I.III.4: one document in several case files without a copy.
"""

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.domain.case_files.case_file import CaseFile, CaseFileStateError, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError


class DocumentNotLinkableError(ConflictError):
    """It was moved, replaced or recalled, or is quarantined."""


class LinkOtherFondsError(InputError):
    """Documents are linked within their fonds alone."""


class LinkToItselfError(InputError):
    """The document lies in that case file."""


class AlreadyLinkedError(ConflictError):
    """The document belongs to that case file already."""


class LinkNotFoundError(NotFoundError):
    """The case file has no linked document of this ordinal."""


class NotAtRestError(ConflictError):
    """The last version of the case file is not yet in every copy."""

    code = "case-file-not-at-rest"


def also_in(session: Session, document_ids: Collection[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    """Of these documents the other case files to which they belong: code and ordinal there."""
    rows = session.execute(
        select(DocumentLink.document_id, CaseFile.code, DocumentLink.ordinal)
        .join(CaseFile, CaseFile.id == DocumentLink.case_file_id)
        .where(DocumentLink.document_id.in_(document_ids), DocumentLink.ended_at.is_(None))
        .order_by(CaseFile.code, DocumentLink.ordinal)
    )
    found: dict[UUID, list[tuple[str, int]]] = {}
    for document_id, code, ordinal in rows:
        found.setdefault(document_id, []).append((code, ordinal))
    return found


def document_at(case_file: CaseFile, ordinal: int) -> tuple[CaseFile, Document]:
    """What stands in this place, and the case file that keeps it; a link leads to where it lies.

    Raises:
        DocumentNotInCaseFileError: nothing does.
    """
    for document in case_file.documents:
        if document.ordinal == ordinal:
            return case_file, document
    for link in case_file.standing_links:
        if link.ordinal == ordinal and link.source and link.document:
            return link.source, link.document
    raise DocumentNotInCaseFileError(code=case_file.code, ordinal=ordinal)


def link_at(case_file: CaseFile, ordinal: int) -> DocumentLink:
    """The linked document of this ordinal; ``LinkNotFoundError``."""
    for link in case_file.standing_links:
        if link.ordinal == ordinal:
            return link
    raise LinkNotFoundError(code=case_file.code, ordinal=ordinal)


def require_linkable(source: CaseFile, document: Document, target: CaseFile) -> None:
    """Whether the document may belong to ``target`` as well.

    Raises:
        LinkToItselfError, LinkOtherFondsError, AlreadyLinkedError
        CaseFileStateError: one of both is not held any more, or not yet.
        NotAtRestError: the document is not in every copy yet.
        DocumentNotLinkableError
    """
    if source.id == target.id:
        raise LinkToItselfError(code=target.code)
    if source.fonds_id != target.fonds_id:
        raise LinkOtherFondsError(code=source.code, target=target.code)
    for row in (source, target):
        if row.state is not CaseState.STORED or row.removing_since is not None:
            raise CaseFileStateError(code=row.code, state=row.state, version=row.version_stored)
    if any(link.document_id == document.id for link in target.standing_links):
        there = next(
            standing_link
            for standing_link in target.standing_links
            if standing_link.document_id == document.id
        )
        raise AlreadyLinkedError(code=target.code, ordinal=there.ordinal)
    if not document.stands:
        raise DocumentNotLinkableError(code=source.code, ordinal=document.ordinal)
    if document.added_in > source.version_stored:
        raise NotAtRestError(code=source.code)


def add_link(
    source_id: UUID, document_id: UUID, target: CaseFile, *, reason: str, actor: Actor
) -> DocumentLink:
    """The document's place behind all that ``target`` has or had."""
    link = DocumentLink(
        id=uuid4(),
        ordinal=target.last_ordinal + 1,
        source_id=source_id,
        document_id=document_id,
        reason=reason,
        linked_by=actor.account,
        linked_at=clock.now(),
        ended_reason="",
        ended_by="",
    )
    target.links.append(link)
    return link


def end_link(
    link: DocumentLink, *, reason: str, actor: Actor, became_id: UUID | None = None
) -> None:
    """The document belongs there no more; ``became_id``: it lies there itself by now."""
    link.ended_at, link.ended_by, link.ended_reason = clock.now(), actor.account, reason
    link.became_id = became_id


def resume_link(link: DocumentLink) -> None:
    """The end is taken back."""
    link.ended_at, link.ended_by, link.ended_reason, link.became_id = None, "", "", None


def links_of(session: Session, document_ids: Collection[UUID]) -> list[DocumentLink]:
    """Where these documents belong as well, in the order of the case files' ids."""
    return list(
        session.scalars(
            select(DocumentLink)
            .where(DocumentLink.document_id.in_(document_ids), DocumentLink.ended_at.is_(None))
            .order_by(DocumentLink.case_file_id, DocumentLink.ordinal)
        )
    )


def point_to(session: Session, link: DocumentLink, source_id: UUID, document_id: UUID) -> None:
    """The document lies elsewhere by now."""
    link.source_id, link.document_id = source_id, document_id
    session.flush()
    session.expire(link, ["source", "document"])


def pass_on(
    source: CaseFile, target: CaseFile, ordinals: Collection[int], *, reason: str, actor: Actor
) -> Iterator[tuple[int, int]]:
    """Links of ``source`` become links of ``target``; ordinals there and here.

    One whose document lies in ``target``, or is linked there already, ends without another.
    """
    standing: Mapping[UUID, int] = {
        standing_link.document_id: standing_link.ordinal for standing_link in target.standing_links
    }
    own = {document.id: document.ordinal for document in target.documents}
    for ordinal in ordinals:
        link = link_at(source, ordinal)
        end_link(link, reason=reason, actor=actor)
        there = own.get(link.document_id) or standing.get(link.document_id)
        if there is None:
            made = add_link(link.source_id, link.document_id, target, reason=reason, actor=actor)
            there = made.ordinal
        yield ordinal, there
