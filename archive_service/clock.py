"""What time it is: UTC for moments, Asia/Ho_Chi_Minh for days."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_SECOND_DAY = dt.date.min + dt.timedelta(days=1)
_SAME_PRESS = dt.timedelta(minutes=1)
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_WITHOUT_SIGNS = re.compile(r"(\d{2})(\d{2})(\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:hg]?(\d{2}))?")
_MONTH = re.compile(r"(\d{1,2})[/.\-](\d{4})")


def now() -> dt.datetime:
    """The moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def just_before() -> dt.datetime:
    """Since when the same asked again is one press: a button pressed again because no page came."""
    return now() - _SAME_PRESS


def today() -> dt.date:
    """The day it is in Việt Nam."""
    return now().astimezone(LOCAL_ZONE).date()


def begins(day: dt.date) -> dt.datetime:
    """The moment at which a day begins in Việt Nam; UTC knows none of the first day there is."""
    return dt.datetime.combine(max(day, _SECOND_DAY), dt.time.min, LOCAL_ZONE)


def ends(day: dt.date) -> dt.datetime:
    """The moment at which the next day begins; after the last day there is, that day itself."""
    return begins(shifted(day, dt.timedelta(days=1)))


def shifted(day: dt.date, by: dt.timedelta) -> dt.date:
    """The day that much later, or earlier; at most the last one, or the first, that there is."""
    try:
        return day + by
    except OverflowError:
        return dt.date.max if by > dt.timedelta(0) else dt.date.min


def local(moment: dt.datetime) -> dt.datetime:
    """The same moment on a Vietnamese clock.

    Raises:
        ValueError: ``moment`` names no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return moment.astimezone(LOCAL_ZONE)


def iso(moment: dt.datetime) -> str:
    """ISO 8601 in UTC, to the microsecond, as it is stored and put into documents."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def of_database(value: dt.datetime | str) -> dt.datetime:
    """The aware moment of an aggregate: SQLite gives it back as it stored it, text in UTC."""
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def parse_iso(text: str) -> dt.datetime:
    """The aware moment that ``iso`` wrote.

    Raises:
        ValueError: not ISO 8601, without a zone, or in no year.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no zone in {text!r}")
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(f"no year in UTC: {text!r}") from None


def local_moment(text: str) -> dt.datetime:
    """The moment that a person wrote: ``2026-11-21T18:00`` or ``21/11/2026 18:00``.

    Without a zone it is on a Vietnamese clock; a day alone begins at midnight. Day and time may
    be written without their signs, as for ``day_of``.

    Raises:
        ValueError: neither form.
    """
    day, _, rest = text.strip().partition(" ")
    if _DAY.fullmatch(day) or _WITHOUT_SIGNS.fullmatch(day):
        time = _TIME.fullmatch(rest.strip() or "0")
        if time is None:
            raise ValueError(f"no time in {text!r}")
        clock = dt.time(int(time[1]), int(time[2] or 0), tzinfo=LOCAL_ZONE)
        return dt.datetime.combine(day_of(day), clock).astimezone(dt.UTC)
    moment = dt.datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE)).astimezone(dt.UTC)


def day_of(text: str) -> dt.date:
    """The day that a person wrote: ``25/7/2025``, ``25072025`` or ``2025-07-25``.

    Raises:
        ValueError: no day of the calendar in any of these forms.
    """
    written = text.strip()
    if found := _DAY.fullmatch(written) or _WITHOUT_SIGNS.fullmatch(written):
        day, month, year = (int(part) for part in found.groups())
        return dt.date(year, month, day)
    return dt.date.fromisoformat(written)


def date_as_iso(text: str) -> str:
    """``25/7/2025`` as ``2025-07-25``, ``7/2025`` as ``2025-07``; anything else unchanged."""
    if found := _DAY.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
        try:
            return dt.date(year, month, day).isoformat()
        except ValueError:
            return text
    if (found := _MONTH.fullmatch(text)) and 1 <= int(found[1]) <= 12:
        return f"{found[2]}-{int(found[1]):02}"
    return text
