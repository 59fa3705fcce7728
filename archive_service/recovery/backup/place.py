"""Where a backup goes: refused where it cannot be meant, told where a person ought to look."""

from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.errors import InputError
from archive_service.recovery.backup.run import BackupPlaceError
from archive_service.recovery.backup.set import BackupKind
from archive_service.services import Services


class BackupParentMissingError(InputError):
    """Not even the folder above is there: mistyped, or the medium is not mounted."""


def require_place(services: Services, medium: Path) -> None:
    """Nothing is written where this raises.

    Raises:
        BackupPlaceError: it lies in a copy, a reserve or staging.
        BackupParentMissingError: the folder it would lie in does not exist.
    """
    storage = services.settings.storage
    for url in (*storage.copies, *storage.reserve, storage.staging):
        place = urlsplit(url)
        held = services.settings.home / place.path
        if place.scheme == "file" and medium.resolve().is_relative_to(held.resolve()):
            raise BackupPlaceError(folder=medium)
    if not medium.is_dir() and not medium.parent.is_dir():
        raise BackupParentMissingError(folder=medium, parent=medium.parent)


def warnings_about(services: Services, medium: Path, *, with_objects: bool) -> list[str]:
    """Before anything is written: ``folder-made``, ``same-device``, ``no-objects``.

    Folders of one device are lost together; of the media of the settings an incident tells it.
    """
    targets = {Path(name).absolute() for name in services.settings.backup.targets}
    above = medium if medium.is_dir() else medium.parent
    same = above.stat().st_dev == services.settings.home.stat().st_dev
    found = {
        "folder-made": not medium.is_dir(),
        "same-device": same and medium not in targets,
        "no-objects": not with_objects,
    }
    return [name for name, holds in found.items() if holds]


def known_media(services: Services) -> list[Path]:
    """The media of the settings, else those that backups went to by hand, the newest first."""
    if targets := services.settings.backup.targets:
        return [Path(name) for name in targets]
    query = (
        select(BackupRun.media)
        .where(BackupRun.outcome == BackupOutcome.DONE, BackupRun.kind.in_(list(BackupKind)))
        .order_by(BackupRun.started_at.desc())
    )
    with services.read_only() as session:
        return [Path(name) for name in dict.fromkeys(session.scalars(query))]
