"""Numbers of printed forms: one row of numbers a form and year, without gap or double."""

import re
from dataclasses import dataclass

from archive_service.errors import InputError

_FORM = re.compile(r"(\d{2,})/(\S+)")


class FormNumberError(InputError):
    """Not a number and symbol such as ``214/GTN-LT``."""

    code = "form-number-invalid"


@dataclass(frozen=True, slots=True)
class FormNumber:
    """What ``214/GTN-LT`` says."""

    number: int
    symbol: str


def format_number(number: int, symbol: str) -> str:
    """``214/GTN-LT``; numbers to 9 take a leading 0 (NĐ 30/2020 PL I, mục II.3).

    Raises:
        ValueError: a number below 1. The counter begins at 1: a bug.
    """
    if number < 1:
        raise ValueError(f"form number {number}")
    return f"{number:02}/{symbol}"


def parse_number(text: str) -> FormNumber:
    """The inverse of ``format_number``; ``FormNumberError`` for anything it does not write."""
    found = _FORM.fullmatch(text)
    if found is None or format_number(max(int(found[1]), 1), found[2]) != text:
        raise FormNumberError(text=text)
    return FormNumber(int(found[1]), found[2])
