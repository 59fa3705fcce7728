"""Columns that the circular does not know, and the fields of the agency's own that they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.own_field import OWN, OwnField, OwnSubject
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.text import same_words
from ingest.channels.headings import CHECK

_UNKNOWN = "column-unknown"


class OwnColumns:
    """Own fields of the agencies of one parcel, each asked for once."""

    def __init__(
        self,
        session: Session,
        *,
        of_any: bool = False,
        known: dict[UUID, Sequence[OwnField]] | None = None,
    ) -> None:
        """``of_any``: a list of several agencies' case files, sent by who belongs to none.

        ``known``: those asked for so far, by agency, where other parcels are written beside it.
        """
        self._session, self._of_several = session, of_any
        self._fields = {} if known is None else known
        self._all: Sequence[OwnField] | None = None

    def named(
        self, declared: DeclaredCaseFile, agency_id: UUID | None, findings: list[Finding]
    ) -> DeclaredCaseFile:
        """The same with its own fields by name; a column of no field is left out.

        ``findings`` lose what says that such a column is unknown; the others stay. A value that
        another agency has a field for, and this one has not, is told here, row by row.
        """
        fields = self._of(agency_id) if agency_id is not None else ()
        known: set[str] = set()
        of_case_file = _named(declared.fields, fields, OwnSubject.CASE_FILE, known)
        documents = [
            document.model_copy(
                update={"fields": _named(document.fields, fields, OwnSubject.DOCUMENT, known)}
            )
            for document in declared.documents
        ]
        findings[:] = [
            finding
            for finding in findings
            if finding.code != _UNKNOWN or finding.facts.get("heading") not in known
        ]
        findings += list(self._of_others(declared, known, findings))
        return declared.model_copy(update={"fields": of_case_file, "documents": documents})

    def unexplained(self, findings: Iterable[Finding], agency_id: UUID | None) -> list[Finding]:
        """Those that do not call a column unknown which is a field of the agency's own.

        Where who sends belongs to no agency, a field of any: whose a row is, its code says.
        """
        fields = self._of(agency_id) if agency_id is not None else self._of_any()
        named = _names(fields)
        return [
            finding
            for finding in findings
            if finding.code != _UNKNOWN
            or same_words(str(finding.facts.get("heading"))) not in named
        ]

    def _of_others(
        self, declared: DeclaredCaseFile, known: set[str], findings: Iterable[Finding]
    ) -> Iterator[Finding]:
        """What of a row is no field of its agency, though it is one of another in the list."""
        if not self._of_several:
            return
        unknown = {finding.facts.get("heading") for finding in findings if finding.code == _UNKNOWN}
        rows = [("case-file", declared.row, declared.fields)]
        rows += [(document.kind, document.row, document.fields) for document in declared.documents]
        headings = (
            (row_place(kind, row), name.removeprefix(OWN))
            for kind, row, fields in rows
            for name in fields
            if name.startswith(OWN)
        )
        for place, heading in headings:
            if heading in known or heading in unknown:
                continue
            if same_words(heading) in _names(self._of_any()):
                facts = {"heading": heading}
                yield Finding(CHECK, _UNKNOWN, Severity.WARNING, place, facts)

    def _of_any(self) -> Sequence[OwnField]:
        if self._all is None:
            used = select(OwnField).where(OwnField.retired_on.is_(None))
            self._all = self._session.scalars(used).all()
        return self._all

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


def _names(fields: Iterable[OwnField]) -> set[str]:
    return {same_words(text) for field in fields for text in (field.name, field.label)}


def _named(
    given: Mapping[str, str], fields: Iterable[OwnField], subject: OwnSubject, known: set[str]
) -> dict[str, str]:
    mine = [field for field in fields if field.subject is subject]
    kept = {}
    for name, text in given.items():
        if not name.startswith(OWN):
            kept[name] = text
            continue
        heading = name.removeprefix(OWN)
        for own_field in mine:
            if same_words(heading) in (same_words(own_field.name), same_words(own_field.label)):
                known.add(heading)
                if value := own_field.kept(text):
                    kept[own_field.key] = value
    return kept
