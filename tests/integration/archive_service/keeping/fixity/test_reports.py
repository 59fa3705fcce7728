"""How lately each copy was read is told on a page, by a command and on a signed paper."""

import datetime as dt
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.keeping.act import Act
from archive_service.keeping.fixity.reports import REPORT, REPORT_JOB, ReportSpanError, make_report
from archive_service.keeping.fixity.status import fixity_status
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import Program
from tests.worlds.command import Command
from tests.worlds.papers.coded import told_of
from tests.worlds.reading_again import long_ago, read_everything
from tests.worlds.stored_objects import flipped


def spoil(home: Path, copy: str) -> Path:
    victim = min((home / copy).rglob("v1/content/METS.xml"))
    victim.chmod(0o600)
    victim.write_bytes(flipped(victim.read_bytes(), at=3))
    return victim


def of_copy(services: Services, name: str) -> dict[str, Any]:
    told = fixity_status(services, actor=OPERATOR)["copies"]
    return next(one for one in told if one["copy"] == name)


def test_the_status_tells_when_everything_was_read_last(services: Services) -> None:
    new = of_copy(services, "kho1")
    assert new["covered_bytes"] == new["verified_30d_bytes"] == new["total_bytes"] > 0
    assert (new["due_by"], new["behind"]) == (None, False)
    long_ago(services, verified_days=45)
    old = of_copy(services, "kho1")
    assert (old["verified_30d_bytes"], old["verified_90d_bytes"]) == (0, old["total_bytes"])
    assert old["months"][1] == old["total_bytes"]
    long_ago(services, verified_days=100)
    late = of_copy(services, "kho1")
    assert late["covered_bytes"] == 0
    read_everything(services)
    again = of_copy(services, "kho1")
    assert again["covered_bytes"] == again["verified_30d_bytes"] == again["total_bytes"]
    assert set(again["trouble"].values()) == {0}


def test_a_report_is_signed_names_what_was_found_and_healed_and_lies_in_every_copy(
    services: Services, home: Path, tmp_path: Path, tools: ModuleType
) -> None:
    spoil(home, "kho2")
    read_everything(services)
    made = make_report(services, actor=OPERATOR, target=tmp_path / "report.pdf")
    found = {one["copy"]: one for one in made["copies"]}
    assert (found["kho1"]["damaged"], found["kho2"]["damaged"]) == (0, 1)
    assert (found["kho2"]["healed"], found["kho2"]["open"]) == (0, 1)
    assert [trouble["copy"] for trouble in made["troubles"]] == ["kho2"]
    assert tools.verapdf([tmp_path / "report.pdf"])[0].passed
    kept = [sorted((home / copy / "acts" / REPORT).iterdir()) for copy in ("kho1", "kho2")]
    assert [len(files) for files in kept] == [3, 3]
    assert kept[0][2].read_bytes() == (tmp_path / "report.pdf").read_bytes()
    document = json.loads(kept[1][0].read_text("utf-8"))
    assert document["body"]["number"] == made["number"]
    assert told_of(services, (tmp_path / "report.pdf").read_bytes()).kind == REPORT


def test_reports_made_at_once_and_after_a_rebuild_have_a_number_each(services: Services) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: make_report(services, actor=OPERATOR), range(2)))
    assert {entry["number"] for entry in made} == {"01/BC-TV", "02/BC-TV"}
    rebuild(services, actor=OPERATOR)
    assert make_report(services, actor=OPERATOR)["number"] == "03/BC-TV"


def test_last_month_is_reported_once(services: Services) -> None:
    with services.writing() as session:
        first = session.scalars(select(Act).order_by(Act.at).limit(1)).one()
        first.at = clock.now() - dt.timedelta(days=70)
    for _ in range(2):
        with services.writing() as session:
            services.jobs.add(session, REPORT_JOB)
        assert run_one(services, names=(REPORT_JOB,)) == "done"
    with services.read_only() as session:
        (row,) = session.scalars(select(Act).where(Act.kind == REPORT))
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    assert row.subject_id == f"{last.replace(day=1)}/{last}"


def test_a_time_that_has_not_begun_is_not_reported(services: Services) -> None:
    tomorrow = clock.today() + dt.timedelta(days=1)
    with pytest.raises(ReportSpanError):
        make_report(services, actor=OPERATOR, span=(tomorrow, tomorrow))
    with pytest.raises(ActNotAllowedError):
        make_report(services, actor=person(services, "binh"))


def test_the_command_tells_status_and_makes_a_report(home: Path, tmp_path: Path) -> None:
    archive = Command(home)
    told = archive.ask("fixity", "status")
    assert [copy["copy"] for copy in told["copies"]] == ["kho1", "kho2"]
    made = archive.ask("fixity", "report", "--to", tmp_path / "r.pdf")
    assert made["path"] == str(tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-1.7")
    victim = spoil(home, "kho1")
    before = victim.read_bytes()
    assert archive.run("fixity", "check", "--json").code == 5
    assert archive.run("fixity", "status", "--json").code == 1
    assert archive.run("fixity", "repair", "--copy", "kho2", "--json").document["repaired"] == []
    assert victim.read_bytes() == before
    assert len(archive.ask("fixity", "repair", "--copy", "kho1")["repaired"]) == 1
    assert archive.run("fixity", "status", "--json").code == 0


@pytest.mark.parametrize("name", ["kiem", "quan"])
def test_the_page_shows_the_picture_the_troubles_and_the_papers(
    app: Flask, services: Services, home: Path, name: str
) -> None:
    spoil(home, "kho2")
    read_everything(services)
    browser = browser_of(app, services, name)
    page = browser.get("/fixity").text
    assert page.count("<figure") == 2
    assert 'class="a"' in page
    assert "METS.xml" in page
    assert "Kho khác có bản đúng" in page
    assert post(browser, "/fixity/reports").status_code == 303
    links = re.findall(r'href="(/fixity/reports/[^"]*)"', browser.get("/fixity").text)
    paper = browser.get(links[0])
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")


def test_a_program_asks_how_lately_each_copy_was_read(
    services: Services, archivist: Program
) -> None:
    read_everything(services)
    told = archivist.get("/fixity-reports/coverage").get_json()["copies"]
    known = fixity_status(services, actor=OPERATOR)["copies"]
    moments = [
        (one.pop("counted_at"), other.pop("counted_at"))
        for one, other in zip(told, known, strict=True)
    ]
    assert all(first < second for first, second in moments)
    assert told == known
    assert [entry["copy"] for entry in told] == ["kho1", "kho2"]


def test_who_keeps_nothing_sees_no_page(app: Flask, services: Services) -> None:
    assert browser_of(app, services, "binh").get("/fixity").status_code == 403
