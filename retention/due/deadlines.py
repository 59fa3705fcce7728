"""By when a decision on what is due is carried out, and when what waits is proposed again."""

import datetime as dt
from functools import lru_cache

from archive_service import law

_FILE = law.CONFIG / "rule_sets" / "disposition_deadlines.toml"


def execute_by(decided_on: dt.date) -> dt.date:
    """The last local day to carry out a destruction, by ``disposition_deadlines.toml``."""
    return decided_on + dt.timedelta(days=_days("execute"))


def decided_before(on: dt.date) -> dt.date:
    """What was decided on this day or earlier, and is still here, is proposed again on ``on``."""
    return on - dt.timedelta(days=_days("again"))


@lru_cache(maxsize=4)
def _days(code: str) -> int:
    rules = law.load_rule_set(_FILE, each_row_cites=True)
    days = next(row["days"] for row in rules.rows if row["code"] == code)
    if not isinstance(days, int) or days < 0:
        raise law.RuleSetError(file=_FILE.name, row=0, detail=f"{code}: days is no number of days")
    return days
