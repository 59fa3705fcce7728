"""How lately every byte of every copy was read again, and what is in trouble."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CopyState, PackageVersion
from archive_service.domain.keeping.fixity_pass import FixityPass, FixityTrouble
from archive_service.domain.people.account import Actor
from archive_service.keeping.fixity.calendar import pace_of
from archive_service.keeping.fixity.counted import MONTHS, counted, joined, of_copy
from archive_service.services import Services


@dataclass(frozen=True, slots=True)
class CopyReading:
    """One copy: how much of it was read when, and how its pass stands."""

    copy: str
    role: str
    every_days: int
    total_bytes: int
    months: tuple[int, ...]  # bytes last read within the first 30 days, the next 30, …; all older
    covered_bytes: int  # read within ``every_days``
    oldest: dt.datetime | None
    counted_at: dt.datetime  # the bytes; of a large copy up to an hour ago
    is_behind: bool
    row: FixityPass | None
    troubles: dict[str, int] = field(default_factory=dict)  # status -> open ones

    def read_within(self, months: int) -> int:
        """Bytes read within so many times 30 days."""
        return sum(self.months[:months])

    def read_since(self, session: Session, since: dt.datetime) -> int:
        """Bytes whose last reading came at ``since`` or later."""
        kept = (*of_copy(self.copy), CopyState.verified_at >= since)
        query = joined(select(func.sum(PackageVersion.size_bytes)).select_from(CopyState))
        return session.scalar(query.where(*kept)) or 0

    def as_document(self) -> dict[str, Any]:
        """The JSON document of one copy in ``fixity status``."""
        row = self.row
        return {
            "copy": self.copy,
            "role": self.role,
            "every_days": self.every_days,
            "due_by": None if row is None else clock.iso(row.due_by),
            "started_at": None if row is None else clock.iso(row.started_at),
            "part": None if row is None else row.part,
            "covered_bytes": self.covered_bytes,
            "total_bytes": self.total_bytes,
            "counted_at": clock.iso(self.counted_at),
            "oldest_verified_at": None if self.oldest is None else clock.iso(self.oldest),
            "verified_30d_bytes": self.read_within(1),
            "verified_90d_bytes": self.read_within(3),
            "verified_360d_bytes": self.read_within(MONTHS),
            "months": list(self.months),
            "behind": self.is_behind,
            "paused": (row.paused or None) if row is not None else None,
            "unsteady": 0 if row is None else row.unsteady,
            "trouble": {
                status: self.troubles.get(status, 0)
                for status in ("damaged", "missing", "unexpected", "unreachable")
            },
        }


def fixity_status(services: Services, *, actor: Actor, now: bool = False) -> dict[str, Any]:
    """``{copies: […]}``, every copy in use; ``now`` as of ``copy_readings``.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
    """
    return {
        "copies": [
            copy_reading.as_document()
            for copy_reading in copy_readings(services, actor=actor, now=now)
        ]
    }


def copy_readings(services: Services, *, actor: Actor, now: bool = False) -> list[CopyReading]:
    """The same as values.

    Args:
        now: count large copies too, by a pass over their rows, whatever is kept of them.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
    """
    access.require(actor, "fixity:check")
    copies = [(copy.name, "copy") for copy in services.copies]
    copies += [(copy.name, "reserve") for copy in services.reserves]
    with services.read_only() as session:
        return [_reading(services, session, name, role, now=now) for name, role in copies]


def newest_troubles(
    services: Services, *, actor: Actor, limit: int
) -> tuple[list[FixityTrouble], int]:
    """Files that are in trouble, the newest first; and how many there are in all.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
    """
    access.require(actor, "fixity:check")
    is_open = FixityTrouble.healed_at.is_(None)
    rows = select(FixityTrouble).where(is_open)
    newest = rows.order_by(FixityTrouble.first_seen_at.desc(), FixityTrouble.key).limit(limit)
    with services.read_only() as session:
        count = session.scalar(select(func.count()).where(is_open)) or 0
        return list(session.scalars(newest)), count


def _reading(
    services: Services, session: Session, name: str, role: str, *, now: bool
) -> CopyReading:
    pace = pace_of(services.settings.fixity, name)
    newest = select(FixityPass).where(FixityPass.copy == name)
    row = session.scalar(newest.order_by(FixityPass.started_at.desc()).limit(1))
    sums = counted(session, name, pace.days, None if now else row)
    open_now = select(FixityTrouble.status, func.count()).where(
        FixityTrouble.copy == name, FixityTrouble.healed_at.is_(None)
    )
    is_behind = (
        row is not None and row.ended_at is None and pace.is_late(row, sums.oldest, clock.now())
    )
    return CopyReading(
        copy=name,
        role=role,
        every_days=pace.days,
        total_bytes=sum(sums.months),
        months=sums.months,
        covered_bytes=sums.covered_bytes,
        oldest=sums.oldest,
        counted_at=sums.at,
        is_behind=is_behind,
        row=row,
        troubles={
            told[0]: told[1] for told in session.execute(open_now.group_by(FixityTrouble.status))
        },
    )
