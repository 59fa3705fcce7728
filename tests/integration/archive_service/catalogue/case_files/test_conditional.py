"""Material that is open on conditions: one mode is told, and every place tells the same of it."""

import re
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from archive_service import law, messages
from archive_service.catalogue.describing.fields import WITHHELD, set_value
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.browsers import browser_of
from tests.worlds.clients import RESTRICTED_CODE, Program
from tests.worlds.command import Command

PAGE = f"/case-files/{RESTRICTED_CODE}"
RECORD = f"{PAGE}/documents/1"
GUIDE = Path(__file__).parents[5] / "docs" / "guides" / "reader.md"
TOLD = messages.text("pages.document_record.reduced")
HIDDEN = "Điều chỉ người giữ được biết"


def restrict_the_case_alone(services: Services) -> None:
    """The case file is open on conditions, its document says of itself that it is public."""
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        row.mode, row.documents[0].mode = "02", "01"


def hide_something_everywhere(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        row.mode = "02"
        for name in ("keyword", "description", "dossierResult", f"{OWN}ma-du-an"):
            set_value(row, name, HIDDEN)
        for name in ("keyword", "description", "autograph", f"{OWN}ma-du-an"):
            set_value(row.documents[0], name, HIDDEN)


def test_one_access_mode_is_said_of_a_document(app: Flask, services: Services) -> None:
    restrict_the_case_alone(services)
    for name in ("lan", "binh"):
        page = browser_of(app, services, name).get(PAGE).text
        assert "Công khai" not in page
        assert "Sử dụng có điều kiện, theo chế độ của hồ sơ" in page
        record = browser_of(app, services, name).get(RECORD).text
        found = re.findall(r"Chế độ sử dụng</dt>\s*<dd[^>]*>([^<]*)", record)
        assert found == ["Sử dụng có điều kiện"]
        assert re.search(r"Ghi cho riêng tài liệu này</dt>\s*<dd[^>]*>Công khai", record)


def test_a_reader_is_told_the_same_by_page_program_hint_and_guide(
    app: Flask, services: Services, reader: Program
) -> None:
    hide_something_everywhere(services)
    told = reader.get(PAGE).get_json()
    record = reader.get(RECORD).get_json()
    assert HIDDEN not in str(told) + str(record)
    assert not WITHHELD & record["fields"].keys()
    (document,) = told["documents"]
    assert (document["files"], document["signatures"], record["events"]) == ([], [], [])
    for shown in ("title", "date", "organ_name", "type"):
        assert document[shown]
    assert told["title"]
    assert told["start_date"]
    client = browser_of(app, services, "binh")
    for place in (PAGE, RECORD):
        page = client.get(place).text
        assert HIDDEN not in page
        assert TOLD in page
    assert TOLD in GUIDE.read_text("utf-8")
    for kind in ("case-file", "document"):
        for rule in law.fields(kind):
            if rule.name in WITHHELD:
                assert rule.label_vi.lower() in TOLD.lower(), rule.name
    for name in ("lan", "hung"):
        assert HIDDEN in browser_of(app, services, name).get(RECORD).text


def test_the_command_shows_a_document_in_words(services: Services, home: Path) -> None:
    hide_something_everywhere(services)
    shown = Command(home).run("document", "show", RESTRICTED_CODE, 1, account="lan").stdout
    for said in ("Trích yếu nội dung", "Chế độ sử dụng", "Sử dụng có điều kiện", "SHA-256", "Kho"):
        assert said in shown
    for raw in ("holds_now", "case_file_mode", "docCode", "mode 02", "None", "[]", "{'", "False"):
        assert raw not in shown
    listed = Command(home).run("case", "show", RESTRICTED_CODE, account="binh").stdout
    assert re.search(r"^ +1  ", listed, re.MULTILINE), "it is asked for by its ordinal"
    reduced = Command(home).run("document", "show", RESTRICTED_CODE, 1, account="binh").stdout
    assert TOLD in " ".join(reduced.split())
    assert "SHA-256" not in reduced
