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
    months = hand_over.year * _MONTHS + hand_over.month - 1 - _number("register", "months")
    last = calendar.monthrange(months // _MONTHS, months % _MONTHS + 1)[1]
    return dt.date(months // _MONTHS, months % _MONTHS + 1, min(hand_over.day, last))


def submitted_until(on: dt.date, *, other_law: bool = False) -> int:
    """The last year of submission of which all is to be registered on ``on`` or was before."""
    year = on.year
    while register_by(hand_over_by(year, other_law=other_law)) > on:
        year -= 1
    return year


def answer_working_days() -> int:
    """Working days within which a register is answered."""
    return _number("answer", "working_days")


@lru_cache(maxsize=16)
def _number(code: str, unit: str) -> int:
    rules = law.load_rule_set(_FILE, each_row_cites=True)
    number = next(row[unit] for row in rules.rows if row["code"] == code)
    if not isinstance(number, int) or number < 0:
        raise law.RuleSetError(file=_FILE.name, row=0, detail=f"{code}: {unit} is no number")
    return number
