"""The calendar kept by the workers: what is due is done, what was missed is one incident."""

from pathlib import Path

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.backup_run import BackupRun
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import ArchiveError
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.recovery.backup import acts as backup_acts
from archive_service.recovery.backup.calendar import DRILL, calendar, independent_media
from archive_service.recovery.backup.set import BackupKind
from archive_service.recovery.drill import acts as drill_acts
from archive_service.recovery.drill.comparison import DrillEmptyError
from archive_service.services import Services

MEDIA = "backup-media"


def backup_due(lease: Lease, services: Services) -> None:
    """Back up onto each medium of the settings that wants it now; tell which ones were missed.

    One medium that fails keeps no other from its turn.
    """
    targets = [str(Path(name).absolute()) for name in services.settings.backup.targets]
    for medium in targets:
        with services.read_only() as session:
            runs = list(session.scalars(select(BackupRun).where(BackupRun.media == medium)))
        kind = calendar().due(runs, clock.now())
        error = None if kind is None else _back_up(services, Path(medium), kind)
        if error is not None:
            _tell_missed(services, medium, {"backup": str(kind), "error": error})
        elif kind is None and (missed := calendar().missed(runs, clock.now())):
            _tell_missed(services, medium, {"backup": missed})
    with services.writing() as session:
        services.jobs.finish(session, lease)
        media = independent_media(targets)
        if targets and media < calendar().media:
            facts = {"media": media, "wanted": calendar().media}
            warning = IncidentSeverity.WARNING
            open_incident(
                session, MEDIA, services.settings.archive.code, severity=warning, facts=facts
            )
        else:
            close_incident(session, MEDIA, services.settings.archive.code)


def drill_due(lease: Lease, services: Services) -> None:
    """A drill each quarter, where backups are kept by the calendar."""
    settings = services.settings
    if settings.backup.targets:
        with services.read_only() as session:
            drills = select(BackupRun).where(BackupRun.kind == DRILL)
            runs = list(session.scalars(drills))
        if calendar().drill_due(runs, clock.now()):
            error = _drill(services, settings.home / settings.backup.drill_folder)
            if error is not None and calendar().drill_missed(runs, clock.now()):
                _tell_drill_missed(services, error)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _back_up(services: Services, medium: Path, kind: BackupKind) -> str | None:
    """The code of what kept it from ending well."""
    try:
        backup_acts.run_backup(
            services,
            medium,
            actor=WORKER,
            kind=kind,
            with_objects=services.settings.backup.objects,
        )
    except ArchiveError as trouble:
        logger().error("backup-failed", medium=str(medium), code=trouble.code, facts=str(trouble))
        return trouble.code
    return None


def _drill(services: Services, folder: Path) -> str | None:
    try:
        drill = drill_acts.run_drill(
            services,
            folder,
            actor=WORKER,
            sample=services.settings.backup.drill_sample,
            keep=False,
        )
    except DrillEmptyError:
        return None  # nothing is stored that could be missed
    except ArchiveError as trouble:
        logger().error("drill-failed", code=trouble.code, facts=str(trouble))
        return trouble.code
    return drill_acts.DIFFERENCE if drill["differences"] else None


def _tell_missed(services: Services, medium: str, facts: dict[str, object]) -> None:
    with services.writing() as session:
        alarm = IncidentSeverity.ALARM
        open_incident(session, backup_acts.MISSED, medium, severity=alarm, facts=facts)


def _tell_drill_missed(services: Services, error: str) -> None:
    with services.writing() as session:
        warning = IncidentSeverity.WARNING
        archive = services.settings.archive.code
        facts = {"error": error}
        open_incident(session, drill_acts.MISSED, archive, severity=warning, facts=facts)
