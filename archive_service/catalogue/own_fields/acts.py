"""Fields of an agency's own as whole acts: one transaction each, then into every copy."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from archive_service.catalogue.own_fields import fields
from archive_service.catalogue.own_fields.documents import ListedOwnField, OwnFieldDocument
from archive_service.catalogue.own_fields.given import OwnFieldChange, OwnFieldIn
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.own_field import OwnField, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import INDEX_JOB
from archive_service.jobs.port import Lease
from archive_service.services import Services

REINDEX_JOB = "reindex-own-field"
_AT_ONCE = 200  # case files that are queued in one transaction


def define(services: Services, given: OwnFieldIn, *, actor: Actor) -> OwnFieldDocument:
    """Define a field; its name, of letters and digits, and its kind never change.

    Raises: see ``own_fields.fields.define_field``.
    """
    return _act(services, lambda session: fields.define_field(session, given, actor=actor))


def change(
    services: Services, field_id: UUID, given: OwnFieldChange, *, actor: Actor
) -> OwnFieldDocument:
    """Change what is said of a field; or retire it, or take it up again.

    What becomes searched or not is indexed anew.

    Raises: see ``own_fields.fields.change_field``.
    """

    def changed(session: Session) -> OwnField:
        if given.retired is False:
            fields.retire_field(session, field_id, actor=actor, back=True)
        row = session.get(OwnField, field_id)
        before = row is not None and row.searchable
        row = fields.change_field(session, field_id, given, actor=actor)
        if row.searchable != before:
            services.jobs.add(session, REINDEX_JOB, subject_id=row.id)
        if given.retired:
            fields.retire_field(session, field_id, actor=actor)
        return row

    return _act(services, changed)


def retire(services: Services, field_id: UUID, *, actor: Actor) -> OwnFieldDocument:
    """Use a field no more; its values stay.

    Raises:
        ActNotAllowedError, OwnFieldNotFoundError
    """
    return _act(services, lambda session: fields.retire_field(session, field_id, actor=actor))


def restore(services: Services, field_id: UUID, *, actor: Actor) -> OwnFieldDocument:
    """Use a retired field again.

    Raises:
        ActNotAllowedError, OwnFieldNotFoundError
    """
    return _act(
        services, lambda session: fields.retire_field(session, field_id, actor=actor, back=True)
    )


def list_all(services: Services, *, actor: Actor) -> list[ListedOwnField]:
    """List the fields of the agencies that the account may know of, retired ones too."""
    with services.read_only() as session:
        return [
            fields.told_field(row, code).extended(ListedOwnField, agency_name=name)
            for row, code, name in fields.list_fields(session, actor=actor)
        ]


def reindex(lease: Lease, services: Services) -> None:
    """Queue the indexing of every case file that has a value of the field; safe to repeat."""
    if lease.subject_id is None:
        raise ValueError(f"{REINDEX_JOB} needs a field")
    with services.read_only() as session:
        ids = session.scalars(_with_values(session.get_one(OwnField, lease.subject_id))).all()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        with services.writing() as session:
            session.execute(
                update(CaseFile)
                .where(CaseFile.id.in_(some), CaseFile.version_indexed > 0)
                .values(version_indexed=0)
            )
            for case_file_id in some:
                services.jobs.add(session, INDEX_JOB, subject_id=case_file_id)
        services.jobs.heartbeat(lease, progress=start / len(ids))
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _with_values(field: OwnField) -> Select[UUID]:
    """Ids of the case files that are kept and have a value of it, or a document that has."""
    held = (
        CaseFile.agency_id == field.agency_id,
        CaseFile.version_stored > 0,
        CaseFile.state != CaseState.DESTROYED,
        CaseFile.removing_since.is_(None),
    )
    query = select(CaseFile.id).where(*held).order_by(CaseFile.code)
    if field.subject is OwnSubject.CASE_FILE:
        return query.where(CaseFile.own_fields[field.name].as_string().is_not(None))
    value = Document.own_fields[field.name].as_string().is_not(None)
    return query.where(
        select(Document.id).where(Document.case_file_id == CaseFile.id, value).exists()
    )


def _act(services: Services, act: Callable[[Session], OwnField]) -> OwnFieldDocument:
    with services.writing() as session:
        row = act(session)
        field = fields.told_field(row, session.get_one(Agency, row.agency_id).code)
    write_out_evidence(services)
    return field
