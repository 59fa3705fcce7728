"""Files of a draft: from a finished upload into staging once, and out of the draft again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.field_source import Source, document_of, from_name, propose
from archive_service.domain.intake.finding import Severity, as_json
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
from archive_service.signing.inspect import signed_by_name
from archive_service.storage.staging import StagedObject, Staging
from ingest.channels.file_references import is_page_image, natural_order
from ingest.channels.names import SafeName, safe_name
from ingest.channels.parcel import require_names, require_sizes
from ingest.drafts.drafts import draft_of, get_draft, write, write_declared
from ingest.drafts.order import DraftRowError, find_file, forget_sources, next_row, sort_by_time
from ingest.receiving.staged import discard_unneeded

READ_JOB = "read-draft"


class DraftFileNameError(InputError):
    """The name of a file cannot be used."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that has arrived whole: the name it was sent with, and a way to read it (again)."""

    name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]


def add_files(
    draft_id: UUID,
    sent: Sequence[Sent],
    *,
    actor: Actor,
    database: Database,
    staging: Staging,
    jobs: JobLedger,
    limits: LimitSettings,
    row: int | None = None,
) -> list[str | InputError]:
    """Take files in together: each a document of its own, or (``row``) one more of a document.

    What is declared is read and written once for all of them: in a draft of thousands that is
    nearly all that one costs. Their bytes are read once, into staging; handing in copies nothing.
    The same bytes under the same name are there already: nothing is doubled. Images of one folder
    are pages of one document.

    Returns:
        Of each the path under which the draft knows it, with a number where other bytes have its
        name; or why it alone was left out: ``DraftFileNameError``, or a limit.

    Raises:
        DraftNotFoundError, ActNotAllowedError, DraftRowError: nothing was taken in.
        BackendError: a file or staging does not answer, or it is full; likewise.
    """
    wanted = list(_wanted(draft_id, sent, actor=actor, database=database, limits=limits))
    good = [
        (name, file) for name, file in zip(wanted, sent, strict=True) if isinstance(name, SafeName)
    ]
    staged = staging.receive_each([file.open for _, file in good])
    try:
        with database.writing() as session:
            named = [(name, bytes_) for (name, _), bytes_ in zip(good, staged, strict=True)]
            paths = iter(_taken(session, draft_id, named, actor=actor, row=row))
            jobs.add(session, READ_JOB, subject_id=draft_id)
    except BaseException:
        discard_unneeded(
            [staged_object.sha256 for staged_object in staged], database=database, staging=staging
        )
        raise
    for (_, file), bytes_ in zip(good, staged, strict=True):
        if not staging.has(bytes_.sha256):  # a failing parcel with equal bytes just discarded them
            with file.open() as source:
                staging.receive(source)
    return [next(paths) if isinstance(path, SafeName) else path for path in wanted]


def _wanted(
    draft_id: UUID,
    sent: Sequence[Sent],
    *,
    actor: Actor,
    database: Database,
    limits: LimitSettings,
) -> Iterator[SafeName | InputError]:
    """The name that each would bear, beside those before it; or why it may not come in."""
    with database.read_only() as session:
        submission = get_draft(session, draft_id, actor=actor, files=False)
        sizes = select(SubmissionFile.path, SubmissionFile.size_bytes)
        of_it = SubmissionFile.submission_id == submission.id
        here = [(path, size) for path, size in session.execute(sizes.where(of_it))]
    for file in sent:
        name = safe_name(file.name.replace("\\", "/"))
        if name.path is None:
            yield DraftFileNameError(name=file.name[:200], why=name.findings[0].code)
            continue
        try:
            require_names([name.path], limits)
            require_sizes([*here, (name.path, file.size_bytes)], limits)
        except InputError as refused:
            yield refused
            continue
        here.append((name.path, file.size_bytes))
        yield name


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
    named: Sequence[tuple[SafeName, StagedObject]],
    *,
    actor: Actor,
    row: int | None,
) -> list[str]:
    submission = get_draft(session, draft_id, actor=actor, lock=True, files=False)
    draft, declared = draft_of(session, submission, actor), submission.case_file()
    held, last = _held(session, submission)
    sources, findings, paths = dict(draft.sources), list(submission.door_findings), list[str]()
    own = session.get(Agency, submission.agency_id) if submission.agency_id else None
    for name, staged in named:
        path = _free(name.path or "", held, staged.sha256)
        paths.append(path)
        if path in held:
            continue
        held[path], last = staged.sha256, last + 1
        session.add(
            SubmissionFile(
                submission_id=submission.id,
                ordinal=last,
                path=path,
                sha256=staged.sha256,
                size_bytes=staged.size_bytes,
                signatures=[],
            )
        )
        findings += [
            as_json(finding)
            for finding in name.findings
            if finding.severity is not Severity.ERROR or finding.place == path
        ]
        submission.size_bytes += staged.size_bytes
        _place(declared, path, row, sources=sources, issuer=own.name if own else "")
    draft.sources, submission.door_findings = sources, findings
    if draft.by_time:
        sort_by_time(declared)
    write_declared(submission, draft, declared, actor)
    return paths


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
    declared: DeclaredCaseFile, path: str, row: int | None, *, sources: dict[str, str], issuer: str
) -> None:
    """Where the file belongs: to the document asked for, to its folder's pages, or on its own."""
    image = is_page_image(path)
    file = DeclaredFile(path=path, page_image=image)
    if row is not None:
        document = document_of(declared, row)
        if document is None:
            raise DraftRowError(row=row)
        standing = (
            "annex"
            if any(declared_file.standing == MAIN for declared_file in document.files)
            else MAIN
        )
        document.files.append(file.model_copy(update={"standing": standing}))
        return
    if (document := _with_its_signature(declared, path)) is not None:
        standings = {other.path: other.standing for other in document.files}
        standing = standings.get(signed_by_name(path), MAIN)  # an annex is signed as one
        at = len(document.files) if signed_by_name(path) else 0
        document.files.insert(at, file.model_copy(update={"standing": standing}))
        return
    folder = path.rpartition("/")[0]
    if image and folder:
        pages = next(
            (
                declared_document
                for declared_document in declared.documents
                if _is_pages_of(declared_document, folder)
            ),
            None,
        )
        if pages is not None:
            pages.files.append(file)
            pages.files.sort(key=lambda file: natural_order(file.path))
            return
    document = DeclaredDocument(row=next_row(declared), files=[file])
    declared.documents.append(document)
    named = from_name(f"{folder}.pdf" if image and folder else signed_by_name(path) or path)
    level = {"confidenceLevel": "02"} if image else {}
    own = {"organName": issuer} if issuer else {}
    propose(document.fields, sources, document.row, own | level, Source.AGENCY)
    propose(document.fields, sources, document.row, named, Source.NAME)


def _with_its_signature(declared: DeclaredCaseFile, path: str) -> DeclaredDocument | None:
    """The document of the file that a signature apart is named after, or of the signature."""
    signed = signed_by_name(path)
    for document in declared.documents:
        others = [file.path for file in document.files]
        if signed in others or (others and all(signed_by_name(other) == path for other in others)):
            return document
    return None


def _is_pages_of(document: DeclaredDocument, folder: str) -> bool:
    pages = [file for file in document.files if not signed_by_name(file.path)]
    return bool(pages) and all(
        file.page_image and file.path.rpartition("/")[0] == folder for file in pages
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
