"""archive file-plan: shown, numbered, copied, printed and added to by command."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from tests.worlds.command import Command
from tests.worlds.main_job import empty_archive

YEAR = clock.today().year


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return empty_archive(tmp_path_factory.mktemp("plans") / "home")


def drafted(archive: Command, folder: Path, year: int) -> dict[str, Any]:
    write_file_plan(folder / "p.xlsx", SAMPLE_AGENCY)
    where = ("--agency", "H40.18", "--year", year)
    made: dict[str, Any] = archive.ask("file-plan", "import", folder / "p.xlsx", *where)
    return made


def test_a_plan_is_numbered_shown_printed_and_read_again(archive: Command, tmp_path: Path) -> None:
    plan = drafted(archive, tmp_path, YEAR)
    done = archive.ask("file-plan", "renumber", plan["id"], "--numbering", "heading")
    assert done["changed"] == 9
    shown = archive.ask("file-plan", "show", plan["id"])
    assert [entry["notation"] for entry in shown["entries"]][3:5] == ["01.QLCT", "02.QLCT"]
    for name in ("p.pdf", "p.docx", "again.xlsx"):
        archive.ask("file-plan", "print", plan["id"], tmp_path / name)
    where = ("--agency", "H40.18", "--year", YEAR)
    again = archive.ask("file-plan", "import", tmp_path / "p.docx", *where)
    assert (again["entries"], again["findings"]) == (12, [])
    told = archive.ask("file-plan", "show", plan["id"])
    same = ("notation", "title", "heading", "term", "creator", "note")
    assert [[entry[name] for name in same] for entry in told["entries"]] == [
        [entry[name] for name in same] for entry in shown["entries"]
    ]
    assert archive.run("file-plan", "print", plan["id"], tmp_path / "p.doc").code == 2


def test_a_year_that_no_plan_is_made_of_is_refused(archive: Command, tmp_path: Path) -> None:
    write_file_plan(tmp_path / "p.xlsx", SAMPLE_AGENCY)
    line = ("file-plan", "import", tmp_path / "p.xlsx", "--agency", "H40.18", "--json")
    plan = drafted(archive, tmp_path, YEAR)
    copy = ("file-plan", "copy", plan["id"], "--json")
    for year in (20255, 1944, 0):
        for command in (line, copy):
            refused = archive.run(*command, "--year", year)
            assert refused.error["code"] == "file-plan-year", command


def test_a_plan_is_added_to_and_copied(archive: Command, tmp_path: Path) -> None:
    plan = drafted(archive, tmp_path, YEAR - 1)
    line = ("--notation", "13.QLCT", "--title", "Hồ sơ bão", "--term", "20 năm", "--start")
    opening = ("file-plan", "open-entry", plan["id"], *line, f"{YEAR - 1}-03-01")
    refused = archive.run(*opening, "--json", account="canbo")
    assert (refused.code, refused.error["code"]) == (4, "file-plan-not-in-force")
    archive.ask("file-plan", "approve", plan["id"], account="thutruong")
    unclear = (*opening[:-3], "lâu dài", *opening[-2:])
    refused = archive.run(*unclear, "--json", account="canbo")
    assert refused.error["code"] == "file-plan-term-unclear"
    assert "“lâu dài”" in refused.error["message"]
    assert "20 năm, hoặc Vĩnh viễn" in refused.error["remedy"]
    asked = archive.ask(*opening, account="canbo")
    assert (asked["outside"], asked["state"]) == (True, "draft")
    shown = archive.ask("file-plan", "show", plan["id"])
    assert shown["counts"]["outside"] == 0
    archive.ask("file-plan", "approve", plan["id"], "--amendment", account="thutruong")
    (listed,) = archive.ask("file-plan", "show", plan["id"], "--only", "outside")["entries"]
    assert listed["notation"] == "13.QLCT"
    copied = archive.ask("file-plan", "copy", plan["id"], "--year", YEAR + 1)
    assert archive.ask("file-plan", "show", copied["id"])["counts"]["all"] == 13
    again = archive.run("file-plan", "copy", plan["id"], "--year", YEAR + 1, "--json")
    assert (again.code, again.error["code"]) == (4, "file-plan-year-taken")
    kept = ("--notation", "14.QLCT", "--title", "Hồ sơ đê", "--term", "permanent", "--start")
    opened = archive.ask(*opening[:3], *kept, opening[-1], account="canbo")
    assert (opened["term"], opened["permanent"]) == ("Vĩnh viễn", True)


def test_a_file_without_a_case_file_replaces_nothing_and_another_tells_what_it_replaced(
    archive: Command, tmp_path: Path
) -> None:
    year = YEAR - 3
    plan = drafted(archive, tmp_path, year)
    assert plan["replaced"] == 0
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    for sheet in book:
        heads = next(row for row, at in enumerate(sheet.values, 1) if at[0] and "Số" in str(at[0]))
        sheet.delete_rows(heads + 1, sheet.max_row)
    book.save(tmp_path / "empty.xlsx")
    line = ("file-plan", "import", tmp_path / "empty.xlsx", "--agency", "H40.18", "--year", year)
    refused = archive.run(*line, "--json")
    assert (refused.code, refused.error["code"]) == (2, "file-plan-without-entries")
    assert len(archive.ask("file-plan", "show", plan["id"])["entries"]) == plan["entries"]
    assert drafted(archive, tmp_path, year)["replaced"] == plan["entries"]
    told = archive.run("file-plan", "import", tmp_path / "p.xlsx", *line[3:])
    assert (told.code, f"Thay {plan['entries']} hồ sơ" in told.stderr) == (0, True)


def test_a_row_that_cannot_be_taken_is_told_by_the_exit_code_too(
    archive: Command, tmp_path: Path
) -> None:
    drafted(archive, tmp_path, YEAR - 4)
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    sheet = book.worksheets[0]
    titled = next(row for row, at in enumerate(sheet.values, 1) if at[0] == "05.QLCT")
    sheet.cell(titled, 2).value = '=CONCATENATE("Hồ sơ ","đê")'
    book.save(tmp_path / "formula.xlsx")
    where = ("--agency", "H40.18", "--year", YEAR - 4, "--json")
    told = archive.run("file-plan", "import", tmp_path / "formula.xlsx", *where)
    assert told.code == 1
    assert "plan-formula-cell" in {finding["code"] for finding in told.document["findings"]}
    assert told.document["entries"] == 11
