"""States of rows before and after an act on the desk, so that it can be undone."""

import datetime as dt
import enum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, Session

from archive_service import clock
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanDocument, ScanPage

# Columns that people change on the desk; what was read and measured is never put back.
PAGE_COLUMNS = (
    "document_id",
    "position",
    "side",
    "turn_deg",
    "dpi",
    "dpi_from",
    "decision",
    "decision_reason",
    "decided_by",
    "decided_at",
    "removed_at",
    "replaced_by",
)
DOCUMENT_COLUMNS = (
    "ordinal",
    "case_code",
    "document_ordinal",
    "pages_expected",
    "without_image",
    "place",
    "reason",
    "proposals",
)
# Other readings of the same page: it has to be read again.
READ_ANEW = ("turn_deg", "dpi")

Facts = dict[str, Any]  # {"pages": {id: {column: value}}, "documents": …, "decided": {key: word}}


def take(batch: ScanBatch) -> Facts:
    """The batch as it stands, as JSON."""
    return {
        "pages": {str(page.id): _row(page, PAGE_COLUMNS) for page in batch.pages},
        "documents": {
            str(document.id): _row(document, DOCUMENT_COLUMNS) for document in batch.documents
        },
        "decided": {
            place: finding["decided"]
            for place, finding in iter_decidable(batch)
            if finding.get("decided")
        },
    }


def difference(before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Only what differs, as it was and as it is; what did not exist is ``None``."""
    was: Facts = {}
    is_now: Facts = {}
    for kind in ("pages", "documents"):
        for name in dict.fromkeys([*before[kind], *after[kind]]):
            old, new = before[kind].get(name), after[kind].get(name)
            if old == new:
                continue
            if old is not None and new is not None:
                columns = [column for column in old if old[column] != new[column]]
                old = {column: old[column] for column in columns}
                new = {column: new[column] for column in columns}
            was.setdefault(kind, {})[name] = old
            is_now.setdefault(kind, {})[name] = new
    if before["decided"] != after["decided"]:
        was["decided"], is_now["decided"] = before["decided"], after["decided"]
    return was, is_now


def put_back(session: Session, batch: ScanBatch, state: Facts, *, at: dt.datetime) -> None:
    """Make the batch say what ``told`` says of it.

    A page that did not exist is taken out, not removed: its bytes and what was read stay.
    """
    documents = {str(document.id): document for document in batch.documents}
    for name, columns in state.get("documents", {}).items():
        if columns is not None:
            row = documents.get(name) or _new_document(session, batch, name)
            _write(row, columns)
    session.flush()
    pages = {str(page.id): page for page in batch.pages}
    for name, columns in state.get("pages", {}).items():
        page = pages[name]
        if columns is None:
            page.removed_at, page.document_id = at, None  # its document may go as well
        else:
            turned = any(
                column in columns and _plain(getattr(page, column)) != columns[column]
                for column in READ_ANEW
            )
            _write(page, columns)
            if turned:
                page.read_anew()
    session.flush()
    for name, columns in state.get("documents", {}).items():
        if columns is None and name in documents:
            session.delete(documents[name])
    session.flush()
    session.expire(batch, ["documents", "pages"])
    if "decided" in state:
        write_decided(batch, state["decided"])


def iter_decidable(batch: ScanBatch) -> list[tuple[str, dict[str, Any]]]:
    """Findings of the batch and of its documents, each under the name it is decided by."""
    named = [(finding_key(finding), finding) for finding in batch.findings]
    for document in batch.documents:
        named += [(finding_key(finding), finding) for finding in document.findings]
    return named


def finding_key(finding: dict[str, Any]) -> str:
    """The key by which a person decides on a finding: its code and what it is about."""
    about = finding.get("place") or ",".join(map(str, finding.get("facts", {}).get("pages", ())))
    return f"{finding['code']}:{about}"


def write_decided(batch: ScanBatch, words: dict[str, Any]) -> None:
    """Exactly these findings are decided on."""

    def marked(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for finding in findings:
            bare = {name: value for name, value in finding.items() if name != "decided"}
            word = words.get(finding_key(finding))
            made.append(bare | ({"decided": word} if word else {}))
        return made

    batch.findings = marked(batch.findings)
    for document in batch.documents:
        document.findings = marked(document.findings)


def _new_document(session: Session, batch: ScanBatch, name: str) -> ScanDocument:
    row = ScanDocument(id=UUID(name), batch_id=batch.id, ordinal=0, proposals={}, findings=[])
    session.add(row)
    return row


def _row(row: ScanPage | ScanDocument, columns: tuple[str, ...]) -> dict[str, Any]:
    return {column: _plain(getattr(row, column)) for column in columns}


def _plain(value: object) -> Any:
    if isinstance(value, dt.datetime):
        return clock.iso(value)
    if isinstance(value, UUID):
        return str(value)
    return value.value if isinstance(value, enum.Enum) else value


def _write(row: ScanPage | ScanDocument, columns: dict[str, Any]) -> None:
    mapper = cast("Mapper[Any]", inspect(type(row)))
    for name, value in columns.items():
        setattr(row, name, _typed(mapper.columns[name].type.python_type, value))


def _typed(kind: type, value: Any) -> Any:
    if value is None:
        return None
    if kind is dt.datetime:
        return clock.parse_iso(value)
    return UUID(value) if kind is UUID else value
