"""A unit of work stands whole or not at all, takes the lock first, and chains in commit order.

The same promises on SQLite and on PostgreSQL.
"""

import datetime as dt
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.exc import IntegrityError

from archive_service import audit, clock
from archive_service.audit import record_event
from archive_service.db.numbers import coming_number, draw_number
from archive_service.db.unit_of_work import (
    Database,
    StaleWriteError,
    ValueNotStorableError,
    moment_of,
    take_write_lock,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, Schedule
from archive_service.domain.people.account import WORKER, Account, Role
from tests.worlds.servers.databases import opened


def add_account(database: Database, name: str = "bach") -> None:
    with database.writing() as session:
        session.add(Account(name=name, role=Role.READER, created_at=clock.now()))


def names(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(session.scalars(select(Account.name).order_by(Account.name)))


def test_without_a_commit_nothing_stands(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.session.add(Account(name="bach", role=Role.READER, created_at=clock.now()))
        record_event(uow.session, "account:added", subject_id=None, actor=WORKER)
        uow.session.flush()
    assert names(database) == []
    with database.read_only() as session:
        assert audit.last_number(session) == 0


def add_and_fail(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.session.add(Account(name="bach", role=Role.READER, created_at=clock.now()))
        uow.session.flush()
        raise ZeroDivisionError


def test_an_error_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(database)
    assert names(database) == []


def test_outside_its_block_it_has_no_session(database: Database) -> None:
    unit = database.unit_of_work()
    with pytest.raises(RuntimeError):
        _ = unit.session
    with unit:
        assert unit.session is not None


def test_what_is_changed_in_a_view_is_thrown_away(database: Database) -> None:
    add_account(database)
    with database.read_only() as session:
        session.scalars(select(Account)).one().display_name = "changed"
    with database.read_only() as session:
        assert session.scalars(select(Account)).one().display_name != "changed"


@pytest.mark.parametrize("early", [False, True], ids=["at the commit", "at a flush before it"])
def test_the_second_of_two_editors_is_told(database: Database, *, early: bool) -> None:
    add_account(database)
    with database.read_only() as one, database.read_only() as other:
        first = one.scalars(select(Account)).one()
        second = other.scalars(select(Account)).one()
        one.expunge_all()
        other.expunge_all()
    edit(database, first, "Trần Văn Bách")
    with pytest.raises(StaleWriteError):
        edit(database, second, "Người khác", flush=early)
    with database.read_only() as session:
        assert session.scalars(select(Account)).one().display_name == "Trần Văn Bách"


def edit(database: Database, account: Account, name: str, *, flush: bool = False) -> None:
    """As somebody does who read the account a while ago."""
    with database.writing() as session:
        session.add(account)
        account.display_name = name
        if flush:
            session.flush()


def test_a_name_taken_a_moment_earlier_is_a_conflict(database: Database) -> None:
    add_account(database)
    with pytest.raises(StaleWriteError):
        add_account(database)


def test_a_reader_waits_for_nobody_and_keeps_its_view(database: Database) -> None:
    add_account(database)
    with database.read_only() as session:
        assert list(session.scalars(select(Account.name))) == ["bach"]
        add_account(database, "lan")
        assert list(session.scalars(select(Account.name))) == ["bach"]
    assert names(database) == ["bach", "lan"]


def test_a_reader_takes_no_lock(database: Database) -> None:
    add_account(database)
    with database.read_only() as session:
        session.scalar(select(Account.name))
        add_account(database, "lan")


def test_an_error_of_the_database_never_quotes_what_was_written(database: Database) -> None:
    add_account(database)
    secret = "$argon2id$the-hash-of-a-password"
    taken = Account(name="bach", role=Role.READER, created_at=clock.now(), password_hash=secret)
    with database.unit_of_work() as uow:
        uow.session.add(taken)
        with pytest.raises(IntegrityError) as told:
            uow.session.flush()
    assert secret not in str(told.value)


def write_events(url: str, writer: str, count: int) -> None:
    database = opened(url)
    for number in range(count):
        with database.writing() as session:
            for part in range(2):
                record_event(
                    session,
                    "test:written",
                    subject_id=writer,
                    actor=WORKER,
                    data={"number": number, "part": part},
                )
    database.close()


def require_one_chain(database: Database, writers: int, count: int) -> None:
    with database.read_only() as session:
        assert audit.verify_events(session).ok
        events = list(session.scalars(select(AuditEvent).order_by(AuditEvent.number)))
    assert [event.number for event in events] == list(range(1, writers * count * 2 + 1))
    for first, second in zip(events[::2], events[1::2], strict=True):  # a unit's stand together
        assert (first.subject_id, first.data["number"]) == (
            second.subject_id,
            second.data["number"],
        )
    for writer in {event.subject_id for event in events}:
        own = [event.data["number"] for event in events if event.subject_id == writer]
        assert own == sorted(own)


def test_threads_write_one_chain(database: Database, database_url: str) -> None:
    threads = [
        threading.Thread(target=write_events, args=(database_url, str(n), 10)) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    require_one_chain(database, 4, 10)


def test_processes_write_one_chain(database: Database, database_url: str) -> None:
    context = multiprocessing.get_context("fork")
    database.close()
    processes = [
        context.Process(target=write_events, args=(database_url, str(n), 10)) for n in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    require_one_chain(database, 3, 10)


def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    hanoi = dt.datetime(2026, 7, 1, 7, 30, 0, 123456, tzinfo=clock.LOCAL_ZONE)
    with database.writing() as session:
        session.add(Schedule(name="sweep", every_s=60, next_at=hanoi))
    with database.read_only() as session:
        told = session.scalars(select(Schedule.next_at)).one()
        found = session.scalar(select(Schedule.name).where(Schedule.next_at == hanoi))
    assert told == hanoi
    assert told.utcoffset() == dt.timedelta(0)
    assert found == "sweep"


def test_json_comes_back_as_it_went_in(database: Database) -> None:
    document = {"tên": "Hồ sơ “số 1”\n\t\\", "so": [1, 2.5, None, True, 1 << 60], "": {"a": []}}
    add_job(database, checkpoint=document)
    with database.read_only() as session:
        assert session.scalars(select(Job.checkpoint)).one() == document


def add_job(database: Database, **values: object) -> None:
    with database.writing() as session:
        now = clock.now()
        wanted = {"name": "build", "subject_id": uuid4(), "run_at": now, "created_at": now}
        session.add(Job(**(wanted | values)))


def test_vietnamese_texts_stay_as_they_are_and_every_letter_counts_once(
    database: Database,
) -> None:
    name = "Nguyễn Thị Hường 𠮷"
    most = 100
    add_account(database, name)
    add_account(database, "ệ" * most)
    assert set(names(database)) == {name, "ệ" * most}


@pytest.mark.parametrize(
    "values",
    [{"name": "b" * 61}, {"name": "a\0b"}, {"priority": 1 << 31}, {"priority": 1 << 70}],
    ids=["too long", "with a NUL", "too large", "far too large"],
)
def test_a_value_that_does_not_fit_is_the_senders_to_correct(
    database: Database, values: dict[str, object]
) -> None:
    with pytest.raises(ValueNotStorableError):
        add_job(database, **values)
    with database.read_only() as session:
        assert session.scalars(select(Job)).all() == []


def test_nobody_finds_anything_by_a_text_with_a_nul(database: Database) -> None:
    with pytest.raises(ValueNotStorableError), database.read_only() as session:
        session.scalar(select(Account.name).where(Account.name == "a\0b"))
    with pytest.raises(ValueNotStorableError), database.unit_of_work() as uow:
        uow.session.scalar(select(Account.name).where(Account.name == "a\0b"))


def test_who_holds_the_write_lock_sees_everything_that_was_committed(
    database: Database, database_url: str
) -> None:
    """A writer that came later commits after the holder, not before."""
    done = threading.Event()

    def write() -> None:
        other = opened(database_url)
        add_account(other, "lan")
        done.set()
        other.close()

    with database.writing() as session:
        take_write_lock(session)
        writer = threading.Thread(target=write)
        writer.start()
        assert not done.wait(0.2)
        assert session.scalars(select(Account.name)).all() == []
    writer.join()
    assert names(database) == ["lan"]


def test_all_machines_go_by_one_clock(database: Database) -> None:
    with database.read_only() as session:
        told = moment_of(session)
    assert told.utcoffset() == dt.timedelta(0)
    assert abs(told - clock.now()) < dt.timedelta(minutes=1)


def test_two_who_count_up_at_once_both_count(database: Database, database_url: str) -> None:
    """Each tries again when it was overtaken: no step is lost, and none is made twice."""
    add_account(database)

    def count() -> None:
        own = opened(database_url)
        for _ in range(5):
            while not count_up(own):
                pass
        own.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read_only() as session:
        assert session.scalars(select(Account.display_name)).one() == "20"


def count_up(database: Database) -> bool:
    try:
        with database.writing() as session:
            account = session.scalars(select(Account)).one()
            account.display_name = str(int(account.display_name or 0) + 1)
    except StaleWriteError:
        return False
    return True


def test_a_sum_of_whole_numbers_is_a_whole_number(database: Database) -> None:
    with database.writing() as session:
        for priority in (1, 2):
            row = Job(name=f"job-{priority}", run_at=clock.now(), created_at=clock.now())
            row.priority = priority
            session.add(row)
    with database.read_only() as session:
        total = session.scalar(select(func.sum(cast(Job.priority, BigInteger))))
    assert (total, type(total)) == (3, int)


def draw(database: Database, *, after: int = 0) -> int:
    with database.writing() as session:
        return draw_number(session, "form", 2026, after=after)


def test_numbers_drawn_at_once_have_no_double_and_no_gap(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: draw(database), range(24)))
    assert sorted(drawn) == list(range(1, 25))


def test_a_number_that_was_not_committed_is_drawn_again(database: Database) -> None:
    with database.unit_of_work() as uow:
        assert draw_number(uow.session, "form", 2026) == 1
    with database.read_only() as session:
        assert coming_number(session, "form", 2026) == 1
    assert (draw(database), draw(database, after=7), draw(database, after=3)) == (1, 8, 9)
    with database.read_only() as session:
        assert coming_number(session, "form", 2026) == 10
        assert coming_number(session, "form", 2027) == 1


@pytest.mark.parametrize("text", ["nửa \ud800", "a\0b"])
def test_a_text_that_no_database_holds_is_refused_as_that_wherever_it_is_asked(
    database: Database, text: str
) -> None:
    with pytest.raises(ValueNotStorableError), database.read_only() as session:
        session.scalar(select(Account.name).where(Account.name == text))


def test_a_number_beyond_64_bits_is_refused_as_that(database: Database) -> None:
    with pytest.raises(ValueNotStorableError), database.read_only() as session:
        session.scalar(select(Job.id).where(Job.attempts == 1 << 63))
