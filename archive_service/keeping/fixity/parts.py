"""The parts of a pass over one copy: what is read next, and how it is found.

Packages come by their rows, longest unread first; acts and segments of the audit trail in the order
in which they came. The listing of all keys is last: it finds what no row tells of.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from uuid import UUID

from sqlalchemy import and_, or_, select

from archive_service.audit import segment_key
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, CopyState, PackageVersion
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.evidence.expected import TOLD_BY_ROWS, foreign_files
from archive_service.keeping.fixity.check import ids_of_roots
from archive_service.keeping.fixity.claimed_packages import reopen_in
from archive_service.keeping.fixity.rehashing import lacking, rehashed_versions
from archive_service.storage.acts import act_document, act_key
from archive_service.storage.copies.identity import IDENTITY_KEY
from archive_service.storage.copies.lag import IS_HELD
from archive_service.storage.fixity.one_copy import CopyReader, HeldAct, HeldObject
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.ocfl.root import object_root, root_files, root_of
from archive_service.storage.port import ObjectStore, StoreUnreachableError

PACKAGES, ACTS, SEGMENTS, LISTING = "packages", "acts", "segments", "listing"
OF_COPY = (PACKAGES, ACTS, SEGMENTS, LISTING)
OF_RESERVE = (PACKAGES, LISTING)  # it holds packages alone

_PACKAGES_AT_ONCE = 40
_BYTES_AT_ONCE = 1 << 30  # a kill loses no more than that, or one package
_LOOSE_AT_ONCE = 200
_KEYS_AT_ONCE = 2000
_MOST_UNREAD = 3  # packages of a batch that may fail while the copy answers


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is due, as the copy's row tells of it."""

    case_file_id: UUID
    version: int
    size_bytes: int
    held: HeldObject

    @property
    def root(self) -> str:
        """Where it lies."""
        return object_root(self.held.ocfl_id)


@dataclass(slots=True)
class Batch:
    """What was read at once; ``more`` is false where this part has come to its end."""

    part: str
    cursor: str
    more: bool
    results: list[FixityResult] = field(default_factory=list)  # beside packages
    packages: list[tuple[Package, list[FixityResult]]] = field(default_factory=list)
    unread: list[tuple[Package, StoreUnreachableError]] = field(default_factory=list)
    rehashed: dict[str, dict[str, str]] = field(default_factory=dict)  # by the object's SHA-256

    def every_result(self) -> Iterable[FixityResult]:
        """Of packages and of the rest."""
        for _, results in self.packages:
            yield from results
        yield from self.results


class PartReader:
    """Reads the next of any part of a pass that began at ``since``; changes no row.

    ``second``: an algorithm by which what lacks its digests by it is hashed in the same read.
    """

    def __init__(
        self,
        database: Database,
        copy: ObjectStore,
        others: Sequence[ObjectStore],
        reader: CopyReader,
        since: dt.datetime,
        *,
        second: str = "",
    ) -> None:
        self._second = second
        self._database, self._copy, self._reader, self._since = database, copy, reader, since
        self._others = others
        self._next: dict[str, Callable[[str], Batch]] = {
            ACTS: self._acts,
            SEGMENTS: self._segments,
            LISTING: self._listing,
        }

    def read(self, part: str, cursor: str, *, most_bytes: int | None) -> Batch:
        """The next of this part after ``cursor``; of packages about so many bytes, one at least.

        Raises:
            BackendError: the copy does not answer, or gives hardly anything.
        """
        if part == PACKAGES:
            return self._packages(cursor, min(most_bytes or _BYTES_AT_ONCE, _BYTES_AT_ONCE))
        return self._next[part](cursor)

    def _packages(self, cursor: str, most_bytes: int) -> Batch:
        due = self._due(most_bytes)
        batch = Batch(PACKAGES, cursor, more=bool(due))
        wanted = self._lacking([digest for package in due for digest in package.held.digests])
        try:
            found = self._reader.read_objects([package.held for package in due])
            batch.packages = list(zip(due, found, strict=True))
        except StoreUnreachableError:
            self._one_by_one(due, batch)
        for package, results in batch.packages if wanted else ():
            batch.rehashed |= rehashed_versions(
                self._copy, package.held, results, self._second, wanted
            )
        return batch

    def _lacking(self, digests: Sequence[str]) -> set[str]:
        """Which of these objects are to be hashed a second time; the reader does so then."""
        wanted = lacking(self._database, self._second, digests) if self._second else set()
        self._reader.second = self._second if wanted else ""
        return wanted

    def _one_by_one(self, due: Sequence[Package], batch: Batch) -> None:
        """One package that is not given keeps no other from its turn; many are the copy's."""
        for package in due:
            try:
                (found,) = self._reader.read_objects([package.held])
            except StoreUnreachableError as trouble:
                batch.unread.append((package, trouble))
                if len(batch.unread) >= min(_MOST_UNREAD, len(due)):
                    raise
            else:
                batch.packages.append((package, found))

    def _due(self, most_bytes: int) -> list[Package]:
        query = (
            select(CopyState.case_file_id, CopyState.version, CaseFile.ocfl_id)
            .join(CaseFile, CaseFile.id == CopyState.case_file_id)
            .where(
                CopyState.copy == self._copy.name,
                CopyState.verified_at < self._since,
                or_(CopyState.read_at.is_(None), CopyState.read_at < self._since),
                CopyState.version > 0,
                IS_HELD,
            )
            .order_by(CopyState.verified_at, CopyState.case_file_id)
            .limit(_PACKAGES_AT_ONCE)
        )
        with self._database.read_only() as session:
            rows = session.execute(query).all()
            versions = session.execute(
                select(
                    PackageVersion.case_file_id,
                    PackageVersion.number,
                    PackageVersion.inventory_sha256,
                    PackageVersion.size_bytes,
                )
                .where(PackageVersion.case_file_id.in_([row.case_file_id for row in rows]))
                .order_by(PackageVersion.number)
            ).all()
        due: list[Package] = []
        total = 0
        for row in rows:
            mine = [
                version
                for version in versions
                if version.case_file_id == row.case_file_id and version.number <= row.version
            ]
            size = sum(part.size_bytes for part in mine)
            total += size
            if due and total > most_bytes:
                break
            digests = tuple(part.inventory_sha256 for part in mine)
            due.append(
                Package(row.case_file_id, row.version, size, HeldObject(row.ocfl_id, digests))
            )
        return due

    def _acts(self, cursor: str) -> Batch:
        query = select(Act).where(Act.written)
        if cursor:
            kind, _, last = cursor.partition(" ")
            at = dt.datetime.fromisoformat(kind)
            query = query.where(or_(Act.at > at, and_(Act.at == at, Act.id > UUID(last))))
        with self._database.read_only() as session:
            rows = list(session.scalars(query.order_by(Act.at, Act.id).limit(_LOOSE_AT_ONCE)))
        held = [HeldAct(act_key(row), act_document(row), row.companion_sha256) for row in rows]
        batch = Batch(ACTS, cursor, more=bool(rows))
        if rows:
            batch.cursor = f"{rows[-1].at.isoformat()} {rows[-1].id}"
        for found in self._reader.read_acts(held):
            batch.results += found
        return batch

    def _segments(self, cursor: str) -> Batch:
        query = select(AuditSegment.number, AuditSegment.sha256).where(
            AuditSegment.written, AuditSegment.number > int(cursor or 0)
        )
        with self._database.read_only() as session:
            rows = session.execute(query.order_by(AuditSegment.number).limit(_LOOSE_AT_ONCE)).all()
        batch = Batch(SEGMENTS, str(rows[-1].number) if rows else cursor, more=bool(rows))
        wanted = self._lacking([row.sha256 for row in rows])
        batch.results = self._reader.read_files(
            {segment_key(row.number): row.sha256 for row in rows}
        )
        batch.rehashed = {
            fixity_result.sha256_expected: {fixity_result.sha256_expected: fixity_result.second}
            for fixity_result in batch.results
            if fixity_result.status is Fixity.INTACT and fixity_result.sha256_expected in wanted
        }
        return batch

    def _listing(self, cursor: str) -> Batch:
        # As JSON: a foreign file may have a name that no row takes.
        after = json.loads(cursor) if cursor.startswith('"') else cursor
        keys = list(islice(self._copy.iter_keys(after=after), _KEYS_AT_ONCE))
        batch = Batch(LISTING, json.dumps(keys[-1]) if keys else cursor, more=bool(keys))
        own = {key: sha256(data).hexdigest() for key, data in root_files().items()}
        if not cursor:  # also those that are not there
            batch.results += self._reader.read_files(own)
        roots = dict.fromkeys(root for key in keys if (root := root_of(key)))
        for found in self._reader.read_objects(self._unknown_objects(roots)):
            batch.results += found
        loose = [key for key in keys if not root_of(key) and key not in own and key != IDENTITY_KEY]
        foreign = foreign_files(self._database, loose)
        for key in loose:
            if key in foreign or not key.startswith(TOLD_BY_ROWS):
                batch.results += self._reader.read_unknown(key, is_foreign=key in foreign)
        return batch

    def _unknown_objects(self, roots: Iterable[str]) -> list[HeldObject]:
        """Packages that no row of this copy tells of, and that are not on their way."""
        ids = ids_of_roots(roots)
        known = select(CaseFile.ocfl_id).where(CaseFile.ocfl_id.in_(list(ids.values())))
        with self._database.read_only() as session:
            known_ids = set(session.scalars(known))
        reopen_in(self._database, self._copy, list(known_ids))
        return [HeldObject(ocfl_id, ()) for ocfl_id in ids.values() if ocfl_id not in known_ids]
