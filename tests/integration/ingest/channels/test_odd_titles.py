"""Titles that no form expects: by each way in, and out in papers, lists, letters and pages."""

import html
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.app import create_app
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Role
from archive_service.domain.people.notice import MailRun, Notice
from archive_service.notices.digest import write_letter
from archive_service.notices.inbox import sentence
from archive_service.notices.mail_job import post_of
from archive_service.services import Services
from archive_service.text import nfc, unturned
from archive_service.worker import work
from ingest.drafts import acts as drafts_acts
from ingest.receiving.makers import hand_over
from ingest.submissions.acts import accept, submit
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of, session_token
from tests.worlds.command import Command
from tests.worlds.door import case_row, codes, document_row, write_pdf, write_sheet
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.ingest.sent_packages import lay_down, sip, with_fields

LONG = ("Hồ sơ nghiệm thu đập Khe Lạnh, " * 70)[:2000].strip()
ODD = {
    "emoji": "Hồ sơ 🗂 xây dựng 👩‍💼",
    "nfd": unicodedata.normalize("NFD", "Hồ sơ nghiệm thu"),
    "right-to-left mark": "Hồ sơ số 12\u200f/2025",
    "right-to-left override": "Hồ sơ \u202eiàn giao",
    "right-to-left isolate": "Hồ sơ \u2067bàn giao",
    "zero width": "Hồ\u200b sơ bàn\ufeff giao",
}
CONTROL = "Hồ sơ\x07 bàn\x1b[31m giao"
TURNING = set("\u061c\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FIELDS = "metadata/descriptive/EAD.xml"
_NAMED = {"files", "fileCode"}  # by the form itself
_LETTER = {
    name: value
    for name, value in document_row("", issuedDate="2025-04-12").items()
    if name not in _NAMED
}


@dataclass
class Door:
    """Each way in takes a title and gives the submission."""

    services: Services
    app: Flask
    place: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def _new(self) -> tuple[str, Path]:
        code = f"H40.18.2025.{next(self.numbers)}.QLCT"
        return code, write_pdf(self.place / code / "a.pdf", words=code).parent

    def _folder(self, title: str) -> Path:
        code, folder = self._new()
        rows = [document_row("a.pdf", code, subject=title)]
        write_sheet(folder / "Hồ sơ.xlsx", [case_row(code, title=title)], rows)
        return folder

    def _submitted(self, path: Path) -> UUID:
        (sent,) = submit(path, actor=person(self.services, "bach"), services=self.services)
        return sent

    def spreadsheet(self, title: str) -> UUID:
        return self._submitted(self._folder(title))

    def command(self, title: str) -> UUID:
        run = Command(self.services.settings.home).run
        told = run("submit", self._folder(title), "--json", account="bach")
        return UUID(told.document["submissions"][0]["id"])

    def sip(self, title: str) -> UUID:
        code, folder = self._new()
        files = sip(folder, documents=1, code=code, ocfl_id=f"urn:uuid:{str(uuid4()).upper()}")
        return self._submitted(lay_down(folder / "sip", with_fields(files, _FIELDS, title=title)))

    def edxml(self, title: str) -> UUID:
        code, folder = self._new()
        file = Enclosed("a.pdf", (folder / "a.pdf").read_bytes())
        packet = PacketOf(document_id=code, number=code, subject=title, attachments=[file])
        (folder / "packet.edxml").write_bytes(packet.xml())
        return self._submitted(folder / "packet.edxml")

    def rest(self, title: str) -> UUID:
        code, folder = self._new()
        subject = document_row("a.pdf", code, subject=title, issuedDate="2025-04-12")
        fields = {name: value for name, value in subject.items() if name not in _NAMED}
        form = {
            "case_file": json.dumps(case_row(code, title=title)),
            "documents": json.dumps([{"fields": fields, "files": ["a.pdf"]}]),
            "files": (io.BytesIO((folder / "a.pdf").read_bytes()), "a.pdf"),
        }
        sent = program_of(self.app, self.services, "bach").post("/submissions", data=form)
        assert sent.status_code == 201, sent.get_json()
        return UUID(sent.get_json()["submissions"][0]["id"])

    def page(self, title: str) -> UUID:
        draft, answer = self.typed(title)
        assert answer.status_code == 303, html.unescape(answer.text)
        return draft

    def filled(self, draft: UUID) -> None:
        """What the packet does not say is typed, and it is handed in."""
        code, bach = self._new()[0], person(self.services, "bach")
        declared = row_of(self, draft).case_file()
        rows = [(0, declared.fields, case_row(code)), (1, declared.documents[0].fields, _LETTER)]
        for row, told, wanted in rows:
            for name, value in wanted.items():
                if not told.get(name):
                    drafts_acts.put_field(
                        self.services, draft, row, name, str(value), was="", actor=bach
                    )
        drafts_acts.send(self.services, draft, actor=bach)

    def typed(self, title: str) -> tuple[UUID, TestResponse]:
        """A draft that is typed, and what is said as it is handed in."""
        code, folder = self._new()
        draft = drafts_acts.open_empty(self.services, actor=person(self.services, "bach"))
        browser = browser_of(self.app, self.services, "bach")
        data = (folder / "a.pdf").read_bytes()
        uploads = upload_folder(self.services)
        upload = uploads.begin(owner="bach", name="a.pdf", size_bytes=len(data), into=str(draft)).id
        uploads.path(upload).write_bytes(data)
        taken = browser.post(
            f"/drafts/{draft}/files",
            json={"upload": str(upload), "name": "a.pdf"},
            headers={"X-CSRFToken": session_token(browser)},
        )
        assert taken.status_code == 200
        kept = document_row("a.pdf", code, subject=title, issuedDate="2025-04-12")
        del kept["files"], kept["fileCode"]
        for row, fields in ((0, case_row(code, title=title)), (1, kept)):
            for name, value in fields.items():
                typed = {"row": str(row), "name": name, "value": value}
                typed["was"] = "a" if name == "subject" else ""  # proposed from the file's name
                answer = post(browser, f"/drafts/{draft}/fields", **typed)
                assert answer.status_code == 200, (name, answer.text)
        return draft, post(browser, f"/drafts/{draft}/hand-in", seen="")


Way = Callable[[Door, str], UUID]
WAYS: dict[str, Way] = {
    "SIP": Door.sip,
    "folder with its spreadsheet": Door.spreadsheet,
    "edXML": Door.edxml,
    "REST": Door.rest,
    "draft on its page": Door.page,
    "command": Door.command,
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    place = tmp_path_factory.mktemp("odd")
    with open_home(new_home(place / "home")) as services:
        with services.unit_of_work() as uow:
            agency = get_agency(uow.session, "H40.18").id
            add_account("yen", role=Role.OFFICER, actor=OPERATOR, uow=uow, agency_id=agency)
            uow.commit()
        yield Door(services, create_app(services), place)


def row_of(door: Door, submission: UUID) -> Submission:
    with door.services.read_only() as session:
        row = session.get_one(Submission, submission)
        assert row.findings is not None
        return row


def checked(door: Door, submission: UUID) -> Submission:
    work(door.services, until_empty=True)
    return row_of(door, submission)


WHOLE = list(zip(ODD, WAYS, strict=True))  # what is stored is shown alike, whatever it came by


@pytest.mark.parametrize(("kind", "way"), sorted(set(product(ODD, WAYS)) - set(WHOLE)))
def test_it_is_held_as_it_was_sent_by_each_way(door: Door, way: str, kind: str) -> None:
    came_in(door, way, kind)


def came_in(door: Door, way: str, kind: str) -> Submission:
    """It is shown to officer and archivist as it was sent."""
    title = nfc(ODD[kind])
    sent = WAYS[way](door, ODD[kind])
    row = checked(door, sent)
    assert row.title == title
    if row.state is SubmissionState.DRAFT:  # of a packet comes one, which an officer fills
        page = browser_of(door.app, door.services, "bach").get(f"/drafts/{sent}")
        assert title in html.unescape(page.text)
        door.filled(sent)
        row = checked(door, sent)
        assert row.title == title
    for name in ("bach", "lan"):
        browser = browser_of(door.app, door.services, name)
        page = browser.get(f"/submissions/{sent}", follow_redirects=True)
        assert unturned(title) in html.unescape(page.text)
    return row


@pytest.mark.parametrize(("kind", "way"), WHOLE)
def test_it_is_stored_and_shown_in_its_order(door: Door, way: str, kind: str) -> None:
    title = nfc(ODD[kind])
    named = unturned(title)  # as words of pages; fields hold it as it is
    sent = came_in(door, way, kind).id
    hand_over(door.services, sent, to="yen", actor=person(door.services, "bach"))
    accept(door.services, sent, actor=person(door.services, "lan"))
    row = checked(door, sent)
    assert row.state is SubmissionState.STORED
    browser = browser_of(door.app, door.services, "lan")
    assert named in html.unescape(browser.get(f"/case-files/{row.code}").text)
    found = browser.get(f"/search?in={row.code}&q=ho+so").text
    assert named in html.unescape(found.replace("<mark>", "").replace("</mark>", ""))
    shown = "".join(named.split()).replace("🗂", "�")
    for told in (*papers(door, row), *letters(door, sent)):
        assert not TURNING & set(told)
        if "👩" not in title:  # what fonts show of it differs
            assert shown.replace("\u200b", "").replace("\ufeff", "") in seen(told)


def seen(text: str) -> str:
    """Without blanks, where lines break, and without what has no width."""
    return "".join(text.replace("\u200b", "").replace("\ufeff", "").split())


def papers(door: Door, row: Submission) -> Iterator[str]:
    """Words of the receipt, of the list of documents in its three forms, and of the pages' list."""
    officer = browser_of(door.app, door.services, "lan")
    yield words_of_pdf(officer.get(f"/submissions/{row.id}/receipt").data)
    listed = f"/handovers/document-lists/{row.code}"
    yield words_of_pdf(officer.get(f"{listed}.pdf").data)
    yield words_of_office(officer.get(f"{listed}.docx").data, "word/document.xml")
    yield words_of_office(officer.get(f"{listed}.xlsx").data, "xl/worksheets/sheet1.xml")
    exported = officer.get(f"/case-files?q={row.code}&export=xlsx").data
    yield words_of_office(exported, "xl/worksheets/sheet1.xml")


def letters(door: Door, submission: UUID) -> Iterator[str]:
    """What the next officer is told of it on the page of notices, and the letter of it."""
    with door.services.read_only() as session:
        query = select(Notice).where(Notice.subject_id == submission)
        rows = list(session.scalars(query.where(Notice.kind == "submission-handed-over")))
    yield sentence(rows[0], "vi")
    run = MailRun(id=uuid4(), address="yen@sonlam.example", made_at=clock.now())
    letter = write_letter(run, rows, "vi", post_of(door.services)).message
    for part in ("plain", "html"):
        body: Any = letter.get_body((part,))
        yield html.unescape(body.get_content())


def words_of_pdf(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def words_of_office(data: bytes, part: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = [part] + [name for name in parts.namelist() if name == "xl/sharedStrings.xml"]
        return html.unescape("".join(parts.read(name).decode() for name in names))


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"edXML", "draft on its page"}))
def test_a_title_of_two_thousand_letters_is_an_error_at_its_field(door: Door, way: str) -> None:
    row = checked(door, WAYS[way](door, LONG))
    assert row.state is SubmissionState.CHECKED
    assert LONG.startswith(row.title)
    assert "field-too-long" in codes(row, Severity.ERROR)
    told = browser_of(door.app, door.services, "bach").get(f"/submissions/{row.id}").text
    assert "2000" in told.replace(".", "")


def test_a_draft_with_it_is_not_handed_in_and_says_so_at_its_field(door: Door) -> None:
    draft, answer = door.typed(LONG)
    assert (answer.status_code, row_of(door, draft).state) == (409, SubmissionState.DRAFT)
    assert "dài 2000 ký tự, quá 1000 ký tự" in html.unescape(answer.text)


@pytest.mark.parametrize("way", ["REST", "draft on its page"])  # XML holds no such character
def test_control_characters_are_left_out_and_break_nothing(door: Door, way: str) -> None:
    row = checked(door, WAYS[way](door, CONTROL))
    assert row.title == "Hồ sơ bàn[31m giao"
    accept(door.services, row.id, actor=person(door.services, "lan"))
    assert checked(door, row.id).state is SubmissionState.STORED
