"""Words come in the order in which people read: columns, tables, the foot."""

from dataclasses import replace
from itertools import permutations

import cv2
import numpy as np
import pytest

from digitize.ocr.reading_order import in_reading_order
from digitize.ocr.tables import Table, find_tables
from digitize.ocr.words import Line, Word

STEP, HEIGHT, LETTER = 48, 32, 15


def line(text: str, left: int, top: float, *, gap: int = 12) -> Line:
    """``_`` in the text is a wide gap inside one line of the engine."""
    words, at = [], left
    for part in text.split(" "):
        wide = part.startswith("_")
        at += 150 if wide else 0
        bare = part.lstrip("_")
        words.append(Word(bare, 95.0, at, int(top), at + LETTER * len(bare), int(top) + HEIGHT))
        at = words[-1].right + gap
    foot = top + HEIGHT - 6
    return Line(tuple(words), left, int(top), words[-1].right, int(top) + HEIGHT, foot, foot, False)


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [one.text for one in lines]


HEAD = (
    line("UBND HUYỆN", 260, 100),
    line("PHÒNG NỘI VỤ", 250, 148),
    line("Số: 12/BC-PNV", 255, 230),
    line("CỘNG HÒA XÃ HỘI", 760, 100),
    line("Độc lập - Tự do", 770, 150),
    line("Bình An, ngày 3", 790, 232),
    line("BÁO CÁO về việc giữ gìn và sắp xếp tài liệu của huyện", 300, 400),
    line("Thực hiện kế hoạch của năm nay các phòng đã làm xong", 250, 450),
)


@pytest.mark.parametrize("order", [(0, 3, 1, 4, 2, 5, 6, 7), (5, 4, 3, 2, 1, 0, 7, 6)])
def test_the_agency_is_read_before_the_name_of_the_state(order: tuple[int, ...]) -> None:
    found = in_reading_order([HEAD[number] for number in order], ())
    assert texts(found) == texts(HEAD)


def test_a_line_drawn_through_both_columns_is_cut() -> None:
    first = line("UBND HUYỆN _CỘNG HÒA", 260, 100)
    second = line("PHÒNG NỘI _Độc lập", 262, 148)
    found = in_reading_order((first, second, *HEAD[6:]), ())
    assert texts(found)[:4] == ["UBND HUYỆN", "PHÒNG NỘI", "CỘNG HÒA", "Độc lập"]
    assert [one.starts_block for one in found[:4]] == [True, False, True, False]


def test_a_wide_gap_in_one_line_alone_cuts_nothing() -> None:
    found = in_reading_order((line("Số: 12 _ngày 3 tháng 4", 260, 100), *HEAD[6:]), ())
    assert texts(found)[0] == "Số: 12 ngày 3 tháng 4"


def test_a_word_that_was_passed_over_makes_no_column() -> None:
    before, after = line("Kho lưu trữ có diện tích nhỏ, trang", 250, 300), "giá kệ, máy hút ẩm"
    words = (*before.words, *line(after, before.right + 70, 300).words)
    body = (
        replace(before, words=words, right=words[-1].right),
        line("và hệ thống giám sát.", 250, 300 + STEP),
    )
    assert texts(in_reading_order(body, ())) == [one.text for one in body]


def test_gaps_between_words_below_each_other_make_no_column() -> None:
    body = (
        line("lương kể từ ngày ký quyết", 616, 300 + STEP, gap=35),
        line("phải bồi thường số tiền một nghìn hai trăm bảy", 100, 300, gap=35),
        line("đồng và bị hạ một bậc của", 100, 300 + STEP, gap=35),
        line("định kỳ này xong", 100, 300 + 2 * STEP, gap=35),
        line("Bà Lê Thị Hường khai rõ:", 120, 300 + 3 * STEP, gap=35),
        line("cha mẹ mất sớm, tôi", 631, 300 + 3 * STEP, gap=35),
        line("ở với người cậu ruột tên là Quỳnh, làm nghề thợ", 100, 300 + 4 * STEP, gap=35),
    )
    assert texts(in_reading_order(body, ())) == [
        body[1].text,
        f"{body[2].text} {body[0].text}",
        body[3].text,
        f"{body[4].text} {body[5].text}",
        body[6].text,
    ]


def test_recipients_are_read_before_the_signature_however_they_are_offset() -> None:
    foot = (
        line("Nơi nhận:", 250, 900),
        line("- Như trên;", 250, 936),
        line("- Lưu: VT.", 250, 972),
        line("GIÁM ĐỐC", 800, 918),
        line("Lê Văn Bình", 800, 1090),
    )
    for order in permutations(foot):
        assert texts(in_reading_order(order, ())) == texts(foot)


def test_a_table_is_read_row_by_row_and_a_cell_of_two_lines_whole() -> None:
    table = Table(rows=(300, 360, 460), columns=(200, 300, 700, 900))
    lines = (
        line("TT", 220, 315),
        line("Nội dung _Số", 320, 315),
        line("1", 220, 375),
        line("Cát vàng hạt", 320, 375),
        line("to", 320, 420),
        line("12", 720, 375),
        line("Sau bảng", 250, 600),
    )
    found = texts(in_reading_order(lines, (table,)))
    assert found == ["TT Nội dung Số", "1", "Cát vàng hạt", "to", "12", "Sau bảng"]


def test_a_table_without_rules_is_read_row_by_row() -> None:
    rows = [line(f"{n} _cát _tấn", 250, 300 + STEP * n) for n in range(1, 6)]
    assert texts(in_reading_order(rows, ())) == [f"{n} cát tấn" for n in range(1, 6)]


NEWS = (
    (
        "Ủy ban nhân dân xã giao",
        "bộ phận văn thư rà soát",
        "toàn bộ hồ sơ giấy cũ",
        "tại kho của xã.",
    ),
    ("Tổ công tác gồm bảy", "thành viên đã kiểm kê", "ba trăm mét tài liệu", "và ký biên bản."),
    ("Học sinh nghèo được", "tặng sách vở, áo ấm", "và xe đạp; nhà trường", "xét duyệt công khai."),
)


@pytest.mark.parametrize("offset", [0, 11, 20])
def test_columns_of_a_newspaper_are_read_one_after_the_other(offset: int) -> None:
    lines = [
        line(column[row], 80 + 460 * at, 300 + STEP * row + offset * at)
        for row in range(4)
        for at, column in enumerate(NEWS)
    ]
    found = in_reading_order(lines, ())
    assert texts(found) == [text for column in NEWS for text in column]


def test_a_list_of_names_and_posts_is_read_row_by_row() -> None:
    people = (
        ("Nguyễn Văn Anh", "Phó Chủ tịch", "xã Bình An"),
        ("Trần Thị Hồng", "Phó Bí thư", "xã Tân Lập"),
        ("Lê Quốc Vượng", "Công chức xã", "xã Bình Hòa"),
        ("Phạm Khắc Duy", "Văn phòng xã", "xã Yên Phú"),
    )
    lines = [
        line(text, 80 + 460 * at, 300 + STEP * row)
        for row, person in enumerate(people)
        for at, text in enumerate(person)
    ]
    assert texts(in_reading_order(lines, ())) == [text for person in people for text in person]


def test_no_word_is_lost_or_doubled_by_ordering() -> None:
    table = Table(rows=(90, 190, 260), columns=(200, 500, 1000))
    found = in_reading_order(HEAD, (table,))
    assert sorted(id(word) for one in found for word in one.words) == sorted(
        id(word) for one in HEAD for word in one.words
    )
    assert in_reading_order((), ()) == ()


def test_the_rules_of_a_table_are_found_and_other_rules_are_not() -> None:
    page = np.full((2339, 1654), 255, np.uint8)
    cv2.line(page, (600, 300), (1100, 300), 0, 3)  # below a heading
    for y in (500, 560, 640):
        cv2.line(page, (240, y), (1420, y), 0, 2)
    for x in (240, 400, 1420):
        cv2.line(page, (x, 500), (x, 640), 0, 2)
    (table,) = find_tables(page, dpi=200)
    assert table.rows == pytest.approx((500, 560, 640), abs=3)
    assert table.columns == pytest.approx((240, 400, 1420), abs=3)
    assert table.cell(300, 600) == (1, 0)
    assert table.cell(300, 700) is None
    assert find_tables(np.full((900, 700), 255, np.uint8), dpi=200) == ()


def test_every_word_is_read_once_wherever_lines_stand() -> None:
    """A run of columns may reach back over rows that were read before it was seen."""
    rng = np.random.default_rng(7)
    for _ in range(300):
        scattered = [
            line(f"a{number} {'_' if rng.random() < 0.3 else ''}b{number}", int(left), float(top))
            for number, (left, top) in enumerate(
                zip(rng.integers(60, 900, 9), 50 + STEP * rng.integers(0, 5, 9), strict=True)
            )
        ]
        found = [word.text for one in in_reading_order(scattered, ()) for word in one.words]
        assert sorted(found) == sorted(word.text for one in scattered for word in one.words)
