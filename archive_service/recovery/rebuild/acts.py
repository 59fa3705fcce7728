"""Rebuild: database and index are disposable; from one copy alone the archive comes back."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import last_number, record_event, segment_key
from archive_service.catalogue.describing.mode_changes import restore_mode_changes
from archive_service.catalogue.holdings.rows import WITH_FILES
from archive_service.db.behind import REBUILT
from archive_service.db.migrate import damage_told, is_there, set_aside, upgrade
from archive_service.db.renewal import renew, take_place
from archive_service.db.troubles import DatabaseUnreadableError
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.intake.submission import CHECK_JOB
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError
from archive_service.evidence.outbox import spread
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import INDEX_JOB, queue_due
from archive_service.jobs.schedule import set_schedule
from archive_service.keeping.fixity import check as fixity_check
from archive_service.keeping.formats.migration import queue_migrations
from archive_service.recovery.rebuild.carried_over import CarriedOver, carried_over
from archive_service.recovery.rebuild.cases import (
    iter_unlisted,
    name_behind,
    restore_cases,
    versions_told,
)
from archive_service.recovery.rebuild.counted_copies import (
    CopyStandingDocument,
    answering,
    counts,
    told_standings,
)
from archive_service.recovery.rebuild.custody_acts import (
    held_by_all,
    iter_held,
    tell_planted,
)
from archive_service.recovery.rebuild.deliveries import restore_deliveries
from archive_service.recovery.rebuild.from_acts import restore_acts
from archive_service.recovery.rebuild.left_out import (
    ElsewhereDocument,
    LeftOut,
    PassedOverDocument,
    RebuildDocument,
    UnreadCopyDocument,
)
from archive_service.recovery.rebuild.listing import name_foreign
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.packages import iter_cases
from archive_service.recovery.rebuild.paper_handovers import restore_handovers
from archive_service.recovery.rebuild.proved_acts import ProvedActs
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.recovery.rebuild.recalls import restore_recalls
from archive_service.recovery.rebuild.refill import fill_index
from archive_service.recovery.rebuild.replay import look_up, replay
from archive_service.recovery.rebuild.trail import Sealed, iter_segments
from archive_service.services import Services
from archive_service.setup.acts import PERIODS
from archive_service.signing.copies.waiting import note_unsigned
from archive_service.storage.copies.identity import identify
from archive_service.storage.port import ObjectStore
from digitize.batches.reading.due import queue_reading
from digitize.rereading.acts import queue_rereadings
from ingest.calling_in.signed_papers import queue_unsigned
from ingest.deliveries.receipts import note_receipt
from retention.destruction.tombstones import destroyed_roots, restore_removals
from retention.disposition.custody_acts import restore_dispositions
from retention.holds.custody_acts import restore_holds
from retention.holds.locks import queue_restored
from retention.schedules.schedules import restore_schedules
from retention.terms.changes import restore_changes
from retention.terms.events import restore_happenings
from retention.transfer.restored_exchanges import restore_exchanges, tell_exchanges

_BATCH = 100  # case files, or segments of the trail, held in memory together
_OF_CASE_FILES: tuple[Callable[[Session], object], ...] = (
    restore_schedules,
    restore_happenings,
    restore_changes,
    restore_mode_changes,
    restore_handovers,
)


def rebuild(
    services: Services,
    *,
    actor: Actor,
    copy: str | None = None,
    progress: Callable[[str], None] = lambda _code: None,
    lang: str = "vi",
) -> RebuildDocument:
    """Drop database and index, restore both from one copy.

    What that copy lacks, or does not give whole, is taken from the next one that does; what only
    another got before a kill goes out again into whoever lacks it. What no copy gives, and what is
    foreign, is passed over and named; where the old database still knows it, its rows stay.

    All in one transaction: until everything of the copies is read, the old database stands. Where
    it can still be read, accounts, tokens and open submissions are carried over: no copy holds
    them. A damaged one is set aside under another name.

    Raises:
        WorkUnfinishedError: finish the work first.
        CopyNameError, BackendError: the copy is not known, or none answers.
    """
    started = time.perf_counter()
    readable = _old_database_reads(services)
    chosen = _answering(services, copy)
    if readable:
        tell_exchanges(services)
        _write_out_first(services, chosen)
    try:
        came_back, left_out = _restored(services, chosen, actor, progress, carry=readable)
    except DatabaseUnreadableError:
        set_aside(services.database.engine)
        came_back, left_out = _restored(services, chosen, actor, progress, carry=False)
    services.index.clear()
    fill_index(services, progress, left_out)
    write_out_evidence(services)
    unread = sorted(left_out.silent.items())
    elsewhere = sorted(left_out.elsewhere, key=lambda each: (each.key, each.copy))
    return RebuildDocument(
        **came_back,
        seconds=round(time.perf_counter() - started, 3),
        copies_not_read=[UnreadCopyDocument.of(*each, lang) for each in unread],
        passed_over=PassedOverDocument.all_of(left_out, lang),
        read_elsewhere=[ElsewhereDocument.of(each, lang) for each in elsewhere],
    )


def _old_database_reads(services: Services) -> bool:
    """Whether there is one to carry over from, in its newest form; a damaged one is set aside."""
    engine = services.database.engine
    try:
        there = is_there(engine)
    except DatabaseUnreadableError:
        set_aside(engine)
        return False
    if there:
        upgrade(engine)
    return there


def _write_out_first(services: Services, chosen: ObjectStore) -> None:
    """What only the database knows yet goes out, at least into the copy that is read next."""
    written_out = spread(services.database, staging=services.staging, copies=services.copies)
    trouble = written_out.troubles.get(chosen.name) or written_out.troubles.get("staging")
    if trouble is not None:
        raise trouble


def _restored(
    services: Services,
    chosen: ObjectStore,
    actor: Actor,
    progress: Callable[[str], None],
    *,
    carry: bool,
) -> tuple[dict[str, Any], LeftOut]:
    left_out = LeftOut()
    old = OldDatabase(services.database if carry else None)
    with damage_told():
        proved = ProvedActs(answering(services.stores, LeftOut()), old=old)
        told_copies = told_standings(services.stores, proved=proved, left_out=left_out, old=old)
    others = [
        store
        for store in services.stores
        if store is not chosen and counts(store.name, told_copies)
    ]
    with services.writing() as session:
        with damage_told():
            take_write_lock(session)
            carried = carried_over(session) if carry else CarriedOver()
            identify(chosen, carried.identities.get(chosen.name))
            renew(session.connection())  # until take_place, others read the old tables
        beside = _beside(others, carried.identities, left_out)
        copies = [chosen, *beside]
        name_foreign(copies, left_out)
        proved = proved.over(copies)
        held_acts = iter_held(chosen, beside, proved=proved, left_out=left_out, old=old)
        restore_acts(session, services, held_acts, carried, left_out, copies)
        for row in carried.rows:
            session.merge(row)
        set_schedule(session, PERIODS)
        _enrol_again(session, services, carried, told_copies)
        session.flush()
        cases, documents = _restore_cases(session, copies, left_out, old, progress)
        restore_removals(session, services, chosen)
        held = restore_holds(session)
        for restore in _OF_CASE_FILES:
            restore(session)
        segments = iter_segments(chosen, beside, left_out=left_out, old=old)
        _restore_trail(session, segments, copies, carried, left_out)
        restore_recalls(session)
        restore_dispositions(session)
        restore_exchanges(session, services, carried.exchanges)
        for delivery in restore_deliveries(session):
            note_receipt(session, delivery)
        events = last_number(session)
        _queue_again(session, services, carried)
        queue_restored(session, held, services)
        facts = {"copy": chosen.name, "cases": cases, "documents": documents}
        record_event(session, REBUILT, subject_id=chosen.name, actor=actor, data=facts)
        session.flush()
        take_place(session.connection())
    document = facts | {
        "events": events,
        "accounts": carried.accounts,
        "submissions": carried.submissions,
    }
    return document, left_out


def _answering(services: Services, name: str | None) -> ObjectStore:
    """The copy of this name, or the first that answers."""
    standings = told_standings(services.stores)
    usable = [store for store in services.stores if counts(store.name, standings)]
    trouble: BackendError | None = None
    for copy in usable:
        if name not in (None, copy.name):
            continue
        try:
            identify(copy)
        except BackendError as silent:
            trouble = silent
        else:
            return copy
    if trouble is None:
        raise fixity_check.CopyNameError(name=name, known=[store.name for store in usable])
    raise trouble


def _beside(
    others: list[ObjectStore], identities: Mapping[str, str], left_out: LeftOut
) -> list[ObjectStore]:
    """Those of the other copies that answer as themselves; what does not is named."""
    answering = []
    for copy in others:
        try:
            identify(copy, identities.get(copy.name))
        except BackendError as silent:
            left_out.silent[copy.name] = silent
            continue
        answering.append(copy)
    return answering


def _enrol_again(
    session: Session,
    services: Services,
    carried: CarriedOver,
    standings: Mapping[str, CopyStandingDocument],
) -> None:
    """As the acts tell; a copy that has none was there from the first, and counts.

    Also one that is away now, where the old database knew it: what is destroyed waits for it. Of
    one that nothing tells of, the destroy gate waits until it is enrolled.
    """
    for name, standing in standings.items():
        stores = (*services.stores, *services.reserve_stores)
        in_settings = any(name == store.name for store in stores)
        if in_settings or standing.state is CopyStanding.RETIRED:
            session.add(standing.row())
    for copy in services.stores:
        if copy.name in standings:
            continue
        known = carried.identities.get(copy.name)
        try:
            identity = identify(copy, known)
        except BackendError:
            if known is not None:
                since = carried.enrolled_at[copy.name]
                session.add(EnrolledCopy(name=copy.name, identity=known, enrolled_at=since))
            continue  # else enrolled again by init, once it answers
        since = clock.parse_iso(identity.enrolled_at)
        session.add(EnrolledCopy(name=copy.name, identity=identity.id, enrolled_at=since))


def _restore_cases(
    session: Session,
    copies: list[ObjectStore],
    left_out: LeftOut,
    old: OldDatabase,
    progress: Callable[[str], None],
) -> tuple[int, int]:
    """From the packages, then those that only the old database knew as stored; how many."""
    destroyed = destroyed_roots(session)
    found = iter_cases(copies, passed_over=destroyed, left_out=left_out, old=old)
    cases, documents = restore_cases(session, found, left_out, progress)
    unlisted = list(iter_unlisted(session, old, left_out, destroyed=destroyed))
    more, of_them = restore_cases(session, unlisted, left_out, progress)
    return cases + more, documents + of_them


def _restore_trail(
    session: Session,
    segments: Iterator[Sealed],
    copies: list[ObjectStore],
    carried: CarriedOver,
    left_out: LeftOut,
) -> None:
    """The longest trail there is; a segment that a copy lacks waits to be written out again."""
    stored: dict[UUID, int] = {}

    def judged(sealed: Sealed) -> Sealed:
        number = sealed[0].number
        everywhere = held_by_all(copies, segment_key(number))
        sealed[0].written = everywhere and number not in carried.unwritten_segments
        return sealed

    sealed = side_by_side(judged, segments)
    while some := list(islice(sealed, _BATCH)):
        events = [event for _, its in some for event in its]
        session.add_all([*(segment for segment, _ in some), *events])
        versions_told(events, stored)
        spoken_of = look_up(session, events)
        for event in events:
            replay(session, event)
        del spoken_of
        _let_go(session)
    name_behind(session, stored, left_out)
    tell_planted(session, left_out)


def _let_go(session: Session) -> None:
    """Write what is there and forget it: memory stays flat however much is restored."""
    session.flush()
    session.expunge_all()


def _queue_again(session: Session, services: Services, carried: CarriedOver) -> None:
    held = select(CaseFile).order_by(CaseFile.code).options(*WITH_FILES)
    rows = session.scalars(held.execution_options(yield_per=_BATCH))
    for number, row in enumerate(rows, 1):
        queue_due(session, row, services, but=INDEX_JOB)
        note_unsigned(session, row, services)
        if number % _BATCH == 0:
            session.flush()
    queue_migrations(session, services)
    queue_rereadings(session, services)
    queue_unsigned(session, services)
    for submission_id in carried.unchecked:
        services.jobs.add(session, CHECK_JOB, subject_id=submission_id)
    for delivery_id, job in carried.deliveries:
        services.jobs.add(session, job, subject_id=delivery_id)
    for batch_id in carried.unread:
        queue_reading(session, session.get_one(ScanBatch, batch_id), services)
