"""All that is known of one document: what it says of itself, its files, its rights, its use."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.catalogue.describing.fields import (
    DocumentNotInCaseFileError,
    told_to_all,
    values_of,
)
from archive_service.catalogue.describing.mode_changes import changes_told, waiting_changes
from archive_service.catalogue.describing.rules import describes
from archive_service.catalogue.holdings.holds import holds_of
from archive_service.catalogue.holdings.rows import get_case_file, submissions_of
from archive_service.catalogue.holdings.uses import TAG as READ
from archive_service.catalogue.holdings.uses import is_readable, is_reduced, mode_of
from archive_service.catalogue.linking.links import also_in
from archive_service.catalogue.own_fields.fields import labels_of
from archive_service.catalogue.recalls.document_successors import documents_bearing
from archive_service.catalogue.recalls.documents import NamedDocument, RecallDocument
from archive_service.catalogue.recalls.listing import standing_recalls
from archive_service.domain.agencies.own_field import OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, DocumentRelation
from archive_service.domain.case_files.recall import RELATIONS
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.packaging.case_events import digitized_elsewhere, premis_events
from archive_service.packaging.model import PremisEvent
from archive_service.services import Services

_BACK = dict(RELATIONS.values()) | {back: there for there, back in RELATIONS.values()}
_ISSUED = "copy:issued"
_TOLD_OF_RECALLS = ("kind", "state", "ordinal", "reason", "asked_at", "decided_at")
_MOST_USES = 200  # newest uses that are told


def document_record(services: Services, code: str, ordinal: int, *, actor: Actor) -> dict[str, Any]:
    """Show all that is known of a document: description, files, events, rights, relations, use.

    It is told as far as its use is open to the account; recalls are those asked or in force.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
        DocumentNotInCaseFileError: no such document in it.
    """
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        document = row.document_at(ordinal)
        if document is None:
            raise DocumentNotInCaseFileError(code=row.code, ordinal=ordinal)
        reduced = is_reduced(actor, row, document)
        fields = values_of(document)
        return {
            "code": row.code,
            "ordinal": document.ordinal,
            "id": str(document.id),
            "kind": document.kind,
            "title": document.subject,
            "reduced": reduced,
            "handling": _handling(document, reduced=reduced),
            "fields": told_to_all(fields) if reduced else fields,
            "own_labels": labels_of(session, row.agency_id, OwnSubject.DOCUMENT),
            "files": [] if reduced else [_file(document, file) for file in document.files],
            "copies": [] if reduced else _copies(row),
            "events": [] if reduced else _events(session, row, document),
            "rights": _rights(session, row, document, actor),
            "recalls": _recalls(session, document),
            "replaced_in": document.replaced_in,
            "replaced_by": _replaced_by(session, document),
            "relations": _relations(session, document, actor),
            "also_in": [
                {"code": code, "ordinal": there}
                for code, there in also_in(session, [document.id]).get(document.id, ())
            ],
            "uses": _uses(session, row, document) if access.may(actor, "audit:read") else None,
        }


def _handling(document: Document, *, reduced: bool) -> dict[str, Any]:
    """How it was sent and dealt with; opinions are for those who may know all."""
    facts = dict(document.handling or {})
    return {"receivers": facts.get("receivers", [])} if reduced else facts


def _file(document: Document, file: DigitalObject) -> dict[str, Any]:
    """The PREMIS object: what identifies the bytes, and who signed them."""
    return {
        "id": str(file.id),
        "name": file.name,
        "path": file.path,
        "role": file.role.value,
        "standing": file.standing,
        "media_type": file.media_type,
        "puid": file.puid,
        "format_name": file.format_name,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "pages": file.pages,
        "version": file.version_added,
        "superseded_in": file.superseded_in,
        "words_unread": file.words_unread,
        "created_at": clock.iso(file.created_at),
        "derived_from": list(file.derived_from),
        "recording": file.recording,
        "signatures": [row for row in document.signatures if row.get("file") == file.name],
    }


def _copies(row: CaseFile) -> list[dict[str, Any]]:
    """What each copy was last proved to hold: the fixity of every file in it."""
    return [
        {
            "copy": state.copy,
            "version": state.version,
            "state": state.state,
            "verified_at": clock.iso(state.verified_at),
            "read_at": state.read_at and clock.iso(state.read_at),
        }
        for state in row.copies
    ]


def _events(session: Session, row: CaseFile, document: Document) -> list[dict[str, Any]]:
    """The PREMIS events of the package that touch its files, and those of the whole package."""
    events = [
        *premis_events(row, submissions_of(session, row.id)),
        *digitized_elsewhere(row),
    ]
    of_others = {file.path for one in row.documents if one is not document for file in one.files}
    own = {file.path for file in document.files}
    record: list[dict[str, Any]] = []
    for event in sorted(events, key=lambda event: event.at):
        touched = {*event.sources, *event.outcomes}
        if touched & own or not touched & of_others:
            record.append(_event(event))
    return record


def _event(event: PremisEvent) -> dict[str, Any]:
    return {
        "type": event.type,
        "at": clock.iso(event.at),
        "detail": event.detail,
        "outcome": event.outcome,
        "note": event.outcome_note,
        "agent": event.agent,
        "files": [*event.sources, *event.outcomes],
    }


def _rights(session: Session, row: CaseFile, document: Document, actor: Actor) -> dict[str, Any]:
    waiting = changes_told(waiting_changes(session, row.id), row)
    return {
        "mode": document.mode,
        "case_file_mode": row.mode,
        "holds_now": mode_of(row, document),
        "quarantined": document.quarantined,
        "secrecy": document.secrecy or None,
        "waiting": [mode.as_json() for mode in waiting if mode.document in (0, document.ordinal)],
        "holds": [hold.as_json() for hold in holds_of(row, actor)],
        "may_describe": describes(actor, row, document),
        "may_open": is_readable(actor, row, document),
        "permanent": row.permanent,
        "ends_on": row.ends_on and row.ends_on.isoformat(),
        "rule": row.rule.get("citation") or row.rule_code,
    }


def _relations(session: Session, document: Document, actor: Actor) -> list[dict[str, Any]]:
    """How it stands to others, and others to it; ``code`` and ``ordinal`` where one is held.

    Of a case file that is not the account's to know only the name stands that this document
    itself gives; what the other one says of this document is not told.
    """
    query = select(DocumentRelation).where(
        (DocumentRelation.document_id == document.id) | (DocumentRelation.target_id == document.id)
    )
    rows = session.scalars(query).all()
    own = [row for row in rows if row.document_id == document.id]
    ids = {row.document_id for row in rows} | {row.target_id for row in own if row.target_id}
    places = _places(session, ids - {document.id}, actor)
    by_name = documents_bearing(session, {row.target for row in own}, actor=actor)
    known = {(row.relation, row.target_id) for row in own}
    relations = []
    for row in own:
        place = places.get(row.target_id) if row.target_id else by_name.get(row.target)
        relations.append(_related(row, place, from_here=True))
    for row in rows:
        place = places.get(row.document_id)
        if place and (_BACK.get(row.relation), row.document_id) not in known:
            relations.append(_related(row, place, from_here=False))
    return relations


def _recalls(session: Session, document: Document) -> list[dict[str, Any]]:
    """What is asked of it or in force, without who asked: that is the archive's to know."""
    recalls = [
        RecallDocument.of(standing_recall).as_json()
        for standing_recall in standing_recalls(session, [document.case_file_id])
        if standing_recall.ordinal == document.ordinal
    ]
    return [{name: entry[name] for name in _TOLD_OF_RECALLS} for entry in recalls]


def _replaced_by(session: Session, document: Document) -> dict[str, Any] | None:
    """``{ordinal, title}`` of the one that stands in its place in its case file."""
    if document.replaced_in is None:
        return None
    newer = session.execute(
        select(Document.ordinal, Document.subject.label("title"))
        .join(DocumentRelation, DocumentRelation.document_id == Document.id)
        .where(
            Document.case_file_id == document.case_file_id,
            DocumentRelation.target_id == document.id,
            DocumentRelation.relation == "replaces",
        )
        .order_by(Document.ordinal)
    ).mappings()
    found = newer.first()
    return dict(found) if found else None


def _places(session: Session, ids: set[UUID], actor: Actor) -> dict[UUID, NamedDocument]:
    """Of these documents, those that the account may know, by id."""
    rows = session.execute(
        select(Document.id, Document.ordinal, Document.subject, CaseFile.code)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(Document.id.in_(ids), access.visible(actor, "case-file:list", CaseFile.agency_id))
    )
    return {
        row.id: NamedDocument(code=row.code, ordinal=row.ordinal, number="", title=row.subject)
        for row in rows
    }


def _related(
    row: DocumentRelation, place: NamedDocument | None, *, from_here: bool
) -> dict[str, Any]:
    held = place if place and place.code else None
    return {
        "relation": row.relation,
        "from_here": from_here,
        "name": row.target if from_here else None,
        "target": held.title if held else row.target,
        "code": held.code if held else None,
        "ordinal": held.ordinal if held else None,
    }


def _uses(session: Session, row: CaseFile, document: Document) -> list[dict[str, Any]]:
    """Who read it while it was restricted, and which copies of it were given out; newest first."""
    subjects = (str(document.id), str(row.id))
    found = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_id.in_(subjects), AuditEvent.tag.in_((READ, _ISSUED)))
        .order_by(AuditEvent.number.desc())
        .limit(_MOST_USES)
    ).all()
    uses = [
        audit_event
        for audit_event in found
        if audit_event.tag == READ or audit_event.data.get("document") == document.ordinal
    ]
    people = display_names(session, [use.account for use in uses])
    return [
        {
            "tag": use.tag,
            "at": clock.iso(use.at),
            "account": use.account,
            "who": people.get(use.account, use.account),
            "number": use.data.get("number"),
            "sha256": use.data.get("sha256"),
        }
        for use in uses
    ]
