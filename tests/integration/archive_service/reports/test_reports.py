"""Statistics that reconcile with the store, reports kept as they were, registers closed."""

import datetime as dt
import html
import re
from io import BytesIO
from pathlib import Path
from types import ModuleType
from uuid import UUID

import openpyxl
import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Role
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.reports import acts as reports_acts
from archive_service.reports import register_acts
from archive_service.reports.given import ReportIn
from archive_service.reports.period import (
    ReportPeriodAheadError,
    ReportPeriodError,
    last_quarter,
    parse_period,
)
from archive_service.reports.register_acts import RegisterNotClosedError, RegisterOpenError
from archive_service.reports.report_paper import period_in_words
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from ingest.acceptance.decide import refuse_submission
from ingest.handover import acts as handover_acts
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, Program, add_person, do_all
from tests.worlds.papers.bad_input import small_case

WIDE = "2000-01-01..2009-12-31"
ALWAYS = "2021-01-01..2029-12-31"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-h1", "2026-01-01", "2026-06-30"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        (" 2026-01-05..2026-01-05 ", "2026-01-05", "2026-01-05"),
    ],
)
def test_periods_are_named_as_people_name_them(text: str, first: str, last: str) -> None:
    period = parse_period(text)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        *("", "26", "2026-Q5", "2026-13", "2026-02-30..2026-03-01", "2026-03-01..2026-02-01"),
        *("0000", "0001", "1944", "1944-12-31..1945-01-01", "9999"),
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ReportPeriodError):
        parse_period(text)


def test_the_last_quarter_is_the_one_that_is_over() -> None:
    assert last_quarter(dt.date(2026, 1, 1)) == parse_period("2025-Q4")
    assert last_quarter(dt.date(2026, 11, 20)) == parse_period("2026-Q3")


def test_totals_reconcile_with_the_store_to_the_last_file_and_byte(services: Services) -> None:
    counted = reports_acts.figures_of(services, ALWAYS, actor=person(services, "lan"))
    holdings = counted.figures["holdings"]
    files = size_bytes = cases = documents = 0
    with services.read_only() as session:
        for row in session.scalars(select(CaseFile)).all():
            cases += 1
            documents += len(row.documents)
            version = row.versions[row.version_stored - 1]
            content = HeldContent(services.copies[:1], row.ocfl_id)
            inventory = content.inventory(version.number, version.inventory_sha256)
            for digest in inventory.state().values():
                files += 1
                path = inventory.manifest[digest][0]
                found = list(Path(services.settings.home).rglob(path))
                size_bytes += next(
                    one.stat().st_size
                    for one in found
                    if row.ocfl_id.rpartition(":")[2] in one.as_posix().upper()
                )
    assert (holdings["case_files"], holdings["documents"]) == (cases, documents)
    assert (holdings["files"], holdings["size_bytes"]) == (files, size_bytes)


def test_every_total_is_the_sum_of_its_parts(services: Services, tmp_path: Path) -> None:
    small_case(tmp_path / "more", code="H40.18.2025.51.QLCT")
    (submission,) = submissions_acts.submit(
        tmp_path / "more", actor=person(services, "bach"), services=services
    )
    do_all(services)
    lan, given = person(services, "lan"), Return(reason="Thiếu trang")
    submissions_acts.give_back(services, submission, given, actor=lan)
    figures = reports_acts.figures_of(services, ALWAYS, actor=person(services, "lan")).figures
    told = figures["intake"]
    assert (told["received"], told["accepted"], told["returned"]) == (3, 2, 1)
    for part in ("agencies", "channels"):
        for name in ("received", "accepted", "returned", "backlog"):
            assert sum(figure[name] for figure in figures[part]) == told[name]
    for name in ("received", "accepted"):
        assert sum(month[name] for month in figures["months"]) == told[name]
    assert sum(one["accepted"] + one["returned"] for one in figures["people"]) == 3
    assert sum(one["count"] for one in figures["types"]) == figures["holdings"]["documents"]
    assert figures["days_to_decision"]["count"] == 3


def test_a_refusal_by_rule_counts_for_the_system_and_reasons_are_words(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    small_case(tmp_path / "more", code="H40.18.2025.51.QLCT")
    (tmp_path / "more" / "01 Biên bản bàn giao.pdf").write_bytes(b"no PDF")
    (submission,) = submissions_acts.submit(
        tmp_path / "more", actor=person(services, "bach"), services=services
    )
    do_all(services)
    with services.writing() as session:
        refuse_submission(submission, "Tệp không phải PDF", session=session)
    figures = reports_acts.figures_of(services, ALWAYS, actor=person(services, "lan")).figures
    returned = {one["label"]: one["returned"] for one in figures["people"]}
    assert returned["Hệ thống, theo quy tắc"] == 1
    assert figures["reasons"]
    assert all(
        ": " in reason["label"] and "{" not in reason["label"] for reason in figures["reasons"]
    )
    page = html.unescape(browser_of(app, services, "lan").get(f"/reports?period={ALWAYS}").text)
    (drawn,) = re.findall(
        r'<figure class="bars">(?:(?!<figure).)*?Lý do.*?</figure>', page, re.DOTALL
    )
    for reason in figures["reasons"][:12]:
        bar = drawn.partition(f">{reason['label']}<")[2].partition("</li>")[0]
        assert f'<rect width="{reason["count"]}"' in bar
        assert f'class="num">{reason["count"]}<' in bar


def test_figures_of_a_period_that_is_not_over_say_so(services: Services) -> None:
    lan = person(services, "lan")
    running = reports_acts.make_report(services, ReportIn(period=ALWAYS), actor=lan)
    over = reports_acts.make_report(services, ReportIn(period=WIDE), actor=lan)
    assert (running.provisional, over.provisional) == (True, False)
    at = f"{clock.local(clock.parse_iso(running.made_at)):%H:%M ngày %d/%m/%Y}"
    for told in (reports_acts.title_of(running, "vi"), period_in_words(running)):
        assert told.endswith(f"tạm tính đến {at}, kỳ chưa kết thúc")
    assert "chưa kết thúc" not in reports_acts.title_of(over, "vi") + period_in_words(over)
    shown = reports_acts.figures_of(services, ALWAYS, actor=lan)
    at = f"{clock.local(clock.parse_iso(shown.as_of)):%H:%M ngày %d/%m/%Y}"
    assert reports_acts.title_of(shown, "vi").endswith(f"tạm tính đến {at}, kỳ chưa kết thúc")


def test_a_period_that_has_not_begun_is_refused_with_words(
    app: Flask, services: Services, archivist: Program
) -> None:
    lan, today = person(services, "lan"), clock.today()
    for ahead in (f"{today.year + 1}", f"{today + dt.timedelta(days=1)}..{today.year + 1}-12-31"):
        with pytest.raises(ReportPeriodAheadError):
            reports_acts.make_report(services, ReportIn(period=ahead), actor=lan)
        with pytest.raises(ReportPeriodAheadError):
            reports_acts.figures_of(services, ahead, actor=lan)
    assert reports_acts.list_reports(services, actor=lan)[1] == 0
    refused = archivist.post("/reports", json={"period": f"{today.year + 1}"})
    assert (refused.status_code, refused.get_json()["code"]) == (
        422,
        "report-period-ahead",
    )
    pages = browser_of(app, services, "lan")
    answer = pages.get(f"/reports?period={today.year + 1}")
    assert answer.status_code == 422
    assert f"Kỳ báo cáo bắt đầu ngày 01/01/{today.year + 1}" in html.unescape(answer.text)
    offered = re.findall(r"/reports\?period=([\w-]+)", pages.get("/reports").text)
    assert str(today.year) in offered
    assert all(parse_period(one).first <= today for one in offered)
    given = ReportIn(period=f"{today}..{today}")
    assert reports_acts.make_report(services, given, actor=lan).provisional


def test_a_period_before_anything_came_is_all_zeros(services: Services) -> None:
    figures = reports_acts.figures_of(services, WIDE, actor=person(services, "lan")).figures
    assert set(figures["intake"].values()) == {0}
    assert figures["days_to_decision"] == {"count": 0, "median": None, "longest": None}
    assert figures["agencies"] == []


def test_an_agency_sees_its_own_figures_alone(services: Services) -> None:
    lan = person(services, "lan")
    mine = reports_acts.figures_of(services, ALWAYS, actor=lan, agency="H40.18").figures
    other = reports_acts.figures_of(services, ALWAYS, actor=lan, agency="H40.20").figures
    assert mine["intake"]["received"] == 2
    assert (other["intake"]["received"], other["holdings"]["case_files"]) == (0, 0)
    with pytest.raises(ActNotAllowedError):
        reports_acts.figures_of(services, ALWAYS, actor=person(services, "bach"))


def test_a_report_keeps_its_figures_and_takes_words(services: Services, tmp_path: Path) -> None:
    lan = person(services, "lan")
    made = reports_acts.make_report(services, ReportIn(period=ALWAYS), actor=lan)
    small_case(tmp_path / "more", code="H40.18.2025.51.QLCT")
    submissions_acts.submit(tmp_path / "more", actor=person(services, "bach"), services=services)
    report = UUID(made.id)
    reports_acts.put_words(
        services, report, difficulties="Thiếu máy quét.", proposals="Mua máy.", actor=lan
    )
    found = reports_acts.open_report(services, report, actor=lan)
    assert found.figures == made.figures
    assert (found.difficulties, found.proposals) == ("Thiếu máy quét.", "Mua máy.")


def test_reports_are_numbered_by_year_and_go_on_after_a_rebuild(services: Services) -> None:
    lan = person(services, "lan")
    first = reports_acts.make_report(services, ReportIn(period=ALWAYS), actor=lan)
    assert first.number == "01/BC-LT"
    _, data = reports_acts.write_report(services, UUID(first.id), "pdf", actor=lan)
    with pypdfium2.PdfDocument(data) as paper:
        assert "Số: 01/BC-LT" in paper[0].get_textpage().get_text_bounded()
    rebuild(services, actor=OPERATOR)
    assert reports_acts.make_report(services, ReportIn(period=WIDE), actor=lan).number == "02/BC-LT"


def test_a_report_is_a_pdf_a_and_a_workbook(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    lan = person(services, "lan")
    report = UUID(reports_acts.make_report(services, ReportIn(period=ALWAYS), actor=lan).id)
    reports_acts.put_words(
        services, report, difficulties="Thiếu máy quét.", proposals="", actor=lan
    )
    name, data = reports_acts.write_report(services, report, "pdf", actor=lan)
    paper = tmp_path / name
    paper.write_bytes(data)
    assert tools.verapdf([paper])[0].passed
    _, data = reports_acts.write_report(services, report, "xlsx", actor=lan)
    book = openpyxl.load_workbook(BytesIO(data))
    assert book.worksheets[0]["B3"].value == 2  # received, as a number


def test_reports_of_a_quarter_are_made_once_by_themselves(services: Services) -> None:
    for _ in range(2):
        with services.writing() as session:
            services.jobs.add(session, reports_acts.DUE_JOB)
        do_all(services)
    found, total = reports_acts.list_reports(services, actor=person(services, "lan"))
    assert total == len({(entry.first, entry.last) for entry in found})
    assert total >= 1


def _to_last_year(services: Services) -> int:
    """Everything was acknowledged a year ago."""
    with services.writing() as session:
        year = session.scalars(select(CaseFile.receipt_year)).first()
        assert year is not None
        session.execute(update(CaseFile).values(receipt_year=year - 1))
    return year - 1


def test_a_register_of_a_year_that_is_over_is_closed_with_a_signed_paper(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    add_person(services, "truong", Role.HEAD)
    head = person(services, "truong")
    year = _to_last_year(services)
    with pytest.raises(RegisterNotClosedError):
        register_acts.write_register(services, "receipts", year, "pdf", actor=head)
    closed = register_acts.close_register(services, "receipts", year, actor=head)
    assert (closed["rows"], closed["closed_by"]) == (2, "truong")
    assert register_acts.close_register(services, "receipts", year, actor=head) == closed
    name, data = register_acts.write_register(services, "receipts", year, "pdf", actor=head)
    paper = tmp_path / name
    paper.write_bytes(data)
    assert tools.verapdf([paper])[0].passed
    rebuild(services, actor=OPERATOR)
    assert register_acts.write_register(services, "receipts", year, "pdf", actor=head)[1] == data
    registers = {
        register["name"]: register
        for register in register_acts.list_registers(services, actor=head)
    }
    assert [entry["year"] for entry in registers["receipts"]["closed"]] == [year]


def test_a_closed_register_as_excel_says_what_was_signed_whatever_changes_later(
    services: Services,
) -> None:
    add_person(services, "truong", Role.HEAD)
    head = person(services, "truong")
    year = _to_last_year(services)
    register_acts.close_register(services, "receipts", year, actor=head)
    later = "Nhan đề được sửa sau khi đóng sổ"
    with services.writing() as session:
        for bearer in (CaseFile, Submission):
            session.execute(update(bearer).values(title=later))
    shown = register_acts.register_rows(services, "receipts", year, actor=head, limit=9, offset=0)
    assert any(later in row for row in shown["rows"])
    for form in ("before", "after a rebuild"):
        _, data = register_acts.write_register(services, "receipts", year, "xlsx", actor=head)
        sheet = openpyxl.load_workbook(BytesIO(data)).active
        assert sheet is not None
        cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
        assert OPEN_CODE in cells, form
        assert later not in cells, form
        rebuild(services, actor=OPERATOR)


def test_registers_are_offered_for_the_years_of_the_archive_alone(
    app: Flask, services: Services
) -> None:
    this_year = clock.today().year

    def offered() -> set[int]:
        page = browser_of(app, services, "lan").get("/registers").text
        return {int(year) for year in re.findall(r"/registers/receipts/(\d+)", page)}

    assert offered() == {this_year}
    with services.writing() as session:
        first = session.scalars(select(Act).order_by(Act.at).limit(1)).one()
        first.at = dt.datetime(this_year - 6, 7, 1, tzinfo=dt.UTC)
    assert offered() == set(range(this_year - 6, this_year + 1))


def test_this_years_register_stays_open_and_only_the_head_closes(services: Services) -> None:
    add_person(services, "truong", Role.HEAD)
    head, year = person(services, "truong"), clock.today().year
    with pytest.raises(RegisterOpenError):
        register_acts.close_register(services, "receipts", year, actor=head)
    with pytest.raises(ActNotAllowedError):
        register_acts.close_register(services, "receipts", 2020, actor=person(services, "lan"))


def test_registers_show_each_row_once_and_in_order(services: Services) -> None:
    lan = person(services, "lan")
    handover_acts.make(services, actor=lan)
    do_all(services)
    with services.read_only() as session:
        year = session.scalars(select(CaseFile.receipt_year)).first()
        received = session.scalars(select(Submission.received_at)).first()
    assert year is not None
    assert received is not None
    years = {
        "submissions": (clock.local(received).year, 2),
        "receipts": (year, 2),
        "handovers": (year, 1),
    }
    for name, (of_year, count) in years.items():
        found = register_acts.register_rows(services, name, of_year, actor=lan, limit=50, offset=0)
        assert found["total"] == count
        assert [row[0] for row in found["rows"]] == [str(n) for n in range(1, count + 1)]
    name, data = register_acts.write_register(services, "receipts", year, "xlsx", actor=lan)
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet is not None
    assert OPEN_CODE in [cell.value for row in sheet.iter_rows() for cell in row]
    assert name == f"so-receipts-{year}.xlsx"


def test_the_pages_show_figures_make_a_report_and_list_registers(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    page = lan.get(f"/reports?period={ALWAYS}").text
    assert "<svg" in page
    assert "Theo cơ quan" in page
    assert lan.get("/reports?period=nothing").status_code == 422
    days = lan.get("/reports?first=2026-02-01&last=2026-02-28").text
    assert "reports.words." not in days
    assert "01/02/2026 đến 28/02/2026" in days
    answer = post(lan, "/reports", period="2026-Q4")
    assert answer.status_code == 303
    assert "Khó khăn, vướng mắc" in lan.get(answer.location).text
    assert lan.get(f"{answer.location}/paper.pdf").data.startswith(b"%PDF-")
    assert "Sổ giấy tiếp nhận hồ sơ" in lan.get("/registers").text
    assert lan.get("/registers/receipts/2020").status_code == 200
    assert lan.get("/registers/nothing/2020").status_code == 404


def test_programs_ask_for_figures_and_reports(archivist: Program, officer: Program) -> None:
    figures = archivist.get(f"/reports/figures?period={ALWAYS}")
    assert figures.get_json()["figures"]["holdings"]["case_files"] == 2
    made = archivist.post("/reports", json={"period": "2026-H2"}).get_json()
    assert archivist.get(f"/reports/{made['id']}").get_json() == made
    assert archivist.get("/reports").get_json()["total"] == 1
    assert archivist.get(f"/reports/{made['id']}/paper").data.startswith(b"%PDF-")
    assert officer.get("/reports/figures?period=2026").status_code == 403
