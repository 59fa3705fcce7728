"""Locks reach a few years ahead and are renewed: the daily job ``renew-locks``."""

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import or_, select, update

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.case_file import CaseFile, CaseState
from archive_service.domain.enrolled_copy import EnrolledCopy
from archive_service.jobs.port import Lease
from archive_service.storage.copies import IDENTITY_KEY, identify
from archive_service.storage.enrolment import identities
from archive_service.storage.locks import Locks, locked_until, renew_object_locks
from archive_service.storage.ocfl import root_files
from archive_service.storage.port import ObjectStore

_HELD = (CaseState.ACCEPTED, CaseState.STORED, CaseState.TRANSFERRED)
_LOOSE = ("acts/", "audit/", "evidence/")
_SHARE = 5  # a lock is renewed in the last fifth of the longest: a year of five
_AT_ONCE = 100  # case files, or loose files
_THREADS = 4


@dataclass(frozen=True, slots=True)
class _Due:
    """A case file whose files want a longer lock."""

    id: UUID
    ocfl_id: str
    until: dt.datetime


def renew_locks(lease: Lease, services: Services) -> None:
    """Lock on what ends soon, to the end of its term, at most as far ahead as locks reach.

    Killed, it goes on from the case files not yet renewed. A lock is never made shorter.

    Raises:
        BackendError: a copy does not answer; what was renewed is kept.
        ObjectLockedError: a store refuses to change a lock.
    """
    copies = [copy for copy in (*services.copies, *services.reserves) if isinstance(copy, Locks)]
    with services.read_only() as session:
        known = identities(session)
    for copy in copies:
        identify(copy, known.get(copy.name))
    if copies:
        for some in _batches(services, copies):
            _renew(some, services, copies)
        for copy in copies:
            _renew_loose(copy, services)
    with services.unit_of_work() as uow:
        services.jobs.finish(uow.session, lease)
        uow.commit()


def _batches(services: Services, copies: Sequence[ObjectStore]) -> Iterator[list[_Due]]:
    """By id, so that one that cannot be renewed longer is not met again."""
    soon = _soon(copies)
    query = (
        select(CaseFile.id, CaseFile.ocfl_id, CaseFile.ends_on, CaseFile.locked_until)
        .where(
            CaseFile.state.in_(_HELD),
            CaseFile.version_stored > 0,
            or_(CaseFile.locked_until.is_(None), CaseFile.locked_until < soon),
            or_(CaseFile.ends_on.is_(None), CaseFile.ends_on >= clock.today()),
        )
        .order_by(CaseFile.id)
        .limit(_AT_ONCE)
    )
    last = None
    while True:
        with services.read_only() as session:
            rows = session.execute(query if last is None else query.where(CaseFile.id > last)).all()
        if not rows:
            return
        last = rows[-1].id
        due = []
        for row in rows:
            until = locked_until(copies, row.ends_on)
            if until is not None and (row.locked_until is None or row.locked_until < until):
                due.append(_Due(row.id, row.ocfl_id, until))
        yield due


def _renew(some: Sequence[_Due], services: Services, copies: Sequence[ObjectStore]) -> None:
    def whole(one: _Due) -> None:
        for copy in copies:
            renew_object_locks(copy, one.ocfl_id, one.until)

    with ThreadPoolExecutor(_THREADS) as threads:
        for _done in threads.map(whole, some):
            pass  # the first trouble flies
    with services.unit_of_work() as uow:
        for one in some:
            uow.session.execute(  # no edit of the case file: its revision stays
                update(CaseFile).where(CaseFile.id == one.id).values(locked_until=one.until)
            )
        uow.commit()


def _renew_loose(copy: ObjectStore, services: Services) -> None:
    """All at once, when the oldest of them wants it: they were locked as they were written."""
    if not isinstance(copy, Locks):
        return
    with services.read_only() as session:
        row = session.get(EnrolledCopy, copy.name)
    longest = copy.longest_lock()
    if row is None:
        return
    first_end = row.loose_locked_until or row.enrolled_at + (longest - clock.now())
    if first_end >= _soon([copy]):
        return
    keys = _loose_keys(copy)
    with ThreadPoolExecutor(_THREADS) as threads:
        while some := list(islice(keys, _AT_ONCE)):
            for _done in threads.map(lambda key: copy.lock_until(key, longest), some):
                pass
    with services.unit_of_work() as uow:
        uow.session.get_one(EnrolledCopy, copy.name).loose_locked_until = longest
        uow.commit()


def _loose_keys(copy: ObjectStore) -> Iterator[str]:
    yield IDENTITY_KEY
    yield from root_files()
    for folder in _LOOSE:
        yield from copy.iter_keys(folder)


def _soon(copies: Sequence[ObjectStore]) -> dt.datetime:
    now = clock.now()
    longest = min(copy.longest_lock() for copy in copies if isinstance(copy, Locks))
    return now + (longest - now) / _SHARE
