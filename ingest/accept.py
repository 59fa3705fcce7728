"""Accepting: what the sender declared becomes a case file in our custody."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency, AgencyIdentifier
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    FileRole,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.fonds import Fonds, FondsState
from archive_service.domain.record_code import parse_record_code
from archive_service.domain.submission import (
    DeclaredDocument,
    DeclaredFile,
    Submission,
    SubmissionFile,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.errors import ConflictError, NotFoundError
from archive_service.text import fold

_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_FLAGS = {"process", "risk_recovery", "doc_attached"}
_COUNTS = {"total_doc", "number_of_paper", "number_of_page", "term_years"}


class SubmissionNotFoundError(NotFoundError):
    """No submission bears this id, or it is not this account's to know."""

    code = "submission-not-found"


class NoFondsError(ConflictError):
    """The agency has no open fonds that the case file could belong to."""

    code = "no-fonds"


class CodeTakenError(ConflictError):
    """Another case file of this code came into custody after the checks."""

    code = "code-taken"


def accept_submission(
    submission_id: UUID, *, actor: Actor, uow: UnitOfWork, archive_code: str
) -> CaseFile:
    """Take a checked submission into custody; the caller commits all of it or nothing.

    The rule of retention and the first job are the caller's too. Bytes are copied later, by the
    job. Once accepted, a second call changes nothing and returns the same case file.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not accept for this agency.
        SubmissionStateError: not ``checked``, or another archivist was first.
        UnresolvedFindingsError: an error stands that only the sender can correct.
        CodeTakenError: a case file of this code is held since.
        NoFondsError: the agency's fonds is closed.
    """
    session = uow.session
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        raise SubmissionNotFoundError(id=submission_id)
    access.require(actor, "submission:accept", submission)
    if (done := session.get(CaseFile, submission_id)) is not None:
        return done
    if submission.state is not SubmissionState.CHECKED:
        raise _not_checked(submission)
    submission.require_no_errors()

    decided_at = clock.now()
    accepted = session.scalar(  # compare and set: of two archivists one wins
        update(Submission)
        .where(Submission.id == submission_id, Submission.state == SubmissionState.CHECKED)
        .values(
            state=SubmissionState.ACCEPTED,
            decided_by=actor.account,
            decided_at=decided_at,
            revision=Submission.revision + 1,
        )
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if accepted is None:
        raise _not_checked(submission)
    session.refresh(submission)
    case_file = _case_file(session, submission, archive_code)
    session.add(case_file)
    record_event(
        session,
        "submission:accepted",
        subject_id=submission_id,
        actor=actor,
        agency_id=case_file.agency_id,
        data={"code": case_file.code, "documents": len(case_file.documents)},
    )
    return case_file


def _not_checked(submission: Submission) -> SubmissionStateError:
    return SubmissionStateError(
        id=submission.id, state=submission.state, needed=SubmissionState.CHECKED
    )


def _case_file(session: Session, submission: Submission, archive_code: str) -> CaseFile:
    declared = submission.case_file()
    fields = columns_of(declared.fields)
    known = set(session.scalars(select(AgencyIdentifier.code)))
    code = parse_record_code(declared.fields["fileCode"], known)
    if session.scalar(select(CaseFile.id).where(CaseFile.code == code.text)) is not None:
        raise CodeTakenError(code=code.text)
    agency, fonds = _agency_and_fonds(session, code.agency)
    files = {file.path: file for file in submission.files}
    documents = [
        _document(ordinal, item, files, case_code=code.text, mode=str(fields["mode"]))
        for ordinal, item in enumerate(declared.documents, start=1)
    ]
    _derive(documents, declared.documents)
    case_file = CaseFile(
        id=submission.id,
        agency_id=agency.id,
        fonds_id=fonds.id,
        code=code.text,
        agency_code=code.agency,
        year=code.year,
        number=code.number,
        symbol=code.symbol,
        arc_file_code=f"{archive_code}.{code.text}",
        ocfl_id=f"urn:uuid:{str(submission.id).upper()}",
        state=CaseState.ACCEPTED,
        version_wanted=1,
        version_built=0,
        version_stored=0,
        version_indexed=0,
        permanent=False,
        rule={},
        accepted_by=submission.decided_by,
        accepted_at=submission.decided_at,
        documents=documents,
        risk_recovery_status=_unproved(fields),
        **_own(CaseFile, fields, leave=frozenset({"code", "risk_recovery_status"})),
    )
    for document in documents:
        for file in document.files:
            file.case_file_id = case_file.id
    _relate(documents)
    case_file.total_doc = len(documents)
    case_file.number_of_page = sum(document.number_of_page for document in documents)
    case_file.digitization = case_file.digitization_due()
    return case_file


def _agency_and_fonds(session: Session, identifier: str) -> tuple[Agency, Fonds]:
    """The agency that bears the identifier, and the newest of its fonds that is open."""
    agency = session.scalars(
        select(Agency).join(AgencyIdentifier).where(AgencyIdentifier.code == identifier)
    ).one()
    fonds = session.scalar(
        select(Fonds)
        .where(Fonds.agency_id == agency.id, Fonds.state == FondsState.OPEN)
        .order_by(Fonds.code)
        .limit(1)
    )
    if fonds is None:
        raise NoFondsError(agency=agency.code)
    return agency, fonds


def _document(
    ordinal: int,
    declared: DeclaredDocument,
    files: Mapping[str, SubmissionFile],
    *,
    case_code: str,
    mode: str,
) -> Document:
    fields = columns_of(declared.fields)
    fields.setdefault("mode", mode)
    fields.setdefault("doc_id", f"{case_code}.{ordinal}")
    fields.setdefault("doc_code", f"{case_code}.{ordinal:07d}")
    fields.setdefault("subject", _title(fields))
    objects = [
        _object(ordinal, number, files[item.path], item)
        for number, item in enumerate(declared.files, start=1)
    ]
    document = Document(
        ordinal=ordinal,
        kind=declared.kind,
        files=objects,
        signatures=[
            {"file": item.name} | signature
            for item, declared_file in zip(objects, declared.files, strict=True)
            for signature in files[declared_file.path].signatures
        ],
        risk_recovery_status=_unproved(fields),
        **_own(Document, fields, leave=frozenset({"relation", "risk_recovery_status"})),
    )
    taken_apart = {path for item in declared.files for path in item.derived_from}
    counted = sum(
        item.pages or 0
        for item, told in zip(objects, declared.files, strict=True)
        if told.path not in taken_apart
    )
    document.number_of_page = counted or int(fields.get("number_of_page") or 0)
    if target := declared.fields.get("relatesTo"):
        relation = declared.fields.get("relation", "")
        document.relations = [DocumentRelation(relation=relation, target=target)]
    if declared.kind == "picture":
        document.picture = PictureDescription(**_own(PictureDescription, fields))
    elif declared.kind == "media":
        document.recording = RecordingDescription(**_own(RecordingDescription, fields))
    return document


def _unproved(fields: Mapping[str, object]) -> str | None:
    """What a sender says of his own reserve stays his word: ours begins without proof (02)."""
    return "02" if fields.get("risk_recovery") else None


def _relate(documents: Sequence[Document]) -> None:
    """Point each relation at the document of this case file that it means, by id or by number."""
    known: dict[str, Document] = {}
    for document in documents:
        document.id = uuid4()
        number = "/".join(part for part in (document.code_number, document.code_notation) if part)
        for name in filter(None, (number, document.doc_code, document.doc_id)):
            known.setdefault(fold(name), document)
    for document in documents:
        for relation in document.relations:
            meant = known.get(fold(relation.target))
            relation.target_id = meant.id if meant is not None else None


def _derive(documents: Sequence[Document], declared: Sequence[DeclaredDocument]) -> None:
    """What was taken out of another file names it by its path in the package."""
    made = [
        (file, told)
        for document, item in zip(documents, declared, strict=True)
        for file, told in zip(document.files, item.files, strict=True)
    ]
    paths = {told.path: file.path for file, told in made}
    for file, told in made:
        file.derived_from = [paths[path] for path in told.derived_from if path in paths]


def _object(
    document: int, number: int, file: SubmissionFile, declared: DeclaredFile
) -> DigitalObject:
    page = declared.page_image
    stem, _, suffix = file.path.rpartition("/")[2].rpartition(".")
    safe = _UNSAFE.sub("-", fold(stem or suffix)).strip("-")[:60] or "tep"
    ending = _UNSAFE.sub("", fold(suffix))[:8] if stem else ""
    folder = "pages" if page else "original"
    name = f"{number:04d}-{safe}" + (f".{ending}" if ending else "")
    return DigitalObject(
        ordinal=number,
        role=FileRole.ORIGINAL,
        page_image=page,
        standing=declared.standing,
        path=f"{document:04d}/{folder}/{name}",
        name=file.path,
        media_type=file.media_type or "application/octet-stream",
        puid=file.puid,
        format_name=file.format_name,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        pages=1 if page else file.pages,
        turn_deg=declared.turn_deg,
        dpi=declared.dpi,
        version_added=1,
        derived_from=[],
        created_at=clock.now(),
    )


def columns_of(fields: Mapping[str, str]) -> dict[str, str | int | bool]:
    """Field names of TT 05 as column names, with numbers and flags in their own types."""
    columns: dict[str, str | int | bool] = {}
    for name, value in fields.items():
        column = "term_years" if name == "term" else _CAMEL.sub("_", name).lower()
        if not value:
            continue
        if column in _FLAGS:
            columns[column] = value == "1"
        elif column in _COUNTS:
            columns[column] = int(value)
        else:
            columns[column] = value
    return columns


def _own(
    kind: type, columns: Mapping[str, object], *, leave: frozenset[str] = frozenset()
) -> dict[str, object]:
    """Those of the columns that ``kind`` has."""
    return {
        name: value for name, value in columns.items() if hasattr(kind, name) and name not in leave
    }


def _title(fields: Mapping[str, object]) -> str:
    """Photographs and recordings bear a title or an event in place of an abstract."""
    for name in ("image_title", "movie_title", "event_name"):
        if fields.get(name):
            return str(fields[name])
    return ""
