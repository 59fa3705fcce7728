"""The papers of backup on demand: log, minutes of a run, minutes of an inspection."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from archive_service import access, clock, messages
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, NotFoundError
from archive_service.forms.signed_paper import Paper, issuer_of, print_paper
from archive_service.recovery.backup.calendar import calendar
from archive_service.recovery.backup.documents import (
    InspectedMedium,
    InspectionDocument,
    LogDocument,
    MinutesDocument,
)
from archive_service.recovery.backup.files import SetReader
from archive_service.recovery.backup.keys import backup_keys
from archive_service.recovery.backup.paper_forms import (
    backup_log,
    backup_minutes,
    inspection_minutes,
)
from archive_service.recovery.backup.read_back import verify_set
from archive_service.recovery.backup.set import BackupKind, read_set
from archive_service.services import Services
from archive_service.storage.work_folder import work_place

_LOG, _INSPECTION = "SSL", "BB-KT"


class BackupRunMissingError(NotFoundError):
    """No run of backup bears this name."""


def runs_between(
    services: Services, first: dt.date, last: dt.date, *, actor: Actor
) -> list[BackupRun]:
    """All runs that began on these days or between them, the oldest first.

    Raises ``ActNotAllowedError`` where ``actor`` may not.
    """
    access.require(actor, "backup:read")
    begins = clock.begins(first)
    ends = clock.ends(last)
    within = BackupRun.started_at >= begins, BackupRun.started_at < ends
    with services.read_only() as session:
        query = select(BackupRun).where(*within).order_by(BackupRun.started_at)
        return list(session.scalars(query))


def write_log(
    services: Services,
    target: Path,
    *,
    span: tuple[dt.date | None, dt.date | None],
    actor: Actor,
) -> LogDocument:
    """Sổ theo dõi sao lưu at ``target``; without a span, of this year."""
    today = clock.today()
    first, last = span[0] or dt.date(today.year, 1, 1), span[1] or today
    runs = runs_between(services, first, last, actor=actor)
    paper = backup_log(
        runs,
        issuer_of(services.settings.archive),
        number=f"{last.year}/{_LOG}",
        span=(first, last),
        citation=calendar().citation_of("forms"),
    )
    _print(services, paper, target)
    return LogDocument(path=str(target), runs=len(runs))


def write_minutes(
    services: Services, target: Path, *, name: str | None, actor: Actor
) -> MinutesDocument:
    """Biên bản sao lưu of a run that ended well, the newest without a name.

    Raises:
        BackupRunMissingError: there was none.
    """
    access.require(actor, "backup:read")
    done = [BackupRun.outcome == BackupOutcome.DONE, BackupRun.kind.in_(list(BackupKind))]
    if name is not None:
        done.append(BackupRun.name == name)
    with services.read_only() as session:
        run = session.scalar(
            select(BackupRun).where(*done).order_by(BackupRun.started_at.desc()).limit(1)
        )
    if run is None:
        raise BackupRunMissingError(name=name or "—")
    paper = backup_minutes(
        run,
        issuer_of(services.settings.archive),
        number=str(run.facts.get("number", "")),
        counts=run.facts,
        citation=calendar().citation_of(run.kind),
    )
    _print(services, paper, target)
    return MinutesDocument(path=str(target), run=run.name)


def write_inspection(
    services: Services, target: Path, *, media: Sequence[Path], actor: Actor
) -> InspectionDocument:
    """Read the newest set of each medium whole.

    Without ``media``, those of the settings.
    """
    access.require(actor, "backup:read")
    folders = list(media) or [Path(name) for name in services.settings.backup.targets]
    found = [_inspected(services, folder.absolute()) for folder in folders]
    paper = inspection_minutes(
        found,
        issuer_of(services.settings.archive),
        number=f"{clock.today():%Y%m%d}/{_INSPECTION}",
        citation=calendar().citation_of("media"),
    )
    _print(services, paper, target)
    return InspectionDocument(path=str(target), media=found)


def _inspected(services: Services, medium: Path) -> InspectedMedium:
    media, name = str(medium), None
    try:
        keys = backup_keys(services, medium, sealed=True)
        found = read_set(medium)
        name = found.folder.name
        with work_place(services.work_folder, "backup-") as folder:
            verified = verify_set(
                found, SetReader(medium, keys), trust=services.trust, folder=folder
            )
    except ArchiveError as trouble:
        words = messages.error(trouble.code, "vi", facts=trouble.facts).message
        return InspectedMedium(media=media, set=name, ok=False, reason=trouble.code, words=words)
    files, size_bytes = verified.files, verified.size_bytes
    return InspectedMedium(media=media, set=name, ok=True, files=files, size_bytes=size_bytes)


def _print(services: Services, paper: Paper, target: Path) -> None:
    print_paper(
        paper, target, signer=services.signer_at_hand(), at=clock.now(), press=services.press
    )
