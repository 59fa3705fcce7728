"""The number of a paper stays whole in a line that has room for it, and is copied as written."""

from pathlib import Path

import pypdfium2

from archive_service.forms.letter import Letter, LetterTable, Paragraph, print_letter
from archive_service.forms.table_form import FormSigner

LONG = "1234567/QĐ-UBND-TRUNGTAMLUUTRULICHSU-VANPHONG"  # no line has room for it
NUMBERS = ("12/GM-LTLS", "30/2020/NĐ-CP", "33/2024/QH15", "05/2025/TT-BNV")


def lines_of(letter: Letter, target: Path) -> list[str]:
    print_letter(letter, target)
    document = pypdfium2.PdfDocument(target)
    pages = (page.get_textpage().get_text_range() for page in document)
    return [line for page in pages for line in page.splitlines()]


def test_a_number_is_never_broken_where_a_line_has_room(tmp_path: Path) -> None:
    some = [f"Căn cứ{' a' * at} {' và '.join(NUMBERS)}" for at in range(24)]
    narrow = LetterTable(
        ("Số", "Nội dung"), (1, 4), [("07/BC-UBND", f"{one} {LONG}") for one in some]
    )
    letter = Letter(
        issuer="Lưu trữ lịch sử",
        name="Biên bản",
        number="12/BB-LTLS",
        about="giao nhận hồ sơ nộp lưu theo Giấy mời số 12/GM-LTLS của Lưu trữ lịch sử tỉnh",
        authority="Theo Quyết định số 40/QĐ-UBND của Chủ tịch Ủy ban nhân dân tỉnh số 41/QĐ-UBND",
        parts=[*map(Paragraph, some), narrow, Paragraph(f"Theo {LONG}.")],
        signers=[FormSigner("Lưu trữ viên", name="Nguyễn Văn A")],
        recipients=[f"Như {number}" for number in NUMBERS],
    )
    lines = lines_of(letter, tmp_path / "letter.pdf")
    for number, times in (
        ("12/GM-LTLS", 2 * len(some) + 2),
        *((one, 2 * len(some) + 1) for one in NUMBERS[1:]),
        ("07/BC-UBND", len(some)),
        ("12/BB-LTLS", 1),
        ("40/QĐ-UBND", 1),
        ("41/QĐ-UBND", 1),
    ):
        assert sum(line.count(number) for line in lines) == times, number
    assert LONG in "".join(lines[-40:]).replace("\ufffe", "-")
