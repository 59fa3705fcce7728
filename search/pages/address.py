"""What a search asks, in the address of its page or in a form: read, refused, written."""

import datetime as dt
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from archive_service import clock
from archive_service.errors import InputError
from archive_service.web.refusals import DayError
from search.conditions import Conditions, in_address
from search.order import SORTS, Order, sort_of
from search.port import VALUE_OF
from search.query import FieldValueError
from search.written.periods import day_of

DAYS = ("from", "to")
_YEAR_DIGITS = 4


class SearchOptionUnknownError(InputError):
    """An order, a form or a column that no search has."""


def asked_conditions(given: MultiDict[str, str]) -> Conditions:
    """Filters in the address or of a form.

    Raises:
        DayError, FieldValueError: a day or a year that is none.
    """
    conditions, wrong = read_conditions(given)
    if refused := refusal_of(wrong):
        raise refused
    return conditions


def read_conditions(given: MultiDict[str, str]) -> tuple[Conditions, list[tuple[str, str]]]:
    """The filters, and those that are no year and no day, by name as they were given."""
    chosen: dict[str, Any] = {name: given.getlist(name) for name in VALUE_OF}
    years = [year.strip() for year in given.getlist("year") if year.strip()]
    chosen["year"] = [int(year) for year in years if _is_year(year)]
    wrong = [("year", year) for year in years if not _is_year(year)]
    days: dict[str, dt.date | None] = {}
    for name in DAYS:
        typed = given.get(name, "").strip()
        days[name] = _day(typed, last=name == "to")
        if typed and days[name] is None:
            wrong.append((name, typed))
    conditions = Conditions.of_dimensions(chosen, given.getlist("in"), days["from"], days["to"])
    return conditions, wrong


def _is_year(text: str) -> bool:
    return text.isdecimal() and len(text) == _YEAR_DIGITS


def _day(text: str, *, last: bool) -> dt.date | None:
    """A day as any field of a page takes it; of a month or a year the first or the last one."""
    try:
        return clock.day_of(text)
    except ValueError:
        return day_of(text, last=last)


def refusal_of(wrong: list[tuple[str, str]]) -> InputError | None:
    """How what cannot be read is refused; the first of it."""
    for name, value in wrong:
        if name == "sort":
            return SearchOptionUnknownError(field=name, value=value)
        if name in DAYS:
            return DayError(text=value, at=name)
        return FieldValueError(field=name, value=value)
    return None


def address_of(text: str, conditions: Conditions, order: Order) -> str:
    """The page of a search, with what narrows it and its order."""
    sort = sort_of(order)
    narrowed: dict[str, Any] = MultiDict(in_address(conditions)).to_dict(flat=False)
    chosen = None if sort == "best" else sort
    return url_for("search.show", q=text or None, sort=chosen, **narrowed)


def order_of(sort: str) -> Order:
    """The order by its name in the address; relevance where it names none."""
    return SORTS.get(sort, "relevance")
