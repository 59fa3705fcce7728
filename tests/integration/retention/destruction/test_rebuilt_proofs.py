"""What a certificate says of places that were cleared before the database was lost."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from archive_service.evidence.write_out import write_out_evidence
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import work
from retention.destruction.tombstones import bury_again
from retention.disposition.papers.certificate_form import proof_words
from tests.worlds.archive import OPERATOR, copy_home, open_home
from tests.worlds.retention.removing import (
    MARKED,
    back_up_anew,
    case_of,
    claimed,
    do,
    graceless,
    marked_home,
    removal_document,
)

COPIES = ("kho1", "kho2")
# What these tell is of the moment; every other place is told as it was found first.
_OF_NOW = {"backup-rows", "database-file"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file full of marks, another, and a backup of both."""
    return marked_home(tmp_path_factory.mktemp("rebuilt"))


@pytest.fixture
def home(stored: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copy_home(stored, tmp_path / "home")


@contextmanager
def opened(home: Path) -> Iterator[Services]:
    """It, without a time of grace in staging."""
    with open_home(home) as services:
        yield graceless(services)


def places(services: Services, removal_id: UUID) -> dict[str, dict[str, Any]]:
    """By their names, as REST and certificate tell them."""
    with services.read_only() as session:
        told = removal_document(session, removal_id)
    return {place["place"]: place for place in told["places"]}


def in_the_middle(home: Path) -> tuple[UUID, dict[str, dict[str, Any]]]:
    """Cleared but for the older backups; the database is the one of before all this."""
    with opened(home) as services:
        write_out_evidence(services)
    shutil.copy(home / "archive.db", home.parent / "before.db")
    with opened(home) as services:
        removal_id = claimed(services)
        do(services)
        before = places(services, removal_id)
    assert [one for one, told in before.items() if told["state"] == "open"] == ["backup-rows"]
    for file in home.glob("archive.db*"):
        file.unlink()
    shutil.copy(home.parent / "before.db", home / "archive.db")
    return removal_id, before


def forget_proofs(home: Path) -> None:
    """As if the round had been killed before its end: no copy was told what it found."""
    for name in COPIES:
        claim, *later = sorted((home / name / "acts" / "removal").glob("*.json"))
        for file in later:
            file.with_name(f"{file.name}.sha256").unlink()
            file.unlink()
        assert later, claim


def require_as_found(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> None:
    """Each place is told as it was found first."""
    for name in before.keys() - _OF_NOW:
        proof = after[name]["proof"]
        told = after[name]["state"], proof.get("found_first", proof["found"])
        assert told == (before[name]["state"], before[name]["proof"]["found"]), name
        assert "again" not in proof, name


def test_a_rebuild_in_the_middle_keeps_what_was_found(home: Path) -> None:
    removal_id, before = in_the_middle(home)
    assert {before[f"copy:{name}"]["state"] for name in COPIES} == {"gone"}
    with opened(home) as services:
        rebuild(services, actor=OPERATOR, copy="kho1")
        work(services, until_empty=True)
        back_up_anew(services)
        after = places(services, removal_id)
    require_as_found(before, after)
    assert "Lần xóa trước, trước khi xóa có" in proof_words(after["rows"]), "the trail told of some"
    assert "open" not in {place["state"] for place in after.values()}


def test_what_no_act_told_is_not_known_and_never_denied(home: Path) -> None:
    removal_id, before = in_the_middle(home)
    forget_proofs(home)
    with opened(home) as services:
        rebuild(services, actor=OPERATOR, copy="kho1")
        work(services, until_empty=True)
        after = places(services, removal_id)
    assert "never" not in {place["state"] for place in after.values()}
    for name in ("index", "copy:kho1", "copy:kho2"):
        assert before[name]["proof"]["found"]
        assert (after[name]["state"], after[name]["proof"]["again"]) == ("nothing", True)
        assert "nay không còn biết" in proof_words(after[name])
    keys = after["backup-keys"]
    assert (keys["state"], keys["proof"]["found"], keys["proof"]["left"]) == ("gone", 1, 0)
    assert keys["proof"]["sets"] == before["backup-keys"]["proof"]["sets"]
    assert "Khóa đã bị hủy ngày" in proof_words(keys)


def test_a_restore_beside_copies_keeps_what_was_found_too(home: Path) -> None:
    removal_id, before = in_the_middle(home)
    with opened(home) as services:
        assert bury_again(services, None) == [MARKED]
        require_as_found(before, places(services, removal_id))


def test_a_restore_to_the_moment_of_the_claim_keeps_what_was_found_later(home: Path) -> None:
    with opened(home) as services:
        removal_id = claimed(services)
        write_out_evidence(services)
    shutil.copy(home / "archive.db", home.parent / "claimed.db")
    with opened(home) as services:
        do(services)
        before = places(services, removal_id)
    for file in home.glob("archive.db*"):
        file.unlink()
    shutil.copy(home.parent / "claimed.db", home / "archive.db")
    with opened(home) as services:
        assert bury_again(services, None) == [MARKED]
        require_as_found(before, places(services, removal_id))


def test_a_restore_denies_nothing_that_no_act_told(home: Path) -> None:
    removal_id, _ = in_the_middle(home)
    forget_proofs(home)
    with opened(home) as services:
        assert bury_again(services, None) == [MARKED]
        after = places(services, removal_id)
        assert case_of(services).removing_since is not None
    assert "never" not in {place["state"] for place in after.values()}
    assert after["backup-keys"]["state"] == "gone"
