"""Numbers and days of a sheet as a person sees them: by the value and the format of the cell."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # in a format of numbers, what is shown as it is
_PERCENT = re.compile(r"[0#?](?:\.([0#?]*))?\s*%")
_MOST_DIGITS = 400  # of the longest number that a sheet holds
_KEPT = 15  # digits of a number that a spreadsheet keeps
_DECIMALS = re.compile(r"0\.(0+)")
_UNSHOWN = re.compile(r"[_*].|\[[^\]]*\]")  # room for a letter, what fills a cell, colours
_LITERAL = r'((?:"[^"]*"|\\.|[\s\-/.()])*)'
_ZEROS = re.compile(rf"{_LITERAL}(0{{2,}}){_LITERAL}")


def number_shown(value: int | float, number_format: str) -> str:
    """The digits that its reader sees, as far as the format adds, drops or fixes any."""
    if percent := _PERCENT.search(_QUOTED.sub("", number_format)):
        return f"{_rounded(Decimal(repr(value)) * 100, len(percent[1] or ''))}%"
    if isinstance(value, int):
        return _padded(value, number_format)
    if value.is_integer() and abs(value) >= 10**_KEPT:
        return f"{Decimal(f'{value:.{_KEPT}g}'):f}"
    if value.is_integer():
        return _padded(int(value), number_format)
    if fixed := _DECIMALS.fullmatch(number_format):
        return _rounded(Decimal(repr(value)), len(fixed[1]))
    return repr(value)


def day_shown(value: dt.datetime, number_format: str) -> str:
    """ISO; a month or a year alone where the format shows no more, and no more was typed.

    Of ``6/2025`` a sheet makes the first of June, and shows the month.
    """
    if value.time() != dt.time():
        return value.isoformat(timespec="seconds")
    letters = set(_QUOTED.sub("", number_format).lower())
    if "y" in letters and "d" not in letters and value.day == 1:
        if "m" in letters:
            return f"{value.year:04}-{value.month:02}"
        if value.month == 1:
            return f"{value.year:04}"
    return value.date().isoformat()


def _rounded(value: Decimal, decimals: int) -> str:
    """By the digits that were typed, a half away from nought."""
    with localcontext(prec=_MOST_DIGITS, rounding=ROUND_HALF_UP):
        return f"{value:.{decimals}f}"


def _padded(value: int, number_format: str) -> str:
    """A format of zeros, such as ``00`` or ``"VB-"000``, says what stands beside a number."""
    positive = _UNSHOWN.sub("", number_format).partition(";")[0]
    zeros = _ZEROS.fullmatch(positive)
    if zeros is None or value < 0:
        return str(value)
    before, digits, behind = zeros.groups()
    return f"{_literal_text(before)}{str(value).zfill(len(digits))}{_literal_text(behind)}".strip()


def _literal_text(literal: str) -> str:
    return re.sub(r'["\\]', "", literal)
