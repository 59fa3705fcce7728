"""Healing, repair and joining never bring back what the destroy gate has claimed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.keeping.fixity_pass import FixityTrouble
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.keeping.fixity.check import check_all
from archive_service.keeping.fixity.repair import HEAL_JOB, repair_all, repair_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one, work
from tests.worlds.archive import OPERATOR
from tests.worlds.holding import take_away
from tests.worlds.retention.removing import (
    MARKED,
    MARKS,
    back_up_anew,
    case_of,
    claimed,
    destroyed,
    do,
    iter_marked,
    marked_home,
    removal_document,
    states,
    without_grace,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file full of marks, another, and a backup of both."""
    return marked_home(tmp_path_factory.mktemp("healing"))


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def held_in(services: Services, copy: str) -> list[str]:
    """Names of files of the package that lie in the copy."""
    root = services.settings.home / copy / object_root(case_of(services).ocfl_id)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_repair_of_a_claimed_case_file_fills_no_copy_that_was_cleared(services: Services) -> None:
    home = services.settings.home
    away = take_away(home / "kho2")
    removal_id = claimed(services)
    do(services)
    assert (held_in(services, "kho1"), states(services, removal_id)["copy:kho1"]) == ([], "gone")
    away.rename(home / "kho2")
    with pytest.raises(CaseFileBeingDestroyedError):
        repair_case_file(services, MARKED, actor=OPERATOR)
    assert held_in(services, "kho1") == []
    repair_all(services, actor=OPERATOR)
    assert held_in(services, "kho1") == []
    back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home, *MARKS)) == []


def test_healing_a_claimed_case_file_fills_nothing(services: Services) -> None:
    home, root = services.settings.home, object_root(case_of(services).ocfl_id)
    shutil.rmtree(home / "kho2" / root)
    check_all(services, progress=lambda _: None)
    removal_id = claimed(services)
    away = take_away(home / "kho1")
    with services.read_only() as session:
        troubles = session.scalars(select(FixityTrouble).where(FixityTrouble.unit == root)).all()
    assert troubles
    assert {trouble.healed_by for trouble in troubles} == {"claimed"}
    do(services)
    away.rename(home / "kho1")
    with services.writing() as session:
        services.jobs.add(session, HEAL_JOB)
    assert run_one(services, names=(HEAL_JOB,)) == "done"
    assert held_in(services, "kho2") == []
    back_up_anew(services)
    assert "open" not in states(services, removal_id).values()
    assert list(iter_marked(home, *MARKS)) == []


def test_what_lies_again_in_a_cleared_copy_goes_before_it_is_done(services: Services) -> None:
    home = services.settings.home
    root = object_root(case_of(services).ocfl_id)
    shutil.copytree(home / "kho1" / root, home.parent / "old")
    away = take_away(home / "kho2")
    removal_id = claimed(services)
    do(services)
    shutil.copytree(home.parent / "old", home / "kho1" / root)  # by hand, behind our back
    away.rename(home / "kho2")
    back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert (held_in(services, "kho1"), held_in(services, "kho2")) == ([], [])
    with services.read_only() as session:
        told = removal_document(session, removal_id)
    (proof,) = [place["proof"] for place in told["places"] if place["place"] == "copy:kho1"]
    assert proof["found"] > 0


def test_a_copy_replaced_by_its_older_self_is_cleared_by_a_check(services: Services) -> None:
    home = services.settings.home
    shutil.copytree(home / "kho2" / "ocfl", home.parent / "old")
    removal_id = destroyed(services)
    shutil.rmtree(home / "kho2" / "ocfl")
    shutil.copytree(home.parent / "old", home / "kho2" / "ocfl")
    check_all(services, progress=lambda _: None)
    assert states(services, removal_id)["copy:kho2"] == "open"
    do(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home / "kho2", *MARKS)) == []


def test_one_file_put_back_is_cleared_by_a_repair(services: Services) -> None:
    home, root = services.settings.home, object_root(case_of(services).ocfl_id)
    pdf = min((home / "kho2" / root).rglob("*.pdf"))
    shutil.copy(pdf, home.parent / "old.pdf")
    removal_id = destroyed(services)
    pdf.parent.mkdir(parents=True)
    shutil.copy(home.parent / "old.pdf", pdf)
    repair_all(services, actor=OPERATOR)
    assert states(services, removal_id)["copy:kho2"] == "open"
    do(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert held_in(services, "kho2") == []


def test_a_rebuild_looks_for_it_in_every_copy(services: Services) -> None:
    home = services.settings.home
    shutil.copytree(home / "kho2" / "ocfl", home.parent / "old")
    removal_id = destroyed(services)
    shutil.rmtree(home / "kho2" / "ocfl")
    shutil.copytree(home.parent / "old", home / "kho2" / "ocfl")
    rebuild(services, actor=OPERATOR, copy="kho1")
    assert states(services, removal_id)["copy:kho2"] == "open"
    work(services, until_empty=True)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home, *MARKS)) == []
