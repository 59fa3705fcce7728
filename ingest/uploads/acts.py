"""Files that were sent piece by piece, until something is made of them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from archive_service.domain.people.account import Actor
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.uploads import UploadFolder
from ingest.channels.parcel import require_sizes


@dataclass(frozen=True, slots=True)
class Sent:
    """One finished upload and the path it had in the sender's folder."""

    upload: UUID
    path: str


def upload_folder(services: Services) -> UploadFolder:
    """Where uploads of this home arrive."""
    limits = services.settings.limits
    return UploadFolder(
        services.settings.home / "uploads",
        most=limits.upload_count_per_account,
        most_bytes=limits.upload_bytes_per_account,
    )


def sweep_uploads(lease: Lease, services: Services) -> None:
    """Forget uploads whose last piece came too long ago."""
    upload_folder(services).sweep()
    with services.writing() as session:
        services.jobs.finish(session, lease)


def keep_files(
    services: Services, files: Sequence[tuple[str, IO[bytes]]], *, actor: Actor
) -> list[Sent]:
    """Files that came with a form become uploads of their sender, as if sent piece by piece.

    Raises:
        FileTooLargeError, SubmissionTooLargeError, TooManyFilesError: nothing was kept.
        TooManyUploadsError, UploadSpaceError: likewise.
    """
    sizes = [(name, source.seek(0, os.SEEK_END)) for name, source in files]
    require_sizes(sizes, services.settings.limits)
    folder = upload_folder(services)
    kept: list[Sent] = []
    try:
        for (name, size), (_, source) in zip(sizes, files, strict=True):
            source.seek(0)
            upload = folder.begin(owner=actor.account, name=name[:1000], size_bytes=size)
            kept.append(Sent(upload.id, name))
            folder.append(upload.id, source, owner=actor.account, offset=0)
    except BaseException:
        folder.discard([file.upload for file in kept])
        raise
    return kept
