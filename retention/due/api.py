"""What falls due by year, and by agency and year."""

from apiflask import APIBlueprint

from archive_service.request import current_actor, services
from retention.due.calendar import due_years
from retention.due.documents import DueCalendarDocument

bp = APIBlueprint("api_due_calendar", __name__, tag="due-calendar", url_prefix="/due-calendar")


@bp.get("")
@bp.output(DueCalendarDocument)
def show() -> DueCalendarDocument:
    """Of what the account sees: ``over``, years, ``permanent``, and ``waiting`` for an event."""
    return due_years(services(), actor=current_actor())
