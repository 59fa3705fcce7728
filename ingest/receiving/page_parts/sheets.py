"""What a sender declared, as pages show it: documents, fields, and each finding in its place."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import url_for

from archive_service import law
from archive_service.catalogue.own_fields.fields import own_labels
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.intake.finding_place import numbered_place, packed_place, row_place
from archive_service.domain.intake.submission import (
    DeclaredDocument,
    DeclaredFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.law import FieldRule
from archive_service.request import current_actor, services
from archive_service.web import display
from archive_service.web.fields import label_of, shown_day, shown_value
from archive_service.web.language import language
from archive_service.web.layout import t
from ingest.channels.edxml.process_files import PROCESS
from ingest.checks.reference_documents import for_reference
from ingest.receiving.page_parts.missing_files import absence_words, absences_of

CASE_FILE = 0  # the ordinal that stands for the case file itself; documents count from 1
FILES = "files"
_TONES = {"error": "error", "warning": "warn"}
_TOGETHER = ("codeNumber", "codeNotation")  # shown as one: 145/TTr-SCT
_UNSHOWN = (FILES, "sha256", "processFiles")  # of no line of their own, or of one for all files
_WHOLE = "row"
_LOOKED_AT = (SubmissionState.CHECKED, SubmissionState.ACCEPTED, SubmissionState.STORED)
_PDF = "application/pdf"
_SHOWN_IMAGES = ("image/jpeg", "image/png", "image/webp", "image/bmp")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding belongs: ordinal of the document, field and file; each may be unknown."""

    ordinal: int | None = None
    field: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document with its received files; or the case file itself, which has none."""

    ordinal: int
    kind: str
    row: int
    values: Mapping[str, str]
    files: Sequence[SubmissionFile] = ()
    named: Sequence[DeclaredFile] = ()
    findings: list[dict[str, Any]] = field(default_factory=list)
    origin: str = ""  # the file of a package that says so
    unsigned: bool = False  # for reference, once it is accepted
    absence: str = ""  # why it has no files, see ``missing_files``

    @property
    def title(self) -> str:
        """Its abstract, or what a photograph or recording bears instead."""
        names = ("subject", "imageTitle", "movieTitle", "eventName", "title")
        return next((self.values[name] for name in names if self.values.get(name)), "")

    @property
    def number(self) -> str:
        """Number and symbol."""
        return "/".join(filter(None, (self.values.get(name, "") for name in _TOGETHER)))

    @property
    def pages(self) -> int:
        """Pages counted in its files; a page image is one."""
        images = {file.path for file in self.named if file.page_image}
        return sum(1 if file.path in images else file.pages or 0 for file in self.files)

    @property
    def images(self) -> list[SubmissionFile]:
        """Its page images, and other images among its files, in order."""
        named = {file.path for file in self.named if file.page_image}
        return [file for file in self.files if file.path in named or is_image(file)]

    @property
    def pdfs(self) -> list[SubmissionFile]:
        """Its PDFs."""
        return [file for file in self.files if is_pdf(file)]


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A line among the data: a value as declared, with what is to be mended; ``ok``: it is good."""

    label: str
    value: str
    tone: str
    findings: Sequence[dict[str, Any]] = ()
    id: str = ""
    note: str = ""
    ok: str = ""


class Sheets:
    """A submission as declared; every finding stands where it belongs.

    ``home``: where rules of the checks may be switched.
    """

    def __init__(
        self,
        submission: Submission,
        findings: Iterable[Mapping[str, Any]],
        *,
        home: Path | None = None,
    ) -> None:
        declared = submission.read_case_file()
        received = {file.path: file for file in submission.files}
        self.case_file = Sheet(
            CASE_FILE, "case-file", declared.row, declared.fields, origin=declared.origin
        )
        looked_at = submission.state in _LOOKED_AT
        seen = {file.path: file.signatures for file in submission.files} if looked_at else {}
        unsigned = for_reference(declared, seen, home=home)
        absences = absences_of(submission, declared)
        self.documents = [
            _sheet(
                ordinal,
                document,
                received,
                unsigned=document.row in unsigned,
                absence=absences.get(document.row, ""),
            )
            for ordinal, document in enumerate(declared.documents, start=1)
        ]
        documents = list(findings)
        named = {found["place"] for found in documents}
        named |= {place.rpartition(", ")[0] for place in named}  # the row, of a field
        self._places = {
            name: place
            for sheet in (self.case_file, *self.documents)
            for name, place in _places(sheet, named)
        }
        self.findings = [self._placed(found) for found in documents]
        for found in self.findings:
            ordinal = found["ordinal"]
            if ordinal is not None:
                self[ordinal].findings.append(found)

    def __getitem__(self, ordinal: int) -> Sheet:
        return self.case_file if ordinal == CASE_FILE else self.documents[ordinal - 1]

    @property
    def loose(self) -> list[dict[str, Any]]:
        """Findings of no document and not of the case file's own data."""
        return [found for found in self.findings if found["ordinal"] is None]

    def _placed(self, found: Mapping[str, Any]) -> dict[str, Any]:
        place = self._places.get(found["place"], Place())
        facts = {"ordinal": place.ordinal, "field": place.field, "path": place.path}
        return dict(found) | facts


def fields_of(sheet: Sheet) -> list[FieldLine]:
    """What was declared or is to be mended."""
    by_field: dict[str, list[dict[str, Any]]] = {}
    for found in sheet.findings:
        by_field.setdefault(found["field"], []).append(found)
    rows = []
    for rule in law.fields(sheet.kind):
        if _is_unshown(sheet.kind, rule.name):
            continue
        findings = by_field.pop(rule.name, [])
        value = shown_value(rule, sheet.values.get(rule.name, ""))
        if rule.name == _TOGETHER[0]:
            findings += by_field.pop(_TOGETHER[1], [])
            value = sheet.number
        elif rule.name == _TOGETHER[1]:
            continue
        if (value and not _is_plain_no(rule, sheet)) or findings:
            label = t("pages.declared.number") if rule.name == _TOGETHER[0] else label_of(rule)
            rows.append(_line(label, value, findings, anchor_of(sheet.kind, rule.name)))
    own = {name: value for name, value in sheet.values.items() if name.startswith(OWN)}
    labels = own_labels(services(), actor=current_actor()) if own else {}
    for name, value in own.items():
        label = labels.get(name, name.removeprefix(OWN))
        found_here = by_field.pop(name, [])
        rows.append(_line(label, shown_day(value), found_here, anchor_of(sheet.kind, name)))
    if sheet.kind != "case-file":
        rows.append(_files_line(sheet, by_field.pop(FILES, [])))
    rows += _unsigned(sheet)
    whole = [found for findings in by_field.values() for found in findings]
    if whole:
        rows.append(_whole_line(sheet, whole))
    history = [file.path for file in sheet.named if file.standing == PROCESS]
    if history:
        rows.append(_line(t("pages.packages.process"), "; ".join(history)))
    if sheet.origin:
        rows.append(_line(t("pages.packages.origin"), sheet.origin))
    return rows


def _whole_line(sheet: Sheet, findings: list[dict[str, Any]]) -> FieldLine:
    """Of findings on all of it: the row of its sheet, or the document where it came without one."""
    anchor = anchor_of(sheet.kind, "")
    if any(found["place"].startswith(row_place(sheet.kind, sheet.row)) for found in findings):
        return _line(t("pages.declared.row"), str(sheet.row), findings, anchor)
    if sheet.ordinal == CASE_FILE:
        return _line(t("pages.declared.whole_case_file"), sheet.title, findings, anchor)
    text = ", ".join(filter(None, (str(sheet.ordinal), sheet.title)))
    return _line(t("pages.declared.whole_document"), text, findings, anchor)


def _unsigned(sheet: Sheet) -> list[FieldLine]:
    words = t("pages.declared.unsigned")
    return [_line(t("pages.declared.signatures"), words)] if sheet.unsigned else []


def anchor_of(kind: str, name: str) -> str:
    """Id of a field's line among the data; what has none stands in the line of the row."""
    if not name or (name != FILES and _is_unshown(kind, name)):
        name = _WHOLE
    elif name == _TOGETHER[1]:
        name = _TOGETHER[0]
    return f"field-{name.replace(':', '-')}"


def _is_unshown(kind: str, name: str) -> bool:
    return name in _UNSHOWN or (name == "fileCode" and kind != "case-file")


def _is_plain_no(rule: FieldRule, sheet: Sheet) -> bool:
    """A flag that was not raised is nothing to look at."""
    return rule.type == "Boolean" and sheet.values.get(rule.name) == "0"


def file_address(file: SubmissionFile) -> str:
    """Where it may be opened."""
    return url_for("api_submissions.file", submission_id=file.submission_id, file_id=file.id)


def is_pdf(file: SubmissionFile) -> bool:
    """By its bytes once they were looked at, until then by its name."""
    if file.media_type is None:
        return file.path.lower().endswith(".pdf")
    return file.media_type == _PDF


def is_image(file: SubmissionFile) -> bool:
    """Whether browsers show it as it is."""
    return file.media_type in _SHOWN_IMAGES


def _sheet(
    ordinal: int,
    document: DeclaredDocument,
    received: Mapping[str, SubmissionFile],
    *,
    unsigned: bool,
    absence: str,
) -> Sheet:
    here = [received[file.path] for file in document.files if file.path in received]
    return Sheet(
        ordinal,
        document.kind,
        document.row,
        document.fields,
        here,
        document.files,
        origin=document.origin,
        unsigned=unsigned,
        absence=absence,
    )


def _places(sheet: Sheet, named: Container[str]) -> Iterable[tuple[str, Place]]:
    """Every place of it that findings name, as ``finding_place.py`` and the checks write them."""
    own = [row_place(sheet.kind, sheet.row), numbered_place(sheet.ordinal)]
    if sheet.origin:
        own.append(packed_place(sheet.kind, sheet.ordinal, sheet.origin))
    fields = [rule.name for rule in law.fields(sheet.kind)]
    fields += [name for name in sheet.values if name.startswith(OWN)]
    for place in own:
        if place in named:
            yield place, Place(sheet.ordinal)
            for name in fields:
                yield f"{place}, {name}", Place(sheet.ordinal, name)
    for file in sheet.named:
        yield file.path, Place(sheet.ordinal, FILES, file.path)


def _line(
    label: str,
    value: str,
    findings: Sequence[dict[str, Any]] = (),
    anchor: str = "",
    *,
    note: str = "",
) -> FieldLine:
    worst = next((s for s in _TONES if any(f["severity"] == s for f in findings)), "")
    return FieldLine(label, value, _TONES.get(worst, ""), findings, anchor, note)


def _files_line(sheet: Sheet, findings: list[dict[str, Any]]) -> FieldLine:
    label, anchor = t("pages.declared.file"), anchor_of(sheet.kind, FILES)
    if not sheet.files:
        absent = "" if findings else absence_words(sheet.absence)
        return _line(label, absent, findings, anchor)
    size = display.size(sum(file.size_bytes for file in sheet.files), language())
    if len(sheet.files) == 1:
        (file,) = sheet.files
        note = ", ".join(filter(None, (file.format_name, size)))
        return _line(label, file.path, findings, anchor, note=note)
    count = t("pages.declared.files", count=len(sheet.files))
    return _line(label, count, findings, anchor, note=size)
