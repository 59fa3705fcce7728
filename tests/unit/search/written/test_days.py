"""Days as people type them and machines read them, and what is no day."""

import pytest

from search.written.days import names_of_day


@pytest.mark.parametrize(
    "typed",
    [
        "5/6/2024.",
        "(5/6/2024)",
        "5/6/ 2024",
        "5 / 6 / 2024",
        "5//6/2024",
        "5.6/2024",
        "5/6-2024",
        "5\\6\\2024",
        "5,6,2024",
        "05_06_2024",
        "05/062024",
        "20240605",
        "2024_06_05",
        "O5/6/2024",
        "5-VI-2024",
        "5 tháng 6, 2024",
        "5 tháng 6 2024",
        "5tháng6năm2024",
        "ngày5 tháng6 năm 2024",
        "ngfay 5 tháng 6 năm 2024",
        "ngày 5 thnag 6 năm 2024",
        "ngày 5 tháng 6 năn 2024",
        "ngày 5 th 6 năm 2024",
        "ngày 5 tháng 6 năm 24",
        "ngày 5/6 năm 2024",
        "5-6 năm 2024",
        "5 tháng sáu 2024",
        "2024-06-05T08:30:00",
        "2024-06-05 08:30:00+07:00",
        "05/06/2024 8:30",
    ],
)
def test_a_day_is_known_with_a_slip_in_its_signs_or_words(typed: str) -> None:
    assert names_of_day(typed) == ("d20240605", "m202406")


@pytest.mark.parametrize(
    "typed", ["tháng sáu 2024", "2024-06", "T6.24", "tháng 6/24", "t6/24", "tháng 6 2024"]
)
def test_a_month_is_known_however_it_is_written(typed: str) -> None:
    assert names_of_day(typed) == ("m202406",)


@pytest.mark.parametrize(
    "typed",
    ["155/2019", "2024-2025", "2024-13", "6.24", "T13.24",
     "1812019", "6480", "3 tầng 5 năm 2020", "12 hộ 3 xã 2020", "20 5 19", "12345678",
     "32/6/2024", "5/13/2024.", "1.250.000", "20249999"],
)  # fmt: skip
def test_a_number_is_no_day(typed: str) -> None:
    assert names_of_day(typed) == ()
