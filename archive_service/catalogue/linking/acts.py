"""A document made part of another case file, and taken out again: rows and versions, no bytes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.catalogue.describing.acts import open_to_edit
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.holdings.uses import require_readable
from archive_service.catalogue.linking import links
from archive_service.catalogue.linking.documents import LinkDone, UnlinkDone
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.shared_document import (
    LINKED,
    LINKED_ELSEWHERE,
    UNLINKED,
    UNLINKED_ELSEWHERE,
    DocumentLink,
)
from archive_service.domain.people.account import Actor
from archive_service.evidence.acting import acting
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from archive_service.storage.held import lock_row

FOLLOWED = "document:link-followed"


def link(services: Services, code: str, ordinal: int, given: LinkIn, *, actor: Actor) -> LinkDone:
    """Make a document part of another case file of the fonds too, without a copy.

    Args:
        code: of the case file where it lies. The other one gets one more version, which names the
            document and holds none of its bytes. Who names a linked document by its place means
            the one that it leads to.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, DocumentNotInCaseFileError, CatalogueReasonError
        CaseFileHeldError: the other case file is held; the one where it lies may be.
        ContentRestrictedError, DocumentRecalledError, DocumentQuarantinedError: not to be read.
        LinkToItselfError, LinkOtherFondsError, AlreadyLinkedError, CaseFileStateError
        NotAtRestError, DocumentNotLinkableError
    """
    with acting(services, "case-file:describe", actor) as session:
        reason = reason_of(given.reason)
        rows = _both(session, code, given.into, actor)
        row = rows[given.into.strip()]
        source, document = links.document_at(rows[code.strip()], ordinal)
        links.require_linkable(source, document, row)
        require_readable(actor, source, document)
        made = links.add_link(source.id, document.id, row, reason=reason, actor=actor)
        note_edited(session, row, services)
        done = LinkDone(
            code=row.code, ordinal=made.ordinal, source=source.code, document=document.ordinal
        )
        _tell_both(session, (LINKED, LINKED_ELSEWHERE), row, source, dict(done), reason, actor)
    return done


def end_link(
    services: Services, code: str, ordinal: int, given: UnlinkIn, *, actor: Actor
) -> UnlinkDone:
    """Take a linked document out of a case file; where it lies it stays as it is.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError, CatalogueReasonError
        LinkNotFoundError: no linked document has this ordinal.
    """
    with acting(services, "case-file:describe", actor) as session:
        reason = reason_of(given.reason)
        row = open_to_edit(session, code, actor=actor)
        found = links.link_at(row, ordinal)
        links.end_link(found, reason=reason, actor=actor)
        note_edited(session, row, services)
        done = UnlinkDone(code=row.code, ordinal=ordinal)
        source, document = found.source, found.document
        if source is not None and document is not None:
            facts = dict(done) | {"source": source.code, "document": document.ordinal}
            tags = (UNLINKED, UNLINKED_ELSEWHERE)
            _tell_both(session, tags, row, source, facts, reason, actor)
        else:  # a rebuild lost the package it leads to
            _tell(session, UNLINKED, row, dict(done), reason, actor)
    return done


def parted(case_file: CaseFile, ordinals: Sequence[int]) -> tuple[list[int], list[int]]:
    """Ordinals of its own documents and those of linked ones; what is neither is told as own."""
    linked = {standing_link.ordinal for standing_link in case_file.standing_links}
    return (
        [ordinal for ordinal in ordinals if ordinal not in linked],
        [ordinal for ordinal in dict.fromkeys(ordinals) if ordinal in linked],
    )


def follow(
    session: Session,
    services: Services,
    target: CaseFile,
    moved: Sequence[tuple[Document, Document]],
    *,
    reason: str,
    actor: Actor,
) -> None:
    """Documents were moved into ``target``: what is linked to them is led there.

    A link in ``target`` itself ends: the document lies there now. The caller commits.

    Raises:
        CaseFileHeldError: a case file that would get another version is held.
    """
    now_at = {was.id: now for was, now in moved}
    session.flush()
    for found in links.links_of(session, list(now_at)):
        now = now_at[found.document_id]
        facts = {"ordinal": found.ordinal, "source": target.code, "document": now.ordinal}
        if found.case_file_id == target.id:
            links.end_link(found, reason=reason, actor=actor, became_id=now.id)
            _tell(session, UNLINKED, target, facts, reason, actor)
            continue
        row = _opened(session, found, actor)
        links.point_to(session, found, target.id, now.id)
        _want_version(session, row, services)
        _tell(session, FOLLOWED, row, facts, reason, actor)


def follow_back(
    session: Session,
    services: Services,
    rows: tuple[CaseFile, CaseFile],
    here_id: UUID,
    back: Document,
    *,
    reason: str,
    actor: Actor,
) -> None:
    """A move is taken back: what is linked to the document leads to its old place again.

    Args:
        rows: the case file that has it again, and the one that lost it.
        here_id: of the document's row in the latter, which is gone.
    """
    source, target = rows
    for found in links.links_of(session, [here_id]):
        if found.case_file_id == source.id:
            links.end_link(found, reason=reason, actor=actor, became_id=back.id)
            continue
        row = target if found.case_file_id == target.id else _opened(session, found, actor)
        links.point_to(session, found, source.id, back.id)
        facts = {"ordinal": found.ordinal, "source": source.code, "document": back.ordinal}
        _tell(session, FOLLOWED, row, facts, reason, actor)
        if row is not target:
            _want_version(session, row, services)
    for ended in target.links:
        if ended.became_id == here_id:
            links.resume_link(ended)


def _want_version(session: Session, row: CaseFile, services: Services) -> None:
    """Of what is still held; a case file that was handed on or destroyed stays as it is."""
    if row.state in (CaseState.ACCEPTED, CaseState.STORED):
        note_edited(session, row, services)


def _opened(session: Session, found: DocumentLink, actor: Actor) -> CaseFile:
    code = session.scalars(select(CaseFile.code).where(CaseFile.id == found.case_file_id)).one()
    return open_to_edit(session, code, actor=actor)


def _both(session: Session, source: str, target: str, actor: Actor) -> Mapping[str, CaseFile]:
    """Both held in one order to the end of this unit of work; the source is read, not edited."""
    source, target = source.strip(), target.strip()
    rows = {}
    for code in sorted({source, target}):
        if code == target:
            rows[code] = open_to_edit(session, code, actor=actor)
            continue
        found = get_case_file(session, code, actor=actor)
        lock_row(session, found.id)
        session.expire(found)  # what was read before the row was held may be old
        rows[code] = get_case_file(session, code, actor=actor)
    return rows


def _tell_both(
    session: Session,
    tags: tuple[str, str],
    row: CaseFile,
    source: CaseFile,
    facts: dict[str, Any],
    reason: str,
    actor: Actor,
) -> None:
    """The same on both sides, each under its own code."""
    _tell(session, tags[0], row, facts, reason, actor)
    there = {"ordinal": facts["document"], "target": facts["code"], "becomes": facts["ordinal"]}
    _tell(session, tags[1], source, there, reason, actor)


def _tell(
    session: Session, tag: str, row: CaseFile, facts: dict[str, Any], reason: str, actor: Actor
) -> None:
    record_event(
        session, tag, of=row, actor=actor, data=facts | {"code": row.code, "reason": reason}
    )
