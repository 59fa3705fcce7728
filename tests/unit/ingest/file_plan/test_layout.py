"""File plans as agencies really write them: XLSX and DOCX in the layout of NĐ 30/2020 PL V.II."""

import datetime as dt
import unicodedata
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_service import messages
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanHeading
from archive_service.domain.intake.finding import Severity
from archive_service.formats.workbook import ROWS, SheetUnreadableError
from archive_service.forms.docx import write_docx
from archive_service.forms.xlsx import write_xlsx
from archive_service.settings import LimitSettings, load_settings
from ingest.file_plan.form import PlanIssuer, file_plan_form
from ingest.file_plan.layout import unit_and_person
from ingest.file_plan.read import (
    FilePlanLegacyError,
    FilePlanUnreadableError,
    ReadPlan,
    read_file_plan,
    term_years,
)
from ingest.file_plan.word_tables import WordForeignError, WordTooLargeError, WordUnreadableError
from tests.worlds.papers.word import cell, table, write_word

HEAD = [
    "Số và ký hiệu hồ sơ",
    "Tên đề mục và tiêu đề hồ sơ",
    "Thời hạn lưu trữ",
    "Đơn vị/người lập hồ sơ",
    "Ghi chú",
]
NUMBERS = ["(1)", "(2)", "(3)", "(4)", "(5)"]
TOTAL = "Bản Danh mục hồ sơ này có 02 hồ sơ, bao gồm: 01 hồ sơ vĩnh viễn; 01 hồ sơ có thời hạn."


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> LimitSettings:
    return load_settings(tmp_path_factory.mktemp("home")).limits


def book(target: Path, rows: list[list[Any]], merged: tuple[str, ...] = ()) -> Path:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Danh mục"
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    made.save(target)
    return target


def codes(read: ReadPlan) -> list[str]:
    return [finding.code for finding in read.findings]


def notations(read: ReadPlan) -> list[str]:
    return [entry.notation for entry in read.entries]


def test_headings_are_data_with_level_number_title_and_symbol(
    limits: LimitSettings, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [
        ["UBND TỈNH SƠN LAM", None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["DANH MỤC HỒ SƠ"],
        HEAD,
        NUMBERS,
        [None, "I. TỔNG HỢP (TH)"],
        [None, "1. Kế hoạch"],
        ["01.TH", "Hồ sơ kế hoạch", "Vĩnh viễn", "Phòng Tổng hợp\nVũ Hải Yến", ""],
        [None, "2. Hội nghị"],
        ["02.TH", "Hồ sơ hội nghị", "10 năm", "Vũ Hải Yến", "ghi"],
        ["II", "TÀI CHÍNH (TC)"],
        ["03.TC", "Chứng từ", "10 năm", "Phòng Tài chính", ""],
        [TOTAL],
        [None, None, None, "GIÁM ĐỐC"],
        [None, None, None, "Hoàng Thị Mỵ"],
    ]
    read = read_file_plan(book(tmp_path / "p.xlsx", rows, ("A1:B1", "A2:E2")), limits)
    assert [
        (heading.level, heading.number, heading.title, heading.symbol) for heading in read.headings
    ] == [
        (1, "I", "TỔNG HỢP", "TH"),
        (2, "1", "Kế hoạch", ""),
        (2, "2", "Hội nghị", ""),
        (1, "II", "TÀI CHÍNH", "TC"),
    ]
    assert [(entry.heading, entry.unit, entry.creator) for entry in read.entries] == [
        ("1. Kế hoạch", "Phòng Tổng hợp", "Vũ Hải Yến"),
        ("2. Hội nghị", "", "Vũ Hải Yến"),
        ("II. TÀI CHÍNH (TC)", "Phòng Tài chính", ""),
    ]
    assert read.findings == []


def test_two_rows_of_heads_repeated_heads_and_sums_in_between_are_passed_over(
    limits: LimitSettings, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [
        ["Số và ký hiệu", "Hồ sơ", "Thời hạn lưu trữ", "Đơn vị/người lập", None, "Ghi chú"],
        [None, "Tiêu đề hồ sơ", None, "Đơn vị", "Người lập", None],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["A. KHỐI VĂN PHÒNG"],
        ["I", "Công tác tổng hợp"],
        ["01.TH", "Hồ sơ một", "5 năm", "Văn phòng", "An", ""],
        ["Cộng: 01 hồ sơ"],
        ["Số và ký hiệu", "Tiêu đề hồ sơ", "Thời hạn lưu trữ", "Đơn vị", "Người lập", "Ghi chú"],
        ["II", "Tổng kết"],
        ["02.TH", "Hồ sơ hai", 20, "Văn phòng", "Bình", ""],
        ["Tổng số: 02 hồ sơ"],
    ]
    read = read_file_plan(book(tmp_path / "p.xlsx", rows, ("D1:E1", "A4:F4")), limits)
    assert codes(read) == []
    assert [(e.notation, e.unit, e.creator, e.years) for e in read.entries] == [
        ("01.TH", "Văn phòng", "An", 5),
        ("02.TH", "Văn phòng", "Bình", 20),
    ]
    assert [(heading.level, heading.number) for heading in read.headings] == [
        (1, "A"),
        (2, "I"),
        (2, "II"),
    ]


def test_dates_formulas_errors_and_lost_numbers_are_told_with_their_cell(
    limits: LimitSettings, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [
        HEAD,
        [dt.date(2025, 1, 2), "Hồ sơ có số thành ngày", "5 năm", "An"],
        ["02.TH", "=B2", "5 năm", "An"],
        ["03.TH", "Hồ sơ ba", "#REF!", "An"],
        [None, "Hồ sơ không số", "5 năm", "An"],
        ["05.TH", "T" * 1200, "5 năm", "An"],
    ]
    file = book(tmp_path / "p.xlsx", rows)
    made = openpyxl.load_workbook(file)
    made.worksheets[0]["C4"].data_type = "e"
    made.save(file)
    read = read_file_plan(file, limits)
    told = [(finding.code, finding.place, finding.facts.get("cell")) for finding in read.findings]
    assert told == [
        ("plan-date-cell", "Danh mục, dòng 2", "A2"),
        ("plan-notation-missing", "Danh mục, dòng 2", None),
        ("plan-formula-cell", "Danh mục, dòng 3", "B3"),
        ("plan-title-missing", "Danh mục, dòng 3", None),
        ("plan-error-cell", "Danh mục, dòng 4", "C4"),
        ("plan-term-missing", "Danh mục, dòng 4", None),
        ("plan-notation-missing", "Danh mục, dòng 5", None),
        ("plan-text-too-long", "Danh mục, dòng 6", None),
    ]
    assert notations(read) == ["03.TH", "05.TH"]
    assert len(read.entries[1].title) == 1000


def test_loose_marks_are_composed_and_told_once(limits: LimitSettings, tmp_path: Path) -> None:
    rows = [HEAD, ["01.TH", "Hồ sơ hội nghị", "5 năm", "Vũ Hải Yến"]]
    loose = [[unicodedata.normalize("NFD", one) for one in row] for row in rows]
    read = read_file_plan(book(tmp_path / "p.xlsx", loose), limits)
    assert read.entries[0].title == "Hồ sơ hội nghị"
    (found,) = read.findings
    assert (found.code, found.severity, found.facts["count"]) == ("plan-nfd", Severity.INFO, 3)


def test_old_encodings_are_recognised_in_rows_and_in_whole_files(
    limits: LimitSettings, tmp_path: Path
) -> None:
    rows = [HEAD, ["01.TH", "QuyÕt ®Þnh vÒ viÖc phª duyÖt", "5 năm", "An"]]
    read = read_file_plan(book(tmp_path / "p.xlsx", rows), limits)
    (found,) = read.findings
    assert (found.code, found.facts["encoding"], found.place) == (
        "plan-legacy-text",
        "TCVN3",
        "Danh mục, dòng 2",
    )
    whole = [["Sè vµ ký hiÖu hå s¬", "Tiªu ®Ò hå s¬", "Thêi h¹n b¶o qu¶n"]]
    with pytest.raises(FilePlanLegacyError) as refused:
        read_file_plan(book(tmp_path / "w.xlsx", whole), limits)
    assert refused.value.facts["encoding"] == "TCVN3"


def test_a_word_document_is_read_with_all_its_tables(limits: LimitSettings, tmp_path: Path) -> None:
    frame = table([["UBND TỈNH SƠN LAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]])
    first = table(
        [
            HEAD,
            NUMBERS,
            ["", cell("I. TỔNG HỢP (TH)", span=4)],
            ["01.TH", "Hồ sơ\nmột", cell("5 năm", merged="restart"), "An", ""],
            ["02.TH", "Hồ sơ hai", cell("", merged="continue"), "An", ""],
        ]
    )
    goes_on = table([["03.TH", "Hồ sơ ba", "Vĩnh viễn", "Phòng Tổng hợp\nBình", "x"], [TOTAL]])
    signer = table([["Nơi nhận: VT", "GIÁM ĐỐC"]])
    file = write_word(tmp_path / "p.docx", frame, "Danh mục", first, "tiếp", goes_on, signer)
    read = read_file_plan(file, limits)
    assert [(e.notation, e.title, e.term) for e in read.entries] == [
        ("01.TH", "Hồ sơ một", "5 năm"),
        ("02.TH", "Hồ sơ hai", ""),
        ("03.TH", "Hồ sơ ba", "Vĩnh viễn"),
    ]
    assert (read.entries[2].unit, read.entries[2].creator) == ("Phòng Tổng hợp", "Bình")
    assert [(finding.code, finding.place) for finding in read.findings] == [
        ("plan-term-missing", "Bảng 2, dòng 5")
    ]
    assert [heading.symbol for heading in read.headings] == ["TH"]


def test_entities_and_parts_from_elsewhere_are_refused_and_links_are_not(
    limits: LimitSettings, tmp_path: Path
) -> None:
    rows = table([HEAD, ["01.TH", "Hồ sơ", "5 năm", "An", ""]])
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(WordForeignError):
        read_file_plan(write_word(tmp_path / "e.docx", rows, before=bomb), limits)
    foreign = [("oleObject", "http://10.0.0.1/x.bin")]
    with pytest.raises(WordForeignError) as refused:
        read_file_plan(write_word(tmp_path / "f.docx", rows, relations=foreign), limits)
    assert refused.value.facts["what"] == "http://10.0.0.1/x.bin"
    link = [("hyperlink", "http://10.0.0.1/")]
    read = read_file_plan(write_word(tmp_path / "l.docx", rows, relations=link), limits)
    assert notations(read) == ["01.TH"]


def test_what_is_no_plan_is_refused_by_what_it_is(limits: LimitSettings, tmp_path: Path) -> None:
    with pytest.raises(FilePlanUnreadableError):
        read_file_plan(write_word(tmp_path / "a.docx", table([["a", "b"]])), limits)
    for name, refusal in (
        ("b.docx", WordUnreadableError),
        ("b.DOC", WordUnreadableError),
        ("b.xlsx", SheetUnreadableError),
    ):
        (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0 an old document")
        with pytest.raises(refusal):
            read_file_plan(tmp_path / name, limits)
    whole = write_word(tmp_path / "w.docx", table([["a", "b"]])).read_bytes()
    (tmp_path / "half.docx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WordUnreadableError) as refused:
        read_file_plan(tmp_path / "half.docx", limits)
    told = messages.error(refused.value.code, "vi", refused.value.facts)
    assert ".docx" in told.remedy
    assert ".xlsx" not in told.remedy
    with pytest.raises(FilePlanUnreadableError):
        read_file_plan(book(tmp_path / "renamed.docx", [["a", "b"]]), limits)
    with pytest.raises(WordUnreadableError):
        read_file_plan(write_word(tmp_path / "c.docx", "<w:broken>"), limits)


def test_a_word_document_of_more_rows_than_a_plan_has_is_refused(
    limits: LimitSettings, tmp_path: Path
) -> None:
    rows = "<w:tbl>" + "<w:tr/>" * (ROWS + 1) + "</w:tbl>"
    with pytest.raises(WordTooLargeError) as refused:
        read_file_plan(write_word(tmp_path / "p.docx", rows), limits)
    assert refused.value.facts["limit"] == ROWS


def test_ten_thousand_rows_are_read(limits: LimitSettings, tmp_path: Path) -> None:
    entries = [[f"{n:05}.TH", f"Hồ sơ {n}", "20 năm", "An"] for n in range(10_000)]
    read = read_file_plan(book(tmp_path / "p.xlsx", [HEAD, *entries]), limits)
    assert len(read.entries) == 10_000
    assert read.findings == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Phòng Tổng hợp\nVũ Hải Yến", ("Phòng Tổng hợp", "Vũ Hải Yến")),
        ("Văn phòng Sở / Lê An", ("Văn phòng Sở", "Lê An")),
        ("Vũ Hải Yến", ("", "Vũ Hải Yến")),  # a surname, not Vụ
        ("Vụ Pháp chế", ("Vụ Pháp chế", "")),
        ("Tô Lâm An", ("", "Tô Lâm An")),  # nor Tổ
        ("", ("", "")),
    ],
)
def test_unit_and_person_are_told_apart(text: str, expected: tuple[str, str]) -> None:
    assert unit_and_person(text) == expected


WORDS = st.text("abc đưồ ÁẶ", min_size=1, max_size=12).map(lambda s: " ".join(s.split()) or "x")
TERMS = st.sampled_from(["Vĩnh viễn", "05 năm", "20 năm", "70 năm"])
UNITS = st.sampled_from(["", "Phòng Tổng hợp", "Chi cục Thủy lợi"])


@st.composite
def plans(draw: st.DrawFn) -> FilePlan:
    """A plan of any shape: no headings, major ones alone, or minor ones below them."""
    plan = FilePlan(year=2026, number="", version=1, headings=[], entries=[], amendments=[])
    romans = ("I", "II", "III")
    number = 0

    def entries(heading: FilePlanHeading | None, symbol: str) -> None:
        nonlocal number
        for _ in range(draw(st.integers(1, 2))):
            number += 1
            term = draw(TERMS)
            years, permanent = term_years(term)
            plan.entries.append(
                FilePlanEntry(
                    ordinal=number,
                    heading=heading.label if heading else "",
                    heading_id=heading.id if heading else None,
                    notation=f"{number:02}.{symbol}",
                    title=f"Hồ sơ {draw(WORDS)}",
                    term=term,
                    years=years,
                    permanent=permanent,
                    rule_code=draw(st.sampled_from([None, "R1"])),
                    unit=draw(UNITS),
                    creator=draw(st.sampled_from(["", "Vũ Hải Yến"])),
                    note=draw(st.sampled_from(["", "gồm cả bản giấy"])),
                )
            )

    def heading(level: int, label: str, symbol: str) -> FilePlanHeading:
        made = FilePlanHeading(
            id=uuid4(),
            ordinal=len(plan.headings) + 1,
            level=level,
            number=label,
            title=draw(WORDS),
            symbol=symbol,
        )
        plan.headings.append(made)
        return made

    for roman in romans[: draw(st.integers(0, 3))]:
        major = heading(1, roman, draw(st.sampled_from(["", f"K{roman}"])))
        minors = draw(st.integers(0, 2))
        if not minors:
            entries(major, f"K{roman}")
        for minor in range(minors):
            entries(heading(2, str(minor + 1), ""), f"K{roman}")
    if not plan.headings:
        entries(None, "TH")
    return plan


def said(headings: list[FilePlanHeading], entries: list[FilePlanEntry]) -> list[Any]:
    fields = ["notation", "title", "term", "years", "permanent", "heading"]
    fields += ["unit", "creator", "note", "rule_code"]
    return [
        [(heading.level, heading.number, heading.title, heading.symbol) for heading in headings],
        [
            [getattr(entry, name) or None for name in (*fields, "note", "rule_code")]
            for entry in entries
        ],
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=plans())
def test_our_own_workbook_and_document_come_back_as_the_same_plan(
    plan: FilePlan, limits: LimitSettings, tmp_path: Path
) -> None:
    issuer = PlanIssuer("Sở Công trình", "Sơn Lam", signer="Hoàng Thị Mỵ")
    form = file_plan_form(plan, issuer, on=dt.date(2026, 1, 5), with_rules=True)
    write_xlsx(form, tmp_path / "p.xlsx")
    write_docx(form, tmp_path / "p.docx")
    for name in ("p.xlsx", "p.docx"):
        read = read_file_plan(tmp_path / name, limits)
        assert codes(read) == []
        assert said(read.headings, read.entries) == said(plan.headings, plan.entries)
