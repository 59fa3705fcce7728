"""Numbers of printed forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.forms.numbers import FormNumber, FormNumberError, format_number, parse_number


def test_a_number_below_ten_takes_a_leading_zero() -> None:
    assert format_number(7, "GTN-LT") == "07/GTN-LT"
    assert format_number(214, "GTN-LT") == "214/GTN-LT"


@given(st.integers(min_value=1, max_value=10**9), st.sampled_from(["GTN-LT", "BB-LT", "QĐ-SCT"]))
def test_what_is_written_is_read_back(number: int, symbol: str) -> None:
    assert parse_number(format_number(number, symbol)) == FormNumber(number, symbol)


@pytest.mark.parametrize(
    "text", ["", "7/GTN-LT", "007/GTN-LT", "00/GTN-LT", "07/", "07 /GTN", "a/b"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormNumberError):
        parse_number(text)


def test_the_counter_begins_at_one() -> None:
    with pytest.raises(ValueError, match="form number 0"):
        format_number(0, "GTN-LT")
