"""Rows of case files and documents, however they came, brought together into a declaration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument
from archive_service.law import FieldRule
from archive_service.text import detect_legacy, is_foreign, is_nfd
from ingest.channels.edxml.process_files import with_process_files
from ingest.channels.file_references import FileNames, unnamed
from ingest.channels.parcel import Declaration
from ingest.channels.values import as_document_type

CHECK = "spreadsheet"
TOLD_UNNAMED = 200  # so many stray files are told one by one
_TEXTS = {"title", "subject", "organName", "description", "imageTitle", "movieTitle", "creator"}


@dataclass(slots=True)
class DeclaredRow:
    """One row as read: fields by TT 05 name, and what was seen while reading it."""

    kind: str
    number: int
    fields: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    files: list[str] | None = None  # where a form has them one by one; else the field ``files``

    def put(self, rule: FieldRule, value: str, *, written: str) -> None:
        """Set a field; notes a text in an old encoding, or in decomposed letters."""
        if not value:
            return
        place = row_place(self.kind, self.number, rule.name)
        if rule.code_list == "typeName":
            value, true_name = as_document_type(value)
            if true_name:
                self.fields["typeNameOriginal"] = true_name[:200]
                facts = {"name": true_name[:200], "type": law.code_list("typeName").label(value)}
                self.findings.append(Finding(CHECK, "type-mapped", Severity.INFO, place, facts))
        self.fields[rule.name] = value
        if rule.name in _TEXTS and (encoding := detect_legacy(value)):
            facts = {"encoding": encoding, "field": rule.label_vi}
            self.findings.append(Finding(CHECK, "legacy-text", Severity.WARNING, place, facts))
        if is_nfd(written) and rule.name != "files":  # names of files have a finding of their own
            facts = {"field": rule.label_vi}
            self.findings.append(Finding(CHECK, "text-nfd", Severity.INFO, place, facts))


def declare(
    case_files: Sequence[DeclaredRow],
    documents: Iterable[DeclaredRow],
    paths: Sequence[str],
    findings: tuple[Finding, ...] = (),
) -> Declaration:
    """Put each document to the case file whose code it names, and each file to its document.

    A document that names no code belongs to the only case file there is.
    """
    names = FileNames(paths)
    loose = list(findings)
    drafts: dict[str, Draft] = {}
    for row in case_files:
        code = row.fields.get("fileCode", "")
        draft = Draft(row)
        draft.note(row.findings)
        if not code:
            code = f"\n{row.number}"  # no twins; a document without a code is nobody's
        elif code in drafts:
            draft.findings.append(code_twice(row, code, drafts[code].row.number))
            code = f"{code}\n{row.number}"  # no document can name it
        drafts[code] = draft
    only = next(iter(drafts.values())) if len(drafts) == 1 else None
    for row in documents:
        code = row.fields.get("fileCode", "")
        owner = drafts.get(code) or (only if not code else None)
        if owner is None and not code:
            loose += [*row.findings, *code_missing(row)]
            continue
        if owner is None:
            loose.append(code_unknown(row, code, drafts))
            continue
        owner.take(row, names)
    _tell_strays(paths, list(drafts.values()), loose)
    return Declaration(
        case_files=tuple(draft.declared() for draft in drafts.values()),
        findings=tuple(loose),
        of_rows={draft.row.number: tuple(draft.findings) for draft in drafts.values()},
    )


@dataclass(slots=True)
class Draft:
    """A case file whose documents are still being gathered."""

    row: DeclaredRow
    findings: list[Finding] = field(default_factory=list)
    documents: list[DeclaredDocument] = field(default_factory=list)

    def note(self, findings: Sequence[Finding]) -> None:
        """Keep them; that letters came decomposed is said once, not for each field."""
        for finding in findings:
            if finding.code != "text-nfd" or all(f.code != "text-nfd" for f in self.findings):
                self.findings.append(finding)

    def take(self, row: DeclaredRow, names: FileNames) -> None:
        """One document of it, its files looked up by name."""
        fields = dict(row.fields)
        fields.setdefault("fileCode", self.row.fields.get("fileCode", ""))
        written = fields.pop("files", "")
        wanted = names.split(written) if row.files is None else row.files
        place = row_place(row.kind, row.number)
        handling = names.split(fields.pop("processFiles", ""))
        wanted = [*wanted, *(name for name in handling if name not in wanted)]
        named = names.named(wanted, fields.pop("sha256", ""), place)
        self.note(row.findings)
        self.findings.extend(named.findings)
        document = DeclaredDocument(row=row.number, kind=row.kind, fields=fields, files=named.files)
        self.documents.append(with_process_files(document, handling))

    def declared(self) -> DeclaredCaseFile:
        """All of it."""
        return DeclaredCaseFile(
            row=self.row.number, fields=self.row.fields, documents=self.documents
        )


def code_missing(row: DeclaredRow) -> list[Finding]:
    """That a row bears no code, unless its cell was told to be unreadable."""
    place = row_place(row.kind, row.number, "fileCode")
    if any(found.place == place and found.severity is Severity.ERROR for found in row.findings):
        return []
    label = next(rule.label_vi for rule in law.fields(row.kind) if rule.name == "fileCode")
    return [
        Finding("fields", "field-missing", Severity.ERROR, place, {"field": label, "value": ""})
    ]


def code_unknown(row: DeclaredRow, code: str, known: Iterable[str]) -> Finding:
    """That no case file bears the code of a document, or one that looks just like it."""
    place = row_place(row.kind, row.number, "fileCode")
    facts = {"code": code[:200]}
    if near := next((other for other in known if _looks_like(code, other)), ""):
        facts["near"] = near[:200]
        return Finding(CHECK, "document-code-looks-alike", Severity.ERROR, place, facts)
    return Finding(CHECK, "document-without-case-file", Severity.ERROR, place, facts)


def _looks_like(one: str, other: str) -> bool:
    """Whether they differ in blanks, capitals and letters of other alphabets alone."""
    one, other = ("".join(code.casefold().split()) for code in (one, other))
    return len(one) == len(other) and all(
        a == b or is_foreign(a) or is_foreign(b) for a, b in zip(one, other, strict=True)
    )


def code_twice(row: DeclaredRow, code: str, first: int) -> Finding:
    """That a row bears the code of another one, in row ``first``."""
    place = row_place(row.kind, row.number, "fileCode")
    return Finding(CHECK, "code-twice", Severity.ERROR, place, {"code": code[:200], "row": first})


def _tell_strays(paths: Sequence[str], drafts: Sequence[Draft], loose: list[Finding]) -> None:
    """A file that no row names is told to the case files that use its folder, else to all."""
    files = [document.files for draft in drafts for document in draft.documents]
    users: dict[str, list[Draft]] = {}
    for draft in drafts:
        folders = {_folder(f.path) for document in draft.documents for f in document.files}
        for folder in folders:
            users.setdefault(folder, []).append(draft)
    strays = unnamed(paths, files)
    for path in strays[:TOLD_UNNAMED]:
        finding = Finding("files", "file-not-named", Severity.WARNING, path)
        owners = users.get(_folder(path), [])
        if not owners:
            loose.append(finding)
        for owner in owners:
            owner.findings.append(finding)
    if len(strays) > TOLD_UNNAMED:
        facts = {"count": len(strays) - TOLD_UNNAMED}
        loose.append(Finding("files", "files-not-named", Severity.WARNING, "", facts))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
