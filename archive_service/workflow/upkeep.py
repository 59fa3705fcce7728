"""Backups and drills at a glance: what was done last, and what comes next."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from archive_service import access, clock
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.people.account import Actor
from archive_service.recovery.backup.calendar import DRILL, calendar
from archive_service.recovery.backup.set import BackupKind
from archive_service.services import Services

_KINDS = tuple(str(kind) for kind in BackupKind)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """When a backup on a medium, or a drill, was last done and is due again.

    ``next_at`` is ``None`` where the calendar asks for nothing: no medium in the settings.
    """

    what: str
    media: str
    last_at: dt.datetime | None
    next_at: dt.datetime | None
    late: bool


def upkeep(services: Services, *, actor: Actor) -> list[Upkeep]:
    """One for each medium, and one for the drill.

    Two statements, however many runs there were.

    Raises:
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "status:read")
    done = BackupRun.outcome == BackupOutcome.DONE
    last = func.max(BackupRun.started_at)
    backups = (
        select(BackupRun.media, last)
        .where(done, BackupRun.kind.in_(_KINDS))
        .group_by(BackupRun.media)
    )
    with services.read_only() as session:
        by_medium = {row[0]: clock.of_database(row[1]) for row in session.execute(backups)}
        drilled = session.scalar(select(last).where(done, BackupRun.kind == DRILL))
    targets = [str(Path(name).absolute()) for name in services.settings.backup.targets]
    rows = [
        _row(
            "backup",
            medium,
            by_medium.get(medium),
            BackupKind.INCREMENTAL,
            planned=medium in targets,
        )
        for medium in _in_order(targets, by_medium)
    ]
    moment = None if drilled is None else clock.of_database(drilled)
    return [*rows, _row(DRILL, "", moment, DRILL, planned=bool(targets))]


def _in_order(targets: Sequence[str], known: dict[str, dt.datetime]) -> list[str]:
    return [*targets, *sorted(set(known) - set(targets))]


def _row(
    what: str,
    media: str,
    last_at: dt.datetime | None,
    kind: str,
    *,
    planned: bool,
) -> Upkeep:
    now = clock.now()
    next_at = (last_at + calendar().longest[kind] if last_at else now) if planned else None
    late = next_at is not None and next_at < now - dt.timedelta(hours=6)
    return Upkeep(what, media, last_at, next_at, late=late)
