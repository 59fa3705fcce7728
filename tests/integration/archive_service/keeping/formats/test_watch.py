"""What is held is watched: risks are incidents, newer signatures look again; page and command."""

import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service.app import create_app
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.keeping.format_identification import (
    FormatIdentification,
    FormatRegistry,
)
from archive_service.keeping.formats.watch import FORMAT_AT_RISK, WATCH_JOB, list_formats
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from tests.worlds.archive import copy_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.ingest.old_formats import CODE, GIF, OLD_PDF, old_formats_home


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old_formats_home(tmp_path_factory.mktemp("watch"))


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Path:
    return copy_home(kept, tmp_path / "home")


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def watch(services: Services) -> dict[str, int]:
    """One look; what is at risk afterwards, with its files."""
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    do_all(services)
    with services.read_only() as session:
        found = [row for row in open_incidents(session) if row.kind == FORMAT_AT_RISK]
        return {row.subject: row.facts["files"] for row in found}


def as_if(services: Services, name: str, puid: str | None) -> None:
    """As if the file had been identified so when it came."""
    with services.writing() as session:
        changed = update(DigitalObject).where(DigitalObject.name == name).values(puid=puid)
        session.execute(changed)


def test_a_format_at_risk_is_one_incident_until_it_is_safe(services: Services) -> None:
    assert watch(services) == {OLD_PDF: 1}
    assert watch(services) == {OLD_PDF: 1}
    with services.writing() as session:
        session.execute(update(FormatIdentification).values(puid=GIF))
    assert watch(services) == {}


def test_newer_signatures_look_at_every_file_once_more(services: Services) -> None:
    as_if(services, "so-do.gif", None)
    before = {holding.puid for holding in list_formats(services, actor=person(services, "lan"))}
    assert None in before
    assert watch(services) == {OLD_PDF: 1}
    after = {
        holding.puid: holding.files
        for holding in list_formats(services, actor=person(services, "lan"))
    }
    assert None not in after
    assert after[GIF] == 1
    with services.read_only() as session:
        registry = session.scalars(select(FormatRegistry)).one()
        seen = session.scalars(select(FormatIdentification)).all()
    assert "DROID" in registry.version
    assert {row.signatures for row in seen} == {registry.version}
    assert len(seen) == 4


def test_the_package_is_not_written_anew_for_another_word_on_it(services: Services) -> None:
    as_if(services, "so-do.gif", None)
    watch(services)
    with services.read_only() as session:
        file = session.scalars(select(DigitalObject).where(DigitalObject.name == "so-do.gif")).one()
    assert file.puid is None
    assert file.version_added == 1


def test_the_page_leads_an_archivist_from_risk_to_approval(app: Flask, services: Services) -> None:
    lan, hung = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    page = lan.get("/formats").text
    assert "Graphics Interchange Format" in page
    assert "NĐ 30/2020/NĐ-CP" in page
    made = post(lan, "/formats/propose", puid=GIF)
    where = made.headers["Location"]
    assert re.fullmatch(r"/formats/batches/[0-9a-f-]{36}", where)
    post(lan, f"{where}/convert")
    do_all(services)
    opened = lan.get(where).text
    assert "so-do.gif" in opened
    result = re.search(r'href="(/api/v1/formats/results/[^"]+)"', opened)
    assert result is not None
    assert lan.get(result[1]).data.startswith(b"%PDF-")
    post(lan, f"{where}/review", item="1", word="accept")
    assert f'action="{where}/approve"' not in lan.get(where).text
    assert post(lan, f"{where}/approve").status_code == 403
    assert f'action="{where}/approve"' in hung.get(where).text
    post(hung, f"{where}/approve")
    do_all(services)
    assert "PDF/A-2b" in lan.get("/formats").text
    assert lan.get(f"/case-files/{CODE}").text.count("so-do.pdf-a.pdf") >= 1


def test_the_list_is_filtered_and_downloaded(app: Flask, services: Services) -> None:
    quan = browser_of(app, services, "quan")
    assert "Graphics" not in quan.get("/formats?risk=high").text
    sheet = openpyxl.load_workbook(BytesIO(quan.get("/formats?export=xlsx&q=Graphics").data))
    rows = list(sheet.worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [GIF]
    assert browser_of(app, services, "bach").get("/formats").status_code == 403


def test_the_api_tells_the_same(app: Flask, services: Services) -> None:
    lan = program_of(app, services, "lan")
    found = lan.get("/formats").get_json()["formats"]
    assert {entry["puid"]: entry["risk"] for entry in found}[OLD_PDF] == "high"
    assert lan.get("/formats/batches").get_json() == {"batches": []}
    assert program_of(app, services, "binh").get("/formats").status_code == 403


def test_the_command_does_it_all(home: Path) -> None:
    archive = Command(home)
    found = archive.ask("format", "list")["formats"]
    assert {entry["puid"]: entry["files"] for entry in found}[GIF] == 1
    batch = archive.ask("format", "propose", GIF, account="lan")["id"]
    assert archive.ask("format", "convert", batch, account="lan") == {"queued": 1}
    archive.run("work", "--until-empty", "--json")
    shown = archive.ask("format", "show", batch)
    assert shown["files"][0]["checks"]["pixels"] == "equal"
    assert archive.ask("format", "review", batch, "--accept", 1, account="mai")["accepted"] == 1
    own = archive.run("format", "approve", batch, "--json", account="mai")
    assert (own.code, own.error["code"]) == (4, "migration-own-approval")
    assert archive.ask("format", "approve", batch, account="hung") == {"approved": 1}
    archive.run("work", "--until-empty", "--json")
    (told,) = archive.ask("format", "batches")["batches"]
    assert told["state"] == "stored"
    documents = archive.ask("case", "show", CODE)["documents"]
    names = [file["name"] for document in documents for file in document["files"]]
    assert "so-do.pdf-a.pdf" in names
    for words in (("list",), ("batches",), ("show", batch)):
        assert archive.run("format", *words).code == 0
