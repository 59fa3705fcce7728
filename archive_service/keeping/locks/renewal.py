"""Locks reach a few years ahead and are renewed: the daily job ``renew-locks``."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import or_, select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.outbox import answering
from archive_service.jobs.port import Lease
from archive_service.notices.incidents import close_incident, open_incident, open_incidents
from archive_service.notices.silent_copies import note_answers
from archive_service.services import Services
from archive_service.storage.copies.identity import IDENTITY_KEY
from archive_service.storage.copies.lag import IS_HELD
from archive_service.storage.locks import Locks, Refusals, lock_each, locked_until
from archive_service.storage.ocfl.root import object_root, root_files
from archive_service.storage.port import ObjectStore

LOCK_REFUSED = "lock-refused"  # a kind of incident
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

    Killed, it goes on from the case files not yet renewed. A lock is never made shorter. A copy
    that is away holds up no other; what it lacks is due again when it answers. So is what a store
    refuses, and an incident a copy tells of it.

    Raises:
        BackendError: a copy fell silent on the way; what was renewed is kept.
        ObjectLockedError: a store refused to change a lock; all others were renewed first.
    """
    copies = [copy for copy in (*services.copies, *services.reserves) if isinstance(copy, Locks)]
    here, away = answering(services.database, copies)
    note_answers(services.database, here=[copy.name for copy in here], away=away)
    refused = {copy.name: Refusals() for copy in here}
    if here:
        for some in _batches(services, here):
            _renew(some, services, here, refused, note=not away)
        for copy in here:
            refused[copy.name].add_all(_renew_loose(copy, services))
    _tell(services, refused)
    for refusals in refused.values():
        if refusals.first is not None:
            raise refusals.first
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _tell(services: Services, refused: Mapping[str, Refusals]) -> None:
    with services.read_only() as session:
        subjects = {row.subject for row in open_incidents(session) if row.kind == LOCK_REFUSED}
    troubled = {name: refusals for name, refusals in refused.items() if refusals.first is not None}
    over = subjects & set(refused) - set(troubled)
    if not troubled and not over:
        return
    with services.writing() as session:
        for name, refusals in sorted(troubled.items()):
            facts = {"count": refusals.count, **(refusals.first.facts if refusals.first else {})}
            alarm = IncidentSeverity.ALARM
            open_incident(session, LOCK_REFUSED, name, severity=alarm, facts=facts)
        for name in sorted(over):
            close_incident(session, LOCK_REFUSED, name)


def _batches(services: Services, copies: Sequence[ObjectStore]) -> Iterator[list[_Due]]:
    """By id, so that one that cannot be renewed longer is not met again."""
    soon = _soon(copies)
    query = (
        select(CaseFile.id, CaseFile.ocfl_id, CaseFile.ends_on, CaseFile.locked_until)
        .where(
            IS_HELD,
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


def _renew(
    some: Sequence[_Due],
    services: Services,
    copies: Sequence[ObjectStore],
    refused: Mapping[str, Refusals],
    *,
    note: bool,
) -> None:
    """Those that every copy locked are noted, where ``note`` says that none is away."""

    def whole(due_object: _Due) -> list[Refusals]:
        root = f"{object_root(due_object.ocfl_id)}/"
        return [lock_each(copy, copy.iter_keys(root), due_object.until) for copy in copies]

    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(threads.map(whole, some))
    with services.writing() as session:
        for due, refusals in zip(some, found, strict=True):
            for copy, refusal in zip(copies, refusals, strict=True):
                refused[copy.name].add_all(refusal)
            if note and not any(refusal.count for refusal in refusals):
                session.execute(  # no edit of the case file: its revision stays
                    update(CaseFile).where(CaseFile.id == due.id).values(locked_until=due.until)
                )


def _renew_loose(copy: ObjectStore, services: Services) -> Refusals:
    """All at once, when the oldest of them wants it: they were locked as they were written."""
    refused = Refusals()
    if not isinstance(copy, Locks):
        return refused
    with services.read_only() as session:
        row = session.get(EnrolledCopy, copy.name)
    longest = copy.longest_lock()
    if row is None:
        return refused
    first_end = row.loose_locked_until or row.enrolled_at + (longest - clock.now())
    if first_end >= _soon([copy]):
        return refused
    keys = _loose_keys(copy)
    with ThreadPoolExecutor(_THREADS) as threads:
        while some := list(islice(keys, _AT_ONCE)):
            shares = [some[start::_THREADS] for start in range(_THREADS)]
            for refusals in threads.map(lambda share: lock_each(copy, share, longest), shares):
                refused.add_all(refusals)
    if not refused.count:
        with services.writing() as session:
            session.get_one(EnrolledCopy, copy.name).loose_locked_until = longest
    return refused


def _loose_keys(copy: ObjectStore) -> Iterator[str]:
    yield IDENTITY_KEY
    yield from root_files()
    for folder in _LOOSE:
        yield from copy.iter_keys(folder)


def _soon(copies: Sequence[ObjectStore]) -> dt.datetime:
    now = clock.now()
    longest = min(copy.longest_lock() for copy in copies if isinstance(copy, Locks))
    return now + (longest - now) / _SHARE
