"""Copies that were retired: in which destructions they count, and what is stated of their media."""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy, MediumFate
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.removal import Removal
from archive_service.errors import ArchiveError
from archive_service.keeping.copies.acts import CopyRetiredError, renew_copy
from archive_service.keeping.copies.media import (
    COPY_RETURNED,
    CopyNotRetiredError,
    MediumDayError,
    MediumStillThereError,
    MediumWordsError,
    Statement,
    tell_medium,
)
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.check import CopyNameError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from retention.destruction.acts import who_asks
from retention.destruction.tombstones import bury_again
from retention.disposition.papers.certificate_form import proof_words
from tests.worlds.archive import OPERATOR, copy_home, open_home
from tests.worlds.retention.removing import (
    MARKED,
    OTHER,
    case_of,
    claimed,
    do,
    graceless,
    marked_home,
    removal_document,
    resume,
    states,
    take_in,
)
from tests.worlds.servers.backends import read_settings, write_settings

LATER = "H40.18.2025.10.QLCT"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two case files in two copies."""
    return marked_home(tmp_path_factory.mktemp("retired"), backed_up=False)


@pytest.fixture
def home(stored: Path, tmp_path: Path) -> Path:
    """A copy of it; the second copy was retired, and its folder put away."""
    home = copy_home(stored, tmp_path / "home")
    with open_home(home) as services:
        retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
    put_away(home)
    return home


def put_away(home: Path) -> None:
    """The settings name the second copy no longer."""
    settings = read_settings(home)
    one = settings["storage"] | {"copies": settings["storage"]["copies"][:1]}
    write_settings(home, settings | {"storage": one})


def bring_back(home: Path) -> None:
    """The settings name it again."""
    settings = read_settings(home)
    both = [*settings["storage"]["copies"], "file:kho2"]
    write_settings(home, settings | {"storage": settings["storage"] | {"copies": both}})


@contextmanager
def opened(home: Path) -> Iterator[Services]:
    """Its services; staging has no time of grace."""
    with open_home(home) as services:
        yield graceless(services)


def said(**other: Any) -> Statement:
    """As minutes tell it."""
    given: dict[str, Any] = {"fate": MediumFate.DESTROYED, "on": clock.today()}
    given |= {"by": "Trần Văn Sáu", "how": "nghiền vụn", "minutes": "12/BB-LT"} | other
    return Statement(**given)


def place_at(services: Services, removal_id: UUID) -> dict[str, Any]:
    """What is told of the retired copy."""
    with services.read_only() as session:
        told = removal_document(session, removal_id)
    return next(place for place in told["places"] if place["place"] == "copy:kho2")


def still_open(services: Services, removal_id: UUID) -> set[str]:
    """Places that are open."""
    return {name for name, state in states(services, removal_id).items() if state == "open"}


def watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "watch-copies")
    work(services, until_empty=True)


def test_what_lay_in_a_retired_copy_waits_for_it(home: Path) -> None:
    with opened(home) as services:
        removal_id = claimed(services)
        do(services)
        assert still_open(services, removal_id) == {"copy:kho2"}
        told = place_at(services, removal_id)
        assert told["trouble"] == "copy-not-connected"
        assert "Các kho" in proof_words(told)
    assert list((home / "kho2").rglob("*.pdf"))


def test_what_came_after_it_was_retired_never_lay_there(home: Path, tmp_path: Path) -> None:
    with opened(home) as services:
        take_in(services, tmp_path / "later", LATER)
        removal_id = claimed(services, LATER)
        do(services)
        assert "copy:kho2" not in states(services, removal_id)
        assert case_of(services, LATER).state is CaseState.DESTROYED


def test_what_the_copy_lacked_by_record_never_lay_there(stored: Path, tmp_path: Path) -> None:
    home = copy_home(stored, tmp_path / "home")
    with opened(home) as services:
        with services.writing() as session:
            lacked = CopyState.copy == "kho2", CopyState.case_file_id == case_of(services, OTHER).id
            session.execute(delete(CopyState).where(*lacked))
        retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
    put_away(home)
    with opened(home) as services:
        assert "copy:kho2" not in states(services, claimed(services, OTHER))
        assert "copy:kho2" in states(services, claimed(services, MARKED, number=2))


def test_what_was_on_its_way_when_it_was_retired_may_lie_there(
    stored: Path, tmp_path: Path
) -> None:
    home = copy_home(stored, tmp_path / "home")
    with opened(home) as services:
        with services.writing() as session:  # its bytes were being written, and no row told so
            on_its_way = CopyState.case_file_id == case_of(services, OTHER).id
            session.execute(delete(CopyState).where(on_its_way))
        retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
        assert "copy:kho2" in states(services, claimed(services, OTHER))


def test_of_a_copy_retired_before_holdings_were_noted_the_day_decides(
    home: Path, tmp_path: Path
) -> None:
    with opened(home) as services:
        with services.writing() as session:
            old = {"holdings_known": False}
            session.execute(update(EnrolledCopy).where(EnrolledCopy.name == "kho2").values(old))
        take_in(services, tmp_path / "later", LATER)
        assert "copy:kho2" not in states(services, claimed(services, LATER))
        assert "copy:kho2" in states(services, claimed(services, OTHER, number=2))


def test_a_statement_closes_the_place_and_says_that_it_is_one(home: Path) -> None:
    with opened(home) as services:
        removal_id = claimed(services)
        do(services)
        tell_medium(services, "kho2", said(), actor=OPERATOR)
        work(services, until_empty=True)
        place = place_at(services, removal_id)
        assert (place["state"], case_of(services).state) == ("stated", CaseState.DESTROYED)
        words = proof_words(place)
        for part in ("Trần Văn Sáu", "nghiền vụn", "12/BB-LT", "lời xác nhận, không phải"):
            assert part in words
        assert who_asks(services)(removal_id)["copy:kho2"] == "copy-not-connected"
        after = claimed(services, OTHER, number=2)
        do(services)
        assert states(services, after)["copy:kho2"] == "stated"


@pytest.mark.parametrize(
    ("name", "wrong", "refusal"),
    [
        ("kho9", {}, CopyNameError),
        ("kho1", {}, CopyNotRetiredError),
        ("kho2", {"on": dt.date(2099, 1, 1)}, MediumDayError),
        ("kho2", {"on": dt.date(2001, 1, 1)}, MediumDayError),
        ("kho2", {"by": "  "}, MediumWordsError),
        ("kho2", {"how": ""}, MediumWordsError),
        ("kho2", {"minutes": "1" * 101}, MediumWordsError),
    ],
)
def test_a_statement_that_cannot_be_is_refused(
    home: Path, name: str, wrong: dict[str, Any], refusal: type[ArchiveError]
) -> None:
    with opened(home) as services:
        with pytest.raises(refusal) as refused:
            tell_medium(services, name, said(**wrong), actor=OPERATOR)
        codes = {"copy-name", "copy-not-retired", "medium-day", "medium-words"}
        assert refused.value.code in codes
        with services.read_only() as session:
            assert session.get_one(EnrolledCopy, "kho2").medium == {}


def test_a_medium_that_answers_was_not_destroyed(home: Path) -> None:
    bring_back(home)
    with opened(home) as services, pytest.raises(MediumStillThereError) as refused:
        tell_medium(services, "kho2", said(), actor=OPERATOR)
    assert refused.value.code == "medium-still-there"


def test_a_retired_copy_is_not_renewed_over_what_it_holds(home: Path) -> None:
    bring_back(home)
    shutil.rmtree(home / "kho2")
    with opened(home) as services, pytest.raises(CopyRetiredError):
        renew_copy(services, "kho2", reason="mất", actor=OPERATOR)


def test_a_rebuild_knows_statement_and_holdings_again(home: Path, tmp_path: Path) -> None:
    with opened(home) as services:
        take_in(services, tmp_path / "later", LATER)
        removal_id = claimed(services)
        do(services)
        tell_medium(services, "kho2", said(), actor=OPERATOR)
        work(services, until_empty=True)
        with services.read_only() as session:
            before = session.get_one(EnrolledCopy, "kho2")
        rebuild(services, actor=OPERATOR)
        with services.read_only() as session:
            row = session.get_one(EnrolledCopy, "kho2")
        assert (row.medium, row.retired_at) == (before.medium, before.retired_at)
        assert row.holdings_known
        assert states(services, removal_id)["copy:kho2"] == "stated"
        assert "copy:kho2" in states(services, claimed(services, OTHER, number=2))
        assert "copy:kho2" not in states(services, claimed(services, LATER, number=3))


def test_after_a_restore_a_retired_copy_is_waited_for_again(home: Path) -> None:
    with opened(home) as services:
        removal_id = claimed(services)
        do(services)
        with services.writing() as session:  # as a backup of before the claim has it
            session.delete(session.get_one(Removal, removal_id))
            session.execute(update(CaseFile).values(removing_since=None))
        bury_again(services, None)
        assert still_open(services, removal_id) == {"copy:kho2"}
        assert case_of(services).state is CaseState.STORED


def test_a_copy_that_returns_is_cleared_and_the_statement_is_worth_nothing(home: Path) -> None:
    with opened(home) as services:
        removal_id = claimed(services)
        do(services)
        tell_medium(services, "kho2", said(), actor=OPERATOR)
        work(services, until_empty=True)
        assert case_of(services).state is CaseState.DESTROYED
    bring_back(home)
    with opened(home) as services:
        watch(services)
        assert place_at(services, removal_id)["state"] == "gone"
        assert case_of(services).state is CaseState.DESTROYED
        root = object_root(case_of(services).ocfl_id)
        assert not (home / "kho2" / root).exists()
        with services.read_only() as session:
            incident = session.scalars(select(Incident).where(Incident.kind == COPY_RETURNED)).one()
            assert (incident.subject, incident.facts["minutes"]) == ("kho2", "12/BB-LT")
            assert session.get_one(EnrolledCopy, "kho2").medium == {}
        acts = [act.document["body"] for act in iter_acts(services.stores[0], "copy")]
        assert [bool(body["medium"]) for body in acts] == [False, True, False]
    put_away(home)
    with opened(home) as services:
        watch(services)
        with services.read_only() as session:
            told = session.scalars(select(Incident).where(Incident.kind == COPY_RETURNED)).one()
        assert told.closed_at is not None


def test_a_copy_that_returns_meanwhile_is_cleared_and_not_believed_gone(home: Path) -> None:
    with opened(home) as services:
        tell_medium(services, "kho2", said(), actor=OPERATOR)
        removal_id = claimed(services)
    bring_back(home)
    with opened(home) as services:
        do(services)
        assert place_at(services, removal_id)["state"] == "gone"


def test_a_copy_in_which_nothing_was_found_says_so(stored: Path, tmp_path: Path) -> None:
    home = copy_home(stored, tmp_path / "home")
    with opened(home) as services:
        shutil.rmtree(home / "kho2" / object_root(case_of(services).ocfl_id))
        away = (home / "kho2").rename(home / "away")
        removal_id = claimed(services)
        do(services)
        assert still_open(services, removal_id) == {"copy:kho2"}
        away.rename(home / "kho2")  # by now the rows that told of it are gone
        resume(services)
        place = place_at(services, removal_id)
        assert (place["state"], place["proof"]["found"]) == ("nothing", 0)
        assert proof_words(place).startswith("Không thấy gì")
        with services.read_only() as session:
            kho1 = session.get_one(Removal, removal_id).places
            assert {removal_place.place: removal_place.state for removal_place in kho1}[
                "copy:kho1"
            ] == "gone"
        with services.read_only() as session:
            assert session.scalars(select(CaseFile.state)).all().count(CaseState.DESTROYED) == 1
