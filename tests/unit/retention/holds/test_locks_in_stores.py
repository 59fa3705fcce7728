"""The locks that holds have in copies in MinIO: laid on, read back, carried on, taken off."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.hold import HoldLock
from archive_service.notices.incidents import open_incidents
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.erase.s3 import open_s3_eraser
from archive_service.storage.locks import Locks, ObjectHeldError, first_unheld
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one, work
from retention.holds.acts import lift_hold, lift_order, list_holds, place_holds, place_on_fonds
from retention.holds.documents import ListedHoldDocument
from retention.holds.given import LiftIn
from retention.holds.rules import Wish
from tests.services.s3 import MinioServer
from tests.worlds.archive import OPERATOR, person
from tests.worlds.holding import one_stored
from tests.worlds.servers.backends import Backends

REASON, AUTHORITY = "Thanh tra việc giao đất", "12/QĐ-TTT ngày 03/02/2026"
OLD = dt.timedelta(days=2)


@pytest.fixture(scope="module")
def kept(minio: MinioServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An archive with one case file in two buckets."""
    with one_stored(tmp_path_factory.mktemp("holds"), Backends(minio=minio)) as services:
        yield services


@pytest.fixture(autouse=True)
def free(kept: Services) -> Iterator[None]:
    """Nothing is held before and after."""
    yield
    for hold in list_holds(kept, actor=OPERATOR, in_force=True):
        lift(kept, hold)
    work(kept, until_empty=True)
    require_locks(kept, held=False)


def row(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile)).one()


def place(services: Services, authority: str = AUTHORITY) -> ListedHoldDocument:
    (hold,) = place_holds(
        services,
        [row(services).code],
        reason=REASON,
        authority=authority,
        actor=person(services, "hung"),
    )
    return hold


def lift(services: Services, hold: ListedHoldDocument) -> None:
    lift_hold(services, hold.id, LiftIn(reason="Hết hạn"), actor=person(services, "hung"))


def applied(services: Services) -> list[str]:
    (one,) = list_holds(services, actor=OPERATOR, in_force=True)
    return [copy.state for copy in one.applied]


def keys(services: Services) -> list[str]:
    return list(services.copies[0].iter_keys(f"{object_root(row(services).ocfl_id)}/"))


def require_locks(services: Services, *, held: bool) -> None:
    """Every file of the package in every copy is held, or none is."""
    assert keys(services)
    for copy in services.copies:
        assert first_unheld(copy, row(services).ocfl_id, held=held) is None


def events(services: Services, tag: str) -> int:
    with services.read_only() as session:
        return len(session.scalars(select(AuditEvent).where(AuditEvent.tag == tag)).all())


def renew(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "renew-holds")
    assert run_one(services, names=("renew-holds",)) == "done"


def test_every_file_in_every_copy_is_locked_and_read_back(kept: Services) -> None:
    place(kept)
    assert applied(kept) == ["waiting", "waiting"]
    work(kept, until_empty=True)
    assert applied(kept) == ["in-force", "in-force"]
    require_locks(kept, held=True)


def test_an_order_on_a_fonds_locks_all_of_it_and_its_end_frees_it(kept: Services) -> None:
    head = person(kept, "hung")
    with kept.read_only() as session:
        of_it = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        code = session.scalars(of_it).one()
    order = place_on_fonds(kept, code, Wish(REASON, AUTHORITY), actor=head)
    assert run_one(kept, names=("apply-hold-order",)) == "done"
    require_locks(kept, held=True)
    place(kept, authority="45/CV-CQĐT")
    lift_order(kept, order.id, LiftIn(reason="Hết hạn"), actor=head)
    work(kept, until_empty=True)
    require_locks(kept, held=True)  # by the hold of its own


def test_nobody_erases_what_is_held_and_lifting_frees_it(
    kept: Services, minio: MinioServer
) -> None:
    hold = place(kept)
    work(kept, until_empty=True)
    key = keys(kept)[0]
    credentials = f"{minio.key}:{minio.secret}"  # even who may pass every other lock
    for url in kept.settings.storage.copies:
        with pytest.raises(ObjectHeldError):
            open_s3_eraser(url, credentials).erase(key)
    require_locks(kept, held=True)
    lift(kept, hold)
    work(kept, until_empty=True)
    require_locks(kept, held=False)
    assert events(kept, "hold:cleared") > 0


def test_the_locks_stay_until_the_last_hold_is_lifted(kept: Services) -> None:
    first, second = place(kept), place(kept, "45/CV-CQĐT")
    work(kept, until_empty=True)
    lift(kept, first)
    work(kept, until_empty=True)
    require_locks(kept, held=True)
    lift(kept, second)
    work(kept, until_empty=True)
    require_locks(kept, held=False)


def test_a_new_version_of_what_is_held_is_locked_too(kept: Services) -> None:
    place(kept)
    work(kept, until_empty=True)
    before = set(keys(kept))
    with kept.writing() as session:
        case_file = session.scalars(select(CaseFile)).one()
        case_file.want_version()
        kept.jobs.add(session, "build-version", subject_id=case_file.id)
    work(kept, until_empty=True)
    assert set(keys(kept)) > before
    assert applied(kept) == ["in-force", "in-force"]
    require_locks(kept, held=True)


def test_a_lock_taken_off_in_the_store_is_found_out_and_laid_on_again(kept: Services) -> None:
    place(kept)
    work(kept, until_empty=True)
    copy = kept.copies[0]
    assert isinstance(copy, Locks)
    copy.set_legal_hold(keys(kept)[0], False)
    renew(kept)  # read back a moment ago: not yet asked again
    assert applied(kept) == ["in-force", "in-force"]
    with kept.writing() as session:
        session.execute(update(HoldLock).values(read_at=clock.now() - OLD))
    renew(kept)
    with kept.read_only() as session:
        (told,) = open_incidents(session)
    assert (told.kind, told.facts["copy"]) == ("hold-missing", copy.name)
    assert applied(kept) == ["waiting", "in-force"]
    work(kept, until_empty=True)
    require_locks(kept, held=True)
    with kept.read_only() as session:
        assert session.scalars(select(Incident.closed_at)).one() is not None
        assert all(lock.read_at > clock.now() - OLD for lock in session.scalars(select(HoldLock)))


def test_what_the_rows_lack_or_have_too_many_is_put_right(kept: Services) -> None:
    hold = place(kept)
    work(kept, until_empty=True)
    with kept.writing() as session:
        session.execute(update(HoldLock).values(version=0))
    renew(kept)
    assert run_one(kept, names=("apply-hold",)) == "done"
    assert applied(kept) == ["in-force", "in-force"]
    lift(kept, hold)
    assert run_one(kept, names=("apply-hold",)) == "done"
    renew(kept)
    assert run_one(kept, names=("apply-hold",)) is None


def test_after_a_rebuild_the_stores_are_asked_again(kept: Services) -> None:
    hold = place(kept)
    work(kept, until_empty=True)
    rebuild(kept, actor=OPERATOR)
    assert applied(kept) == ["waiting", "waiting"]
    work(kept, until_empty=True)
    assert applied(kept) == ["in-force", "in-force"]
    lift(kept, hold)  # and is rebuilt before the stores let go: nothing stays locked for good
    rebuild(kept, actor=OPERATOR)
    work(kept, until_empty=True)
    require_locks(kept, held=False)
