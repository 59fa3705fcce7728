"""Files of a draft: from a finished upload into staging once, and out of the draft again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source, document_of, from_name, propose
from archive_service.domain.intake.finding import Finding, Severity, as_json
from archive_service.domain.intake.submission import (
    MAIN,
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
    Submission,
    SubmissionFile,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.jobs.ledger import JobLedger
from archive_service.settings import LimitSettings
from archive_service.storage.staging import StagedObject, Staging
from ingest.channels.file_references import is_page_image, natural_order
from ingest.channels.names import safe_name
from ingest.channels.parcel import require_names, require_sizes
from ingest.drafts.drafts import draft_of, get_draft, write, write_declared
from ingest.drafts.order import DraftRowError, find_file, forget_sources, next_row, sort_by_time
from ingest.receiving.staged import discard_unneeded

READ_JOB = "read-draft"


class DraftFileNameError(InputError):
    """The name of a file cannot be used."""

    code = "draft-file-name"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that has arrived whole: the name it was sent with, and a way to read it (again)."""

    name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]


def add_file(
    draft_id: UUID,
    sent: Sent,
    *,
    actor: Actor,
    database: Database,
    staging: Staging,
    jobs: JobLedger,
    limits: LimitSettings,
    row: int | None = None,
) -> str:
    """Take a file in: a document of its own, or (``row``) one more file of a document.

    Its bytes are read once, into staging; handing in copies nothing. The same bytes under the
    same name are there already: nothing is doubled. Images of one folder are pages of one document.

    Returns:
        The path under which the draft knows it; of two files of one name the second has a number.

    Raises:
        DraftNotFoundError, ActNotAllowedError
        DraftFileNameError: a name that points out of its folder, or holds control characters.
        InputError: a limit is broken. In each case nothing was taken in.
        BackendError: staging is full or does not answer; likewise.
    """
    name = safe_name(sent.name.replace("\\", "/"))
    if name.path is None:
        raise DraftFileNameError(name=sent.name[:200], why=name.findings[0].code)
    require_names([name.path], limits)
    with database.read_only() as session:
        submission = get_draft(session, draft_id, actor=actor, files=False)
        sizes = select(SubmissionFile.path, SubmissionFile.size_bytes)
        of_it = SubmissionFile.submission_id == submission.id
        here = [(path, size) for path, size in session.execute(sizes.where(of_it))]
    require_sizes([*here, (name.path, sent.size_bytes)], limits)
    with sent.open() as source:
        staged = staging.receive(source, limit_bytes=limits.file_bytes)
    try:
        with database.unit_of_work() as uow:
            path = _taken(
                uow.session, draft_id, name.path, name.findings, staged, actor=actor, row=row
            )
            jobs.add(uow.session, READ_JOB, subject_id=draft_id)
            uow.commit()
    except BaseException:
        discard_unneeded([staged.sha256], database=database, staging=staging)
        raise
    if not staging.has(staged.sha256):  # a failing parcel with equal bytes just discarded them
        with sent.open() as source:
            staging.receive(source)
    return path


def remove_document(session: Session, draft_id: UUID, row: int, *, actor: Actor) -> list[str]:
    """Take a document with all its files out of the draft; the caller commits.

    Returns:
        Digests of its files, which staging may need no more. None where it was gone already.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    document = document_of(declared, row)
    if document is None:
        return []
    declared.documents.remove(document)
    forget_sources(draft, row)
    paths = {file.path for file in document.files}
    digests = _drop(submission, paths | _packets_of(submission, paths))
    write(submission, draft, declared, actor)
    return digests


def remove_file(session: Session, draft_id: UUID, path: str, *, actor: Actor) -> list[str]:
    """Take one file out; its document stays, and asks for one. As ``remove_document``."""
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    try:
        document, file = find_file(declared, path)
    except DraftRowError:
        return []
    document.files.remove(file)
    draft.set_aside = {name: kept for name, kept in draft.set_aside.items() if name != path}
    digests = _drop(submission, {path})
    write(submission, draft, declared, actor)
    return digests


def add_paper(session: Session, draft_id: UUID, *, actor: Actor) -> int:
    """A document without a file, whose paper is handed over; its number. The caller commits."""
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    row = next_row(declared)
    declared.documents.append(DeclaredDocument(row=row, fields={"confidenceLevel": "02"}))
    write(submission, draft, declared, actor)
    return row


def _taken(
    session: Session,
    draft_id: UUID,
    wanted: str,
    seen: tuple[Finding, ...],
    staged: StagedObject,
    *,
    actor: Actor,
    row: int | None,
) -> str:
    submission = get_draft(session, draft_id, actor=actor, lock=True, files=False)
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    held, last = _held(session, submission)
    path = _free(wanted, held, staged.sha256)
    if path in held:
        return path
    session.add(
        SubmissionFile(
            submission_id=submission.id,
            ordinal=last + 1,
            path=path,
            sha256=staged.sha256,
            size_bytes=staged.size_bytes,
            signatures=[],
        )
    )
    told = [as_json(one) for one in seen if one.severity is not Severity.ERROR or one.place == path]
    submission.door_findings = [*submission.door_findings, *told]
    _place(session, submission, draft, declared, path, row)
    if draft.by_time:
        sort_by_time(declared)
    write_declared(submission, draft, declared, actor)
    submission.size_bytes += staged.size_bytes
    return path


def _held(session: Session, submission: Submission) -> tuple[dict[str, str], int]:
    """Digests by path, and the last ordinal; what was seen in the files is not read for it."""
    rows = session.execute(
        select(SubmissionFile.path, SubmissionFile.sha256, SubmissionFile.ordinal).where(
            SubmissionFile.submission_id == submission.id
        )
    ).all()
    last = max((ordinal for _, _, ordinal in rows), default=0)
    return {path: sha256 for path, sha256, _ in rows}, last


def _place(
    session: Session,
    submission: Submission,
    draft: Draft,
    declared: DeclaredCaseFile,
    path: str,
    row: int | None,
) -> None:
    """Where the file belongs: to the document asked for, to its folder's pages, or on its own."""
    image = is_page_image(path)
    file = DeclaredFile(path=path, page_image=image)
    if row is not None:
        document = document_of(declared, row)
        if document is None:
            raise DraftRowError(row=row)
        standing = "annex" if any(one.standing == MAIN for one in document.files) else MAIN
        document.files.append(file.model_copy(update={"standing": standing}))
        return
    folder = path.rpartition("/")[0]
    if image and folder:
        pages = next((one for one in declared.documents if _is_pages_of(one, folder)), None)
        if pages is not None:
            pages.files.append(file)
            pages.files.sort(key=lambda one: natural_order(one.path))
            return
    document = DeclaredDocument(row=next_row(declared), files=[file])
    declared.documents.append(document)
    agency = session.get(Agency, submission.agency_id) if submission.agency_id else None
    named = from_name(f"{folder}.pdf" if image and folder else path)
    own = {"organName": agency.name} if agency is not None else {}
    level = {"confidenceLevel": "02"} if image else {}
    sources = dict(draft.sources)
    propose(document.fields, sources, document.row, own | level, Source.AGENCY)
    propose(document.fields, sources, document.row, named, Source.NAME)
    draft.sources = sources


def _is_pages_of(document: DeclaredDocument, folder: str) -> bool:
    return bool(document.files) and all(
        file.page_image and file.path.rpartition("/")[0] == folder for file in document.files
    )


def _free(wanted: str, held: dict[str, str], sha256: str) -> str:
    """The path itself, or with a number where other bytes have it."""
    folder, slash, name = wanted.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    for number in range(1, len(held) + 2):
        numbered = f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"
        path = wanted if number == 1 else f"{folder}{slash}{numbered}"
        if held.get(path, sha256) == sha256:
            return path
    raise AssertionError("more numbers than files")


def _packets_of(submission: Submission, paths: set[str]) -> set[str]:
    """The packets that brought the document of these files go with it, and may be sent again."""
    own = [packet for packet in submission.packets if packet.path in paths]
    for packet in own:
        submission.packets.remove(packet)
    digests = {packet.sha256 for packet in own}
    return {file.path for file in submission.files if file.sha256 in digests}


def _drop(submission: Submission, paths: set[str]) -> list[str]:
    gone = [file for file in submission.files if file.path in paths]
    for file in gone:
        submission.files.remove(file)
    submission.door_findings = [
        finding
        for finding in submission.door_findings
        if finding["place"].partition(": ")[0] not in paths
    ]
    return [file.sha256 for file in gone]
