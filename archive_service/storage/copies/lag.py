"""How far each copy lags behind the record: versions, acts, segments, bytes, and since when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CaseState,
    CopyState,
    PackageVersion,
)
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.indexes import DAMAGED
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import IS_WAITING, AuditSegment
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.storage.copies.enrolment import held_mark

HELD = (CaseState.ACCEPTED, CaseState.STORED, CaseState.TRANSFERRED)
# What is to be in the copies: not what the destroy gate has claimed.
IS_HELD = CaseFile.state.in_(HELD) & CaseFile.removing_since.is_(None)
# What the search index does not know as it is now, if it knows it at all.
IS_BEHIND = and_(
    CaseFile.version_stored > 0,
    CaseFile.version_stored > CaseFile.version_indexed,
    CaseFile.removing_since.is_(None),
)
# Marked for the reserve itself, or by one of its documents.
FOR_RESERVE = or_(
    CaseFile.risk_recovery,
    exists().where(Document.case_file_id == CaseFile.id, Document.risk_recovery),
)


@dataclass(frozen=True, slots=True)
class Lag:
    """What one copy lacks; ``bytes`` are those of package versions."""

    versions: int = 0
    acts: int = 0
    segments: int = 0
    bytes: int = 0
    since: dt.datetime | None = None

    def as_document(self) -> dict[str, Any]:
        """The JSON document of one copy's lag."""
        return {
            "versions": self.versions,
            "acts": self.acts,
            "segments": self.segments,
            "bytes": self.bytes,
            "since": None if self.since is None else clock.iso(self.since),
        }


def copy_lag(session: Session) -> dict[str, Lag]:
    """The lag of every copy that is not retired, by its name; one query a copy."""
    rows = session.scalars(
        select(EnrolledCopy)
        .where(EnrolledCopy.state != CopyStanding.RETIRED)
        .order_by(EnrolledCopy.name)
    )
    return {row.name: _lag_of(session, row) for row in rows}


def _lag_of(session: Session, row: EnrolledCopy) -> Lag:
    packages = _packages(row).subquery()
    if row.role is CopyRole.RESERVE:  # it holds packages alone
        found = session.execute(select(packages)).one()
        return _lag((found[0], 0, 0, found[1]), found[2:])
    acts = _documents(row, Act, Act.at, ~Act.written).subquery()
    segments = _documents(row, AuditSegment, AuditSegment.sealed_at, IS_WAITING).subquery()
    joined = packages.join(acts, true()).join(segments, true())
    behind = session.execute(
        select(
            packages.c.count,
            acts.c.count,
            segments.c.count,
            packages.c.bytes,
            packages.c.since,
            acts.c.since,
            segments.c.since,
        ).select_from(joined)
    ).one()
    return _lag(tuple(behind[:4]), tuple(behind[4:]))


def _packages(row: EnrolledCopy) -> Select[Any]:
    """Of an active copy only what is on its way can be lacking: the rest is stored in each."""
    held = and_(CopyState.case_file_id == PackageVersion.case_file_id, CopyState.copy == row.name)
    columns: tuple[Any, ...] = (
        func.count(PackageVersion.id).label("count"),
        func.coalesce(func.sum(PackageVersion.size_bytes), 0).label("bytes"),
        func.min(PackageVersion.built_at).label("since"),
    )
    query: Select[Any] = (
        select(*columns)
        .select_from(PackageVersion)
        .outerjoin(CopyState, held)
        .where(PackageVersion.number > func.coalesce(CopyState.version, 0))
    )
    if row.role is not CopyRole.RESERVE and row.state is CopyStanding.ACTIVE:
        few = _on_its_way().c
        return query.where(
            few.id == PackageVersion.case_file_id,
            few.state.in_(HELD),
            few.removing_since.is_(None),
        )
    query = query.join(CaseFile, CaseFile.id == PackageVersion.case_file_id).where(IS_HELD)
    if row.role is CopyRole.RESERVE:
        query = query.where(FOR_RESERVE, PackageVersion.number <= CaseFile.version_stored)
    return query


def _on_its_way() -> CTE:
    """Found by their own index: SQLite would go through all that are held, and leave the rest out.

    Each minute a watch asks, and whatever reads the figures.
    """
    columns = (CaseFile.id, CaseFile.state, CaseFile.removing_since)
    found = select(*columns).where(CaseFile.version_built > CaseFile.version_stored)
    return found.cte("on_its_way").prefix_with("MATERIALIZED")


def found_damaged() -> CTE:
    """Case file and copy of each that was found damaged, by their own index as those above."""
    found = select(CopyState.case_file_id, CopyState.copy).where(CopyState.state == DAMAGED)
    return found.cte("found_damaged").prefix_with("MATERIALIZED")


def _documents(row: EnrolledCopy, table: Any, at: Any, waits: Any) -> Select[Any]:
    query = (
        select(func.count().label("count"), func.min(at).label("since"))
        .select_from(table)
        .where(table.held_by.not_like(f"%{held_mark(row.identity)}%"))
    )
    return query.where(waits) if row.state is CopyStanding.ACTIVE else query


def _lag(counts: Sequence[int], moments: Sequence[dt.datetime | None]) -> Lag:
    versions, acts, segments, size_bytes = counts
    since = [moment for moment in moments if moment is not None]
    return Lag(versions, acts, segments, size_bytes, min(since, default=None))
