"""An empty index filled from the holdings in bulk, many case files in one step."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from uuid import UUID

from sqlalchemy import Select, select, tuple_, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.holdings.rows import whole_case_files
from archive_service.catalogue.holdings.texts import note_unread
from archive_service.catalogue.own_fields.fields import fields_of_many
from archive_service.db.package_writers import writing_some
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.indexes import OUTDATED
from archive_service.domain.digitization.page_reading import DoubtfulPage
from archive_service.domain.keeping.index_in_use import SEARCH, IndexInUse
from archive_service.errors import ArchiveError, IntegrityViolationError
from archive_service.jobs.due import INDEX_JOB
from archive_service.log import logger
from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.copies.lag import IS_BEHIND, IS_HELD
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectStore
from digitize.proofreading.doubtful_pages import PutRight, look_over, note_doubtful, put_right_in
from search.entry import entries_of
from search.port import Entry, SearchIndex

_AT_ONCE = 64  # case files put into the index in one step


@dataclass(frozen=True, slots=True)
class _Read:
    """The entries of one case file, ``None`` where its words could not be read; and its pages
    with words to be proofread.
    """

    case_file_id: UUID
    ocfl_id: str
    code: str
    version: int
    entries: list[Entry] | None
    doubtful: list[DoubtfulPage] = field(default_factory=list)
    trouble: ArchiveError | None = None
    unread: dict[UUID, str] = field(default_factory=dict)


@dataclass(slots=True)
class Written:
    """Case files whose words went in, those of them that have none, and those not readable."""

    done: set[UUID] = field(default_factory=set)
    empty: set[UUID] = field(default_factory=set)
    unread: set[UUID] = field(default_factory=set)

    def add(self, read: Sequence[_Read], good: Sequence[_Read]) -> None:
        """What was read of some, and which of it went in."""
        self.done |= {package.case_file_id for package in good}
        self.empty |= {package.case_file_id for package in good if not package.entries}
        self.unread |= {package.case_file_id for package in read if package.entries is None}


def fill_index(
    services: Services,
    progress: Callable[[str], None] = lambda _code: None,
    left_out: LeftOut | None = None,
) -> int:
    """Put all that is stored into the index, which is empty; returns how many case files.

    The index counts as the one in use only when all is in: after a kill a worker sees that it is
    not, and queues everything. What could not be read is left to jobs, and named in ``left_out``
    where it is damaged.

    Raises:
        SearchUnavailableError, SearchIndexDamagedError: the index does not take it.
    """
    identity = services.index.identity()
    with services.read_only() as session:
        ids = session.scalars(_held()).all()
    done = len(write_again(services, ids, progress, left_out).done)
    with services.writing() as session:
        session.merge(IndexInUse(name=SEARCH, identity=identity, adopted_at=clock.now()))
        session.flush()
        for case_file_id in session.scalars(select(CaseFile.id).where(IS_BEHIND, IS_HELD)).all():
            services.jobs.add(session, INDEX_JOB, subject_id=case_file_id)
    return done


def write_again(
    services: Services,
    case_file_ids: Sequence[UUID],
    progress: Callable[[str], None] = lambda _code: None,
    left_out: LeftOut | None = None,
    beside: SearchIndex | None = None,
) -> Written:
    """Put the stored versions of these in place of what the index has.

    Each counts as indexed unless it changed meanwhile: what changed is written once more by its
    job. Into an index that is filled ``beside`` it is not put then, and nothing counts as indexed.
    """
    written = Written()
    for start in range(0, len(case_file_ids), _AT_ONCE):
        with services.read_only() as session:
            rows = whole_case_files(session, case_file_ids[start : start + _AT_ONCE])
            corrections = put_right_in(session, rows)
            own = fields_of_many(session, {row.agency_id for row in rows})
        reads = partial(_read, services=services, copies=services.copies, said=corrections, own=own)
        read = list(side_by_side(reads, rows))
        good = [package for package in read if package.entries is not None]
        _name_damaged(read, left_out or LeftOut())
        with writing_some(services.database, [package.ocfl_id for package in good]) as claimed:
            good = [package for package in good if package.ocfl_id not in claimed]
            (beside or services.index).replace_many(
                [package.case_file_id for package in good],
                chain.from_iterable(package.entries or () for package in good),
            )
        with services.writing() as session:
            same = _unchanged(session, {row.id: row for row in rows}, corrections)
            changed = [package.case_file_id for package in good if package.case_file_id not in same]
            good = [package for package in good if package.case_file_id in same]
            if beside is None:
                _mark(session, good, {row.id: row.revision for row in rows})
                held = select(CaseFile.id).where(CaseFile.id.in_(changed), IS_HELD)
                want_again(session, session.scalars(held).all(), services)
            doubtful = [row for package in good for row in package.doubtful]
            note_doubtful(session, [package.case_file_id for package in good], doubtful)
            unread = {file: why for package in good for file, why in package.unread.items()}
            note_unread(session, unread, [package.case_file_id for package in good])
        if beside and changed:
            beside.replace_many(changed, [])
        written.add(read, good)
        for package in good:
            progress(package.code)
    return written


def read_again(
    services: Services, case_file_ids: Sequence[UUID]
) -> Iterator[tuple[UUID, str, Sequence[Entry] | None]]:
    """Id, code and the entries that the index should have, ``None`` where a copy gives no words."""
    for start in range(0, len(case_file_ids), _AT_ONCE):
        with services.read_only() as session:
            rows = whole_case_files(session, case_file_ids[start : start + _AT_ONCE])
            corrections = put_right_in(session, rows)
            own = fields_of_many(session, {row.agency_id for row in rows})
        reads = partial(_read, services=services, copies=services.copies, said=corrections, own=own)
        for package in side_by_side(reads, rows):
            yield package.case_file_id, package.code, package.entries


def _held() -> Select[UUID]:
    held = CaseFile.version_stored > 0, IS_HELD
    return select(CaseFile.id).where(*held).order_by(CaseFile.code)


def _read(
    row: CaseFile,
    *,
    services: Services,
    copies: Sequence[ObjectStore],
    said: PutRight,
    own: Mapping[UUID, Sequence[OwnField]],
) -> _Read:
    content, folder = HeldContent(copies, row.ocfl_id), services.work_folder
    try:
        sure = services.settings.digitize.doubtful_below
        looked = look_over(row, said, content=content, folder=folder, sure=sure)
        searched = [own_field for own_field in own[row.agency_id] if own_field.searchable]
        unread: dict[UUID, str] = {}
        entries = list(
            entries_of(
                row,
                content=content,
                folder=folder,
                corrected=looked.texts,
                own_fields=searched,
                unread=unread,
            )
        )
    except ArchiveError as trouble:
        logger().warning("index-delayed", code=trouble.code, case_file=row.code)
        return _Read(row.id, row.ocfl_id, row.code, row.version_stored, None, trouble=trouble)
    stored = row.version_stored
    return _Read(row.id, row.ocfl_id, row.code, stored, entries, looked.doubtful, unread=unread)


def _name_damaged(read: Sequence[_Read], left_out: LeftOut) -> None:
    for package in read:
        root = object_root(package.ocfl_id)
        if isinstance(package.trouble, IntegrityViolationError) and not left_out.names(root):
            left_out.pass_over(Passed.PACKAGE_UNREAD, root, reason=package.trouble)


def _unchanged(session: Session, rows: Mapping[UUID, CaseFile], put_right: PutRight) -> set[UUID]:
    """Those that are as they were read; none of them where a word was put right meanwhile."""
    now = whole_case_files(session, list(rows))
    if put_right_in(session, now).standing() != put_right.standing():
        return set()
    return {row.id for row in now if _state(row) == _state(rows[row.id])}


def _state(row: CaseFile) -> tuple[int, int, frozenset[int]]:
    closed = frozenset(document.ordinal for document in row.documents if document.quarantined)
    return row.version_stored, row.revision, closed


def want_again(session: Session, ids: Sequence[UUID], services: Services) -> None:
    """These do not count as indexed any more; their jobs write them once more."""
    for start in range(0, len(ids), _AT_ONCE):
        session.execute(
            update(CaseFile)
            .where(CaseFile.id.in_(ids[start : start + _AT_ONCE]))
            .values(version_indexed=OUTDATED)
            .execution_options(synchronize_session=False)
        )
    for case_file_id in ids:
        services.jobs.add(session, INDEX_JOB, subject_id=case_file_id)


def _mark(session: Session, read: Sequence[_Read], revisions: Mapping[UUID, int]) -> None:
    """Unless it changed since it was looked at: its own job, which was added then, indexes that."""
    for version in {package.version for package in read}:
        ids = [package.case_file_id for package in read if package.version == version]
        as_read = tuple_(CaseFile.id, CaseFile.revision).in_([(id_, revisions[id_]) for id_ in ids])
        session.execute(
            update(CaseFile)
            .where(as_read, CaseFile.version_stored == version)
            .values(version_indexed=version)
            .execution_options(synchronize_session=False)
        )
