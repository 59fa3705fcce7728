"""Hash trees renewed while workers are killed, case files destroyed, and an archive put back."""

import datetime as dt
import json
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.rehashed import Rehashed
from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.checking import check_record
from archive_service.evidence.outside.lasting import load_algorithms
from archive_service.evidence.outside.records import evidence_record
from archive_service.evidence.outside.renewals import RENEWAL, by_renewed, iter_renewals
from archive_service.evidence.outside.stamping import stamp_log
from archive_service.evidence.outside.trees import TreesDocument, renew_trees
from archive_service.evidence.sealing import seal_log
from archive_service.services import Services
from tests.faults.archive_service.evidence import renewing
from tests.faults.chance import spread
from tests.worlds.archive import COPIES, OPERATOR, copy_home, open_home
from tests.worlds.command import Command
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.reading_again import read_everything
from tests.worlds.retention.removing import (
    MARKED,
    OTHER,
    case_of,
    destroyed,
    marked_home,
    without_grace,
)
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import StampService, stamp_service

KILLED = -9
SAMPLE = 2  # of the moments of each kind; each of them with what takes long
YEARS = 1500  # days: beyond every notice


@pytest.fixture(scope="module")
def service() -> Iterator[StampService]:
    with stamp_service(days=YEARS, strong=True) as service:
        yield service


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, service: StampService) -> Path:
    """Two case files are held, stamped and read again; nothing is in a new tree yet."""
    home = marked_home(tmp_path_factory.mktemp("read"), backed_up=False)
    service.trusted_in(home)
    write_settings(home, read_settings(home) | {"timestamp": {"url": service.url}})
    shipped = Path("config/rule_sets/stamp_algorithms.toml").read_text("utf-8")
    own = home / "rule_sets" / "stamp_algorithms.toml"
    own.parent.mkdir(exist_ok=True)
    entry, last = 'digest = "sha256"\n', dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    own.write_text(shipped.replace(entry, f"{entry}last_day = {last}\n"), "utf-8")
    with open_home(home) as services:
        stamped_anew(services)
        read_everything(services)
        stamped_anew(services)
    return home


@pytest.fixture
def home(read: Path, tmp_path: Path) -> Path:
    return copy_home(read, tmp_path / "home")


def stamped_anew(services: Services) -> None:
    assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert stamp_log(services, actor=WORKER)


def renewed(services: Services) -> TreesDocument:
    told = renew_trees(services, actor=WORKER)
    assert told is not None
    return told


def verdicts(services: Services, folder: Path) -> dict[str, str]:
    """Of all that was read again and is there: what its evidence record proves of its bytes."""
    home = services.settings.home
    files = {
        sha256(path.read_bytes()).hexdigest(): path
        for path in (home / COPIES[0]).rglob("*")
        if path.is_file()
    }
    with services.read_only() as session:
        in_a_tree = Rehashed.act_id.is_not(None)
        digests = sorted(session.scalars(select(Rehashed.object_sha256).where(in_a_tree)))
    found = {}
    for digest in digests:
        record = evidence_record(services, digest, actor=OPERATOR)
        if digest in files:
            algorithms = load_algorithms(home)
            told = check_record(record, files[digest], trust=services.trust, algorithms=algorithms)
            assert len({stamp.chain for stamp in told.stamps}) == 2
            found[digest] = told.verdict
    return found


def renewals(services: Services) -> int:
    with services.read_only() as session:
        every = list(iter_renewals(session))
        leaves = [leaf for renewal in every for leaf in renewal.over]
        assert len(leaves) == len(set(leaves)) == len(by_renewed(every))
        count = select(func.count()).select_from(Act).where(Act.kind == RENEWAL)
        return session.scalar(count) or 0


def test_a_case_file_destroyed_meanwhile_leaves_its_leaf_and_harms_no_other(
    read: Path, tmp_path: Path
) -> None:
    with without_grace(read, tmp_path / "home") as services:
        destroyed(services)
        told = renewed(services)
        assert (told.late, told.stamped) == (0, told.read)
        first = verdicts(services, tmp_path)
        assert set(first.values()) == {"proved"}
        stamped_anew(services)
        read_everything(services)
        stamped_anew(services)
        assert renewed(services).late == 0
        assert first.items() <= verdicts(services, tmp_path).items()
        assert case_of(services, OTHER).version_stored


def test_a_case_file_destroyed_afterwards_leaves_its_leaf_and_harms_no_other(
    read: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with without_grace(read, home) as services:
        renewed(services)
        before = verdicts(services, tmp_path)
        gone = case_of(services, MARKED).ocfl_id
        destroyed(services)
        after = verdicts(services, tmp_path)
        assert after.items() <= before.items()
        assert len(after) < len(before), gone
        assert set(after.values()) == {"proved"}
        assert renewals(services) == 1
    told = Command(home).ask("audit", "verify")
    assert told["verdict"] != "broken", told


@pytest.mark.parametrize("most", [SAMPLE, pytest.param(sys.maxsize, marks=pytest.mark.long)])
@pytest.mark.parametrize("moment", [Moment.COMMIT, Moment.STAGE, Moment.WRITE, Moment.WRITTEN])
def test_killed_at_each_step_it_goes_on_and_all_is_proved_once(
    read: Path, tmp_path: Path, warm: WarmProcess, moment: Moment, most: int
) -> None:
    log, counts = tmp_path / "log", tmp_path / "counts"
    whole = copy_home(read, tmp_path / "whole")
    assert warm.do(renewing.counted, whole, counts, log=log) == 0, log.read_text("utf-8")
    moments = json.loads(counts.read_text("utf-8")).get(moment, 0)
    assert moments
    for at in spread(range(1, moments + 1), most):
        place = copy_home(read, tmp_path / f"{moment}-{at}")
        code = warm.do(renewing.killed, place, moment, at, log=log)
        assert code == KILLED, log.read_text("utf-8")
        with open_home(place) as services:
            told = renewed(services)
            assert told.stamped == told.read
            assert renewals(services) == 1
            assert set(verdicts(services, tmp_path).values()) == {"proved"}
        shutil.rmtree(place)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_archive_restored_lawfully_proves_as_much_as_its_copies_hold(
    home: Path, tmp_path: Path, when: str
) -> None:
    command, medium = Command(home), tmp_path / "medium"
    if when == "before":
        command.ask("backup", "--to", medium, "--objects")
    with open_home(home) as services:
        renewed(services)
        proved = verdicts(services, tmp_path)
    if when == "after":
        command.ask("backup", "--to", medium, "--objects")
    (home / "backup-keys").rename(tmp_path / "keys")
    back = tmp_path / "back"
    Command(back).ask("restore", "--from", medium, "--keys", tmp_path / "keys")
    with open_home(back) as services:
        renewed(services)
        assert verdicts(services, tmp_path) == proved
        assert renewals(services) == 1
