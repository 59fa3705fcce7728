"""What is read from the cells of a first page, on invented documents with known truth."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from archive_service.text import fold
from digitize.ocr.edit_distance import edits
from digitize.ocr.layout import layout
from digitize.ocr.words import Line, PageReading, Word
from digitize.page_one.check import agrees, differences
from digitize.page_one.lines import pieces_of
from digitize.page_one.proposals import FIELDS, read_page_one
from tests.worlds.papers.nd30_papers import Made, make_document, with_words

EXACT = {"number", "symbol", "date", "type"}
COUNT, SEED = 60, 41_000  # no seed that was looked at while the rules were made


def _is_right(field: str, value: str, truth: str) -> bool:
    """Numbers, dates and codes to the letter; of texts one letter in eight may be misread."""
    if field in EXACT:
        return value == truth
    most = 1 + len(truth) // 8
    return edits(fold(value), fold(truth)) <= most


def _shares(made: Sequence[Made]) -> dict[str, tuple[float, float]]:
    """Recall and precision by field."""
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for one in made:
        read = read_page_one(one.readings)
        wanted.update(list(one.truth))
        given.update(name for name in read if name != "secrecy")
        right.update(
            field
            for field, truth in one.truth.items()
            if field in read and _is_right(field, read[field].value, truth)
        )
    return {name: (right[name] / wanted[name], right[name] / given[name]) for name in wanted}


@pytest.mark.parametrize(("error_rate", "least"), [(0.0, 0.95), (0.02, 0.85)])
def test_every_field_is_found_where_it_stands_and_read_as_it_is(
    tmp_path: Path, error_rate: float, least: float
) -> None:
    made = [
        make_document(SEED + number, tmp_path, error_rate=error_rate) for number in range(COUNT)
    ]
    shares = _shares(made)
    assert len(shares) == len(FIELDS) - 2, "urgency and secrecy are no fields of these documents"
    too_low = {name: pair for name, pair in shares.items() if min(pair) < least}
    assert not too_low, "recall and precision by field"


def test_the_place_is_told_on_the_page_that_bears_it(tmp_path: Path) -> None:
    made = make_document(SEED, tmp_path, pages=3)
    read = read_page_one(made.readings)
    assert read["number"].page == 0
    assert read["signer"].page == 2
    left, top, right, bottom = read["number"].box
    assert 0.1 < left < right < 0.5
    assert 0.08 < top < bottom < 0.2


def test_the_place_is_that_of_the_upright_page_however_the_sheet_was_scanned(
    tmp_path: Path,
) -> None:
    made = make_document(SEED, tmp_path, pages=1)
    reading = made.readings[0]
    wide, high = reading.width_px, reading.height_px
    sideways = dataclasses.replace(  # the sheet lay on its side: a quarter turn makes it upright
        reading, width_px=high, height_px=wide, to_page=(0, -1, 1, 0, 0, wide)
    )
    assert read_page_one([sideways])["date"].box == read_page_one([reading])["date"].box
    head_down = dataclasses.replace(reading, to_page=(-1, 0, 0, -1, wide, high))
    assert read_page_one([head_down])["date"].box == read_page_one([reading])["date"].box


def test_a_page_that_opens_no_document_proposes_no_head(tmp_path: Path) -> None:
    made = make_document(SEED + 1, tmp_path, pages=3)
    read = read_page_one(made.readings[1:2])
    assert not {"issuer", "number", "date", "type"} & read.keys()


def test_a_day_that_was_left_open_is_no_date() -> None:
    reading = _page(
        ("Số:      /QĐ-SCT", 0.2, 0.11),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.48, 0.06),
        ("Sơn Lam, ngày    tháng 3 năm 2025", 0.52, 0.11),
    )
    read = read_page_one([reading])
    assert "date" not in read
    assert "number" not in read
    assert read["symbol"].value == "QĐ-SCT"


def test_urgency_is_read_in_its_cell_alone(tmp_path: Path) -> None:
    made = make_document(SEED + 2, tmp_path, pages=1)
    marked = with_words(made.readings[0], "THƯỢNG KHẨN", left=0.15, top=0.19)
    assert read_page_one([marked])["urgency"].value == "Thượng khẩn"
    below = with_words(made.readings[0], "THƯỢNG KHẨN", left=0.15, top=0.6)
    assert "urgency" not in read_page_one([below])


def test_each_cell_of_the_layout_has_its_number_and_the_whole_its_citation() -> None:
    rules = layout()
    assert "30/2020" in rules.meta.citation
    cells = [cell for cell in rules.cells.values() if cell.page in ("first", "signed")]
    assert all(cell.number for cell in cells)
    assert all(0 <= cell.box[0] < cell.box[2] <= 1 for cell in cells)


def test_the_columns_of_the_head_are_parted_where_the_engine_joined_them() -> None:
    joined = _page(("SỞ CÔNG TRÌNH CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.2, 0.06))
    assert [piece.text for piece in pieces_of(joined)] == [
        "SỞ CÔNG TRÌNH",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    ]


@pytest.mark.parametrize(
    ("field", "read", "listed", "superior", "same"),
    [
        ("number", "08", "8", "", True),
        ("number", "80", "8", "", False),
        ("symbol", "QĐ-SCT", "QĐ - SCT", "", True),
        ("symbol", "2025/QĐ-SCT", "QĐ-SCT", "", True),
        ("symbol", "BC-SCT", "QĐ-SCT", "", False),
        ("date", "2025-03-03", "2025-03-03", "", True),
        ("date", "2025-03-03", "2025-03-08", "", False),
        ("type", "02", "Quyết định", "", True),
        ("type", "02", "Báo cáo", "", False),
        ("issuer", "SỞ CÔNG TRÌNH", "Sở Công trình tỉnh Sơn Lam", "UBND TỈNH SƠN LAM", True),
        ("issuer", "SỞ CÔNG TRÌNH", "Sở Nội vụ tỉnh Sơn Lam", "UBND TỈNH SƠN LAM", False),
        (
            "abstract",
            "V/v sửa chữa trạm bơm Nà Sáng",
            "Về việc sửa chữa trạm bơm Nà Sáng",
            "",
            True,
        ),
        ("abstract", "Về việc sửa chữa trạm bơm", "Kế hoạch tuyển dụng viên chức", "", False),
        ("signer", "Trần Minh Khôi", "Trần Minh Khối", "", True),
        ("signer", "Trần Minh Khôi", "Hoàng Đình Lưu", "", False),
    ],
)
def test_page_and_list_agree_where_they_mean_the_same(
    field: str, read: str, listed: str, superior: str, *, same: bool
) -> None:
    assert agrees(field, read, listed, superior=superior) is same


def test_only_what_was_read_well_and_differs_is_told(tmp_path: Path) -> None:
    made = make_document(SEED + 3, tmp_path)
    read = read_page_one(made.readings)
    listed = {name: made.truth[name] for name in ("number", "symbol", "date", "type", "abstract")}
    assert not list(differences(read, listed))
    other = list(differences(read, listed | {"date": "1999-01-31"}))
    assert [difference.code for difference in other] == ["document-date-differs"]
    assert other[0].read == made.truth["date"]
    blurred = {
        name: dataclasses.replace(proposal, confidence=30.0) for name, proposal in read.items()
    }
    assert not list(differences(blurred, listed | {"date": "1999-01-31"}))


@pytest.mark.parametrize(
    ("field", "read", "listed", "code"),
    [
        ("number", "80", "8", "document-number-differs"),
        ("symbol", "BC-SCT", "QĐ-SCT", "document-symbol-differs"),
        ("date", "2025-03-03", "2025-03-08", "document-date-differs"),
        ("type", "02", "Báo cáo", "document-type-differs"),
        ("issuer", "SỞ CÔNG TRÌNH", "Sở Nội vụ tỉnh Sơn Lam", "document-issuer-differs"),
        (
            "abstract",
            "Về việc sửa chữa trạm bơm",
            "Kế hoạch tuyển dụng viên chức",
            "document-abstract-differs",
        ),
        ("signer", "Trần Minh Khôi", "Hoàng Đình Lưu", "document-signer-differs"),
    ],
)
def test_each_field_that_differs_is_told_by_its_own_code(
    field: str, read: str, listed: str, code: str, tmp_path: Path
) -> None:
    made = make_document(SEED + 3, tmp_path)
    well_read = dataclasses.replace(read_page_one(made.readings)["date"], value=read)
    assert [difference.code for difference in differences({field: well_read}, {field: listed})] == [
        code
    ]


def _page(*lines: tuple[str, float, float]) -> PageReading:
    """A page of A4 at 200 dpi with these lines, each at (left, top) in shares of it."""
    made = []
    for text, left, top in lines:
        x, y, words = left * 1654, int(top * 2339), []
        for part in text.split():
            words.append(Word(part, 95.0, int(x), y, int(x + 15 * len(part)), y + 28))
            x += 15 * len(part) + 10
        end = words[-1].right
        made.append(Line(tuple(words), words[0].left, y, end, y + 28, y + 28, y + 28, True))
    return PageReading(1654, 2339, 200.0, tuple(made))
