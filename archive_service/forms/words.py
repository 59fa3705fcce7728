"""Dates, numbers and sizes as a Vietnamese official paper writes them."""

import datetime as dt

from archive_service import clock, messages

_UNITS = ("byte", "kB", "MB", "GB", "TB")


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
    for unit in _UNITS:
        if amount < 999.95 or unit == _UNITS[-1]:
            break
        amount /= 1000
    if unit == _UNITS[0]:
        return f"{size_bytes} {unit}"
    return f"{amount:.1f} {unit}".replace(".", ",")
