"""A late document or a correction: what is added to a case file that is in custody already."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service.audit import record_event
from archive_service.db.held import in_force
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.declared_term import PERMANENT
from archive_service.domain.case_files.document import Document, DocumentRelation
from archive_service.domain.case_files.recall import REPLACED_BY
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.intake.submission import DeclaredDocument, Submission
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.storage.held import note_stopped
from ingest.acceptance.declared_rows import columns_of, derive, document_row, own_columns, relate
from ingest.acceptance.links import held_links, tell_linked
from ingest.answers.sender_notices import tell_accepted
from ingest.checks.reference_documents import tell_standing
from ingest.register.counterpart import REPLACEMENT, REPLACES, replaced_document

# What a REPLACEMENT may say anew of the case file. Access has an approval of its own; codes and
# counts follow from elsewhere.
_CORRECTED = (
    "title", "language", "start_date", "end_date", "keyword", "format", "infor_sign",
    "confidence_level", "paper_file_code", "description", "creator",
)  # fmt: skip
_ORDERED = ("01", "02", "03", "04", "05", "06")  # codes of maintenance, the longest first


class AdditionTargetError(ConflictError):
    """The case file that it is added to is not held any more, or is held by another agency."""


class AdditionBusyError(ConflictError):
    """A version of the case file is on its way, or an earlier addition has no receipt yet."""


class AdditionHeldError(ConflictError):
    """A hold is in force: nothing in the case file may be replaced."""


def add_to_case_file(
    session: Session, submission: Submission, *, actor: Actor, home: Path | None = None
) -> CaseFile:
    """The accepted documents of ``submission`` as part of the next version of its case file.

    SUPPLEMENT puts them behind those that are there; REPLACEMENT lets each stand for the document
    that it names, which stays in the package and points to it. The caller classifies anew, queues
    what is due and commits.

    Raises:
        AdditionTargetError, AdditionHeldError: it cannot be added.
        AdditionBusyError: not now; once the case file is at rest, it can.
    """
    declared = submission.case_file()
    case_file = _target(session, submission, declared.fields.get("fileCode", ""), actor)
    version = case_file.want_version()
    held = list(case_file.documents)
    links = _links(session, submission, case_file)
    own, documents = _own(submission, case_file, links, version)
    tell_standing(documents, level=case_file.confidence_level, home=home)
    relate(documents, held)
    replaced: dict[int, int] = {}
    corrected: dict[str, list[object]] = {}
    if submission.record_status == REPLACEMENT:
        replaced = _replace(documents, own, held, version)
        corrected = _correct(case_file, columns_of(declared.fields))
    _unlike(documents, held, case_file.code)
    _tell_replaced(replaced, documents, held)
    case_file.documents.extend(documents)
    case_file.links.extend(links.values())
    tell_linked(session, links.values(), case_file.code, actor=actor)
    _lengthen(case_file, documents, columns_of(declared.fields))
    _count(case_file)
    submission.case_file_id, submission.version = case_file.id, version
    case_file.receipt_due_in = version
    data = {
        "code": case_file.code,
        "documents": len(documents),
        "record_status": submission.record_status,
        "case_file": str(case_file.id),
        "version": version,
        "replaced": [{"ordinal": old, "by": new} for old, new in sorted(replaced.items())],
        "corrected": corrected,
    } | why(submission)
    record_event(
        session,
        "submission:accepted",
        subject_id=submission.id,
        actor=actor,
        agency_id=case_file.agency_id,
        data=data,
    )
    tell_accepted(session, submission)
    return case_file


def why(submission: Submission) -> dict[str, str]:
    """The reason of its acceptance, for the event; nothing where none was given."""
    return {"reason": submission.decision_reason} if submission.decision_reason else {}


def _links(
    session: Session, submission: Submission, case_file: CaseFile
) -> dict[int, DocumentLink]:
    """What it names of other case files, but for what this one has already; by ordinals to be."""
    linked = [link.document_id for link in case_file.standing_links]
    return held_links(
        session,
        submission,
        submission.case_file().documents,
        fonds_id=case_file.fonds_id,
        start=case_file.last_ordinal + 1,
        but=[document.id for document in case_file.documents] + linked,
    )


def _own(
    submission: Submission, case_file: CaseFile, links: Collection[int], version: int
) -> tuple[list[DeclaredDocument], list[Document]]:
    """The other documents as they were declared, and as rows behind those that are there."""
    declared = enumerate(submission.case_file().documents, start=case_file.last_ordinal + 1)
    items = [(ordinal, item) for ordinal, item in declared if ordinal not in links]
    files = {file.path: file for file in submission.files}
    documents = [
        document_row(
            ordinal, item, files, case_code=case_file.code, mode=case_file.mode, version=version
        )
        for ordinal, item in items
    ]
    own = [item for _, item in items]
    derive(documents, own)
    for document in documents:
        for file in document.files:
            file.case_file_id = case_file.id
    return own, documents


def _target(session: Session, submission: Submission, code: str, actor: Actor) -> CaseFile:
    whole = selectinload(CaseFile.documents).selectinload(Document.files)
    case_file = session.scalar(
        select(CaseFile)
        .where(CaseFile.code == code)
        .options(whole)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if case_file is None or case_file.agency_id != submission.agency_id:
        raise AdditionTargetError(code=code, state="")
    if case_file.state is not CaseState.STORED:
        raise AdditionTargetError(code=code, state=case_file.state)
    if submission.record_status == REPLACEMENT:
        holds = in_force(session, case_file.id)
        if holds:
            note_stopped(session, case_file, act="submission:accept", actor=actor)
            raise AdditionHeldError(code=code, authority=holds[0].authority)
    at_rest = case_file.version_stored == case_file.version_wanted > 0
    if not at_rest or case_file.awaits_receipt() or case_file.awaits_digitization():
        raise AdditionBusyError(code=code)
    return case_file


def _replace(
    documents: Sequence[Document],
    declared: Sequence[DeclaredDocument],
    held: Sequence[Document],
    version: int,
) -> dict[int, int]:
    """Each takes the place of its counterpart; ordinals of old and new."""
    replaced: dict[int, int] = {}
    for document, item in zip(documents, declared, strict=True):
        old = replaced_document(item, held)
        if old is None:
            continue
        old.replaced_in = version
        replaced[old.ordinal] = document.ordinal
        if all(document_relation.target_id != old.id for document_relation in document.relations):
            relation = DocumentRelation(relation=REPLACES, target=old.doc_id, target_id=old.id)
            document.relations.append(relation)
    return replaced


def _tell_replaced(
    replaced: Mapping[int, int], documents: Sequence[Document], held: Sequence[Document]
) -> None:
    """The older document says by what it was replaced, once the newer one has its code."""
    newer = {document.ordinal: document for document in documents}
    for old in held:
        new = newer.get(replaced.get(old.ordinal, 0))
        if new is None or any(
            relation.relation == REPLACED_BY and relation.target_id == new.id
            for relation in old.relations
        ):
            continue
        back = DocumentRelation(relation=REPLACED_BY, target=new.doc_code, target_id=new.id)
        old.relations.append(back)


def _correct(case_file: CaseFile, fields: Mapping[str, object]) -> dict[str, list[object]]:
    """Set what is said anew; each changed column with its value before and after."""
    changed: dict[str, list[object]] = {}
    for name, value in own_columns(CaseFile, fields).items():
        before = getattr(case_file, name)
        if name in _CORRECTED and value != before:
            changed[name] = [before, value]
            setattr(case_file, name, value)
    return changed


def _unlike(documents: Sequence[Document], held: Sequence[Document], code: str) -> None:
    """A code that another document of the case file bears is drawn anew from the ordinal."""
    taken = {document.doc_code for document in held}
    for document in documents:
        if document.doc_code in taken:
            document.doc_code = f"{code}.{document.ordinal:07d}"
        taken.add(document.doc_code)


def _lengthen(
    case_file: CaseFile, documents: Sequence[Document], fields: Mapping[str, object]
) -> None:
    """The longest term of all it holds, and the latest day that its matter ended."""
    declared = [document.maintenance for document in documents] + [
        str(fields.get("maintenance", ""))
    ]
    terms = [term for term in (*declared, case_file.maintenance) if term in _ORDERED]
    before = case_file.maintenance
    if terms and before in _ORDERED:
        case_file.maintenance = min(terms)
    elif PERMANENT in terms:
        case_file.maintenance = PERMANENT
    if case_file.maintenance != before:
        case_file.term_years = None  # the years of the code before
    case_file.end_date = max(case_file.end_date, str(fields.get("end_date", "")))


def _count(case_file: CaseFile) -> None:
    """Documents that stand, and their pages; none that was replaced or moved is counted."""
    standing = [
        document
        for document in case_file.documents
        if document.replaced_in is None and document.moved_to is None
    ]
    case_file.total_doc = len(standing)
    case_file.number_of_page = sum(document.number_of_page for document in standing)
    case_file.digitization = case_file.digitization_due()
