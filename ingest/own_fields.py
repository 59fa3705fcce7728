"""Columns that the circular does not know, and the fields of the agency's own that they are."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.finding import Finding
from archive_service.domain.own_field import OWN, OwnField, OwnSubject
from archive_service.domain.submission import DeclaredCaseFile
from archive_service.text import same_words

_UNKNOWN = "column-unknown"


class OwnColumns:
    """Own fields of the agencies of one parcel, each asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fields: dict[UUID, Sequence[OwnField]] = {}

    def named(
        self, declared: DeclaredCaseFile, agency_id: UUID | None, findings: list[Finding]
    ) -> DeclaredCaseFile:
        """The same with its own fields by name; a column of no field is left out.

        ``findings`` lose what says that such a column is unknown; the others stay.
        """
        fields = self._of(agency_id) if agency_id is not None else ()
        known: set[str] = set()
        of_case_file = _named(declared.fields, fields, OwnSubject.CASE_FILE, known)
        documents = [
            one.model_copy(
                update={"fields": _named(one.fields, fields, OwnSubject.DOCUMENT, known)}
            )
            for one in declared.documents
        ]
        findings[:] = [
            one for one in findings if one.code != _UNKNOWN or one.facts.get("heading") not in known
        ]
        return declared.model_copy(update={"fields": of_case_file, "documents": documents})

    def unexplained(self, findings: Iterable[Finding], agency_id: UUID | None) -> list[Finding]:
        """Those that do not call a column unknown which is a field of the agency's own.

        Of who sends for several agencies all are: which one a row is of, it says itself.
        """
        fields = self._of(agency_id) if agency_id is not None else ()
        named = {same_words(text) for one in fields for text in (one.name, one.label)}
        return [
            one
            for one in findings
            if one.code != _UNKNOWN or same_words(str(one.facts.get("heading"))) not in named
        ]

    def _of(self, agency_id: UUID) -> Sequence[OwnField]:
        if agency_id not in self._fields:
            mine = select(OwnField).where(
                OwnField.agency_id == agency_id, OwnField.retired_on.is_(None)
            )
            self._fields[agency_id] = self._session.scalars(mine).all()
        return self._fields[agency_id]


def own_values(fields: Mapping[str, str]) -> dict[str, str]:
    """Values of the agency's own fields by their names, out of those of a row."""
    return {name.removeprefix(OWN): text for name, text in fields.items() if name.startswith(OWN)}


def _named(
    given: Mapping[str, str], fields: Iterable[OwnField], subject: OwnSubject, known: set[str]
) -> dict[str, str]:
    mine = [one for one in fields if one.subject is subject]
    kept = {}
    for name, text in given.items():
        if not name.startswith(OWN):
            kept[name] = text
            continue
        heading = name.removeprefix(OWN)
        for one in mine:
            if same_words(heading) in (same_words(one.name), same_words(one.label)):
                known.add(heading)
                if value := one.kept(text):
                    kept[one.key] = value
    return kept
