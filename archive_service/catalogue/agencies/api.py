"""Agencies that this archive serves, or knows from the official list."""

import datetime as dt
from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service import access
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import AgencyQuery
from archive_service.catalogue.agencies import changes
from archive_service.catalogue.agencies.acts import enlist_agency, list_agencies
from archive_service.catalogue.agencies.documents import AgencyDocument, AgencyList
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_agencies", __name__, tag="agencies", url_prefix="/agencies")


class AgencyIn(Given):
    """A new agency; ``successor_of``, ``same_as`` and ``superior`` are identifiers."""

    code: str
    name: str
    valid_from: dt.date | None = None
    successor_of: str | None = None
    same_as: str | None = None
    superior: str | None = None


@bp.get("")
@bp.input(AgencyQuery, location="query")
@bp.output(AgencyList)
def list_all(query_data: AgencyQuery) -> AgencyList:
    """Agencies by identifier."""
    access.require(current_actor(), "agency:list")
    with services().read_only() as session:
        rows = list_agencies(session, served_only=not query_data.all)
        return AgencyList(agencies=[AgencyDocument.of(row) for row in rows])


offer(bp, "/<code>", changes.show_agency, method=HTTPMethod.GET)


offer(bp, "/<code>/name", changes.rename_agency)


offer(bp, "/<code>/superior", changes.move_agency)


offer(bp, "/<code>/end", changes.end_agency)


@bp.post("")
@bp.input(AgencyIn)
@bp.output(AgencyDocument, status_code=201)
def add(json_data: AgencyIn) -> Answer:
    """Add an agency with its fonds; one that is there already stays as it is."""

    def create() -> AgencyDocument:
        given = json_data.model_dump()
        code, name = given.pop("code"), given.pop("name")
        agency, _ = enlist_agency(services(), code, name, actor=current_actor(), **given)
        return AgencyDocument.of(agency)

    return answer_once(json_data.model_dump_json(), create)
