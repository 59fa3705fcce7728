"""Until when a case file is to be handed in, and until when the archive answers."""

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
