"""Figures of agencies summed: by their level, and for each body that stands above others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from archive_service import messages
from archive_service.domain.agencies.agency import Agency

Rows = list[dict[str, Any]]


def by_level(rows: Rows, measures: Sequence[str]) -> Rows:
    """Rows of agencies summed by ``level``, how many they are as ``agencies``."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        level = row["level"]
        named = messages.text("reports.level", level=level) if level else ""
        label = named or messages.text("reports.no-level")
        _add(found.setdefault(level, _empty(str(level), label, measures)), row, measures)
    return [found[level] for level in sorted(found)]


def by_superior(agencies: Mapping[UUID, Agency], rows: Rows, measures: Sequence[str]) -> Rows:
    """For each body above any of ``rows``: the sums of itself and of all below it."""
    above = {
        str(agency.superior_id) for agency in agencies.values() if agency.superior_id is not None
    }
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        for body in _itself_and_above(agencies, row["key"]):
            if str(body.id) in above:
                key = str(body.id)
                _add(found.setdefault(key, _empty(key, body.name, measures)), row, measures)
    return sorted(found.values(), key=lambda total: (-total["agencies"], total["label"]))


def _itself_and_above(agencies: Mapping[UUID, Agency], key: str) -> Iterator[Agency]:
    body = agencies.get(UUID(key)) if key else None
    passed: set[UUID] = set()  # a list of agencies may hold a circle
    while body is not None and body.id not in passed:
        passed.add(body.id)
        yield body
        body = agencies.get(body.superior_id) if body.superior_id is not None else None


def _empty(key: str, label: str, measures: Sequence[str]) -> dict[str, Any]:
    return {"key": key, "label": label, "agencies": 0, **dict.fromkeys(measures, 0)}


def _add(total: dict[str, Any], row: dict[str, Any], measures: Sequence[str]) -> None:
    total["agencies"] += 1
    for name in measures:
        total[name] += row[name]
