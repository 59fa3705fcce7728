"""Database and index are dropped; from one copy alone everything comes back as it was."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.command import Command
from tests.worlds.main_job import A_CODE, B_CODE, COPIES, PEOPLE, Held
from tests.worlds.papers.bad_input import small_case
from tests.worlds.shelf import CATALOGUE, object_of, tree_of

WORDS = "bai duc cau kien soi tram"


def drop(home: Path) -> None:
    """Lose database and index, as with a broken disk."""
    lost = [*home.glob("archive.db*"), *home.glob("search.db*")]
    assert lost
    for file in lost:
        file.unlink()


def people_again(archive: Command) -> None:
    """Accounts lie in no copy; without a backup they are made anew."""
    archive.ask("init")
    for account, (role, agency) in PEOPLE.items():
        of = () if agency is None else ("--agency", agency)
        archive.ask("account", "add", account, "--role", role, *of)


def told(archive: Command, held: Held) -> dict[str, Any]:
    """All that is asked of an archive before and after."""
    asked: dict[str, Any] = {
        "agencies": archive.ask("agency", "list"),
        "plans": archive.ask("file-plan", "list"),
        "cases": archive.ask("case", "list"),
        "accepted": [archive.ask("submission", "show", one) for one in (held.a, held.b)],
        "due": archive.ask("retention", "due", "--on", "2100-01-01"),
    }
    for code in (A_CODE, B_CODE):
        asked[f"case {code}"] = archive.ask("case", "show", code)
        asked[f"term {code}"] = archive.ask("retention", "explain", code)
        asked[f"text {code}"] = archive.ask("case", "text", code, account="luutru")
    found = archive.ask("search", WORDS, account="docgia")
    asked["search"] = {name: found[name] for name in ("total", "hits", "cursor")}
    return asked


def refusal(archive: Command, *options: object) -> tuple[int, str]:
    """Exit code and error code of a rebuild that is refused."""
    answer = archive.run("rebuild", *options, "--json")
    return answer.code, answer.error["code"]


@pytest.mark.parametrize("copy", COPIES)
def test_all_comes_back_from_one_copy_alone(spoilt: Held, copy: str) -> None:
    archive = spoilt.archive
    archive.run("fixity", "check")
    before = told(archive, spoilt)
    drop(spoilt.home)
    document = archive.ask("rebuild", "--copy", copy)
    people_again(archive)
    after = told(archive, spoilt)
    assert {name for name in before if before[name] != after[name]} == set()
    assert (document["cases"], document["documents"]) == (2, 10)
    assert document["events"] > 20
    assert document["seconds"] > 0
    assert archive.ask("audit", "verify")["ok"]
    assert archive.ask("fixity", "check")["damaged"] == []


def test_the_other_copy_need_not_even_be_there(spoilt: Held) -> None:
    archive = spoilt.archive
    before = archive.ask("case", "show", B_CODE)
    drop(spoilt.home)
    (spoilt.home / "kho1").rename(spoilt.home / "away")
    assert archive.ask("rebuild")["cases"] == 2
    after = archive.ask("case", "show", B_CODE)
    assert after == before
    answer = archive.run("fixity", "check", "--json")
    assert (answer.code, archive.run("status").code) == (6, 6)
    assert [entry["copy"] for entry in answer.document["unreachable"]] == ["kho1"]
    (spoilt.home / "away").rename(spoilt.home / "kho1")
    archive.ask("init")
    archive.ask("work", "--until-empty")
    answer = archive.run("fixity", "check", "--json")
    troubled = {entry["copy"] for kind in ("damaged", "missing") for entry in answer.document[kind]}
    assert troubled <= {"kho1"}
    archive.run("fixity", "repair")
    assert archive.run("fixity", "check", "--json").code == 0
    assert archive.ask("audit", "verify")["ok"]


def test_a_second_rebuild_gives_the_same_as_the_first(spoilt: Held) -> None:
    archive = spoilt.archive
    archive.ask("rebuild")
    first = told(archive, spoilt)
    archive.ask("rebuild")
    assert told(archive, spoilt) == first
    assert archive.ask("audit", "verify")["ok"]


def test_what_stands_in_the_store_is_not_touched(spoilt: Held) -> None:
    before = {copy: tree_of(spoilt.home / copy / "ocfl") for copy in COPIES}
    drop(spoilt.home)
    spoilt.archive.ask("rebuild")
    spoilt.archive.ask("work", "--until-empty")
    assert {copy: tree_of(spoilt.home / copy / "ocfl") for copy in COPIES} == before


def test_accounts_and_open_submissions_are_carried_over(spoilt: Held) -> None:
    archive = spoilt.archive
    accounts = archive.ask("account", "list")
    waiting = archive.ask("submission", "show", spoilt.c, account="luutru")
    assert waiting["findings"]
    document = archive.ask("rebuild")
    assert archive.ask("account", "list") == accounts
    assert archive.ask("submission", "show", spoilt.c, account="luutru") == waiting
    assert (document["accounts"], document["submissions"]) == (len(accounts["accounts"]), 1)


def test_a_submission_that_waits_for_its_checks_gets_them_afterwards(
    spoilt: Held, tmp_path: Path
) -> None:
    archive = spoilt.archive
    case = small_case(tmp_path / "case")
    (sent,) = archive.ask("submit", case, account="canbo")["submissions"]
    archive.ask("rebuild")
    archive.ask("work", "--until-empty")
    shown = archive.ask("submission", "show", sent["id"])
    assert shown["state"] == "checked"
    archive.ask("submission", "accept", sent["id"], account="luutru")


def test_the_numbers_of_receipts_go_on_without_a_double(spoilt: Held, tmp_path: Path) -> None:
    archive = spoilt.archive
    drop(spoilt.home)
    archive.ask("rebuild")
    people_again(archive)
    case = small_case(tmp_path / "case")
    (sent,) = archive.ask("submit", case, "--wait", account="canbo")["submissions"]
    archive.ask("submission", "accept", sent["id"], account="luutru")
    archive.ask("work", "--until-empty")
    numbers = [
        archive.ask("submission", "show", one)["receipt"]["number"]
        for one in (spoilt.a, spoilt.b, sent["id"])
    ]
    assert len(set(numbers)) == 3
    assert [number.partition("/")[0] for number in sorted(numbers)] == ["01", "02", "03"]


def test_it_refuses_while_accepted_work_is_unfinished(spoilt: Held, tmp_path: Path) -> None:
    archive = spoilt.archive
    case = small_case(tmp_path / "case")
    (sent,) = archive.ask("submit", case, "--wait", account="canbo")["submissions"]
    archive.ask("submission", "accept", sent["id"], account="luutru")
    assert refusal(archive) == (4, "work-unfinished")
    assert archive.ask("submission", "show", sent["id"])["state"] == "accepted"
    archive.ask("work", "--until-empty")
    assert archive.ask("rebuild")["cases"] == 3
    assert archive.ask("submission", "show", sent["id"])["state"] == "stored"


def test_a_damaged_catalogue_record_is_read_from_the_other_copy(spoilt: Held) -> None:
    before = spoilt.archive.ask("case", "show", A_CODE)
    file = object_of(spoilt.home / "kho1", A_CODE).file(CATALOGUE)
    file.write_bytes(file.read_bytes()[:-100])
    drop(spoilt.home)
    assert spoilt.archive.run("rebuild", "--copy", "kho1").code == 1
    assert spoilt.archive.ask("case", "show", A_CODE) == before


def test_a_catalogue_record_damaged_in_every_copy_is_named_with_its_package(
    spoilt: Held,
) -> None:
    root = object_of(spoilt.home / "kho1", A_CODE).root.relative_to(spoilt.home / "kho1")
    for copy in COPIES:
        file = object_of(spoilt.home / copy, A_CODE).file(CATALOGUE)
        file.write_bytes(file.read_bytes()[:-100])
    before = spoilt.archive.ask("case", "show", A_CODE)
    answer = spoilt.archive.run("rebuild", "--json")
    (named,) = answer.document["passed_over"]
    assert (answer.code, named["code"]) == (5, "package-unsound")
    assert named["key"] == root.as_posix()
    assert spoilt.archive.ask("case", "show", A_CODE) == before


def test_a_database_file_that_is_none_is_set_aside(spoilt: Held) -> None:
    archive = spoilt.archive
    before = archive.ask("case", "show", B_CODE)
    for file in spoilt.home.glob("archive.db*"):
        file.unlink()
    (spoilt.home / "archive.db").write_bytes(b"no database at all" * 1000)
    (spoilt.home / "search.db").write_bytes(b"nor an index" * 1000)
    asked = archive.run("case", "list", "--json")
    assert (asked.code, asked.error["code"]) == (6, "database-unreadable")
    assert archive.ask("rebuild")["cases"] == 2
    assert archive.ask("case", "show", B_CODE) == before
    assert len(list(spoilt.home.glob("archive.db.unreadable-*"))) == 1


def test_a_database_with_damaged_pages_is_set_aside(spoilt: Held) -> None:
    archive = spoilt.archive
    before = archive.ask("case", "show", B_CODE)
    for file in spoilt.home.glob("archive.db-*"):
        file.unlink()
    database = spoilt.home / "archive.db"
    data = database.read_bytes()
    database.write_bytes(data[:8192] + bytes(len(data) - 8192))
    assert archive.ask("rebuild")["cases"] == 2
    assert archive.ask("case", "show", B_CODE) == before


def test_without_any_copy_nothing_is_dropped(spoilt: Held) -> None:
    before = told(spoilt.archive, spoilt)
    for copy in COPIES:
        (spoilt.home / copy).rename(spoilt.home / f"{copy}-away")
    assert refusal(spoilt.archive) == (6, "store-unreachable")
    for copy in COPIES:
        shutil.rmtree(spoilt.home / copy, ignore_errors=True)
        (spoilt.home / f"{copy}-away").rename(spoilt.home / copy)
    assert told(spoilt.archive, spoilt) == before


def test_an_unknown_name_of_a_copy_is_not_found(held: Held) -> None:
    assert refusal(held.archive, "--copy", "kho9") == (3, "copy-name")


def test_an_act_that_lay_only_in_the_database_is_kept(spoilt: Held, tmp_path: Path) -> None:
    """While a copy was away its documents waited; a rebuild from the other writes them first."""
    archive = spoilt.archive
    (spoilt.home / "kho2").rename(spoilt.home / "away")
    archive.run("agency", "add", "H40.30", "--name", "Sở Văn thư tỉnh Sơn Lam")
    agencies = archive.ask("agency", "list")
    assert "H40.30" in [row["code"] for row in agencies["agencies"]]
    archive.ask("rebuild", "--copy", "kho1")
    assert archive.ask("agency", "list") == agencies
    shutil.rmtree(spoilt.home / "kho2", ignore_errors=True)


def test_the_rebuild_itself_stands_in_the_trail(spoilt: Held) -> None:
    archive = spoilt.archive
    events = archive.ask("rebuild")["events"]
    verdict = archive.ask("audit", "verify")
    assert verdict["ok"]
    assert verdict["events"] == events + 1


@pytest.mark.parametrize("chosen", COPIES)
@pytest.mark.parametrize("behind", COPIES)
def test_evidence_that_a_kill_kept_from_one_copy_is_taken_from_the_other_and_goes_out_again(
    spoilt: Held, chosen: str, behind: str
) -> None:
    """As between two puts: a copy lacks the last segments and the last act with its receipt."""
    archive, copy = spoilt.archive, spoilt.home / behind
    archive.run("fixity", "check")
    before = told(archive, spoilt)
    whole = {name: tree_of(spoilt.home / name) for name in COPIES}
    for segment in sorted((copy / "audit").iterdir())[-2:]:
        segment.unlink()
    last = max((copy / "acts" / "receipt").glob("*.json"))
    for file in last.parent.glob(f"{last.stem}*"):
        file.unlink()
    shutil.rmtree(spoilt.home / "staging")
    drop(spoilt.home)
    archive.ask("rebuild", "--copy", chosen)
    people_again(archive)
    assert told(archive, spoilt) == before
    assert archive.ask("audit", "verify")["ok"]
    assert archive.run("fixity", "check", "--json").code == 0
    for name in COPIES:
        healed = tree_of(spoilt.home / name)
        assert {key: healed.get(key) for key in whole[name]} == whole[name]
    archive.ask("agency", "add", "H40.31", "--name", "Sở Lưu trữ tỉnh Sơn Lam")
