"""Calling in: published lists, progress, and requests to keep case files longer."""

import datetime as dt
from typing import Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.documents import (
    CollectionDocument,
    CollectionLists,
    KeepBackDocument,
    KeepBackList,
    PreviewDocument,
    ProgressDocument,
    UrgedDocument,
)
from ingest.calling_in.lists import Wanted
from ingest.calling_in.urging import urge as urge_now

bp = APIBlueprint("api_collections", __name__, tag="collections", url_prefix="/collections")


class CollectionIn(Given):
    """Whose list of which year; by notation days of settlement and reasons for leaving out."""

    agency: str
    year: int
    settled: dict[str, dt.date] = Field(default={})
    left_out: dict[str, str] = Field(default={})

    def wanted(self) -> Wanted:
        """What the plan does not say."""
        return Wanted(settled=self.settled, left_out=self.left_out)


class UrgeIn(Given):
    """Which case file of the list."""

    code: str


class ProgressQuery(Given):
    """Of one year."""

    year: int | None = None


class KeepBackQuery(Given):
    """Requests in one state."""

    state: Literal["asked", "consented", "refused"] | None = None


class KeepBackIn(Given):
    """One reason for one or more case files."""

    codes: list[str] = Field(min_length=1, max_length=1000)
    until: dt.date
    reason: str


class DecisionIn(Given):
    """What was decided; ``paper`` names number, date and issuer."""

    consent: bool
    paper: str
    reason: str = ""


@bp.get("")
@bp.output(CollectionLists)
def list_all() -> CollectionLists:
    """Published lists, the newest year first."""
    found = calling_in_acts.list_published(services(), actor=current_actor())
    return CollectionLists(collections=found)


@bp.post("/preview")
@bp.input(CollectionIn)
@bp.output(PreviewDocument)
def preview(json_data: CollectionIn) -> PreviewDocument:
    """What would be published; nothing is changed."""
    return calling_in_acts.preview(
        services(), json_data.agency, json_data.year, json_data.wanted(), actor=current_actor()
    )


@bp.post("")
@bp.input(CollectionIn)
@bp.output(CollectionDocument, status_code=201)
def publish(json_data: CollectionIn) -> Answer:
    """Publish an agency's list of a year, once."""

    def create() -> CollectionDocument:
        wanted = json_data.wanted()
        actor = current_actor()
        return calling_in_acts.publish(
            services(), json_data.agency, json_data.year, wanted, actor=actor
        )

    return answer_once(json_data.model_dump_json(), create)


@bp.get("/<uuid:list_id>")
@bp.output(CollectionDocument)
def one(list_id: UUID) -> CollectionDocument:
    """One list, and how each case file stands."""
    return calling_in_acts.open_list(services(), list_id, actor=current_actor())


@bp.post("/<uuid:list_id>/urge")
@bp.input(UrgeIn)
@bp.output(UrgedDocument)
def urge(list_id: UUID, json_data: UrgeIn) -> UrgedDocument:
    """Tell those who are to submit one case file; the trail keeps it."""
    return urge_now(services(), list_id, json_data.code, actor=current_actor())


@bp.get("/progress")
@bp.input(ProgressQuery, location="query")
@bp.output(ProgressDocument)
def progress(query_data: ProgressQuery) -> ProgressDocument:
    """Per unit and person what was called in, submitted, kept, and is late."""
    return calling_in_acts.progress(services(), actor=current_actor(), year=query_data.year)


@bp.get("/keep-back")
@bp.input(KeepBackQuery, location="query")
@bp.output(KeepBackList)
def list_requests(query_data: KeepBackQuery) -> KeepBackList:
    """Requests to keep case files longer, the newest first."""
    found = calling_in_acts.list_requests(services(), actor=current_actor(), state=query_data.state)
    return KeepBackList(requests=found)


@bp.post("/keep-back")
@bp.input(KeepBackIn)
@bp.output(KeepBackList, status_code=201)
def ask(json_data: KeepBackIn) -> Answer:
    """Ask to keep these case files: all of them or none."""

    def create() -> KeepBackList:
        found = calling_in_acts.ask(
            services(),
            json_data.codes,
            until_on=json_data.until,
            reason=json_data.reason,
            actor=current_actor(),
        )
        return KeepBackList(requests=found)

    return answer_once(json_data.model_dump_json(), create)


@bp.post("/keep-back/<uuid:request_id>/decide")
@bp.input(DecisionIn)
@bp.output(KeepBackDocument)
def decide(request_id: UUID, json_data: DecisionIn) -> KeepBackDocument:
    """Consent or refuse, naming the paper."""
    return calling_in_acts.decide(
        services(),
        request_id,
        consent=json_data.consent,
        paper=json_data.paper,
        reason=json_data.reason,
        actor=current_actor(),
    )
