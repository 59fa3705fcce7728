"""Dates, numbers and sizes as a Vietnamese official paper writes them."""

import datetime as dt
from collections.abc import Sequence

from archive_service import clock, messages

UNITS = ("B", "KB", "MB", "GB", "TB", "PB")  # of 1,000, on papers and pages alike


def day(date: dt.date) -> str:
    """``05/11/2026``."""
    return f"{date:%d/%m/%Y}"


def day_in_words(date: dt.date) -> str:
    """``ngày 05 tháng 11 năm 2026``; NĐ 30/2020 PL I: a 0 before days to 9 and months 1 and 2."""
    month = f"{date.month:02}" if date.month < 3 else str(date.month)
    return messages.text("forms.words.day", day=f"{date.day:02}", month=month, year=date.year)


def moment(at: dt.datetime) -> str:
    """``09/11/2026 10:21:47`` on a Vietnamese clock."""
    return f"{clock.local(at):%d/%m/%Y %H:%M:%S}"


def iso_moment(at: dt.datetime) -> str:
    """``2026-11-09T10:22:31+07:00``, as NĐ 30/2020 PL I wants it beside a signature."""
    return clock.local(at).isoformat(timespec="seconds")


def count(number: int) -> str:
    """``1.210``; NĐ 30/2020 puts a 0 before numbers to 9 (``05``)."""
    return f"{number:02}" if number < 10 else f"{number:,}".replace(",", ".")


def size(size_bytes: int) -> str:
    """``61,4 MB``; units of 1,000."""
    amount = float(size_bytes)
    for unit in UNITS:
        if amount < 999.95 or unit == UNITS[-1]:
            break
        amount /= 1000
    if unit == UNITS[0]:
        return f"{size_bytes} {unit}"
    return f"{amount:.1f} {unit}".replace(".", ",")


def ended(recipients: Sequence[str]) -> list[str]:
    """NĐ 30/2020 PL I: each recipient ends with a semicolon, the last with a full stop."""
    *others, last = (recipient.rstrip(";.") for recipient in recipients)
    return [*(f"{other};" for other in others), f"{last}."]


def number_in_words(number: int) -> str:
    """A whole number from 0 to 999,999,999 as it is read: 1.005 is "một nghìn không trăm linh năm".

    Raises:
        ValueError: outside that range. No list that we print is so long: a bug.
    """
    if not 0 <= number < 1_000_000_000:
        raise ValueError(f"number {number}")
    groups = (number // 1_000_000, number // 1000 % 1000, number % 1000)
    read: list[str] = []
    for group, unit in zip(groups, ("million", "thousand", ""), strict=True):
        if group:
            read += [_three(group, leading=not read), _figure(unit) if unit else ""]
    return " ".join(part for part in read if part) or _figure("0")


def _three(group: int, *, leading: bool) -> str:
    """A group of three figures; one that is not the first names its hundreds in any case."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    read = []
    if hundreds or not leading:
        read += [_figure(str(hundreds)), _figure("hundred")]
    if tens == 0 and ones:
        read += [_figure("zero-ten"), _figure(str(ones))] if read else [_figure(str(ones))]
    elif tens == 1:
        read += [_figure("ten"), _figure({0: "", 5: "five"}.get(ones, str(ones)))]
    elif tens:
        last = {0: "", 1: "one", 4: "4", 5: "five"}.get(ones, str(ones))
        read += [_figure(str(tens)), _figure("tens"), _figure(last)]
    return " ".join(part for part in read if part)


def _figure(name: str) -> str:
    return messages.text(f"forms.words.figures.{name}", "vi") if name else ""
