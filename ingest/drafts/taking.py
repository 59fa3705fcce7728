"""Finished uploads taken into a draft, as many at once as have arrived."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select

from archive_service.domain.intake.submission import SubmissionFile
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, InputError
from archive_service.services import Services
from archive_service.storage.staging import SourceUnreadableError
from archive_service.storage.uploads import Upload, UploadIncompleteError, UploadUnknownError
from ingest.drafts.drafts import get_draft
from ingest.drafts.files import Sent, add_files
from ingest.uploads.acts import upload_folder


def take_uploads(
    services: Services,
    draft_id: UUID,
    uploads: Sequence[UUID],
    *,
    actor: Actor,
    row: int | None = None,
) -> dict[UUID, str | ArchiveError]:
    """Take finished uploads into the draft together, then forget them; see ``files.add_files``.

    Returns:
        Of each where it is now; or why it stays an upload: as ``add_files``, and
        ``UploadUnknownError``, ``UploadIncompleteError``.
    """
    folder = upload_folder(services)
    taken: dict[UUID, str | ArchiveError] = {}
    whole: dict[UUID, Upload] = {}
    for upload_id in dict.fromkeys(uploads):
        try:
            whole[upload_id] = folder.whole(upload_id, owner=actor.account)
        except (UploadUnknownError, UploadIncompleteError) as error:
            taken[upload_id] = error
    sent = [
        Sent(upload.name, upload.size_bytes, _opener(folder.path(upload.id)))
        for upload in whole.values()
    ]
    try:
        came = add_files(
            draft_id,
            sent,
            actor=actor,
            database=services.database,
            staging=services.staging,
            jobs=services.jobs,
            limits=services.settings.limits,
            row=row,
        )
    except SourceUnreadableError:
        if all(folder.path(identifier).exists() for identifier in whole):
            raise
        return take_uploads(services, draft_id, uploads, actor=actor, row=row)  # others took some
    taken |= dict(zip(whole, came, strict=True))
    done = [upload for upload in whole.values() if isinstance(taken[upload.id], str)]
    folder.discard([*folder.begun_same(done, into=str(draft_id)), *(upload.id for upload in done)])
    return taken


def take_finished(services: Services, draft_id: UUID, *, actor: Actor) -> list[ArchiveError]:
    """Attach uploads that ended while nobody looked; what was refused, and is forgotten."""
    folder = upload_folder(services)
    meant = folder.meant_for(str(draft_id), owner=actor.account)
    whole = [upload.id for upload in meant if upload.complete]
    taken = take_uploads(services, draft_id, whole, actor=actor) if whole else {}
    refused = {
        identifier: error for identifier, error in taken.items() if isinstance(error, InputError)
    }
    folder.discard([*refused])
    return [*refused.values()]


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def paths_in(services: Services, draft_id: UUID, *, actor: Actor) -> set[str]:
    """The files that the draft has, by the names that it knows them by; ``DraftNotFoundError``."""
    with services.read_only() as session:
        submission = get_draft(session, draft_id, actor=actor, files=False)
        of_it = SubmissionFile.submission_id == submission.id
        return set(session.scalars(select(SubmissionFile.path).where(of_it)))
