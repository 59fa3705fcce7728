"""The form of Nộp hồ sơ: what was typed, what it becomes, and what is still missing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request

from archive_service import law
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.field_source import from_name
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import Submission
from archive_service.errors import NotFoundError
from archive_service.finding_document import FindingDocument, shown_findings
from archive_service.packaging.model import RecordStatus
from archive_service.request import current_actor, services
from archive_service.text import fold, nfc
from archive_service.web.fields import label_of, shown_day
from archive_service.web.language import language
from ingest.channels.values import MODE_MAT
from ingest.drafts.plan import given_by
from ingest.file_plan.due import get_entry
from ingest.submissions.from_uploads import SentDocument
from ingest.uploads.acts import Sent, upload_folder
from retention.terms.rules import OTHER_PERIOD

# Fields of the form, in its order: of the case file, and of each document.
CASE_FIELDS = (
    "fileCode",
    "title",
    "startDate",
    "endDate",
    "maintenance",
    "term",
    "mode",
    "language",
)
DOCUMENT_FIELDS = ("typeName", "codeNumber", "codeNotation", "issuedDate", "organName", "subject")
_OF_ENTRY = ("fileCode", "title", "maintenance", "term")  # taken from the plan as they stand
_KINDS = ("folder", "form")
_ADDITIONS = (RecordStatus.SUPPLEMENT, RecordStatus.REPLACEMENT)
_DEFAULTS = {"mode": "01", "language": "01"}
_NUMBERS = re.compile(r"(\d+)")


@dataclass(slots=True)
class Form:
    """One try: ``given`` by field, ``given_documents`` by upload, ``errors`` by field."""

    kind: str
    given: dict[str, str] = field(default_factory=dict)
    given_documents: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    findings: list[Mapping[str, Any]] = field(default_factory=list)
    errors: dict[str, dict[str, Any]] = field(default_factory=dict)
    agency: str = ""  # name of the sender's, proposed as who issued a document
    record_status: str = ""  # what the files are to case files in custody; empty: as they say
    earlier: bool = False  # whether ``findings`` are those of an earlier submission

    def fields(self) -> dict[str, str]:
        """Of the case file, by their names in the circular."""
        return {name: value for name, value in self.given.items() if value}

    def documents(self) -> list[SentDocument]:
        """A document a file, in the order of their names."""
        return [
            SentDocument(fields={k: v for k, v in self._given_for(file).items() if v}, files=[file])
            for file in self._in_order()
        ]

    def asks_for_documents(self) -> bool:
        """Whether there is a document of which nothing was asked yet."""
        return any(str(file.upload) not in self.given_documents for file in self.sent)

    def mark(self, findings: Iterable[Finding]) -> None:
        """Put each error at its field; of documents only once they were asked for."""
        places = self._places()
        new = self.asks_for_documents()
        for found in findings:
            if found.severity is not Severity.ERROR:
                continue
            name = places.get(found.place, "")
            finding = FindingDocument.of(found, language()).model_dump()
            if not name:
                self.findings.append(finding | {"place": ""})
            elif not (new and name.partition("-")[2]):
                self.errors.setdefault(name, finding)

    def is_marked(self) -> bool:
        """Whether something has to be mended."""
        return bool(self.errors or self.findings)

    def _shows_documents(self) -> bool:
        """A second step only: once the case file itself is in order, or was before."""
        asked = bool(self.given_documents)
        return self.kind == "form" and (asked or not self.is_marked())

    def shown(self) -> dict[str, Any]:
        """Facts for the template."""
        sizes = {str(file.upload): self._size(file) for file in self.sent}
        return {
            "kind": self.kind,
            "record_status": self.record_status,
            "labels": labels(),
            "earlier": self.earlier,
            "given": _DEFAULTS | self.given,
            "errors": self.errors,
            "findings": self.findings,
            "uploads": [
                {"id": str(file.upload), "path": file.path, "size_bytes": sizes[str(file.upload)]}
                for file in self.sent
            ],
            "documents": [
                {"id": str(file.upload), "name": file.path, "given": self._given_for(file)}
                for file in (self._in_order() if self._shows_documents() else ())
            ],
        }

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """The code lists of the form; state secrets are not offered."""
        lang = language()
        lists = {}
        for name in ("maintenance", "mode", "language", "typeName"):
            codes = law.code_list(name)
            lists[name] = [
                (code, codes.label(code, lang))
                for code in codes.codes
                if (name, code) != ("mode", MODE_MAT)
            ]
        return lists

    def _in_order(self) -> list[Sent]:
        return sorted(self.sent, key=lambda file: _natural(file.path))

    def _given_for(self, file: Sent) -> dict[str, str]:
        """Values typed for a file, or proposed from its name."""
        known = self.given_documents.get(str(file.upload))
        return known if known is not None else from_name(file.path) | {"organName": self.agency}

    def _places(self) -> dict[str, str]:
        """Place of a finding → name of the field: ``title``, or ``subject-{upload}``."""
        places = {row_place("case-file", 1, name): name for name in CASE_FIELDS}
        for row, file in enumerate(self._in_order(), start=1):
            for name in CASE_FIELDS:  # those that a document has from its case file
                places[row_place("document", row, name)] = name
            for name in DOCUMENT_FIELDS:
                places[row_place("document", row, name)] = f"{name}-{file.upload}"
        return places

    def _size(self, file: Sent) -> int:
        try:
            owner = current_actor().account
            return upload_folder(services()).get(file.upload, owner=owner).size_bytes
        except NotFoundError:
            return 0


def empty_form(kind: str, *, entry: str = "", after: str = "") -> Form:
    """A new form; with what a file plan's entry or an earlier submission says already."""
    form = Form(kind if kind in _KINDS else _KINDS[0])
    if (entry_id := _uuid(entry)) is not None:
        form.given = _from_entry(entry_id)
    elif (submission_id := _uuid(after)) is not None:
        with services().read_only() as session:
            earlier = holdings_rows.get_submission(session, submission_id, actor=current_actor())
            form.given = _from_submission(earlier)
            if (
                not kind
                and earlier.channel == "web"
                and len(earlier.files) == earlier.document_count
            ):
                form.kind = "form"
            form.earlier = True
            form.findings += shown_findings(earlier.findings, language())
    return form


def read_form() -> Form:
    """The form as it was sent."""
    kind = request.form.get("kind", "")
    form = Form(kind if kind in _KINDS else _KINDS[0])
    status = request.form.get("record_status", "")
    form.record_status = status if status in _ADDITIONS else ""
    form.given = {name: _typed(name) for name in CASE_FIELDS}
    for upload in request.form.getlist("document"):
        form.given_documents[upload] = {
            name: _typed(f"{name}-{upload}") for name in DOCUMENT_FIELDS
        }
    agency_id = current_actor().agency_id
    if form.kind == "form" and agency_id is not None:
        with services().read_only() as session:
            agency = session.get(Agency, agency_id)
        form.agency = agency.name if agency else ""
    return form


def labels() -> dict[str, str]:
    """Field → its name in the reader's language."""
    found = {}
    for kind, names in (("case-file", CASE_FIELDS), ("document", DOCUMENT_FIELDS)):
        rules = {rule.name: rule for rule in law.fields(kind)}
        found.update({name: label_of(rules[name]) for name in names})
    return found


def _typed(name: str) -> str:
    return nfc(request.form.get(name, "")).strip()


def _from_entry(entry_id: UUID) -> dict[str, str]:
    with services().read_only() as session:
        plan, entry, code = get_entry(session, entry_id, actor=current_actor())
    given = given_by(plan, entry, code, other=OTHER_PERIOD)
    named = {name: given[name] for name in _OF_ENTRY if name in given}
    return named | {"startDate": "", "endDate": shown_day(given["endDate"])}


def _from_submission(earlier: Submission) -> dict[str, str]:
    declared: Mapping[str, str] = earlier.case_file().fields
    return {
        name: shown_day(declared.get(name, "")) if name.endswith("Date") else declared.get(name, "")
        for name in CASE_FIELDS
    }


def _natural(path: str) -> list[tuple[int, str]]:
    parts = _NUMBERS.split(fold(path))
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
