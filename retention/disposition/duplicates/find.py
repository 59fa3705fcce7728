"""Duplicates and superseded drafts among what is kept, each with the case file that keeps the same.

What is one and what is not is told by ``case_files/duplicate_keeper``; here the few are found
that may be one, among however many case files, and proposed although their terms still run.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service.db.duplicate_keepers import Wanted, keepers_lacking
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document, DocumentRelation
from archive_service.domain.case_files.recall import REPLACED_BY
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.retention.disposition import Ground
from retention.disposition.appraisal import Cause
from retention.due.sweep import is_free

MOST_HOLDERS = 100  # a file that lies in more places is a form, and shows no duplicate
_TRIED = 3  # keepers that are looked at for one case file, the likeliest first
_STREAM = 500
_ROLE: ColumnElement[str] = literal_column("'original'")  # no parameter: so its index serves
_ORIGINAL = DigitalObject.role == _ROLE


@dataclass(frozen=True, slots=True)
class Found:
    """Case files of one agency that are to be proposed on one ground, with their keepers."""

    agency_id: UUID
    ground: Ground
    causes: dict[UUID, Cause]


def duplicates_by_agency(session: Session, on: dt.date, most: int) -> Iterator[Found]:
    """At most ``most`` case files at a time, by ground, agency and code.

    The number of statements grows by about a dozen with each 500 that may be duplicates, and not
    with what is kept.
    """
    for ground, asked in (
        (Ground.DUPLICATE, may_be_duplicates(on)),
        (Ground.SUPERSEDED, may_be_superseded(on)),
    ):
        with session.execute(asked.execution_options(yield_per=_STREAM)) as rows:
            for agency_id, of_agency in groupby(rows, key=lambda row: row.agency_id):
                while some := [row.id for row in islice(of_agency, min(most, _STREAM))]:
                    causes = _causes(session, ground, some, on)
                    if causes:
                        yield Found(agency_id, ground, causes)


def may_be_duplicates(on: dt.date) -> Select[UUID, UUID]:
    """Whose every received file lies in another case file too, and one of them in few places.

    One pass over the index of received bytes, whatever is kept; it counts places, since to count
    the case files of each digest takes three times as long.
    """
    places = func.count(DigitalObject.case_file_id)  # of a column: then a planner expects few
    shared = (
        select(DigitalObject.sha256)
        .where(_ORIGINAL)
        .group_by(DigitalObject.sha256)
        .having(places > 1, places <= MOST_HOLDERS)
        .cte("shared")
    )
    rare = (
        select(DigitalObject.case_file_id)
        .join(shared, shared.c.sha256 == DigitalObject.sha256)
        .where(_ORIGINAL)
    )
    own, other = aliased(DigitalObject), aliased(DigitalObject)
    elsewhere = exists().where(
        other.sha256 == own.sha256,
        other.role == _ROLE,
        other.case_file_id != own.case_file_id,
    )
    of_its_own = exists().where(own.case_file_id == CaseFile.id, own.role == _ROLE, ~elsewhere)
    return _asked(on).where(CaseFile.id.in_(rare), ~of_its_own)


def may_be_superseded(on: dt.date) -> Select[UUID, UUID]:
    """To which documents of others were linked, and in which a document was replaced by another."""
    replaced = (
        select(Document.case_file_id)
        .join(DocumentRelation, DocumentRelation.document_id == Document.id)
        .where(DocumentRelation.relation == REPLACED_BY)
    )
    linked = select(DocumentLink.case_file_id).where(DocumentLink.ended_at.is_(None))
    return _asked(on).where(CaseFile.id.in_(replaced), CaseFile.id.in_(linked))


def _asked(on: dt.date) -> Select[UUID, UUID]:
    """What is kept, and for longer: what is over is proposed since it is over."""
    runs = or_(CaseFile.ends_on.is_(None), CaseFile.ends_on >= on)
    return (
        select(CaseFile.id, CaseFile.agency_id)
        .where(_is_kept(CaseFile), ~CaseFile.permanent, runs)
        .where(is_free(on))
        .order_by(CaseFile.agency_id, CaseFile.code)
    )


def _is_kept(row: Any) -> ColumnElement[bool]:
    return and_(row.state == CaseState.STORED, row.removing_since.is_(None))


def _causes(
    session: Session, ground: Ground, ids: Sequence[UUID], on: dt.date
) -> dict[UUID, Cause]:
    """Of these case files those that have a keeper; the likeliest keeper that may be one."""
    likely = _holders(session, ids) if ground is Ground.DUPLICATE else _sources(session, ids)
    codes = {keeper: code for some in likely.values() for keeper, code in some}
    found: dict[UUID, Cause] = {}
    for place in range(_TRIED):
        wanted = [
            Wanted(identifier, ground, some[place][0])
            for identifier, some in likely.items()
            if identifier not in found and place < len(some)
        ]
        lacking = keepers_lacking(session, wanted, on)
        for item in wanted:
            if item.case_file_id not in lacking and item.keeper_id is not None:
                cause = Cause(ground, item.keeper_id, codes[item.keeper_id])
                found[item.case_file_id] = cause
    return {identifier: found[identifier] for identifier in ids if identifier in found}


def _holders(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Case files of the fonds that hold most of the same bytes, and rank above it."""
    sharing = _sharing(session, ids)
    columns = (
        *(CaseFile.id, CaseFile.code, CaseFile.fonds_id, CaseFile.accepted_at),
        *(CaseFile.permanent, CaseFile.ends_on),
    )
    rows: dict[UUID, Any] = {}
    wanted = sorted({*sharing} | {other for some in sharing.values() for other in some})
    for start in range(0, len(wanted), _STREAM):
        some = CaseFile.id.in_(wanted[start : start + _STREAM])
        found_rows: Any = session.execute(select(*columns).where(some, _is_kept(CaseFile)))
        rows |= {row.id: row for row in found_rows}
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for identifier, others in sharing.items():
        own = rows.get(identifier)
        above = [
            (shared, _rank(row), row)
            for other, shared in others.items()
            if own is not None
            and (row := rows.get(other)) is not None
            and row.fonds_id == own.fonds_id
            and _rank(row) > _rank(own)
        ]
        found[identifier] = [(row.id, row.code) for *_, row in nlargest(_TRIED, above)]
    return found


def _sharing(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[UUID, int]]:
    """Of each the other case files with received files of it, and with how many; forms aside."""
    mine, theirs, more = (aliased(DigitalObject) for _ in range(3))
    form = (
        select(more.id)
        .where(more.sha256 == mine.sha256, more.role == _ROLE)
        .limit(1)
        .offset(MOST_HOLDERS)
        .scalar_subquery()
    )
    query = (
        select(mine.case_file_id, theirs.case_file_id, func.count(mine.sha256.distinct()))
        .join(theirs, theirs.sha256 == mine.sha256)
        .where(mine.case_file_id.in_(ids), mine.role == _ROLE, theirs.role == _ROLE)
        .where(theirs.case_file_id != mine.case_file_id, form.is_(None))
        .group_by(mine.case_file_id, theirs.case_file_id)
    )
    found: dict[UUID, dict[UUID, int]] = {}
    for identifier, other, shared in session.execute(query):
        found.setdefault(identifier, {})[other] = shared
    return found


def _rank(row: Any) -> tuple[Any, ...]:
    """Of two that hold the same the higher one stays: the longer term, else the earlier one.

    No two rank alike, so that no two are proposed as duplicates of each other.
    """
    awaits = not row.permanent and row.ends_on is None
    age = -row.accepted_at.timestamp()
    return row.permanent, awaits, row.ends_on or dt.date.min, age, row.id.int


def _sources(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Case files whose documents are linked into these, by code."""
    query = (
        select(DocumentLink.case_file_id, CaseFile.id, CaseFile.code)
        .join(CaseFile, CaseFile.id == DocumentLink.source_id)
        .where(DocumentLink.case_file_id.in_(ids), DocumentLink.ended_at.is_(None))
        .where(_is_kept(CaseFile))
        .distinct()
        .order_by(CaseFile.code)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for identifier, keeper_id, code in session.execute(query):
        found.setdefault(identifier, []).append((keeper_id, code))
    return found
