"""A drill brings a sample back in a new home, names what differs, and signs what it found."""

import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from archive_service.domain.keeping.backup_run import BackupRun
from archive_service.domain.people.incident import Incident
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.archive import COPIES, open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    return Command(stocked_home(tmp_path / "home"))


def printed(file: Path) -> str:
    """All words of a paper in one line."""
    document = pypdfium2.PdfDocument(file)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.replace("\ufffe", "-").split())  # a hyphen at the end of a line


def in_database(archive: Command, statement: str) -> None:
    with sqlite3.connect(archive.home / "archive.db") as database:
        changed = database.execute(statement).rowcount
        assert changed > 0
    database.close()


def open_kinds(archive: Command) -> dict[str, dict[str, Any]]:
    with open_home(archive.home) as services, services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.closed_at.is_(None)))
        return {row.kind: row.facts for row in rows}


def test_from_a_copy_everything_is_equal_and_the_report_lies_in_every_copy(
    archive: Command, tmp_path: Path, tools: ModuleType
) -> None:
    document = archive.ask("drill", "--to", tmp_path / "drills")
    assert document["differences"] == []
    assert document["compared"] == document["equal"] > 100
    assert document["source"] == "kho1"
    report = Path(document["report"])
    assert tools.verapdf([report])[0].passed
    (signature,) = inspect_signatures(report, Trust.read(archive.home / "keys" / "authority"))
    assert signature.trusted
    assert signature.covers_whole_document
    for copy in COPIES:
        (laid,) = (archive.home / copy / "acts" / "drill").glob("*.pdf")
        assert laid.read_bytes() == report.read_bytes()
    assert archive.run("fixity", "check", "--json").code == 0


def test_from_the_newest_backup_everything_is_equal(archive: Command, tmp_path: Path) -> None:
    made = archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    document = archive.ask("drill", "--to", tmp_path / "drills", "--sample", 1)
    assert document["source"] == f"{tmp_path / 'medium'} {made['name']}"
    assert document["differences"] == []
    assert document["objects"] == 1
    assert document["size_bytes"] > 10_000
    assert document["restore_seconds"] > 0


@pytest.mark.parametrize("named", [False, True])
def test_a_later_backup_without_packages_is_passed_over(
    archive: Command, tmp_path: Path, *, named: bool
) -> None:
    made = archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    archive.ask("backup", "--to", tmp_path / "medium")
    source = ["--from", tmp_path / "medium"] if named else []
    document = archive.ask("drill", "--to", tmp_path / "drills", *source)
    assert document["source"] == f"{tmp_path / 'medium'} {made['name']}"
    assert document["differences"] == []


def test_a_medium_without_packages_is_refused(archive: Command, tmp_path: Path) -> None:
    archive.ask("backup", "--to", tmp_path / "medium")
    line = ("drill", "--to", tmp_path / "drills", "--from", tmp_path / "medium", "--json")
    answer = archive.run(*line)
    assert (answer.code, answer.error["code"]) == (3, "drill-medium")
    answer = archive.run("backup", "--json")  # onto no medium at all
    assert (answer.code, answer.error["code"]) == (2, "backup-target")
    media = [str(tmp_path / name) for name in ("first", "second")]
    settings = read_settings(archive.home)
    write_settings(archive.home, settings | {"backup": {"targets": media}})
    made = archive.ask("backup")  # onto those that the settings name
    assert len(made["sets"]) == len(media)
    assert all(any(Path(medium).iterdir()) for medium in media)
    assert "drill-difference" not in open_kinds(archive)


def test_the_production_home_is_not_touched(archive: Command, tmp_path: Path) -> None:
    before = archive.ask("case", "show", STORED_CODE)
    archive.ask("drill", "--to", tmp_path / "drills")
    assert archive.ask("case", "show", STORED_CODE) == before
    assert archive.ask("audit", "verify")["ok"]


@pytest.mark.parametrize("source", ["copy", "backup"])
def test_a_field_that_was_changed_behind_our_back_is_named(
    archive: Command, tmp_path: Path, source: str
) -> None:
    if source == "backup":
        archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    in_database(archive, "UPDATE case_file SET title = 'khác'")
    answer = archive.run("drill", "--to", tmp_path / "drills", "--json")
    assert answer.code == 5
    assert answer.document["differences"] == [f"{STORED_CODE}: case_file.title"]
    assert answer.document["equal"] == answer.document["compared"] - 1
    assert f"- {STORED_CODE}: case_file.title" in printed(Path(answer.document["report"]))
    assert open_kinds(archive)["drill-difference"]["differing"] == 1
    in_database(
        archive,
        "UPDATE case_file SET title = (SELECT title FROM submission WHERE id = case_file.id)",
    )
    archive.ask("drill", "--to", tmp_path / "drills")
    assert "drill-difference" not in open_kinds(archive)


def test_a_digest_that_differs_is_named(archive: Command, tmp_path: Path) -> None:
    in_database(archive, "UPDATE package_version SET inventory_sha256 = hex(zeroblob(32))")
    answer = archive.run("drill", "--to", tmp_path / "drills", "--json")
    assert answer.code in (5, 6)


def test_a_row_that_did_not_come_back_is_named(archive: Command, tmp_path: Path) -> None:
    archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    in_database(archive, "UPDATE document SET ordinal = ordinal + 7")
    answer = archive.run("drill", "--to", tmp_path / "drills", "--json")
    assert answer.document["differences"] == [f"{STORED_CODE}: documents[1].ordinal"]


def test_the_paper_says_how_long_all_of_it_would_take(archive: Command, tmp_path: Path) -> None:
    words = printed(Path(archive.ask("drill", "--to", tmp_path / "drills")["report"]))
    for said in (
        "BIÊN BẢN SỰ CỐ VÀ PHỤC HỒI",
        "Diễn tập phục hồi tài liệu lưu trữ số",
        "QCVN 12:2026/BCA, 3.12.2.2.5",
        "Ước tính cho toàn bộ",
        "Không có sai khác nào.",
    ):
        assert said in words


def test_with_nothing_stored_there_is_nothing_to_drill(tmp_path: Path) -> None:
    from tests.worlds.archive import new_home

    answer = Command(new_home(tmp_path / "home")).run("drill", "--to", tmp_path, "--json")
    assert (answer.code, answer.error["code"]) == (3, "drill-empty")


def test_what_was_destroyed_is_not_drilled(archive: Command, tmp_path: Path) -> None:
    in_database(archive, "UPDATE case_file SET state = 'destroyed' WHERE version_stored > 0")
    answer = archive.run("drill", "--to", tmp_path, "--json")
    assert (answer.code, answer.error["code"]) == (3, "drill-empty")


def test_the_other_papers_are_pdf_a_and_say_what_happened(
    archive: Command, tmp_path: Path, tools: ModuleType
) -> None:
    made = archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    archive.ask("drill", "--to", tmp_path / "drills")
    files = {name: tmp_path / f"{name}.pdf" for name in ("log", "minutes", "inspect")}
    assert archive.ask("backup", "log", "--to", files["log"])["runs"] == 2
    assert archive.ask("backup", "minutes", "--to", files["minutes"])["run"] == made["name"]
    inspected = archive.ask(
        "backup", "inspect", "--to", files["inspect"], "--medium", tmp_path / "medium"
    )
    assert [medium["ok"] for medium in inspected["media"]] == [True]
    signed = tmp_path / "medium" / made["name"] / "manifest.pdf"
    verdicts = tools.verapdf([*files.values(), signed])
    assert [verdict.passed for verdict in verdicts] == [True] * 4
    assert "SỔ THEO DÕI SAO LƯU" in printed(files["log"])
    assert made["name"] in printed(files["minutes"])
    assert "TT 05/2025/TT-BNV, Điều 26–31" in printed(signed)
    assert made["manifest_sha256"] in printed(signed)
    assert "Nguyên vẹn" in printed(files["inspect"])


def test_a_medium_that_was_damaged_is_told_by_its_inspection(
    archive: Command, tmp_path: Path
) -> None:
    archive.ask("backup", "--to", tmp_path / "medium")
    file = max((tmp_path / "medium").glob("2*/tables/*"))
    file.write_bytes(file.read_bytes()[:-1])
    answer = archive.run(
        "backup", "inspect", "--to", tmp_path / "paper.pdf", "--medium", tmp_path / "medium",
        "--json",
    )  # fmt: skip
    assert answer.code == 5
    assert [medium["reason"] for medium in answer.document["media"]] == ["backup-damaged"]
    assert "Không đạt: Tệp" in printed(tmp_path / "paper.pdf")


def test_runs_come_back_with_a_rebuild(archive: Command, tmp_path: Path) -> None:
    archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    archive.ask("drill", "--to", tmp_path / "drills")
    first = archive.ask("backup", "log", "--to", tmp_path / "first.pdf")
    assert numbers(archive) == ["01/BB-SL", "02/BB-SL"]
    for file in archive.home.glob("archive.db*"):
        file.unlink()
    archive.ask("rebuild")
    assert archive.ask("backup", "log", "--to", tmp_path / "again.pdf")["runs"] == first["runs"]
    archive.ask("backup", "--to", tmp_path / "medium")
    assert numbers(archive) == ["01/BB-SL", "02/BB-SL", "03/BB-SL"]


def numbers(archive: Command) -> list[str]:
    """Of the papers of all runs."""
    with open_home(archive.home) as services, services.read_only() as session:
        return sorted(row.facts["number"] for row in session.scalars(select(BackupRun)))
