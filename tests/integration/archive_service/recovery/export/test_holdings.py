"""Everything that is held goes out: a package a case file, with lists that anyone can read."""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select, update

from archive_service.bench.seed import Seeds
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.db.engine import WRITING
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.keeping.malware.quarantine import quarantine
from archive_service.recovery.export.holdings import Wanted, WholeExport
from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from tests.integration.archive_service.recovery.export.exported_holdings import (
    assert_sound,
    catalogue,
    exported,
    lines,
)
from tests.worlds.archive import open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.damage.killed_at_files import die_at
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.papers.bad_input import small_case
from tests.worlds.shelf import object_of

THIRD = "H40.18.2025.06.QLCT"
BOTH = [RESTRICTED_CODE, OPEN_CODE]
KILLS = 8  # each is gone on with by another run


def whole(home: Path, folder: Path, form: str = "aip", *more: object) -> dict[str, Any]:
    """The document of an export that left nothing out, its digests verified by a public tool."""
    answer = exported(home, folder, form, *more)
    assert answer.code == 0, answer
    assert_sound(folder)
    return answer.document


def packages(folder: Path) -> dict[str, int]:
    """Name and inode: what was made anew has another."""
    return {path.name: path.stat().st_ino for path in (folder / "packages").rglob("*.zip")}


def stay_accepted(services: Services, folder: Path, code: str) -> None:
    """One more that is accepted, and no worker came."""
    case = small_case(folder, code=code)
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))


def set_state(services: Services, code: str, state: CaseState) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == code).values(state=state))


def test_each_case_file_goes_out_as_its_stored_package(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    told = whole(home, folder)
    assert (told["packages"], told["made"], told["left_out"], told["gone"]) == (2, 2, [], 0)
    listed = catalogue(folder)
    assert list(listed) == BOTH
    for code, row in listed.items():
        stored = object_of(home / "kho1", code)
        assert (row["state"], row["ocfl_id"]) == ("stored", stored.inventory["id"])
        assert row["title"]
        with zipfile.ZipFile(folder / row["file"]) as package:
            found = {name.partition("/")[2]: package.read(name) for name in package.namelist()}
        assert found == {path: stored.read(path) for path in stored.state()}
        data = (folder / row["file"]).read_bytes()
        assert (row["sha256"], int(row["size_bytes"])) == (
            hashlib.sha256(data).hexdigest(),
            len(data),
        )
    document = Path(__file__).parents[5] / "docs" / "exit.md"
    assert (folder / "exit.md").read_bytes() == document.read_bytes()
    assert told["size_bytes"] == sum(int(row["size_bytes"]) for row in listed.values())


def test_the_list_for_a_browser_leads_to_every_package(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    whole(home, folder, "aip", "--lang", "en")
    (page,) = re.findall(r'<a href="([^"]+)">', (folder / "index.html").read_text("utf-8"))
    told = (folder / page).read_text("utf-8")
    linked = re.findall(r'<a href="([^"]+)">', told)
    assert {((folder / page).parent / name).resolve() for name in linked} == {
        (folder / row["file"]).resolve() for row in catalogue(folder).values()
    }
    assert "<script" not in told
    assert "http" not in told
    assert all(row["title"] in told for row in catalogue(folder).values())


def test_bags_are_verified_by_a_public_tool(home: Path, tmp_path: Path, tools: ModuleType) -> None:
    folder = tmp_path / "out"
    whole(home, folder, "bag")
    for row in catalogue(folder).values():
        shutil.unpack_archive(folder / row["file"], tmp_path / "bags")
    for bag in (tmp_path / "bags").iterdir():
        valid, told = tools.bag_validate(bag)
        assert valid, told


def test_an_export_leaves_an_event_a_case_file_once(home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        whole(home, tmp_path / "out")
    with open_home(home) as services, services.read_only() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.tag == "case-file:exported"))
        told = sorted((row.data["code"], row.data["form"], row.account) for row in events)
    assert told == [(code, "aip", "lan") for code in BOTH]


def test_what_is_whole_is_not_made_anew_and_what_is_damaged_or_older_is(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    whole(home, folder)
    first = packages(folder)
    assert whole(home, folder)["made"] == 0
    assert packages(folder) == first
    spoilt = folder / catalogue(folder)[OPEN_CODE]["file"]
    data = spoilt.read_bytes()
    spoilt.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert whole(home, folder)["made"] == 1
    assert spoilt.read_bytes() == data
    with open_home(home) as services:
        edits = {0: {"description": "Sửa"}}
        lan = person(services, "lan")
        describe_case_file(services, OPEN_CODE, edits, reason="Bổ sung", actor=lan)
        work(services, until_empty=True)
    assert whole(home, folder)["made"] == 1
    assert catalogue(folder)[OPEN_CODE]["version"] == "2"


def test_what_may_not_go_out_or_is_not_stored_is_told(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with open_home(home) as services:
        stay_accepted(services, tmp_path / "third", THIRD)
    answer = exported(home, folder)
    assert answer.code == 1
    (left,) = answer.document["left_out"]
    assert (left["code"], left["reason"]) == (THIRD, "not-stored-yet")
    assert THIRD in left["message"]
    assert_sound(folder)
    row = catalogue(folder)[THIRD]
    assert (row["state"], row["file"], row["left_out"]) == ("accepted", "", "not-stored-yet")
    told = Command(home).run("case", "export", "--all", "--form", "aip", "--to", folder)
    assert told.code == 1
    assert f"{THIRD}: " in told.stdout


def test_the_operator_takes_nothing_that_is_restricted(home: Path, tmp_path: Path) -> None:
    given = ("case", "export", "--all", "--form", "aip", "--to", tmp_path / "out", "--json")
    answer = Command(home).run(*given)
    assert answer.code == 1
    (left,) = answer.document["left_out"]
    assert (left["code"], left["reason"]) == (RESTRICTED_CODE, "content-restricted")
    assert len(packages(tmp_path / "out")) == 1


@pytest.mark.parametrize("who", ["bach", "binh"])
def test_who_may_export_nothing_makes_not_even_a_folder(
    home: Path, tmp_path: Path, who: str
) -> None:
    answer = exported(home, tmp_path / "out", who=who)
    assert (answer.code, answer.error["code"]) == (4, "act-not-allowed")
    assert not (tmp_path / "out").exists()


def test_what_was_closed_since_leaves_the_folder_again(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    whole(home, folder)
    with open_home(home) as services:
        quarantine(services, OPEN_CODE, "1", "Nghi có mã độc", actor=person(services, "lan"))
    answer = exported(home, folder)
    assert answer.code == 1
    assert [entry["reason"] for entry in answer.document["left_out"]] == ["document-quarantined"]
    assert len(packages(folder)) == 1
    assert_sound(folder)


def test_what_was_destroyed_stands_in_the_catalogue_alone(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    whole(home, folder)
    with open_home(home) as services:
        set_state(services, OPEN_CODE, CaseState.DESTROYED)
    told = whole(home, folder)
    assert (told["packages"], told["gone"]) == (1, 1)
    row = catalogue(folder)[OPEN_CODE]
    assert (row["state"], row["file"], row["left_out"]) == ("destroyed", "", "")
    assert len(packages(folder)) == 1


def test_what_was_handed_over_goes_out_as_long_as_its_bytes_are_here(
    home: Path, tmp_path: Path
) -> None:
    with open_home(home) as services:
        set_state(services, OPEN_CODE, CaseState.TRANSFERRED)
    assert whole(home, tmp_path / "out")["packages"] == 2
    assert catalogue(tmp_path / "out")[OPEN_CODE]["state"] == "transferred"


def test_an_agency_or_a_year_alone(home: Path, tmp_path: Path) -> None:
    assert whole(home, tmp_path / "a", "aip", "--agency", "H40.18", "--year", 2025)["packages"] == 2
    assert whole(home, tmp_path / "b", "aip", "--agency", "H40.20")["packages"] == 0
    assert whole(home, tmp_path / "c", "aip", "--year", 1999)["packages"] == 0
    answer = exported(home, tmp_path / "d", "aip", "--agency", "H99.99")
    assert (answer.code, answer.error["code"]) == (3, "agency-not-found")


@pytest.mark.parametrize(
    "given",
    [
        (),
        (OPEN_CODE, "--all"),
        (OPEN_CODE, "--year", 2025),
        ("--all", "--version", 1),
        ("--all", "--document", 1),
    ],
)
def test_a_command_that_means_both_or_neither_is_refused(
    home: Path, tmp_path: Path, given: tuple[object, ...]
) -> None:
    answer = Command(home).run(
        "case", "export", *given, "--form", "aip", "--to", tmp_path / "out", "--json"
    )
    assert (answer.code, answer.error["code"]) == (2, "command-usage")


def test_everything_goes_out_as_aip_or_bag_alone(home: Path, tmp_path: Path) -> None:
    answer = exported(home, tmp_path / "out", "sip")
    assert (answer.code, answer.error["code"]) == (2, "command-usage")


def test_a_folder_of_something_else_is_left_as_it_is(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    whole(home, folder, "aip", "--year", 2025)
    before = packages(folder)
    for other in (("aip",), ("bag", "--year", 2025), ("aip", "--year", 2024)):
        answer = exported(home, folder, *other)
        assert (answer.code, answer.error["code"]) == (2, "export-folder")
    assert packages(folder) == before
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").write_text("mine", encoding="utf-8")
    answer = exported(home, tmp_path / "own")
    assert (answer.code, answer.error["code"]) == (2, "export-folder")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["letter.txt"]


def test_two_exports_into_one_folder_do_not_run_at_once(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    whole(home, folder)
    with (folder / "export.txt").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = exported(home, folder)
    assert (answer.code, answer.error["code"]) == (4, "export-running")


def test_many_are_read_in_parts_and_listed_on_pages(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with open_home(home) as services:
        engine = services.database.engine.execution_options(**{WRITING: True})
        with engine.begin() as connection:
            Seeds(connection).add(connection, 600)  # rows alone: they have no bytes
            gone = update(CaseFile).where(CaseFile.code.not_in(BOTH))
            connection.execute(gone.values(state=CaseState.DESTROYED))
        with services.read_only() as session:
            held = session.scalar(select(func.count()).select_from(CaseFile))
    assert held == 1202
    told = whole(home, folder)
    assert (told["packages"], told["gone"]) == (2, 1200)
    assert len(lines(folder / "catalogue.csv")) == 1 + held
    assert sorted(path.name for path in (folder / "lists").iterdir()) == ["0001.html", "0002.html"]
    rows = [
        (folder / "lists" / name).read_text("utf-8").count("<tr><td>")
        for name in ("0001.html", "0002.html")
    ]
    assert rows == [1000, 202]


def take_out(home: Path, folder: Path, at: int, count: Path) -> None:
    """In a process of its own: an export that dies at its ``at``-th change of the folder."""
    with open_home(home) as services:
        die_at(folder, at, count)
        for _ in WholeExport(services, Wanted("aip"), folder=folder, actor=person(services, "lan")):
            pass


def test_killed_anywhere_it_goes_on_and_ends_the_same(
    home: Path, tmp_path: Path, warm: WarmProcess
) -> None:
    log, count = tmp_path / "log", tmp_path / "count"
    assert warm.do(take_out, home, tmp_path / "unkilled", 0, count, log=log) == 0
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "unkilled").rglob("*.*")
              if path.is_file()}  # fmt: skip
    changes = int(count.read_text())
    assert changes > KILLS
    some = {1 + changes * number // KILLS for number in range(KILLS)}
    for at in sorted(some | {2, 3, 4}):
        folder = tmp_path / f"killed-{at}"
        killed = warm.do(take_out, home, folder, at, count, log=log)
        assert killed == -signal.SIGKILL, log.read_text("utf-8")
        whole_before = {
            path.with_suffix(".zip").name: path.with_suffix(".zip").stat().st_ino
            for path in (folder / "packages").rglob("*.sha256")
        }
        told = whole(home, folder)
        assert told["made"] == len(wanted_packages(wanted)) - len(whole_before)
        assert whole_before.items() <= packages(folder).items()
        assert not list(folder.rglob(".export-*"))
        found = {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
        assert found == wanted


def wanted_packages(files: dict[str, bytes]) -> list[str]:
    return [name for name in files if name.endswith(".zip")]


def test_a_full_disk_is_told_and_gone_on_with(home: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4 << 20) as disk:
        ballast, folder = disk / "ballast", disk / "out"
        for left_kib in (0, 24, 200):
            with ballast.open("wb") as out:
                free = shutil.disk_usage(disk).free
                os.posix_fallocate(out.fileno(), 0, free - (left_kib << 10))
            answer = exported(home, folder)
            assert (answer.code, answer.error["code"]) == (6, "export-disk-full"), left_kib
            assert str(folder) in answer.error["message"]
            ballast.unlink()
        assert whole(home, folder)["packages"] == 2
