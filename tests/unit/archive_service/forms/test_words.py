"""Dates, numbers and sizes as Vietnamese official papers write them."""

import datetime as dt

import pytest

from archive_service.forms import words


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (dt.date(2026, 11, 9), "ngày 09 tháng 11 năm 2026"),
        (dt.date(2025, 2, 12), "ngày 12 tháng 02 năm 2025"),
        (dt.date(2025, 3, 3), "ngày 03 tháng 3 năm 2025"),
    ],
)
def test_days_below_ten_and_the_first_two_months_take_a_zero(date: dt.date, said: str) -> None:
    assert words.day_in_words(date) == said


def test_moments_are_told_on_a_vietnamese_clock() -> None:
    at = dt.datetime(2026, 11, 9, 20, 22, 31, tzinfo=dt.UTC)
    assert words.moment(at) == "10/11/2026 03:22:31"
    assert words.iso_moment(at) == "2026-11-10T03:22:31+07:00"


def test_numbers_take_a_zero_below_ten_and_points_above_a_thousand() -> None:
    assert [words.count(n) for n in (0, 5, 10, 999, 1210, 1234567)] == [
        "00",
        "05",
        "10",
        "999",
        "1.210",
        "1.234.567",
    ]


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1,0 KB"),
        (61_400_000, "61,4 MB"),
        (999_960, "1,0 MB"),
        (20_800_000_000, "20,8 GB"),
        (5_000_000_000_000_000, "5,0 PB"),
    ],
)
def test_sizes_have_one_decimal_and_a_unit(size_bytes: int, said: str) -> None:
    assert words.size(size_bytes) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "không"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi bốn"),
        (105, "một trăm linh năm"),
        (1005, "một nghìn không trăm linh năm"),
        (10_000, "mười nghìn"),
        (1_234_567, "một triệu hai trăm ba mươi bốn nghìn năm trăm sáu mươi bảy"),
    ],
)
def test_numbers_are_read_as_they_are_spoken(number: int, said: str) -> None:
    assert words.number_in_words(number) == said


@pytest.mark.parametrize("number", [-1, 1_000_000_000])
def test_numbers_that_no_list_has_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        words.number_in_words(number)
