"""One value for all documents of a draft that say nothing there yet."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source, document_of, source_key
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument
from archive_service.domain.people.account import Actor
from ingest.channels.web_form import FormFieldUnknownError
from ingest.drafts.drafts import TIMES, draft_of, form_field, get_draft, write
from ingest.drafts.judged import forget_field
from ingest.drafts.order import DraftRowError, sort_by_time

_OWN_EACH = frozenset({"subject", "codeNumber"})  # of no other document


def silent_others(declared: DeclaredCaseFile, row: int, name: str) -> list[DeclaredDocument]:
    """Other documents of its kind that say nothing in a field in which this one does."""
    document = document_of(declared, row)
    if document is None or name in _OWN_EACH or not document.fields.get(name):
        return []
    return [
        other
        for other in declared.documents
        if other.row != row and other.kind == document.kind and not other.fields.get(name)
    ]


def fill_others(
    session: Session, draft_id: UUID, row: int, name: str, *, actor: Actor
) -> list[int]:
    """Give them what this document says; the caller commits.

    Raises:
        DraftNotFoundError, ActNotAllowedError
        DraftRowError: the document is gone.
        FormFieldUnknownError: no such field.

    Returns:
        Their rows.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft = draft_of(session, submission, actor)
    declared = submission.case_file()
    document = document_of(declared, row)
    if document is None:
        raise DraftRowError(row=row)
    form_field(session, submission, document.kind, name)  # it has to be one
    others = silent_others(declared, row, name)
    for other in others:
        other.fields[name] = document.fields[name]
    _keep(draft, declared, [other.row for other in others], name)
    write(submission, draft, declared, actor)
    return [other.row for other in others]


def empty_again(
    session: Session, draft_id: UUID, row: int, name: str, rows: Collection[int], *, actor: Actor
) -> None:
    """Take it back from those of ``rows`` that say the same still; the caller commits.

    Raises:
        DraftNotFoundError, ActNotAllowedError
    """
    if name in _OWN_EACH:
        raise FormFieldUnknownError(field=name)
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft = draft_of(session, submission, actor)
    declared = submission.case_file()
    document = document_of(declared, row)
    value = document.fields.get(name) if document is not None else None
    emptied = [
        other
        for other in declared.documents
        if value and other.row != row and other.row in rows and other.fields.get(name) == value
    ]
    for other in emptied:
        del other.fields[name]
    _keep(draft, declared, [other.row for other in emptied], name)
    write(submission, draft, declared, actor)


def _keep(draft: Draft, declared: DeclaredCaseFile, rows: list[int], name: str) -> None:
    """A person gave or took the values; the order and what was found follow."""
    draft.sources = draft.sources | {source_key(row, name): Source.PERSON.value for row in rows}
    if draft.by_time and name in TIMES:
        sort_by_time(declared)
    for row in rows:
        forget_field(draft, declared, row, name)
