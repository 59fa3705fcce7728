"""Hash trees change their digest algorithm: all is read once more anyway, and proves on."""

import datetime as dt
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from archive_service.domain.case_files.case_file import PackageVersion
from archive_service.domain.keeping.rehashed import Rehashed
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident
from archive_service.evidence.jobs import WITNESS_JOB
from archive_service.evidence.outside.judging import judge_stamps
from archive_service.evidence.outside.records import evidence_record
from archive_service.evidence.outside.renewing import renew_stamps
from archive_service.evidence.outside.stamping import iter_stamps, stamp_log
from archive_service.evidence.outside.trees import ENDING, TreesDocument, renew_trees
from archive_service.evidence.sealing import seal_log
from archive_service.services import Services
from archive_service.worker import run_one, work
from tests.services.evidence_judge import judge_records
from tests.worlds.archive import COPIES, OPERATOR, copy_home, new_home, open_home
from tests.worlds.command import Command
from tests.worlds.holding import take_in
from tests.worlds.reading_again import long_ago, read_again, read_everything
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import StampService, stamp_service

YEARS = 1500  # days: beyond every notice
CASES = 4


@pytest.fixture
def service() -> Iterator[StampService]:
    with stamp_service(days=20, strong=True) as service:
        yield service


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some case files are held."""
    place = tmp_path_factory.mktemp("held")
    with open_home(new_home(place / "home")) as services:
        take_in(services, place / "cases", range(1, CASES + 1))
        work(services, until_empty=True)
    return place / "home"


@pytest.fixture
def home(held: Path, tmp_path: Path, service: StampService) -> Path:
    home = copy_home(held, tmp_path / "home")
    service.trusted_in(home)
    write_settings(home, read_settings(home) | {"timestamp": {"url": service.url}})
    return home


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    """The log is sealed and stamped."""
    with open_home(home) as services:
        stamped_anew(services)
        yield services


def stamped_anew(services: Services) -> None:
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert stamp_log(services, actor=WORKER)


def retire(home: Path, days: int, name: str = "sha256") -> None:
    """The home's own table: the last day of this digest."""
    shipped = Path("config/rule_sets/stamp_algorithms.toml").read_text("utf-8")
    own = home / "rule_sets" / "stamp_algorithms.toml"
    own.parent.mkdir(exist_ok=True)
    last = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    entry = f'digest = "{name}"\n'
    own.write_text(shipped.replace(entry, f"{entry}last_day = {last}\n"), "utf-8")


def renewed(services: Services) -> TreesDocument:
    told = renew_trees(services, actor=WORKER)
    assert told is not None
    return told


def facts(services: Services) -> dict[str, Any] | None:
    with services.read_only() as session:
        query = select(Incident.facts).where(Incident.kind == ENDING, Incident.closed_at.is_(None))
        return session.scalar(query)


def records(services: Services, home: Path, folder: Path) -> list[tuple[Path, Path]]:
    """Of all that was read again the record and the file, as a copy has it."""
    files = {
        sha256(path.read_bytes()).hexdigest(): path
        for path in (home / COPIES[0]).rglob("*")
        if path.is_file()
    }
    with services.read_only() as session:
        digests = sorted(session.scalars(select(Rehashed.object_sha256)))
    found = []
    for digest in digests:
        record = folder / f"{digest}.ers"
        record.write_bytes(evidence_record(services, digest, actor=OPERATOR))
        found.append((record, files[digest]))
    return found


def test_records_hold_over_two_renewals_and_a_change_of_algorithm(
    services: Services, home: Path, service: StampService, tmp_path: Path
) -> None:
    service.lasts(40)
    assert renew_stamps(services, actor=WORKER).renewed == 1
    service.lasts(55)
    assert renew_stamps(services, actor=WORKER).renewed == 1
    retire(home, days=30)
    read_everything(services)
    stamped_anew(services)
    told = renewed(services)
    assert (told.algorithm, told.read, told.late) == ("sha512", told.stamped, 0)
    service.lasts(YEARS)
    assert renew_stamps(services, actor=WORKER).ending == 0
    made = records(services, home, tmp_path)
    assert len(made) == told.stamped > 2 * CASES
    assert set(judge_records(made)) == {("ok", "ok")}
    assert facts(services) is None
    with services.read_only() as session:
        stamps = list(iter_stamps(session))
    worth = judge_stamps(services, stamps)
    assert [(judged_stamp.fault, judged_stamp.is_outside) for judged_stamp in worth] == [
        ("", True)
    ] * 2
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=365)
    assert min(judged_stamp.until for judged_stamp in worth if judged_stamp.until) > ends


def test_nothing_changes_while_no_end_is_near(services: Services, home: Path) -> None:
    assert renew_trees(services, actor=WORKER) is None
    retire(home, days=3000)
    read_everything(services)
    assert renew_trees(services, actor=WORKER) is None
    with services.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Rehashed)) == 0


def test_what_is_left_near_the_end_is_an_incident_and_the_daily_job_ends_it(
    services: Services, home: Path, service: StampService
) -> None:
    service.lasts(YEARS)
    retire(home, days=30)
    told = Command(home).ask("evidence", "renew")["trees"]
    assert (told["read"], told["stamped"], told["late"], facts(services)) == (0, 0, 0, None)
    ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=100)
    with services.writing() as session:
        session.execute(update(PackageVersion).values(built_at=ago))
    assert renewed(services).late == CASES
    assert (facts(services) or {})["late"] == CASES
    read_everything(services)
    with services.writing() as session:
        services.jobs.add(session, WITNESS_JOB)
    assert run_one(services, names=(WITNESS_JOB,)) == "done"
    assert facts(services) is None


def test_a_token_that_ends_with_the_old_algorithm_is_not_kept(
    services: Services, home: Path, service: StampService
) -> None:
    retire(home, days=30)
    service.lasts(20)
    read_everything(services)
    told = renewed(services)
    assert (told.read > 0, told.stamped) == (True, 0)


def test_it_goes_on_where_it_was_and_a_rebuild_reads_nothing_again(
    services: Services, home: Path, service: StampService
) -> None:
    service.lasts(YEARS)
    retire(home, days=30)
    read_again(services)
    long_ago(services, begun_days=34)
    read_again(services)
    some = renewed(services)
    assert 0 < some.read == some.stamped < some.objects
    read_everything(services)
    stamped_anew(services)
    told = renewed(services)
    assert told.stamped == told.read > some.read
    with services.writing() as session:
        rows = session.scalars(select(Rehashed).order_by(Rehashed.object_sha256)).all()
        before = [(row.object_sha256, row.digests, row.leaf, row.act_id) for row in rows]
        session.execute(delete(Rehashed))
    assert renewed(services).stamped == told.stamped
    with services.read_only() as session:
        rows = session.scalars(select(Rehashed).order_by(Rehashed.object_sha256)).all()
        assert before == [(row.object_sha256, row.digests, row.leaf, row.act_id) for row in rows]


def test_every_file_of_a_version_has_its_new_digest(services: Services, home: Path) -> None:
    retire(home, days=30)
    read_everything(services)
    with services.read_only() as session:
        digests = session.scalars(select(PackageVersion.inventory_sha256)).all()
        rows = [session.get_one(Rehashed, (digest, "sha512")) for digest in digests]
    told = {name for row in rows for name in row.digests}
    held = {
        sha256(path.read_bytes()).hexdigest()
        for path in (home / COPIES[0]).rglob("v*/content/**/*")
        if path.is_file()
    }
    assert held <= told
