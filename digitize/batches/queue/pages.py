"""Hàng đợi số hóa: batches from the stations, and the case files that wait for digitization."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, url_for

from archive_service import access
from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.people import people
from digitize.batches.desk.pages.view import batch_line, queue_words
from digitize.batches.documents import BatchRow
from digitize.batches.queue import views as queue_views
from digitize.batches.queue.digitization import digitization_queue

bp = Blueprint("scanning", __name__, template_folder="templates")

_EXPORTED = 200  # batches that are asked for at once
_OPEN = ("receiving", "reading", "review", "stopped")
_COLUMNS = (
    "pages.scanning.batch_column",
    "columns.case_file",
    "columns.state",
    "columns.progress",
    "pages.scanning.flags_column",
    "pages.scanning.station",
    "pages.scanning.created",
)


@bp.get("/scanning")
def show() -> Response:
    """Batches, the newest first; it asks for itself again while it is looked at."""
    actor = current_actor()
    access.require(actor, "batch:list")
    given = lists.asked()
    state = lists.choice("state", ("all", *BatchState))
    states: Sequence[str] = _OPEN if not state else () if state == "all" else (state,)
    if given.export:
        headings = [t(key) for key in _COLUMNS]
        return lists.as_table("lo-trang", given.export, headings, _cells(given.text, states))
    rows, total = queue_views.list_batches(
        services(),
        actor=actor,
        text=given.text,
        states=states,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
    )
    named = [(state.value, t(f"badges.batch.{state.value}")) for state in BatchState]
    choice = {
        "name": "state",
        "label": t("pages.scanning.batch_state"),
        "options": [
            ("", t("pages.scanning.open_batches")),
            ("all", t("lists.all")),
            *named,
        ],
        "value": state,
    }
    return make_response(
        render_template(
            "batches/queue/scanning.html",
            here_key="scanning",
            lead=queue_words(rows),
            tools=lists.tools(given, [choice]),
            total=total,
            batches=[row | batch_line(row) for row in _by_people(rows)],
            may_create=access.may(actor, "batch:create"),
            paging=lists.paging(given, len(rows), total),
        )
    )


@bp.get("/scanning/case-files")
def case_files() -> str:
    """Case files with paper, those at work first."""
    actor = current_actor()
    given = lists.asked()
    finished = lists.choice("show", ("all",)) == "all"
    rows, total = digitization_queue(
        services(),
        actor=actor,
        text=given.text,
        finished=finished,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
        lang=language(),
    )
    choices: list[dict[str, Any]] = [
        {
            "name": "show",
            "label": t("pages.scanning.filter"),
            "options": [("", t("pages.scanning.unfinished")), ("all", t("lists.all"))],
            "value": "all" if finished else "",
        }
    ]
    opens = access.may(actor, "case-file:list")
    return render_template(
        "batches/queue/case_files.html",
        here_key="scanning",
        tools=lists.tools(given, choices, exports=False),
        total=total,
        queue=[
            row | {"href": url_for("case_files.show", code=row["code"]) if opens else ""}
            for row in rows
        ],
        paging=lists.paging(given, len(rows), total),
    )


def _by_people(rows: Sequence[BatchRow]) -> Iterator[BatchRow]:
    """The rows, decided by people as they are called."""
    names = people(rows, "decided_by")
    for row in rows:
        yield row | {"decided_by": names[row["decided_by"]]}


def _cells(text: str, states: Sequence[str]) -> Iterator[Row]:
    actor, offset, total = current_actor(), 0, 1
    while offset < total:
        rows, total = queue_views.list_batches(
            services(), actor=actor, text=text, states=states, limit=_EXPORTED, offset=offset
        )
        for row in _by_people(rows):
            line = batch_line(row)
            yield (
                row["batch"],
                row["code"],
                t(f"badges.batch.{line['look']}"),
                line["told"],
                row["undecided"],
                row["station_title"],
                moment(row["created_at"]),
            )
        offset += _EXPORTED
