"""How much of a copy was read again when, summed over its rows; of many rows the sum is kept.

The job that reads the copies counts large ones once an hour and keeps the sums with the pass that
is under way, so that a page costs as much for a million case files as for a few thousand.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CaseState,
    CopyState,
    PackageVersion,
)
from archive_service.domain.case_files.indexes import DAMAGED
from archive_service.domain.keeping.fixity_pass import FixityPass
from archive_service.services import Services
from archive_service.storage.copies.lag import IS_HELD
from archive_service.storage.port import ObjectStore

MONTHS = 12  # ages told apart; the last holds all that is older
LARGE = 5000  # case files in a copy; so many are counted whenever they are asked for
_KEPT_FOR = dt.timedelta(hours=1)
_MONTH = dt.timedelta(days=30)
_CELLS = "cells"  # beside the sums of a copy, where they are kept
_HELD = "held"  # likewise
CELLS = 400  # runs of case files, as they are told apart where a copy is shown at a glance
AGES = (30, 90, 365)  # days
IN_CUSTODY = (CaseState.STORED, CaseState.TRANSFERRED)


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums of one copy."""

    months: tuple[int, ...]  # bytes last read within the first 30 days, the next 30, …; all older
    covered_bytes: int  # read within the days that are promised
    oldest: dt.datetime | None
    at: dt.datetime

    def as_kept(self) -> dict[str, Any]:
        """As a row keeps it."""
        oldest = None if self.oldest is None else self.oldest.isoformat()
        return {
            "months": list(self.months),
            "covered_bytes": self.covered_bytes,
            "oldest": oldest,
            "at": self.at.isoformat(),
        }

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Self:
        """What ``as_kept`` gave."""
        oldest = kept["oldest"] and dt.datetime.fromisoformat(kept["oldest"])
        at = dt.datetime.fromisoformat(kept["at"])
        return cls(tuple(kept["months"]), kept["covered_bytes"], oldest, at)


def counted(session: Session, copy: str, days: int, row: FixityPass | None) -> Counted:
    """The sums of a copy: those kept with its pass where it is large, else counted now."""
    if row is not None and row.counted and is_large(session, copy):
        return Counted.from_kept(row.counted)
    return count_now(session, copy, days)


def count_now(session: Session, copy: str, days: int) -> Counted:
    """The sums of a copy, by one pass over its rows; ``days`` are those that are promised."""
    now = clock.now()
    age = case(
        *((CopyState.verified_at >= now - _MONTH * (n + 1), n) for n in range(MONTHS)),
        else_=MONTHS,
    )
    kept = CopyState.verified_at >= now - dt.timedelta(days=days)
    size = PackageVersion.size_bytes
    columns = (age, func.sum(size), func.sum(case((kept, size), else_=0)))
    query = joined(select(*columns).select_from(CopyState)).where(*of_copy(copy))
    rows = session.execute(query.group_by(age)).all()
    found = {row[0]: row[1] for row in rows}
    return Counted(
        months=tuple(int(found.get(n, 0)) for n in range(MONTHS + 1)),
        covered_bytes=int(sum(row[2] for row in rows)),
        oldest=oldest_reading(session, copy),
        at=now,
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of case files in one copy; ``read``: how many were within each of ``AGES``."""

    case_files: int
    damaged: int
    read: tuple[int, ...]


def cells_of(session: Session, copy: str) -> list[Cell]:
    """A copy in runs of case files: as they were kept with its pass where it is large, else now."""
    row = session.scalar(open_pass_of(copy))
    if row is not None and _CELLS in row.counted and is_large(session, copy):
        found = row.counted[_CELLS]
    else:
        found = _cells_now(session, copy)
    return [Cell(whole, damaged, tuple(read)) for whole, damaged, *read in found]


def _cells_now(session: Session, copy: str) -> list[list[int]]:
    number = func.ntile(CELLS).over(order_by=CopyState.case_file_id)
    runs = (
        select(CopyState.verified_at, CopyState.state, number.label("number"))
        .join(CaseFile, CaseFile.id == CopyState.case_file_id)
        .where(CopyState.copy == copy, CaseFile.state.in_(IN_CUSTODY))
        .subquery()
    )
    since = [clock.now() - dt.timedelta(days=days) for days in AGES]
    query = select(
        func.count(),
        func.count(case((runs.c.state == DAMAGED, 1))),
        *(func.count(case((runs.c.verified_at >= at, 1))) for at in since),
    )
    rows = session.execute(query.group_by(runs.c.number).order_by(runs.c.number))
    return [list(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Held:
    """Of ``whole`` case files in custody those that a copy has as they are stored, or sound too."""

    sound: int
    current: int
    whole: int


def held_of(session: Session, copies: Sequence[str]) -> dict[str, Held]:
    """Of each copy: as it was kept with its pass where it is large, else now."""
    kept: dict[str, Held] = {}
    for copy in copies:
        row = session.scalar(open_pass_of(copy))
        if row is not None and _HELD in row.counted and is_large(session, copy):
            kept[copy] = Held(*row.counted[_HELD])
    rest = [copy for copy in copies if copy not in kept]
    return kept | (_held_now(session, rest) if rest else {})


def _held_now(session: Session, copies: Sequence[str]) -> dict[str, Held]:
    current = CopyState.version == CaseFile.version_stored
    sound = and_(current, CopyState.state == "verified")
    query = (
        select(CopyState.copy, func.count(case((sound, 1))), func.count(case((current, 1))))
        .join(CaseFile, CaseFile.id == CopyState.case_file_id)
        .where(CopyState.copy.in_(copies), CaseFile.state.in_(IN_CUSTODY))
        .group_by(CopyState.copy)
    )
    whole = session.scalar(select(func.count()).where(CaseFile.state.in_(IN_CUSTODY))) or 0
    found = {
        copy: Held(in_order, as_stored, whole)
        for copy, in_order, as_stored in session.execute(query)
    }
    return {copy: found.get(copy, Held(0, 0, whole)) for copy in copies}


def keep_counts(services: Services, copies: Sequence[ObjectStore], days_of: dict[str, int]) -> None:
    """Count large copies whose last sums are an hour old, and keep the sums."""
    for copy in copies:
        with services.read_only() as session:
            row = session.scalar(open_pass_of(copy.name))
            if row is None or _is_fresh(row) or not is_large(session, copy.name):
                continue
            found = count_now(session, copy.name, days_of[copy.name])
            cells = _cells_now(session, copy.name)
            held = astuple(_held_now(session, [copy.name])[copy.name])
        with services.writing() as session:
            if (row := session.scalar(open_pass_of(copy.name))) is not None:
                row.counted = found.as_kept() | {_CELLS: cells, _HELD: list(held)}


def is_large(session: Session, copy: str) -> bool:
    """Whether a copy has more case files than are counted each time."""
    some = select(CopyState.id).where(CopyState.copy == copy)
    return session.scalar(some.offset(LARGE).limit(1)) is not None


def oldest_reading(session: Session, copy: str) -> dt.datetime | None:
    """When the package longest unread in this copy was proved there; ``None`` if it has none."""
    query = (
        select(CopyState.verified_at)
        .join(CaseFile, CaseFile.id == CopyState.case_file_id)
        .where(CopyState.copy == copy, CopyState.version > 0, IS_HELD)
        .order_by(CopyState.verified_at)
        .limit(1)
    )
    return session.scalar(query)


def open_pass_of(copy: str) -> Select[FixityPass]:
    """The pass that is under way over a copy."""
    return select(FixityPass).where(FixityPass.copy == copy, FixityPass.ended_at.is_(None))


def joined(query: Select[Any]) -> Select[Any]:
    """Rows of copies with their case files and all versions of these."""
    return query.join(CaseFile, CaseFile.id == CopyState.case_file_id).join(
        PackageVersion, PackageVersion.case_file_id == CaseFile.id
    )


def of_copy(copy: str) -> tuple[ColumnElement[bool], ...]:
    """What a copy holds of package versions."""
    return CopyState.copy == copy, PackageVersion.number <= CopyState.version, IS_HELD


def _is_fresh(row: FixityPass) -> bool:
    kept = row.counted
    return bool(kept) and Counted.from_kept(kept).at > clock.now() - _KEPT_FOR
