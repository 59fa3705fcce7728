"""PDFs with a form on the web: the same declaration as a spreadsheet's, without one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from ingest.channels.declare import DeclaredRow, declare
from ingest.channels.names import CHECK, safe_name
from ingest.channels.parcel import (
    Budget,
    Entry,
    NothingSentError,
    Parcel,
    require_names,
    require_sizes,
)
from ingest.channels.values import as_kept

NOT_IN_FORMS = {"files", "sha256", "fileCode"}  # of a document: they follow from the form itself


class FormFieldUnknownError(InputError):
    """The form holds a field that neither a case file nor a document has."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One uploaded file: its name as the browser gave it, and a way to read it (again)."""

    name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class FormDocument:
    """One document of the form: TT 05 fields as typed or chosen, and its files in order."""

    fields: Mapping[str, str]
    files: Sequence[UploadedFile] = ()
    kind: str = "document"
    sha256: Sequence[str] = field(default=())  # of the files, where the browser computed them


def open_form(
    fields: Mapping[str, str],
    documents: Sequence[FormDocument],
    limits: LimitSettings,
    *,
    channel: str = "web",
) -> Parcel:
    """One case file as a parcel; rows of findings count from 1, as the form shows them.

    Raises:
        FormFieldUnknownError: a field that its table does not have.
        InputError: nothing was sent, or a limit is broken.
    """
    if not fields and not documents:
        raise NothingSentError(source=channel)
    budget = Budget(limits)
    entries: dict[str, Entry] = {}
    findings: list[Finding] = []
    case_file = _row("case-file", 1, fields)
    rows = []
    for number, document in enumerate(documents, start=1):
        row = _row(document.kind, number, document.fields)
        row.fields["fileCode"] = case_file.fields.get("fileCode", "")
        row.files = _take(document.files, number, entries, findings, budget)
        row.fields["sha256"] = ";".join(document.sha256)
        rows.append(row)
    require_names(entries, limits)
    require_sizes(((entry.path, entry.size_bytes) for entry in entries.values()), limits)
    source = case_file.fields.get("fileCode", "") or channel
    return Parcel(
        channel,
        source,
        tuple(entries.values()),
        tuple(findings),
        declaration=declare([case_file], rows, list(entries)),
    )


def _row(kind: str, number: int, fields: Mapping[str, str]) -> DeclaredRow:
    row = DeclaredRow(kind, number)
    left_out = NOT_IN_FORMS if kind != "case-file" else set()
    rules = {rule.name: rule for rule in law.fields(kind) if rule.name not in left_out}
    for name, written in fields.items():
        if name not in rules:
            raise FormFieldUnknownError(field=name[:100])
        row.put(rules[name], as_kept(written, rules[name]), written=written)
    return row


def _take(
    files: Sequence[UploadedFile],
    number: int,
    entries: dict[str, Entry],
    findings: list[Finding],
    budget: Budget,
) -> list[str]:
    """Entries of one document's files; two files of the same name are kept apart by a folder."""
    paths = []
    for file in files:
        name = safe_name(file.name.replace("\\", "/").rpartition("/")[2])
        findings.extend(name.findings)
        if name.path is None:
            continue
        path = name.path if name.path not in entries else f"{number:04}/{name.path}"
        if path in entries:
            findings.append(Finding(CHECK, "name-twice", Severity.ERROR, path))
            continue
        entries[path] = Entry(path, file.name, file.size_bytes, _Opener(file, path, budget))
        paths.append(path)
    return paths


@dataclass(frozen=True, slots=True)
class _Opener:
    file: UploadedFile
    path: str
    budget: Budget

    def __call__(self) -> IO[bytes]:
        return self.budget.reader(self.file.open(), self.path)
