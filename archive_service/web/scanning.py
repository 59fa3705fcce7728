"""Hàng đợi số hóa: which case files wait for digitization, run, or are done."""

from typing import Any

from flask import Blueprint, render_template, url_for

from archive_service import access
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.workflow.digitization import digitization_queue

bp = Blueprint("scanning", __name__)


@bp.get("/scanning")
def show() -> str:
    """The queue, those at work first; it asks for itself again while it is looked at."""
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
        "pages/scanning.html",
        here_key="scanning",
        tools=lists.tools(given, choices, exports=False),
        total=total,
        queue=[
            row | {"href": url_for("case_files.show", code=row["code"]) if opens else ""}
            for row in rows
        ],
        paging=lists.paging(given, len(rows), total),
    )
