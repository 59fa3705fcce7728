"""Backups and drills at a glance: what was done last, and what comes next."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive_service import access, clock
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.people.account import Actor
from archive_service.recovery.backup.calendar import DRILL, calendar
from archive_service.recovery.backup.set import BackupKind
from archive_service.services import Services

_KINDS = tuple(str(kind) for kind in BackupKind)


def upkeep(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``{what, media, last_at, next_at, late}``: a row a medium, and one for the drill.

    ``next_at`` is ``None`` where the calendar asks for nothing: no medium in the settings.
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
) -> dict[str, Any]:
    now = clock.now()
    next_at = (last_at + calendar().longest[kind] if last_at else now) if planned else None
    return {
        "what": what,
        "media": media,
        "last_at": None if last_at is None else clock.iso(last_at),
        "next_at": None if next_at is None else clock.iso(next_at),
        "late": next_at is not None and next_at < now - dt.timedelta(hours=6),
    }
