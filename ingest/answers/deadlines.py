"""Until when a case file is to be handed in, and until when the archive answers."""

import calendar
import datetime as dt
from functools import lru_cache

from archive_service import clock, law

_FILE = law.CONFIG / "rule_sets" / "intake_deadlines.toml"


def submit_by(year: int) -> dt.date:
    """The last day to hand in what ended in ``year``, by ``intake_deadlines.toml``, ``submit``."""
    return dt.date(year + _figure("submit", "years"), 12, 31)


def answer_by(received_at: dt.datetime) -> dt.date:
    """The last local day for the archive's answer, by the same file's ``answer``."""
    return clock.local(received_at).date() + dt.timedelta(days=_figure("answer", "days"))


def is_to_be_submitted(years: int | None) -> bool:
    """Whether a term of so many years is long enough; permanent and unclear ones are."""
    return years is None or years >= _figure("worth-submitting", "years")


@lru_cache(maxsize=8)
def _figure(code: str, unit: str) -> int:
    rules = law.load_rule_set(_FILE, each_row_cites=True)
    figure = next(row[unit] for row in rules.rows if row["code"] == code)
    if not isinstance(figure, int):
        raise law.RuleSetError(file=_FILE.name, row=0, detail=f"{code}: {unit} is no number")
    return figure


def submit_settled_by(settled_on: dt.date) -> dt.date:
    """The last day for works of construction settled that day, by ``submit-construction``."""
    return _months_later(settled_on, _figure("submit-construction", "months"))


def remind_from(due_on: dt.date) -> dt.date:
    """From which day on people are reminded of what is due, by ``remind``."""
    return due_on - dt.timedelta(days=_figure("remind", "days"))


def keep_until_at_most(due_on: dt.date) -> dt.date:
    """The last day to which a unit may keep what was due, by ``keep-back``."""
    return _months_later(due_on, 12 * _figure("keep-back", "years"))


def citation_of(code: str) -> str:
    """Where a rule of the file is written."""
    rules = law.load_rule_set(_FILE, each_row_cites=True)
    return rules.citation(next(row for row in rules.rows if row["code"] == code))


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month; the last one of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
