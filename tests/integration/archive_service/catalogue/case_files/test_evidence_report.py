"""The report of one case file: its JSON is under the seal of its paper, which is PDF/A."""

import hashlib
import json
import re
import subprocess
from io import BytesIO
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest
from flask import Flask

from archive_service import messages
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.case_files.evidence_report import (
    ReportWanted,
    evidence_of,
    write_evidence_report,
)
from archive_service.errors import NotFoundError
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from archive_service.signing.pdf.validate import inspect_signatures
from tests.worlds.archive import open_home, person
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, file_path
from tests.worlds.command import Command
from tests.worlds.papers.printed_text import read


def test_it_is_sealed_and_names_its_data(tmp_path: Path, tools: ModuleType) -> None:
    home = stocked_home(tmp_path / "home")
    told = Command(home).ask("evidence", "report", STORED_CODE, "--to", tmp_path / "out")
    data, paper = Path(told["json_path"]).read_bytes(), Path(told["pdf"])
    assert told["sealed"]
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    report, printed = json.loads(data), read(paper)
    assert told["sha256"] in printed.replace(" ", "")
    assert report["receipt"]["number"] in printed
    assert [version["number"] for version in report["versions"]] == [1]
    assert "submission:accepted" in {event["tag"] for event in report["events"]}
    assert report["readings"] == []
    assert {step["step"] for step in report["proof"]["steps"]} == {
        "events",
        "log",
        "stamped",
        "witnessed",
    }
    with open_home(home) as services:
        (seal,) = inspect_signatures(paper, services.trust)
    assert (seal.intact, seal.covers_whole_document) == (True, True)
    order = ["pdfsig", "-nocert", str(paper)]
    judged = subprocess.run(order, capture_output=True, text=True, check=True).stdout
    assert judged.count("Signature Validation: Signature is Valid.") == 1
    assert "Total document signed" in judged
    (verdict,) = tools.verapdf([paper])
    assert (verdict.passed, verdict.details) == (True, "")


def test_one_byte_of_it_changed_is_seen_by_others(tmp_path: Path) -> None:
    home = stocked_home(tmp_path / "home")
    told = Command(home).ask("evidence", "report", STORED_CODE, "--to", tmp_path / "out")
    paper = Path(told["pdf"])
    data = bytearray(paper.read_bytes())
    at = data.index(b"stream\n") + 40
    data[at] ^= 1
    paper.write_bytes(data)
    order = ["pdfsig", "-nocert", str(paper)]
    judged = subprocess.run(order, capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" not in judged
    with open_home(home) as services:
        (seal,) = inspect_signatures(paper, services.trust)
    assert not seal.intact


def test_every_word_of_it_is_vietnamese(services: Services, tmp_path: Path) -> None:
    made = write_evidence_report(
        services, RESTRICTED_CODE, ReportWanted(to=tmp_path), actor=person(services, "hung")
    )
    report, printed = json.loads(Path(made.json_path).read_bytes()), read(Path(made.pdf))
    for tag in {event["tag"] for event in report["events"]}:
        words = messages.label("events", tag)
        assert words != f"labels.events.{tag}", tag
        assert words.split()[0] in printed
    for step in report["proof"]["steps"]:
        assert messages.has(f"labels.evidence-steps.{step['step']}"), step["step"]
    assert "labels." not in printed
    assert "papers." not in printed


def test_who_read_it_is_told_to_those_who_read_the_trail(
    services: Services, archivist: Program, tmp_path: Path
) -> None:
    archivist.get(file_path(archivist, RESTRICTED_CODE))
    made = write_evidence_report(
        services, RESTRICTED_CODE, ReportWanted(to=tmp_path), actor=person(services, "hung")
    )
    (reading,) = json.loads(Path(made.json_path).read_bytes())["readings"]
    assert (reading["account"], reading["ordinal"]) == ("lan", 1)
    assert "Các lần đọc nội dung hạn chế" in read(Path(made.pdf))
    told = evidence_of(services, RESTRICTED_CODE, actor=person(services, "lan"))
    assert told["readings"] is None
    assert "document:read" not in {event["tag"] for event in told["events"]}


def test_rest_and_the_page_give_the_same_two_files(
    app: Flask, services: Services, archivist: Program, tmp_path: Path
) -> None:
    browser = browser_of(app, services, "lan")
    sheet = browser.get(f"/case-files/{RESTRICTED_CODE}/evidence").text
    address = f"/case-files/{RESTRICTED_CODE}/evidence-report"
    assert f'href="{address}"' in sheet
    for door in (archivist, browser):
        command = evidence_of(services, RESTRICTED_CODE, actor=person(services, "lan"))
        answer = door.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/zip")
        assert f"{RESTRICTED_CODE}-evidence.zip" in answer.headers["Content-Disposition"]
        with ZipFile(BytesIO(answer.data)) as packed:
            packed.extractall(tmp_path)
        data = (tmp_path / f"{RESTRICTED_CODE}-evidence.json").read_bytes()
        paper = tmp_path / f"{RESTRICTED_CODE}-evidence.pdf"
        assert json.loads(data) | {"made_at": ""} == command | {"made_at": ""}
        printed = subprocess.run(["pdftotext", paper, "-"], capture_output=True, check=True).stdout
        assert hashlib.sha256(data).hexdigest().encode() in printed
        (seal,) = inspect_signatures(paper, services.trust)
        assert seal.intact
        code = re.search(rb"[A-Z2-7]{4}(-[A-Z2-7]{4}){4}", printed)
        assert code
        checked = verdict_of(services, code[0].decode())
        assert (checked.state, checked.kind) == ("valid", "evidence-report")
        assert checked.digests == [hashlib.sha256(paper.read_bytes()).hexdigest()]
    assert archivist.get("/case-files/X1/evidence-report").status_code == 404
    refused = browser_of(app, services, "binh").get(f"/case-files/{OPEN_CODE}/evidence-report")
    assert refused.status_code == 403


def test_who_may_not_read_the_history_gets_none(services: Services, tmp_path: Path) -> None:
    for name, refusal in (("binh", ActNotAllowedError), ("stranger", NotFoundError)):
        with pytest.raises(refusal):
            write_evidence_report(
                services, OPEN_CODE, ReportWanted(to=tmp_path / "out"), actor=person(services, name)
            )
    assert not (tmp_path / "out").exists()
