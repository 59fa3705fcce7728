"""Tables on a terminal of eighty columns: what has to be copied stays whole."""

import pytest

from archive_service.cli.output import heading, table

ID = "01234567-89ab-cdef-0123-456789abcdef"
CODE = "H40.18.2025.08.QLCT"
TITLE = "[Mật] Về việc [/b] xây dựng trường học ở xã và các công trình kèm theo"


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_what_fits_is_a_table_whose_first_columns_are_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(["Mã", "Tiêu đề"], [(ID, TITLE), (ID, None)], whole=1)
    shown = lines(capsys)
    assert sum(ID in line for line in shown) == 2
    assert max(map(len, shown)) <= 80
    assert "[Mật] Về việc [/b]" in " ".join(line.replace(ID, "").strip() for line in shown)


def test_what_is_too_wide_is_told_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    table(
        ["Mã", "Mã hồ sơ", "Tình trạng", "Tiêu đề", "Lỗi"],
        [(ID, CODE, "Đã nhận", TITLE, None)],
        whole=2,
    )
    assert lines(capsys) == [f"{ID}  {CODE}", "  Tình trạng: Đã nhận", f"  Tiêu đề: {TITLE}"]


def test_a_word_is_not_broken_where_a_row_can_be_told_line_by_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heads = [f"administrative-{number}" for number in range(5)]
    table(heads, [("a", "b", "c", "d", "e")])
    told = zip(heads[1:], "bcde", strict=True)
    assert lines(capsys) == ["a", *(f"  {head}: {cell}" for head, cell in told)]


def test_no_letter_is_cut_off_where_a_table_just_fits(capsys: pytest.CaptureFixture[str]) -> None:
    heads = ["Mã", "Lúc", "Đã đọc lúc", "Thông báo", "Nội dung"]
    told = "Hồ sơ 06.QLCT “Hồ sơ khắc phục bão số 3” được mở ngoài danh mục năm 2024"
    table(heads, [(ID, "22/11/2026 01:04", "", "Hồ sơ 06.QLCT mở", told)], whole=1)
    shown = lines(capsys)
    assert set(told.split()) <= set(" ".join(shown).split())
    assert sum(ID in line for line in shown) == 1
    assert max(map(len, shown)) <= 80


def test_a_table_without_rows_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    table(["Lô", "Tình trạng"], [], whole=1)
    assert "Tình trạng" in lines(capsys)[0]


def test_a_heading_goes_the_way_of_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe that takes tables without their headings tells a reader nothing."""
    heading("Kho lưu trữ")
    table(["Tên"], [["kho1"]])
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "Kho lưu trữ"
    assert "kho1" in told.out
    assert told.err == ""
