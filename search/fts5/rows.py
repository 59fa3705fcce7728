"""Conditions that no word of an entry tells: its row does."""
# ruff: noqa: S608 - only the names and conditions written here are joined

import json
from collections.abc import Iterator
from functools import lru_cache

from search.order import By
from search.port import Filters, Visibility

Given = dict[str, object]

TABLE = {"page": "entry", "document": "document"}


def narrows_rows(filters: Filters) -> bool:
    """Whether there are any."""
    return bool(filters.case_files or filters.from_on or filters.to_on)


def narrowed(filters: Filters, given: Given, name: str = "") -> Iterator[str]:
    """Conditions that no word of an entry tells; what is bound has the ``name`` in its own."""
    if filters.case_files:
        given[f"case_files{name}"] = json.dumps(sorted(map(str, filters.case_files)))
        yield f"e.case_file_id IN (SELECT value FROM json_each(:case_files{name}))"
    if filters.from_on is not None:  # a year alone counts as its whole year
        yield f"e.date || substr('9999-12-31', length(e.date) + 1) >= :from_on{name}"
        given[f"from_on{name}"] = filters.from_on.isoformat()
    if filters.to_on is not None:
        yield f"e.date <= :to_on{name}"
        given[f"to_on{name}"] = filters.to_on.isoformat()
    for number, narrowing in enumerate(filters.without):
        if left_out := " AND ".join(narrowed(narrowing, given, str(number))):
            yield f"NOT ifnull({left_out}, FALSE)"  # what has no day is of none


def as_of_now(visible: Visibility, number: str, given: Given, by: By = "document") -> Iterator[str]:
    """That the archive's rows do not tell otherwise; nothing where the index does not lag."""
    whole = " AND NOT late.reduced"
    of_document = (
        "late.case_file_id = substr(value, 1, 36)"
        " AND ifnull(late.document_id, '') = substr(value, 38)"
    )
    of_case_file = "late.case_file_id = value"
    for name, keys, wanted in (
        ("leaving", visible.leaving, of_case_file),
        ("shut", visible.shut, of_case_file + whole),
        ("gone", visible.gone, of_document),
        ("closed", visible.closed, of_document + whole),
    ):
        if keys:
            given[name] = _as_json(keys)
            yield (
                f"{number} NOT IN (SELECT late.id FROM json_each(:{name}) JOIN {TABLE[by]} late"
                f" ON {wanted})"
            )


@lru_cache(maxsize=4)
def _as_json(keys: frozenset[str]) -> str:
    """Each statement of a search asks the same ones, of which there may be very many."""
    return json.dumps(sorted(keys))
