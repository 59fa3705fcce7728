"""The calendar of transfers: who is to deliver on which days."""

import datetime as dt
from http import HTTPMethod
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service import clock
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.given import Given
from archive_service.request import current_actor, services
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import AppointmentFacts
from retention.transfer.calendar.documents import AppointmentDocument, AppointmentList

bp = APIBlueprint(
    "api_transfers_calendar", __name__, tag="transfers", url_prefix="/transfers/appointments"
)
_YEAR = dt.timedelta(days=365)


class CalendarQuery(Given):
    """The days, without them a year from today; of one agency, or all."""

    from_on: dt.date | None = None
    to_on: dt.date | None = None
    agency: str = ""


class AppointmentChangeIn(AppointmentFacts):
    """What is told is changed; of days without a last one there are as many as before."""

    case_files: int | None = Field(None, ge=0)
    size_bytes: int | None = Field(None, ge=0)


class AppointmentIn(AppointmentChangeIn):
    """A new one: of ``transfer_id``, or of an ``agency`` that delivers here."""

    from_on: dt.date
    agency: str = ""
    partner: str = ""


@bp.get("")
@bp.input(CalendarQuery, location="query")
@bp.output(AppointmentList)
def list_all(query_data: CalendarQuery) -> AppointmentList:
    """Appointments that have one of these days, by their first; at most of three years."""
    first = query_data.from_on or clock.today()
    last = query_data.to_on or clock.shifted(first, _YEAR)
    found = calendar_acts.list_between(
        services(), first, last, agency=query_data.agency, actor=current_actor()
    )
    return AppointmentList(from_on=first.isoformat(), to_on=last.isoformat(), appointments=found)


@bp.post("")
@bp.input(AppointmentIn)
@bp.output(AppointmentDocument, status_code=201)
def add(json_data: AppointmentIn) -> Answer:
    """Note on which days an agency delivers; ``warnings`` say what speaks against them."""

    def create() -> dict[str, Any]:
        return calendar_acts.add(
            services(),
            json_data,
            agency=json_data.agency,
            partner=json_data.partner,
            actor=current_actor(),
        ).as_json()

    return answer_once(json_data.model_dump_json(), create)


offer(bp, "/<uuid:appointment_id>", calendar_acts.show, method=HTTPMethod.GET)


@bp.patch("/<uuid:appointment_id>")
@bp.input(AppointmentChangeIn)
@bp.output(AppointmentDocument)
def move(appointment_id: UUID, json_data: AppointmentChangeIn) -> AppointmentDocument:
    """Put it on other days, or change what is told of it."""
    return calendar_acts.move(services(), appointment_id, json_data, actor=current_actor())


offer(bp, "/<uuid:appointment_id>/confirmation", calendar_acts.confirm)


offer(bp, "/<uuid:appointment_id>/cancellation", calendar_acts.cancel)
