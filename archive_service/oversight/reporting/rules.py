"""Which reports the law asks for of an incident, within which time, and what they say."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive_service import clock
from archive_service.domain.people.incident_duty import IncidentDuty
from archive_service.home_rules import table_of
from archive_service.law import load_rule_set

MARK, REPORT = "incident:mark", "incident:report"  # rights
_TABLE = "incident_duties.toml"


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of report: ``hours`` from when the trouble is known; reminders before the end."""

    kind: str
    hours: int
    remind_hours: tuple[int, ...]
    to: str
    fields: tuple[str, ...]
    citation: str
    certainty: str


def load_duties(home: Path | None = None) -> Mapping[str, Duty]:
    """By kind, in the order of the table: the product's, or the home's own in its place.

    Raises:
        HomeRulesError: the home's cannot be read.
    """
    return table_of(home, _TABLE, _loaded)


@lru_cache(maxsize=8)
def _loaded(path: Path, _changed_ns: int) -> Mapping[str, Duty]:
    rules = load_rule_set(path)
    found: dict[str, Duty] = {}
    for row in rules.rows:
        hours, reminds, fields = (row[name] for name in ("hours", "remind_hours", "fields"))
        if not isinstance(hours, int) or not isinstance(reminds, list) or hours <= 0:
            raise ValueError(f"hours of {row['kind']}")
        if not isinstance(fields, list):
            raise TypeError(f"fields of {row['kind']}")
        found[str(row["kind"])] = Duty(
            kind=str(row["kind"]),
            hours=hours,
            remind_hours=tuple(sorted(map(int, reminds), reverse=True)),
            to=str(row["to"]),
            fields=tuple(map(str, fields)),
            citation=rules.citation(row),
            certainty=str(row.get("certainty") or rules.meta.certainty),
        )
    return found


def is_open(row: IncidentDuty) -> bool:
    """Whether its clock runs."""
    return row.sent_at is None and row.dropped_at is None


def state_of(row: IncidentDuty) -> str:
    """``open``, ``overdue``, ``sent``, ``sent-late`` or ``dropped``."""
    if row.dropped_at is not None:
        return "dropped"
    if row.sent_at is not None:
        return "sent-late" if row.sent_at > row.due_at else "sent"
    return "overdue" if clock.now() >= row.due_at else "open"


def reminders_due(row: IncidentDuty, duty: Duty | None) -> int:
    """How many of its reminders have come due; 0 of a kind that the table lacks now."""
    left = row.due_at - clock.now()
    hours = () if duty is None else duty.remind_hours
    return sum(left <= dt.timedelta(hours=hour) for hour in hours)
