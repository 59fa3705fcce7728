"""Holds: placed on case files, lifted one by one."""

import datetime as dt
from dataclasses import asdict
from typing import Self
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field, model_validator

from archive_service import access
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import HoldQuery
from archive_service.db.paging import Order, part_of
from archive_service.domain.retention.hold import Hold
from archive_service.given import Given
from archive_service.request import Body, current_actor, services, takes
from retention.holds.acts import (
    get_order,
    lift_hold,
    lift_order,
    list_holds,
    place_holds,
    place_on_fonds,
    place_on_search,
)
from retention.holds.documents import HoldList, HoldOrderDocument
from retention.holds.listing import hold_documents, matching_holds, order_document
from retention.holds.rules import HoldScopeError, Wish, require_one_scope
from search.conditions import Conditions

bp = APIBlueprint("api_holds", __name__, tag="holds", url_prefix="/holds")


_NEWEST_FIRST = Order.by_moment(Hold.placed_at, Hold.id)


class SearchIn(Conditions):
    """A search as the pages make it: words, and values that narrow it."""

    text: str

    def conditions(self) -> Conditions:
        """What narrows it."""
        return Conditions(**self.model_dump(exclude={"text"}))


class HoldIn(Given):
    """One order for case files, a search or a fonds; ``authority`` names the paper it rests on.

    ``until``: a local day; somebody is reminded then, and the hold stays.
    """

    codes: list[str] | None = Field(default=None, min_length=1, max_length=1000)
    search: SearchIn | None = None
    fonds: str | None = None
    reason: str
    authority: str
    until: dt.date | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        """Codes, a search or a fonds."""
        try:
            require_one_scope(
                codes=self.codes is not None,
                search=self.search is not None,
                fonds=self.fonds is not None,
            )
        except HoldScopeError as error:
            raise ValueError(error) from error
        return self


@bp.get("")
@bp.input(HoldQuery, location="query")
@bp.output(HoldList)
def list_all(query_data: HoldQuery) -> HoldList:
    """Holds the account may know of, the newest first."""
    actor = current_actor()
    access.require(actor, "hold:list")
    query = matching_holds(
        actor=actor,
        text=query_data.text,
        code=query_data.code,
        in_force=None if query_data.state is None else query_data.state == "in-force",
        order=query_data.order,
        overdue=query_data.overdue,
    )
    with services().read_only() as session:
        part = part_of(
            session, query, _NEWEST_FIRST, limit=query_data.limit, cursor=query_data.cursor
        )
        return HoldList(holds=hold_documents(session, part.rows), cursor=part.cursor)


@bp.post("")
@bp.input(HoldIn)
@bp.output(HoldList, status_code=201)
@takes(Body.LIST, "hold:place")
def place(json_data: HoldIn) -> Answer:
    """Place a hold on all of these case files or on none, on what a search finds, on a fonds.

    Of an order on a search or a fonds the first hundred holds are told; the list has all.
    """
    return answer_once(json_data.model_dump_json(), lambda: _placed(json_data))


def _placed(given: HoldIn) -> HoldList:
    actor = current_actor()
    wish = Wish(given.reason, given.authority, given.until)
    if given.codes is not None:
        placed = place_holds(services(), given.codes, actor=actor, **asdict(wish))
        return HoldList(holds=placed)
    if given.search is not None:
        asked = given.search
        order = place_on_search(
            services(), asked.text, wish, conditions=asked.conditions(), actor=actor
        )
    else:
        order = place_on_fonds(services(), given.fonds or "", wish, actor=actor)
    some = list_holds(services(), actor=actor, order=order.id, limit=100)
    return HoldList(holds=some, order=order)


@bp.get("/orders/<uuid:order_id>")
@bp.output(HoldOrderDocument)
def show_order(order_id: UUID) -> HoldOrderDocument:
    """One order, and how many of its holds stand."""
    actor = current_actor()
    access.require(actor, "hold:list")
    with services().read_only() as session:
        return order_document(session, get_order(session, order_id, actor=actor))


offer(bp, "/orders/<uuid:order_id>/lift", lift_order)


offer(bp, "/<uuid:hold_id>/lift", lift_hold)
