"""What is called in, and requests to keep it back, as lists: narrowed and page by page."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Response

from archive_service.catalogue.holdings.listing import held_of
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.display import day
from archive_service.web.layout import t
from ingest.calling_in.documents import CalledEntry, KeepBackDocument
from ingest.calling_in.progress import Called

_STATES = ("late", "faulty", "due", "kept", "submitted")  # what is to be done first
_COLUMNS = ("agency", "case_file", "title_of", "unit", "person", "due_on", "state")
_SEARCHED = ("code", "title", "agency", "unit", "person", "reason", "paper")
_REQUEST_STATES = ("asked", "consented", "refused")
_NAME = "ho-so-phai-nop"


class ListedEntry(CalledEntry):
    """An entry with the name of the agency whose list it is of."""

    agency: str


CalledRow = Called | ListedEntry


def narrowed(
    rows: Iterable[CalledRow], choices: Sequence[dict[str, Any]] = ()
) -> Response | dict[str, Any]:
    """The part of the list that the address asks for, as its templates take it; or the download.

    Args:
        rows: in the order to be shown.
        choices: filters that ``rows`` went through already, for the row of tools.
    """
    given = lists.asked()
    state = lists.choice("state", _STATES)
    words = fold(given.text).split()
    found = [row for row in rows if _fits(row, words, state)]
    if given.export:
        headings = [t(f"pages.collection.{name}") for name in _COLUMNS]
        return lists.as_table(_NAME, given.export, headings, _cells(found))
    part = found[given.offset : given.offset + lists.PAGE_ROWS]
    codes = [row.code for row in part]
    of_state = {
        "name": "state",
        "label": t("pages.collection.state"),
        "options": lists.options(
            "pages.collection.any_state",
            [(one, t(f"labels.called-states.{one}")) for one in _STATES],
        ),
        "value": state,
    }
    return {
        "tools": lists.tools(given, [of_state, *choices]),
        "found": part,
        "total": len(found),
        "paging": lists.paging(given, len(part), len(found)),
        "held": held_of(services(), codes, actor=current_actor()),
    }


def requests_shown(
    rows: Iterable[KeepBackDocument], deciding: UUID | None = None
) -> dict[str, Any]:
    """Requests to keep back, narrowed and page by page; ``deciding``: the one that stays in sight.

    Args:
        rows: requests in the order to be shown.
        deciding: id of a request whose refused form stands open.
    """
    given = lists.asked()
    state = lists.choice("state", _REQUEST_STATES)
    words = fold(given.text).split()
    found = [row for row in rows if row.id == deciding or _fits(row, words, state)]
    part = found[given.offset : given.offset + lists.PAGE_ROWS]
    part += [entry for entry in found if entry.id == deciding and entry not in part]
    choice = _states("keep-back-states", _REQUEST_STATES, state)
    return {
        "tools": lists.tools(given, [choice], exports=False),
        "rows": part,
        "total": len(found),
        "paging": lists.paging(given, len(part), len(found)),
    }


def _states(labels: str, states: Sequence[str], value: str) -> dict[str, Any]:
    named = [(state, t(f"labels.{labels}.{state}")) for state in states]
    return {
        "name": "state",
        "label": t("pages.collection.state"),
        "options": lists.options("pages.collection.any_state", named),
        "value": value,
    }


def urgent_first(row: Called) -> tuple[int, dt.date, str]:
    """Sorts what is late before what is due, kept and submitted, each by its day."""
    return _STATES.index(row.state), row.due_on, row.code


def _fits(row: CalledRow | KeepBackDocument, words: Sequence[str], state: str) -> bool:
    if state and row.state != state:
        return False
    text = fold(" ".join(str(getattr(row, name, "") or "") for name in _SEARCHED))
    return all(word in text for word in words)


def _cells(rows: Iterable[CalledRow]) -> Iterator[Row]:
    for row in rows:
        yield (
            row.agency,
            row.code,
            row.title,
            row.unit,
            row.person,
            day(row.due_on),
            t(f"labels.called-states.{row.state}") if row.state else "",
        )
