"""A copy that joins is filled, proved a second time, and only then counts: ``catch-up-copy``."""

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import is_segment, segment_key
from archive_service.db.package_writers import writing_some
from archive_service.domain.case_files.case_file import CaseFile, CopyState, PackageVersion
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import WORKER
from archive_service.errors import IntegrityViolationError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.keeping.copies.acts import require_standing, tell_of_copy
from archive_service.keeping.fixity.claimed_packages import reopen_in
from archive_service.keeping.publishing import note_held
from archive_service.services import Services
from archive_service.storage.acts import act_document, act_key
from archive_service.storage.copies.catch_up import Filled, copy_act, copy_file, copy_object
from archive_service.storage.copies.enrolment import held_mark
from archive_service.storage.copies.identity import identify
from archive_service.storage.copies.lag import IS_HELD
from archive_service.storage.fixity.check import iter_object_fixity
from archive_service.storage.fixity.comparing import Bandwidth
from archive_service.storage.fixity.prove import prove_act, prove_file, prove_object
from archive_service.storage.fixity.repair import repair
from archive_service.storage.fixity.verdict import Fixity
from archive_service.storage.locks import term_end
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import (
    ObjectExistsError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    StoreUnreachableError,
)

_AT_ONCE = 40  # packages of one transaction
_LOOSE_AT_ONCE = 200  # acts or segments of one transaction
_LAST = 10  # so few are taken while publishing waits,
_LAST_BYTES = 256 << 20  # and no more than these
_THREADS = 4


class CopyNotProvedError(IntegrityViolationError):
    """A second look at a copy that was just filled found it other than recorded."""


@dataclass(frozen=True, slots=True)
class _Package:
    """A case file as a copy ought to hold it; digests of its inventories from version 1 on."""

    id: UUID
    ocfl_id: str
    digests: tuple[str, ...]
    ends_on: dt.date | None
    size_bytes: int


def catch_up(lease: Lease, services: Services) -> None:
    """Fill the copy, prove it, admit it; killed at any point, the next try goes on from there."""
    with services.read_only() as session:
        row = session.scalar(
            select(EnrolledCopy).where(EnrolledCopy.identity == str(lease.subject_id))
        )
    if row is None or row.state is not CopyStanding.JOINING or row.role is not CopyRole.COPY:
        _finish(lease, services)  # renewed, retired or admitted meanwhile
        return
    joining = _Joining(lease, services, row.name, row.identity)
    joining.fill()
    joining.prove()
    reopen_in(services.database, joining.target)
    while not joining.admit():
        joining.fill()
        joining.prove()
    write_out_evidence(services)


class _Joining:
    """One copy on its way in; what it has already is told by rows, how far it is proved by the job.

    Bytes come from whichever active copy gives them as recorded.
    """

    def __init__(self, lease: Lease, services: Services, name: str, identity: str) -> None:
        self._lease, self._services = lease, services
        self._name, self._mark = name, held_mark(identity)
        found = [store for store in services.stores if store.name == name]
        if not found:
            raise StoreUnreachableError(key=name, reason="storage.copies")
        self._target: ObjectStore = found[0]
        identify(self._target, identity)
        self._sources: Sequence[ObjectStore] = services.copies
        bytes_per_s = services.settings.storage.join_bytes_per_s
        self._bandwidth = Bandwidth(bytes_per_s) if bytes_per_s else None
        self._looked_at_documents = False
        self._late_documents: list[Any] = []  # put in after those were looked at

    @property
    def target(self) -> ObjectStore:
        """The copy on its way in."""
        return self._target

    def fill(self) -> None:
        """Put into it whatever it lacks by now."""
        for some in self._lacking_by_id():
            with self._written(some) as unclaimed:
                with ThreadPoolExecutor(_THREADS) as threads:
                    filled = list(threads.map(self._fill_package, unclaimed))
                with self._services.writing() as session:
                    self._hold(session, filled=[package.id for package in unclaimed])
                    self._note(session, unclaimed, filled)
            self._tell_progress()
        for table in (Act, AuditSegment):
            while rows := self._read(lacking_documents(table, self._mark).limit(_LOOSE_AT_ONCE)):
                for row in rows:
                    self._put_document(row)
                with self._services.writing() as session:
                    self._hold(session)
                    self._note_documents(session, table, rows)
                if self._looked_at_documents:
                    self._late_documents += rows

    def prove(self) -> None:
        """Read a second time, against the database's record, what was not read so yet."""
        while some := self._packages(self._held_packages(self._proved()).limit(_AT_ONCE)):
            self._prove_packages(some, proved=str(some[-1].id))
        while late := self._lease.checkpoint.get("late", [])[:_AT_ONCE]:
            these = self._held_packages(None).where(
                CaseFile.id.in_([UUID(case_file_id) for case_file_id in late])
            )
            self._prove_packages(self._packages(these), late=len(late))
        if not self._looked_at_documents:
            for table in (Act, AuditSegment):
                for held_document in self._held_documents(table):
                    self._prove_document(held_document)
            self._looked_at_documents = True
        while self._late_documents:
            self._prove_document(self._late_documents[-1])
            self._late_documents.pop()

    def admit(self) -> bool:
        """Make it active, unless more than a little came meanwhile.

        Whoever calls something stored asks for the rows of the copies that are held here: until
        this commits they wait, and then they know of the new copy.
        """
        with self._services.unit_of_work() as uow:
            session = uow.session
            row = require_standing(session, self._name)
            if row.state is not CopyStanding.JOINING or held_mark(row.identity) != self._mark:
                self._services.jobs.finish(session, self._lease)
                uow.commit()
                return True
            if not self._take_the_last(session):
                return False
            row.state, row.verified_at = CopyStanding.ACTIVE, clock.now()
            held = select(func.count()).where(CopyState.copy == self._name)
            tell_of_copy(
                session,
                row,
                "copy:joined",
                actor=WORKER,
                verified_at=clock.iso(row.verified_at),
                case_files=session.scalar(held) or 0,
            )
            self._services.jobs.finish(session, self._lease)
            uow.commit()
            return True

    def _take_the_last(self, session: Session) -> bool:
        some = self._packages(self._lacking_packages(None).limit(_LAST + 1), session)
        loose = [
            (table, list(session.scalars(lacking_documents(table, self._mark).limit(_LAST + 1))))
            for table in (Act, AuditSegment)
        ]
        is_much = sum(package.size_bytes for package in some) > _LAST_BYTES
        if is_much or len(some) > _LAST or any(len(rows) > _LAST for _, rows in loose):
            return False
        with self._written(some) as unclaimed:
            filled = [self._fill_package(package, paced=False) for package in unclaimed]
        self._note(session, unclaimed, filled)
        for table, rows in loose:
            for document in rows:
                self._put_document(document)
            self._note_documents(session, table, rows)
        return True

    def _lacking_by_id(self) -> Iterator[list[_Package]]:
        """Some at a time; what comes meanwhile before them is left to ``admit``."""
        last = None
        while some := self._packages(self._lacking_packages(last).limit(_AT_ONCE)):
            yield some
            last = some[-1].id

    def _lacking_packages(self, after: UUID | None) -> Select[Any]:
        held = func.coalesce(CopyState.version, 0)
        return self._ordered(after).where(CaseFile.version_stored > held)

    def _held_packages(self, after: UUID | None) -> Select[Any]:
        return self._ordered(after).where(CopyState.version == CaseFile.version_stored)

    def _ordered(self, after: UUID | None) -> Select[Any]:
        mine = (CopyState.case_file_id == CaseFile.id) & (CopyState.copy == self._name)
        columns: tuple[Any, ...] = (
            CaseFile.id,
            CaseFile.ocfl_id,
            CaseFile.version_stored,
            CaseFile.ends_on,
        )
        query: Select[Any] = select(*columns)
        query = query.outerjoin(CopyState, mine).where(IS_HELD, CaseFile.version_stored > 0)
        return (query if after is None else query.where(CaseFile.id > after)).order_by(CaseFile.id)

    def _packages(self, query: Select[Any], session: Session | None = None) -> list[_Package]:
        """Two queries, however many packages."""
        if session is None:
            with self._services.read_only() as fresh:
                return self._packages(query, fresh)
        rows = session.execute(query).all()
        found: dict[UUID, list[Row[Any]]] = {row.id: [] for row in rows}
        columns: tuple[Any, ...] = (
            PackageVersion.case_file_id,
            PackageVersion.inventory_sha256,
            PackageVersion.size_bytes,
        )
        versions: Select[Any] = select(*columns).where(PackageVersion.case_file_id.in_(found))
        for version in session.execute(versions.order_by(PackageVersion.number)):
            found[version.case_file_id].append(version)
        return [_package(row, found[row.id][: row.version_stored]) for row in rows]

    def _fill_package(self, package: _Package, *, paced: bool = True) -> Filled:
        return copy_object(
            package.ocfl_id,
            package.digests,
            sources=self._sources,
            target=self._target,
            locked_until=term_end(package.ends_on),
            bandwidth=self._bandwidth if paced else None,
        )

    @contextmanager
    def _written(self, some: Sequence[_Package]) -> Iterator[list[_Package]]:
        """Those that the destroy gate has not claimed, and does not take away meanwhile."""
        with writing_some(
            self._services.database, [package.ocfl_id for package in some]
        ) as claimed:
            yield [package for package in some if package.ocfl_id not in claimed]

    def _proved(self) -> UUID | None:
        """The last package proved in the order of ids; what is put in before it is late."""
        after = self._lease.checkpoint.get("proved")
        return None if after is None else UUID(after)

    def _prove_packages(self, some: Sequence[_Package], **done: Any) -> None:
        with self._written(some) as unclaimed, ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(self._prove_package, unclaimed))
        with self._services.writing() as session:
            self._hold(session, **done)

    def _prove_package(self, package: _Package) -> None:
        """What does not bear the second look is healed once, from the others, and read again."""
        if prove_object(self._target, package.ocfl_id, package.digests) is None:
            return
        every = [self._target, *self._sources]
        found = iter_object_fixity(every, package.ocfl_id, len(package.digests))
        wrong = (it for it in found if it.status is not Fixity.INTACT)
        repair(every, [it for it in wrong if it.copy == self._name])
        self._require(prove_object(self._target, package.ocfl_id, package.digests))

    def _put_document(self, act: Act | AuditSegment) -> None:
        where: dict[str, Any] = {"sources": self._sources, "target": self._target}
        if isinstance(act, Act):
            copy_act(act_key(act), act_document(act), **where)
        else:
            self._require_no_other_segment(act)
            copy_file(segment_key(act.number), act.sha256, **where)

    def _require_no_other_segment(self, segment: AuditSegment) -> None:
        """Damage is put right; what reads as a trail of its own is for a person to judge."""
        key = segment_key(segment.number)
        try:
            found = read(self._target, key)
        except (ObjectNotFoundError, ObjectUnreadableError):
            return
        if sha256(found).hexdigest() != segment.sha256 and is_segment(found):
            raise ObjectExistsError(key=key, expected=segment.sha256, copy=self._name)

    def _prove_document(self, act: Act | AuditSegment) -> None:
        """As a package."""
        if self._wrong_in(act) is not None:
            self._put_document(act)
            self._require(self._wrong_in(act))

    def _wrong_in(self, act: Act | AuditSegment) -> str | None:
        if isinstance(act, Act):
            return prove_act(self._target, act_key(act), act_document(act))
        return prove_file(self._target, segment_key(act.number), act.sha256)

    def _require(self, wrong: str | None) -> None:
        if wrong is not None:
            raise CopyNotProvedError(copy=self._name, key=wrong)

    def _read(self, query: Select[Any]) -> list[Any]:
        with self._services.read_only() as session:
            return list(session.scalars(query))

    def _held_documents(self, table: Any) -> Iterator[Any]:
        """Those it has, some at a time."""
        key = table.id if table is Act else table.number
        last = None
        while True:
            query = select(table).where(table.held_by.like(f"%{self._mark}%")).order_by(key)
            query = query if last is None else query.where(key > last)
            if not (some := self._read(query.limit(_LOOSE_AT_ONCE))):
                return
            yield from some
            last = some[-1].id if table is Act else some[-1].number

    def _note(self, session: Session, some: Sequence[_Package], filled: Sequence[Filled]) -> None:
        for package, done in zip(some, filled, strict=True):
            note_held(session, package.id, self._name, done.version, at=done.verified_at)

    def _note_documents(self, session: Session, table: Any, rows: Sequence[Any]) -> None:
        key = table.id if table is Act else table.number
        keys = [row.id if table is Act else row.number for row in rows]
        session.execute(
            update(table)
            .where(key.in_(keys))
            .values(held_by=table.held_by + self._mark)
            .execution_options(synchronize_session=False)
        )

    def _hold(
        self,
        session: Session,
        *,
        filled: Sequence[UUID] = (),
        proved: str | None = None,
        late: int = 0,
    ) -> None:
        """Names the fencing token; ``LeaseLostError`` if another worker fills it now.

        Args:
            filled: what was put in now; what ``prove`` has gone past already is late.
            proved: how far it has come.
            late: how many of the first late ones it has proved.
        """
        kept = self._lease.checkpoint
        last = self._proved()
        came = [str(identifier) for identifier in filled if last is not None and identifier <= last]
        if came or late:
            kept["late"] = list(dict.fromkeys([*kept.get("late", [])[late:], *came]))
        if proved is not None:
            kept["proved"] = proved
        self._services.jobs.save_checkpoint(session, self._lease, dict(kept))

    def _tell_progress(self) -> None:
        with self._services.read_only() as session:
            whole = session.scalar(select(func.count()).where(CaseFile.version_stored > 0)) or 1
            held = session.scalar(select(func.count()).where(CopyState.copy == self._name)) or 0
        self._services.jobs.heartbeat(self._lease, progress=min(held / whole, 0.99))


def _package(row: Row[Any], versions: Sequence[Row[Any]]) -> _Package:
    digests = tuple(version.inventory_sha256 for version in versions)
    size_bytes = sum(version.size_bytes for version in versions)
    return _Package(row.id, row.ocfl_id, digests, row.ends_on, size_bytes)


def lacking_documents(table: Any, mark: str) -> Select[Any]:
    """Acts or segments that are in every active copy and not in this one."""
    order = table.id if table is Act else table.number
    return select(table).where(table.written, table.held_by.not_like(f"%{mark}%")).order_by(order)


def _finish(lease: Lease, services: Services) -> None:
    with services.writing() as session:
        services.jobs.finish(session, lease)
