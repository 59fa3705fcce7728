"""Lists and minutes say of pages, paper and recalled documents what the case file's page says."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask

from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import MoveGiven
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.domain.case_files.recall import RecallKind
from archive_service.domain.intake.handover import HandoverRecord
from archive_service.services import Services
from ingest.handover import acts as handover_acts
from ingest.handover import paper_files
from ingest.handover.acts import paper_said
from ingest.handover.papers import Handover, case_file_list, contents_of
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.bad_input import write_small_sheet

LONG = "H40.18.2025.31.QLCT"
ON_PAPER = "H40.18.2025.32.QLCT"
REASON = "Chỉnh lý"


def of_pages(folder: Path, *counts: int) -> Path:
    """Documents of so many pages each, the newest first: the list stands in order of time."""
    rows: list[dict[str, Any]] = []
    for number, pages in enumerate(counts, start=1):
        write_pdf(folder / f"{number}.pdf", words=f"Tài liệu {number}", pages=pages)
        date = f"{20 - number:02}/04/2025"
        row = document_row(f"{number}.pdf", LONG, subject=f"Văn bản {number}", issuedDate=date)
        rows.append(row | {"codeNumber": str(number)})
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(LONG)], rows)
    return folder


def bring_in(services: Services, folder: Path) -> UUID:
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)
    return submission


@pytest.fixture(scope="module")
def long_home(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with a case file of four documents of 1, 2, 3 and 1 pages, and one on paper."""
    place = tmp_path_factory.mktemp("long")
    home = copy_home(held_home, place / "home")
    (place / "paper").mkdir()
    write_small_sheet(place / "paper", code=ON_PAPER, files="", confidenceLevel="Số hóa")
    with open_home(home) as opened:
        bring_in(opened, of_pages(place / "four", 1, 2, 3, 1))
        bring_in(opened, place / "paper")
    return home


@pytest.fixture
def home(long_home: Path, tmp_path: Path) -> Path:
    """A copy of it of the test's own."""
    return copy_home(long_home, tmp_path / "home")


def listed(services: Services, code: str = LONG) -> dict[str, tuple[str, str]]:
    """Pages and note of each document of the mục lục văn bản, by its number."""
    lan = person(services, "lan")
    _, data = paper_files.write_document_list(services, code, "xlsx", actor=lan)
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet is not None
    found = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    return {row[1].partition("/")[0]: (row[5], row[6]) for row in found if row[0].isdecimal()}


def on_the_page(app: Flask, services: Services) -> list[str]:
    """The column of pages of the case file's page, from top to bottom."""
    page = browser_of(app, services, "lan").get(f"/case-files/{LONG}").text
    return re.findall(r'<td class="num">([^<]*)</td>', page)


def said(services: Services) -> Handover:
    """Minutes of all that waits, as their paper will say it."""
    told = handover_acts.make(services, actor=person(services, "lan"))
    with services.read_only() as session:
        return paper_said(session, services, session.get_one(HandoverRecord, told.id))


def test_the_list_tells_where_each_document_lies_as_the_page_does(
    app: Flask, services: Services
) -> None:
    assert on_the_page(app, services) == ["1", "2–3", "4–6", "7"]
    assert {number: pages for number, (pages, _) in listed(services).items()} == {
        "4": "7", "3": "4–6", "2": "2–3", "1": "1",
    }  # fmt: skip
    (paper,) = [case_file for case_file in said(services).case_files if case_file.code == LONG]
    assert [document.pages for document in paper.documents] == ["7", "4–6", "2–3", "1"]
    assert paper.pages == 7


def test_what_was_moved_away_takes_no_page_and_says_where_it_is(
    app: Flask, services: Services
) -> None:
    lan = person(services, "lan")
    arranging_acts.move(
        services, LONG, MoveGiven(documents=[2], to=OPEN_CODE, reason=REASON), actor=lan
    )
    do_all(services)
    pages = {number: one[0] for number, one in listed(services).items()}
    assert pages == {"4": "5", "3": "2–4", "2": "", "1": "1"}
    assert [one for one in on_the_page(app, services) if "–" in one] == ["2–4"]
    assert listed(services)["2"][1] == f"Đã chuyển sang hồ sơ {OPEN_CODE}"


def test_what_was_recalled_or_corrected_says_so_in_the_list(services: Services) -> None:
    for ordinal, wish in (
        ("3", Wish(kind=RecallKind.RECALL, reason="Ban hành sai")),
        (
            "1",
            Wish(
                kind=RecallKind.CORRECTION,
                reason="Sai ngày",
                successor="H40.18-2026-9",
                declared=True,
            ),
        ),
    ):
        told = ask(services, LONG, ordinal, wish, actor=person(services, "bach"))
        confirm_recall(
            services, told.id, DecisionIn(reason="Đồng ý"),
            actor=person(services, "lan"),
        )  # fmt: skip
        do_all(services)
    notes = {number: note for number, (_, note) in listed(services).items()}
    assert notes["3"].startswith("Đã thu hồi ngày ")
    assert "H40.18-2026-9" in notes["1"]
    assert notes["2"] == notes["4"] == ""


def test_minutes_count_paper_and_files_apart_as_they_were_handed_over(services: Services) -> None:
    paper = said(services)
    words = " ".join(contents_of(paper))
    assert "Chưa nhận bản giấy của 01 hồ sơ" in words
    assert "trừ bản giấy chưa nhận của 01 hồ sơ" in words
    counts = "hồ sơ: 03; tổng số văn bản, tài liệu: 06; tổng số tệp tin trong hồ sơ: 06"
    assert counts in words
    rows = [row.cells[-2:] for row in case_file_list(paper).rows if ON_PAPER in row.cells[-1]]
    assert rows == [("", f"{ON_PAPER}; chưa nhận bản giấy")], "nobody counted its pages"
