"""By when requests are decided, and whether their days go on meanwhile: ``use_deadlines.toml``."""

import datetime as dt
from functools import lru_cache
from typing import Any

from archive_service import clock, law
from archive_service.office_hours import office_hours
from archive_service.services import Services

USE, ACCOUNT = "decide", "account"  # rows of the rule set


def due_on(services: Services, since: dt.datetime, code: str = USE) -> str:
    """The last day, as ISO text, of the working days that begin after ``since``."""
    calendar = office_hours(services.settings.home)
    return calendar.working_days_after(clock.local(since).date(), working_days(code)).isoformat()


def working_days(code: str = USE) -> int:
    """In which it is decided: a request to use records, or one for an account."""
    return int(_row(code)["working_days"])


def stand_still() -> bool:
    """Whether no day counts until the document is digitized."""
    return bool(_row("digitize")["stands_still"])


@lru_cache(maxsize=3)
def _row(code: str) -> Any:
    rules = law.load_rule_set(law.CONFIG / "rule_sets" / "use_deadlines.toml", each_row_cites=True)
    return next(row for row in rules.rows if row["code"] == code)
