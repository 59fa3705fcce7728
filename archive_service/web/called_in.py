"""Case files that are called in, as a list: narrowed, page by page, as a table to download."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import Response

from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.display import day
from archive_service.web.layout import t
from archive_service.workflow import calling_in

_STATES = ("late", "due", "kept", "submitted")  # what is to be done first
_COLUMNS = ("agency", "case_file", "title_of", "unit", "person", "due_on", "state")
_SEARCHED = ("code", "title", "agency", "unit", "person")
_NAME = "ho-so-phai-nop"


def narrowed(
    rows: Iterable[Mapping[str, Any]], choices: Sequence[dict[str, Any]] = ()
) -> Response | dict[str, Any]:
    """The part of the list that the address asks for, as its templates take it; or the download.

    Args:
        rows: ``{agency, code, title, unit, person, due_on, state}`` in the order to be shown.
        choices: filters that ``rows`` went through already, for the row of tools.
    """
    given = lists.asked()
    state = lists.choice("state", _STATES)
    words = fold(given.text).split()
    found = [one for one in rows if _fits(one, words, state)]
    if given.export:
        headings = [t(f"pages.collection.{name}") for name in _COLUMNS]
        return lists.as_table(_NAME, given.export, headings, _cells(found))
    part = found[given.offset : given.offset + lists.PAGE_ROWS]
    codes = [str(one["code"]) for one in part]
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
        "held": calling_in.held_of(services(), codes, actor=current_actor()),
    }


def urgent_first(row: Mapping[str, Any]) -> tuple[int, str, str]:
    """Sorts what is late before what is due, kept and submitted, each by its day."""
    return _STATES.index(row["state"]), row["due_on"], row["code"]


def _fits(row: Mapping[str, Any], words: Sequence[str], state: str) -> bool:
    if state and row["state"] != state:
        return False
    said = fold(" ".join(str(row.get(name) or "") for name in _SEARCHED))
    return all(word in said for word in words)


def _cells(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for one in rows:
        yield (
            one["agency"],
            one["code"],
            one["title"],
            one["unit"],
            one["person"],
            day(one["due_on"]),
            t(f"labels.called-states.{one['state']}") if one["state"] else "",
        )
