"""Lists as CSV and XLSX: texts stay texts."""

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook

from archive_service.forms.tables import write_table

ROWS = [("H40.18.2025.01.TH", '=HYPERLINK("x")', 3), ("H40.18.2025.02.TH", "Hồ sơ, Đà Ngân", None)]


def test_a_csv_opens_in_vietnamese_and_runs_no_formula(tmp_path: Path) -> None:
    target = write_table(tmp_path / "list.csv", ["Mã", "Tiêu đề", "Số"], ROWS)
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    with target.open(encoding="utf-8-sig", newline="") as lines:
        told = list(csv.reader(lines))
    assert told[1] == ["H40.18.2025.01.TH", '\'=HYPERLINK("x")', "3"]
    assert told[2] == ["H40.18.2025.02.TH", "Hồ sơ, Đà Ngân", ""]


def test_a_workbook_keeps_a_formula_as_its_text(tmp_path: Path) -> None:
    target = write_table(tmp_path / "list.xlsx", ["Mã", "Tiêu đề", "Số"], ROWS)
    cell = load_workbook(target).worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("x")', "s")


@pytest.mark.parametrize("start", ["+", "-", "@", "\t", "＝"])
def test_whatever_could_begin_a_formula_is_made_harmless(tmp_path: Path, start: str) -> None:
    target = write_table(tmp_path / "list.csv", ["Tiêu đề"], [(f"{start}1",)])
    assert f"'{start}1" in target.read_text(encoding="utf-8-sig")
