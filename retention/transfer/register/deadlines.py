"""By when a case file is handed over, registered, answered: ``transfer_deadlines.toml``."""

import calendar
import datetime as dt
from functools import lru_cache

from archive_service import law

_FILE = law.CONFIG / "rule_sets" / "transfer_deadlines.toml"
_MONTHS = 12


def hand_over_by(submitted: int, *, other_law: bool = False) -> dt.date:
    """The last local day, from the year in which it was submitted to the current archive.

    Args:
        other_law: another law sets the term.
    """
    years = _number("submit-other-law" if other_law else "submit", "years")
    return dt.date(submitted + years, 12, 31)


def register_by(hand_over: dt.date) -> dt.date:
    """The last day to register what is to be handed over by ``hand_over``."""
    return _months_from(hand_over, -_number("register", "months"))


def submitted_until(on: dt.date, *, other_law: bool = False) -> int:
    """The last year of submission of which all is to be registered on ``on`` or was before."""
    year = on.year
    while register_by(hand_over_by(year, other_law=other_law)) > on:
        year -= 1
    return year


def answer_working_days() -> int:
    """Working days within which a register is answered."""
    return _number("answer", "working_days")


def removable_from(closed: dt.date, months: int) -> dt.date:
    """The first day on which the giver's bytes may go: after the cooling-off.

    Args:
        months: of the setting; fewer than the decree asks for count as many as it asks for.
    """
    return _months_from(closed, max(months, _number("cooling-off", "months")))


def _months_from(day: dt.date, count: int) -> dt.date:
    """The same day of another month, or its last one."""
    months = day.year * _MONTHS + day.month - 1 + count
    last = calendar.monthrange(months // _MONTHS, months % _MONTHS + 1)[1]
    return dt.date(months // _MONTHS, months % _MONTHS + 1, min(day.day, last))


def decide_days() -> int:
    """Days from its receipt within which the historical archive decides on what it was given."""
    return _number("decide", "days")


@lru_cache(maxsize=16)
def _number(code: str, unit: str) -> int:
    rules = law.load_rule_set(_FILE, each_row_cites=True)
    number = next(row[unit] for row in rules.rows if row["code"] == code)
    if not isinstance(number, int) or number < 0:
        raise law.RuleSetError(file=_FILE.name, row=0, detail=f"{code}: {unit} is no number")
    return number
