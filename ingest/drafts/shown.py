"""What a page showed of a draft when it was handed in: nobody hands in what they did not see."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from archive_service.accounts.acts import name_of
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import CASE_FILE, Source, document_of, source_key
from archive_service.domain.intake.submission import Submission
from archive_service.errors import ConflictError
from ingest.drafts.drafts import form_field
from ingest.drafts.order import DraftRowError

Shown = tuple[int, str, str]  # row (0: the case file), name of the field, value as it was shown


class DraftChangedError(ConflictError):
    """Somebody, or another window, changed a field that the page still shows as it was."""


def require_shown(
    session: Session, submission: Submission, draft: Draft, shown: Sequence[Shown]
) -> None:
    """``DraftChangedError`` where a person changed what was shown; what files told is no matter.

    Raises:
        DraftRowError: a document that was shown is gone.
        FormFieldUnknownError: no such field.
    """
    declared = submission.case_file()
    for row, name, value in shown:
        kind, fields = "case-file", declared.fields
        if row != CASE_FILE:
            document = document_of(declared, row)
            if document is None:
                raise DraftRowError(row=row)
            kind, fields = document.kind, document.fields
        by_person = draft.sources.get(source_key(row, name)) == Source.PERSON
        label, kept = form_field(session, submission, kind, name)
        if by_person and fields.get(name, "") != kept(value):
            by = name_of(session, draft.changed_by)
            raise DraftChangedError(field=label, by=by, value=fields.get(name, ""))
