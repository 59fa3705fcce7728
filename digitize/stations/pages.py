"""Trạm và máy quét: the stations, and the tickets of pages that are to be scanned again."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, url_for

from archive_service import access, messages
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.people import people
from digitize.batches.documents import TicketRow
from digitize.batches.queue import views as queue_views
from digitize.stations.listing import pictured, stations_standing

bp = Blueprint(
    "scanning_stations", __name__, template_folder="templates", url_prefix="/scanning/stations"
)

_THUMB_HEIGHT = 141  # of a small picture 100 pixels wide, for a page of A4


@bp.get("")
def show() -> Response:
    """Stations with what is open of theirs, and the tickets, those that wait first."""
    actor = current_actor()
    access.require(actor, "station:list")
    given = lists.asked()
    finished = lists.choice("show", ("all",)) == "all"
    stations = stations_standing(services(), actor=actor)
    tickets: list[TicketRow] = []
    total = 0
    if access.may(actor, "batch:list"):
        tickets, total = queue_views.list_tickets(
            services(),
            actor=actor,
            station=given.text,
            finished=finished,
            limit=lists.PAGE_ROWS,
            offset=given.offset,
            lang=language(),
        )
    choice = {
        "name": "show",
        "label": t("pages.scan_stations.ticket_filter"),
        "options": [
            ("", t("pages.scan_stations.tickets_open")),
            ("all", t("pages.scan_stations.tickets_all")),
        ],
        "value": "all" if finished else "",
    }
    return make_response(
        render_template(
            "stations/stations.html",
            here_key="scanning",
            stations=[_station(station) for station in stations],
            tools=lists.tools(given, [choice], exports=False),
            total=total,
            tickets=_tickets(tickets),
            paging=lists.paging(given, len(tickets), total),
        )
    )


def _station(station: dict[str, Any]) -> dict[str, Any]:
    return station | {
        "title": station["title"] or station["name"],
        "standard": messages.label("scan-standards", station["standard"], language()),
    }


def _tickets(tickets: list[TicketRow]) -> list[dict[str, Any]]:
    who = people(tickets, "opened_by")
    pages = pictured(services(), [ticket["page"] for ticket in tickets], actor=current_actor())
    return [
        ticket
        | {
            "title": t(
                "pages.scan_stations.ticket_page", page=ticket["page_name"], batch=ticket["batch"]
            ),
            "href": url_for("scanning_batch.show", batch=ticket["batch"], page=ticket["page"]),
            "thumbnail": url_for("scanning_batch.thumbnail", page_id=ticket["page"])
            if ticket["page"] in pages
            else "",
            "height": _THUMB_HEIGHT,
            "opened_by": who[ticket["opened_by"]],
        }
        for ticket in tickets
    ]
