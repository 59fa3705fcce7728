"""Agencies that this archive serves, or knows from the official list."""

import datetime as dt
from http import HTTPMethod

from apiflask import APIBlueprint
from pydantic import Field

from archive_service import access
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import AgencyQuery
from archive_service.catalogue.agencies import changes
from archive_service.catalogue.agencies.acts import enlist_agency, list_agencies
from archive_service.catalogue.agencies.documents import AgencyDocument, AgencyList, AgencyRecord
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_agencies", __name__, tag="agencies", url_prefix="/agencies")


class _Change(Given):
    """A change of an agency: its day, and the decision it rests on or why it is."""

    on: dt.date
    reason: str


class Renaming(_Change):
    """The name that it bears from ``on``."""

    name: str


class Moving(_Change):
    """The body that it stands below from ``on``, by its identifier; empty: none."""

    superior: str


class Ending(_Change):
    """``on`` is its last day; ``successors`` took over from it, by their identifiers."""

    successors: list[str] = Field(default=[])


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


@bp.post("/<code>/name")
@bp.input(Renaming)
@bp.output(AgencyRecord)
def rename(code: str, json_data: Renaming) -> AgencyRecord:
    """Another name; identifiers, fonds and holdings stay."""
    return changes.rename_agency(services(), code, actor=current_actor(), **json_data.model_dump())


@bp.post("/<code>/superior")
@bp.input(Moving)
@bp.output(AgencyRecord)
def move(code: str, json_data: Moving) -> AgencyRecord:
    """Another superior body, or none."""
    return changes.move_agency(services(), code, actor=current_actor(), **json_data.model_dump())


@bp.post("/<code>/end")
@bp.input(Ending)
@bp.output(AgencyRecord)
def end(code: str, json_data: Ending) -> AgencyRecord:
    """Its end, and that of its identifier; what it handed in stays."""
    return changes.end_agency(services(), code, actor=current_actor(), **json_data.model_dump())


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
