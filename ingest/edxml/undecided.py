"""One document of a submission that nobody decided on: which is meant, and how it is taken out."""

from typing import Any

from sqlalchemy.orm import Session

from archive_service.domain.case_files.recall import CORRECTED_BY
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    Submission,
    SubmissionFile,
)
from archive_service.text import fold
from ingest.channels.edxml.packet import CHECK, RECEIVED
from ingest.channels.edxml.signature import PLACE
from ingest.drafts.order import forget_sources

_OF_A_PACKET = ("", "DocumentId", "TypeName", "Priority", PLACE)  # of one that came alone


def named_document(declared: DeclaredCaseFile, document: str) -> DeclaredDocument | None:
    """By place, identifier, or number and symbol."""
    wanted = document.strip()
    if (found := document_bearing(declared, wanted)) is not None:
        return found
    numbered = [
        declared_document
        for declared_document in declared.documents
        if fold(_number(declared_document)) == fold(wanted)
    ]
    if wanted and len(numbered) == 1:
        return numbered[0]
    place = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 7 else 0
    return declared.documents[place - 1] if 0 < place <= len(declared.documents) else None


def document_bearing(declared: DeclaredCaseFile, target: str) -> DeclaredDocument | None:
    """The one whose identifier or archive code it is."""
    wanted = fold(target)
    for document in declared.documents:
        if wanted in {fold(document.fields.get(name, "")) for name in ("docId", "docCode")} - {""}:
            return document
    return None


def name_of(document: DeclaredDocument) -> str:
    """What a recall calls it: identifier, code, number and symbol, else its row."""
    return (
        document.fields.get("docId")
        or document.fields.get("docCode")
        or _number(document)
        or str(document.row)
    )


def surely_named(declared: DeclaredCaseFile, document: DeclaredDocument) -> str:
    """A name that means this document, even if others are taken out before; else its place."""
    name = name_of(document)
    found = named_document(declared, name)
    if found is not None and _same(found, document):
        return name
    return str(declared.documents.index(document) + 1)


def files_of(
    submission: Submission, declared: DeclaredCaseFile, document: DeclaredDocument, target: str
) -> list[SubmissionFile]:
    """Files that no other document names, and the packet that brought them."""
    others = {
        file.path for each in declared.documents if not _same(each, document) for file in each.files
    }
    own = {file.path for file in document.files} - others
    packets = {packet.sha256 for packet in submission.packets if packet.document_id == target}
    return [file for file in submission.files if file.path in own or file.sha256 in packets]


def take_out(
    session: Session,
    submission: Submission,
    declared: DeclaredCaseFile,
    document: DeclaredDocument,
    files: list[SubmissionFile],
    target: str,
) -> None:
    """The document, its files and what was seen of them leave; the caller keeps ``declared``."""
    before = len(declared.documents)
    own = {file.path for file in document.files}
    declared.documents = [
        declared_document
        for declared_document in declared.documents
        if not _same(declared_document, document)
    ]
    if declared.fields.get("totalDoc") == str(before):
        declared.fields["totalDoc"] = str(len(declared.documents))
    paths = own | {file.path for file in files}
    paths |= {found["place"] for found in _received(submission, target)} - {""}
    alone = any(not found["place"] for found in _received(submission, target))
    submission.door_findings = [
        found
        for found in submission.door_findings
        if not (alone and found["check"] == CHECK and found["place"] in _OF_A_PACKET)
        and not any(
            found["place"] == path or found["place"].startswith(f"{path}: ") for path in paths
        )
    ]
    submission.packets = [packet for packet in submission.packets if packet.document_id != target]
    for file in files:
        submission.files.remove(file)
    submission.document_count = len(declared.documents)
    gone = (file.size_bytes for file in files if file.path in own)  # a packet itself never counted
    submission.size_bytes -= sum(gone)
    draft = session.get(Draft, submission.id)
    if draft is not None:
        forget_sources(draft, document.row)


def mark_corrected(declared: DeclaredCaseFile, document: DeclaredDocument, successor: str) -> None:
    """The document stays and says by what it is corrected."""
    for declared_document in declared.documents:
        if _same(declared_document, document):
            declared_document.fields |= {"relation": CORRECTED_BY, "relatesTo": successor}


def is_corrected_by(document: DeclaredDocument, successor: str) -> bool:
    """Whether it says so already."""
    return (
        document.fields.get("relation") == CORRECTED_BY
        and document.fields.get("relatesTo") == successor
    )


def _received(submission: Submission, target: str) -> list[dict[str, Any]]:
    """What packets said of themselves, as far as they sent this document."""
    return [
        found
        for found in submission.door_findings
        if found["code"] == RECEIVED and found["facts"]["document_id"] == target
    ]


def _number(document: DeclaredDocument) -> str:
    parts = (document.fields.get("codeNumber"), document.fields.get("codeNotation"))
    return "/".join(part for part in parts if part)


def _same(one: DeclaredDocument, other: DeclaredDocument) -> bool:
    """Sheets of several kinds number their rows by themselves."""
    return (one.kind, one.row) == (other.kind, other.row)
