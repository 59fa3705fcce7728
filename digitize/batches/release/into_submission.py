"""Pages of a batch into a submission that is not accepted yet: they belong to version 1."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.domain.case_files.document import CLEARED
from archive_service.domain.digitization.scan_batch import ScanDocument
from archive_service.domain.intake.submission import (
    PICTURES,
    DeclaredFile,
    Submission,
    SubmissionFile,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor
from digitize.batches.desk.consent import declared_values
from digitize.batches.release.load import BatchTargetBusyError, Load, file_name, tell_added
from ingest.transitions import move


def into_submission(session: Session, row: Submission, load: Load, actor: Actor) -> None:
    """Pages of a case file that is not accepted yet belong to version 1; it is checked anew."""
    try:
        move(session, row, "add-pages")
    except SubmissionStateError:
        raise BatchTargetBusyError(code=row.code) from None
    declared = row.case_file()
    folder = f"so-hoa-{load.batch.number}"
    kept: dict[UUID, str] = {}
    files: dict[str, SubmissionFile] = {}
    for scanned in load.documents:
        document = declared.documents[(scanned.document_ordinal or 0) - 1]
        if scanned.without_image:
            document.fields |= {"noImagePlace": scanned.place, "noImageReason": scanned.reason}
            continue
        document.fields |= declared_values(scanned.proposals)
        if load.bears_mark(scanned):
            document.fields["secrecy"] = CLEARED  # who released it has said that it is none
            _clear(row, scanned, load)
        for source in load.sources_first_met(scanned):
            path = kept[source.id] = f"{folder}/{source.name}"
            files[path] = _submitted(path, source.sha256, source.size_bytes)
            document.files.append(DeclaredFile(path=path))
        for page in load.pages_of(scanned):
            path = _free(f"{folder}/{file_name(page)}", files)
            files[path] = _submitted(path, page.sha256, page.size_bytes)
            source_path = kept.get(page.source_id)
            document.files.append(
                DeclaredFile(
                    path=path,
                    page_image=True,
                    turn_deg=page.turn_deg,
                    dpi=page.dpi if page.dpi_from != "file" else None,
                    derived_from=[source_path] if source_path else [],
                )
            )
    _append(row, files.values())
    row.declared = declared.model_dump()
    row.size_bytes += sum(file.size_bytes for file in files.values())
    tell_added(session, "submission:pages-added", row.id, row.agency_id, load, actor, 1)


def _clear(row: Submission, scanned: ScanDocument, load: Load) -> None:
    """Its pictures bear no mark, as whoever released them says: the check reads none of them."""
    read = dict(row.verdict.get(PICTURES, {}))
    read |= {source.sha256: "" for source in load.sources_first_met(scanned)}
    read |= {page.sha256: "" for page in load.pages_of(scanned)}
    row.verdict = row.verdict | {PICTURES: read}


def _append(row: Submission, files: Iterable[SubmissionFile]) -> None:
    """Behind what rows name; what came beside them stays last."""
    beside = len(row.unnamed_files())
    known = list(row.files)
    named = known[: len(known) - beside] if beside else known
    last = known[len(known) - beside :] if beside else []
    made = list(files)
    row.files.extend(made)
    for number, file in enumerate([*named, *made, *last], start=1):
        file.ordinal = number


def _submitted(path: str, sha256: str, size_bytes: int) -> SubmissionFile:
    return SubmissionFile(ordinal=0, path=path, sha256=sha256, size_bytes=size_bytes, signatures=[])


def _free(path: str, taken: Iterable[str]) -> str:
    """A path that no other file of the submission has."""
    names, stem = set(taken), PurePosixPath(path)
    number = 1
    while path in names:
        number += 1
        path = str(stem.with_stem(f"{stem.stem}-{number}"))
    return path
