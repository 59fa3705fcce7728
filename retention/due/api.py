"""What falls due by year, and by agency and year."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from retention.due.calendar import due_years

bp = APIBlueprint("api_due_calendar", __name__, tag="due-calendar", url_prefix="/due-calendar")


offer(bp, "", due_years, method=HTTPMethod.GET)
