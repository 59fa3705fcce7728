"""Separator sheets: what their QR says, through paper and scanner and back."""

import subprocess
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service import clock
from archive_service.formats.pdf.facts import read_pdf_here
from digitize.batches.separators import MOST_SHEETS, SeparatorRangeError, print_sheets, read_range
from digitize.ocr.likeness import find_separator
from digitize.ocr.separators import Separator, SeparatorCodeError, looks_like_sheet, read_text

CODE = "000.00.18.H40.2011.01.TH"
CODES = st.text(
    st.characters(exclude_characters="|", exclude_categories=("Z", "C")), min_size=1, max_size=100
)


@given(CODES, st.none() | st.integers(1, 9999))
def test_what_a_sheet_says_is_read_as_it_was_written(code: str, document: int | None) -> None:
    sheet = Separator(code, document)
    assert read_text(sheet.text()) == sheet


@pytest.mark.parametrize(
    "text", ["", "AS1", "AS1||0001", "AS2|A|0001", "AS1|A|1", "AS1|A|0000", "https://example.vn"]
)
def test_any_other_text_is_none_of_ours(text: str) -> None:
    assert read_text(text) is None


def test_a_sheet_is_known_by_its_print_and_a_page_that_speaks_of_one_is_not() -> None:
    sheet = ["TỜ CÁCH", "Đặt tờ này ngay trước trang iề tiên", "AS1|H40 18 2025|0001", "1"]
    assert looks_like_sheet(sheet)
    assert not looks_like_sheet(["Đặt tờ phân cách ngay trước trang đầu tiên của văn bản."])


@pytest.mark.parametrize("code", ["", "a b", "a|b", "x" * 101])
def test_a_code_that_no_qr_can_carry_is_refused(code: str) -> None:
    with pytest.raises(SeparatorCodeError):
        Separator(code, 1).text()


@pytest.mark.parametrize(
    ("text", "found"), [("1-3", [1, 2, 3]), ("2", [2]), ("3, 5,8-9", [3, 5, 8, 9])]
)
def test_ordinals_are_read(text: str, found: list[int]) -> None:
    assert read_range(text) == found


@pytest.mark.parametrize("text", ["", "0", "3-1", "a", "1-", f"1-{MOST_SHEETS + 1}", "1,,2"])
def test_what_is_no_range_of_ordinals_is_refused(text: str) -> None:
    with pytest.raises(SeparatorRangeError):
        read_range(text)


def test_the_same_sheets_give_the_same_bytes() -> None:
    sheets = [Separator(CODE, 3)]
    at = clock.now().replace(microsecond=0)
    first, second = (print_sheets(sheets, archive="Lưu trữ", at=at) for _ in range(2))
    assert first == second


def test_printed_sheets_are_read_from_poor_scans(tmp_path: Path) -> None:
    sheets = [Separator(CODE, number) for number in (1, 20)] + [Separator(CODE)]
    pdf = tmp_path / "sheets.pdf"
    titles = {1: "Tờ trình về việc tu bổ đê"}
    pdf.write_bytes(print_sheets(sheets, archive="Lưu trữ tỉnh Sơn Lam", titles=titles))
    subprocess.run(["pdftoppm", "-r", "150", "-png", pdf, tmp_path / "sheet"], check=True)
    scans = [cv2.imread(str(path)) for path in sorted(tmp_path.glob("sheet-*.png"))]
    assert len(scans) == 3
    chance = np.random.default_rng(1)
    for sheet, scan in zip(sheets, scans, strict=True):
        assert scan is not None
        for turn_deg in (0, 3, 91, 180):
            poor = _as_scanned(scan, turn_deg, chance)
            assert read_text(find_separator(poor)) == sheet, turn_deg


def _as_scanned(page: np.ndarray, turn_deg: float, chance: np.random.Generator) -> np.ndarray:
    """Turned, out of focus, grey and noisy."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 0.9)
    turned = cv2.warpAffine(page, turn, (width, height), borderValue=(230, 230, 230))
    soft = cv2.GaussianBlur(turned, (0, 0), 1.2).astype(np.float32)
    noisy = 40 + 0.7 * soft + chance.normal(0, 18, soft.shape)
    poor: np.ndarray = np.clip(noisy, 0, 255).astype(np.uint8)
    return poor


def test_sheets_are_valid_pdfa(tmp_path: Path, tools: ModuleType) -> None:
    pdf = tmp_path / "sheets.pdf"
    pdf.write_bytes(print_sheets([Separator(CODE, 1), Separator(CODE, 2)], archive="Lưu trữ"))
    facts = read_pdf_here(pdf)
    assert (facts.pages, facts.pdfa) == (2, "2b")
    (verdict,) = tools.verapdf([pdf])
    assert verdict.passed, verdict.details
