"""What is said of a case file and its documents, field by field, for those who describe it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from archive_service import access
from archive_service.catalogue.describing.acts import rules_of
from archive_service.catalogue.describing.documents import FoundModeDocument, WaitingModeDocument
from archive_service.catalogue.describing.fields import (
    DocumentNotInCaseFileError,
    column_of,
    editable,
    kind_of,
    subjects,
    values_of,
)
from archive_service.catalogue.describing.last_edit import LastEdit, last_edit
from archive_service.catalogue.describing.mode_changes import (
    changes_told,
    matching_waiting,
    waiting_changes,
)
from archive_service.catalogue.describing.rules import (
    DESCRIBE,
    describes,
    fields_for,
    require_parts,
    require_some,
)
from archive_service.catalogue.describing.term_effects import term_differs
from archive_service.catalogue.holdings.rows import get_case_file, get_case_file_in_part
from archive_service.catalogue.own_fields.fields import fields_of
from archive_service.domain.agencies.own_field import OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import NotAllowedError
from archive_service.law import FieldRule
from archive_service.services import Services

_KNOWN = 20  # values of other documents that are offered
LONG = 500  # letters; from so many on a field has several lines, said anew for each document
WAITING_SHOWN = 200  # changes of the access mode that are shown at once, the earliest first


@dataclass(frozen=True, slots=True)
class Subject:
    """The case file, ordinal 0, or one of its documents; values by field, dates ISO."""

    ordinal: int
    id: UUID
    kind: str
    title: str
    values: dict[str, str]
    rules: list[FieldRule]  # described by hand, in the order of the circular; then the agency's own


@dataclass(frozen=True, slots=True)
class Described:
    """All of it as it stands; ``edition`` names it when it is written back."""

    code: str
    title: str
    edition: int
    subjects: list[Subject]
    names: list[tuple[int, str]]  # ordinal and title of the case file, 0, and all its documents
    waiting: list[WaitingModeDocument]  # changes of the access mode that nobody confirmed
    choices: dict[tuple[bool, str], list[str]]  # of own fields: of a document or not, and the name
    term_differs: bool  # from what is declared: documents or a schedule ask for more
    last: LastEdit | None = None  # that can be undone
    known: dict[str, list[str]] = field(
        default_factory=dict
    )  # what documents like it say, by field

    def subject(self, ordinal: int) -> Subject:
        """The case file for 0, else a document; ``DocumentNotInCaseFileError``."""
        for subject in self.subjects:
            if subject.ordinal == ordinal:
                return subject
        raise DocumentNotInCaseFileError(code=self.code, ordinal=ordinal)

    def told(self) -> dict[str, Any]:
        """As the API tells it; of what the account does not describe nothing."""
        case_file = [subject.values for subject in self.subjects if not subject.ordinal]
        return {
            "code": self.code,
            "edition": self.edition,
            "fields": case_file[0] if case_file else {},
            "documents": [
                {"ordinal": subject.ordinal, "kind": subject.kind, "fields": subject.values}
                for subject in self.subjects
                if subject.ordinal
            ],
            "waiting": [mode.as_json() for mode in self.waiting],
        }


def description_of(
    services: Services, code: str, *, actor: Actor, ordinal: int | None = None
) -> Described:
    """Every field that has a value, in a few statements.

    Args:
        ordinal: the one document, beside the case file itself, whose fields are asked for.

    Raises:
        ActNotAllowedError: the account does not describe this agency's case files.
        CaseFileNotFoundError: absent, or not to be known.
    """
    require_some(actor)
    with services.read_only() as session:
        row = (
            get_case_file(session, code, actor=actor)
            if ordinal is None
            else get_case_file_in_part(
                session,
                code,
                actor=actor,
                part=lambda row: [
                    document.id for document in row.documents if document.ordinal == ordinal
                ],
            )
        )
        parts = [
            (place, subject)
            for place, subject in subjects(row)
            if (ordinal is None or place in (0, ordinal)) and describes(actor, row, subject)
        ]
        if not parts or (
            ordinal and parts[-1][0] != ordinal and not access.may(actor, DESCRIBE, row)
        ):
            raise access.not_allowed(actor, DESCRIBE)
        own = fields_of(session, row.agency_id)
        return Described(
            code=row.code,
            title=row.title,
            edition=row.edition,
            subjects=[
                Subject(
                    *(place, part.id, kind_of(part), _title(part), values_of(part)),
                    fields_for(actor, row, rules_of(part, own)),
                )
                for place, part in parts
            ],
            names=[(place, _title(subject)) for place, subject in subjects(row)],
            waiting=changes_told(waiting_changes(session, row.id), row),
            choices={
                (own_field.subject is OwnSubject.DOCUMENT, own_field.key): list(own_field.choices)
                for own_field in own
                if own_field.choices
            },
            term_differs=term_differs(row),
            last=_undoable(actor, row),
            known=_known(row, ordinal) if ordinal else {},
        )


def _undoable(actor: Actor, row: CaseFile) -> LastEdit | None:
    """The last edit, if the account may change all that it changed."""
    found = last_edit(row)
    if found is not None:
        try:
            require_parts(actor, row, found.was)
        except NotAllowedError:
            return None
    return found


def _known(row: CaseFile, ordinal: int) -> dict[str, list[str]]:
    """What other documents of this kind say in fields of one line, the most frequent first."""
    here = row.document_at(ordinal)
    if here is None:
        return {}
    like = [
        document
        for document in row.documents
        if document is not here and document.kind == here.kind
    ]
    columns = Document.__mapper__.column_attrs
    found = {}
    for rule in editable(here.kind):
        column = column_of(rule.name)
        if rule.type != "String" or rule.code_list or column not in columns:
            continue
        if (rule.length or 0) < LONG:
            found[rule.name] = most_said(getattr(document, column) for document in like)
    return found


def most_said(values: Iterable[str | None]) -> list[str]:
    """What stands in several documents, to be offered for another: the most frequent first."""
    return [text for text, _ in Counter(filter(None, values)).most_common(_KNOWN)]


def _title(row: CaseFile | Document) -> str:
    return row.title if isinstance(row, CaseFile) else row.subject


def waiting_modes(services: Services, *, actor: Actor) -> list[FoundModeDocument]:
    """Changes of the access mode that the account may confirm, in one statement."""
    access.require(actor, "access-mode:confirm")
    with services.read_only() as session:
        found = session.execute(matching_waiting(actor).limit(WAITING_SHOWN)).all()
        return [
            FoundModeDocument.of_row(
                change,
                code=row.code,
                title=row.title,
                document=ordinal or 0,
                document_title=subject or "",
            )
            for change, row, ordinal, subject in found
        ]
