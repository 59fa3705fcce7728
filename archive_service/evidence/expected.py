"""What every copy must hold beside the packages, told a run at a time; and what none ought to."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import load_only

from archive_service.audit import segment_key
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.evidence.checkpoint import parse_held
from archive_service.evidence.sealing import sealed_checkpoints
from archive_service.storage.acts import ACTS, SIDECAR_SUFFIX, act_key

_SEGMENTS = 1000  # digests held in memory together
_ACTS = 500
TOLD_BY_ROWS = (f"{ACTS}/", "audit/")
_ACT_ID = re.compile(r"acts/[^/]+/[0-9T]+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.")
_SEGMENT = re.compile(r"audit/([0-9]{10,18})\.jsonl\Z")


def act_id_of(key: str) -> UUID | None:
    """Of the act that a file in a copy belongs to, by its name; ``None`` if it names none."""
    found = _ACT_ID.match(key)
    return UUID(found[1]) if found else None


def foreign_files(database: Database, keys: Sequence[str]) -> set[str]:
    """Of these files of a copy the acts, papers and segments that no row tells of.

    Where they lie together whole, with digests that fit, nothing but the rows can say so.
    """
    beside_rows = [key for key in keys if key.startswith(TOLD_BY_ROWS)]
    if not beside_rows:
        return set()
    ids = {id_ for id_ in map(act_id_of, beside_rows) if id_}
    numbers = [int(found[1]) for found in map(_SEGMENT.match, beside_rows) if found]
    columns = load_only(Act.kind, Act.at, Act.companion_suffix)
    with database.read_only() as session:
        acts = session.scalars(select(Act).options(columns).where(Act.id.in_(ids))).all()
        known = select(AuditSegment.number).where(AuditSegment.number.in_(numbers))
        files = {segment_key(number) for number in session.scalars(known)}
    for act in acts:
        key = act_key(act)
        files |= {key, key + SIDECAR_SUFFIX}
        if act.companion_suffix:
            files.add(f"{key.removesuffix('json')}{act.companion_suffix}")
    return set(beside_rows) - files


class ActKeys(Iterable[str]):
    """Key of every act that all copies must hold, of the paper beside it, and of checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __iter__(self) -> Iterator[str]:
        last: UUID | None = None
        columns = load_only(Act.kind, Act.at, Act.companion_suffix)
        while True:
            query = select(Act).options(columns).where(Act.written)
            if last is not None:
                query = query.where(Act.id > last)
            with self._database.read_only() as session:
                rows = session.scalars(query.order_by(Act.id).limit(_ACTS)).all()
            for row in rows:
                key = act_key(row)
                yield key
                if row.companion_suffix:
                    yield f"{key.removesuffix('json')}{row.companion_suffix}"
            if not rows:
                break
            last = rows[-1].id
        for checkpoint in sealed_checkpoints(self._database, parse_held):
            yield checkpoint.key


class SegmentDigests(Mapping[str, str]):
    """Key → digest of every audit segment that all copies must hold now, a run of them at a time.

    It is asked in the order of keys, beside the listing of the copies: memory stays flat.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run: dict[str, str] = {}
        with database.read_only() as session:
            newest = select(func.max(AuditSegment.number)).where(AuditSegment.written)
            self._last = session.scalar(newest) or 0

    def __getitem__(self, key: str) -> str:
        number = key.removeprefix("audit/").removesuffix(".jsonl")
        if number.isdecimal() and key == segment_key(int(number)) and key not in self._run:
            self._run = self._from(int(number))
        return self._run[key]

    def __iter__(self) -> Iterator[str]:
        run = self._from(1)
        while run:
            yield from run
            last = max(run)  # keys are as long as each other
            run = self._from(int(last.removeprefix("audit/").removesuffix(".jsonl")) + 1)

    def __len__(self) -> int:
        with self._database.read_only() as session:
            count = select(func.count()).select_from(AuditSegment)
            return session.scalar(count.where(*self._held(1))) or 0

    def _from(self, number: int) -> dict[str, str]:
        query = select(AuditSegment.number, AuditSegment.sha256).where(*self._held(number))
        with self._database.read_only() as session:
            rows = session.execute(query.order_by(AuditSegment.number).limit(_SEGMENTS)).all()
        return {segment_key(row.number): row.sha256 for row in rows}

    def _held(self, number: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return AuditSegment.number.between(number, self._last), AuditSegment.written.is_(True)
