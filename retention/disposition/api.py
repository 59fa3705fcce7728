"""Dispositions: proposed, reviewed, heard by the council, submitted, decided."""

import datetime as dt
from http import HTTPMethod
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service import access, clock
from archive_service.api.offered import offer
from archive_service.api.paging import DispositionQuery
from archive_service.api.request import language
from archive_service.db.paging import Order, part_of
from archive_service.domain.retention.disposition import CouncilDuty, Disposition
from archive_service.given import Given
from archive_service.request import Body, current_actor, services
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Meeting, Opinion, Seat
from retention.disposition.decision import acts as decision_acts
from retention.disposition.decision import number as decision_number
from retention.disposition.documents import DispositionDocument, DispositionList
from retention.disposition.duplicates import view as duplicates_view
from retention.disposition.duplicates.documents import KeptBeside
from retention.disposition.given import DecisionApproval, DecisionRejection
from retention.disposition.listing import WHOLE, disposition_documents, matching_dispositions

bp = APIBlueprint("api_dispositions", __name__, tag="dispositions", url_prefix="/dispositions")


_NEWEST_FIRST = Order.by_moment(Disposition.proposed_at, Disposition.id)


class SeatIn(Given):
    """One member; with an account they vote themselves."""

    name: str
    position: str
    duty: CouncilDuty = CouncilDuty.MEMBER
    account: str | None = None


class CouncilIn(Given):
    """The council and its meeting; what is not given stays as it is."""

    members: list[SeatIn] = Field(default=[])
    number: str | None = None
    decided_on: dt.date | None = None
    met_on: dt.date | None = None
    met_at: str | None = None
    minutes: str | None = None


class OpinionIn(Given):
    """What the archive above says; without ``by`` it is awaited."""

    by: str = ""
    number: str = ""
    on: dt.date | None = None
    agrees: bool = True
    text: str = ""


class DecisionIn(Given):
    """Approve with a code of the second factor, or reject with a reason."""

    decision: Literal["approve", "reject"]
    otp: str | None = None
    number: str = ""
    reason: str = ""
    list_sha256: str | None = None


@bp.get("")
@bp.input(DispositionQuery, location="query")
@bp.output(DispositionList)
def list_all(query_data: DispositionQuery) -> DispositionList:
    """Lists the account may know of, the newest first."""
    actor = current_actor()
    access.require(actor, "disposition:list")
    query = matching_dispositions(
        actor=actor,
        text=query_data.text,
        state=query_data.state or "",
        kind=query_data.kind or "",
    )
    with services().read_only() as session:
        part = part_of(
            session,
            query.options(*WHOLE),
            _NEWEST_FIRST,
            limit=query_data.limit,
            cursor=query_data.cursor,
        )
        found = disposition_documents(session, part.rows, language())
        return DispositionList(dispositions=found, cursor=part.cursor)


offer(bp, "/<uuid:disposition_id>", disposition_acts.show, method=HTTPMethod.GET)


@bp.post("/<uuid:disposition_id>/council")
@bp.input(CouncilIn)
@bp.output(DispositionDocument)
def council(disposition_id: UUID, json_data: CouncilIn) -> DispositionDocument:
    """Set up the council, or note its meeting."""
    given = json_data
    return council_acts.set_up(
        services(),
        disposition_id,
        [
            Seat(member.name, member.position, member.duty, member.account)
            for member in given.members
        ],
        Meeting(given.number, given.decided_on, given.met_on, given.met_at, given.minutes),
        actor=current_actor(),
        lang=language(),
    )


@bp.get("/<uuid:disposition_id>/kept/<code>")
@bp.output(KeptBeside)
def show_kept(disposition_id: UUID, code: str) -> dict[str, Any]:
    """A duplicate or a draft of the list, document by document beside what keeps it."""
    return duplicates_view.compared(services(), disposition_id, code, actor=current_actor())


@bp.post("/<uuid:disposition_id>/opinion")
@bp.input(OpinionIn)
@bp.output(DispositionDocument)
def opinion(disposition_id: UUID, json_data: OpinionIn) -> DispositionDocument:
    """Note the opinion of the archive above, or that it is awaited."""
    given = json_data
    on = given.on or clock.today()
    is_given = any((given.by, given.number, given.text))
    opinion_given = (
        Opinion(given.by, given.number, on, given.agrees, given.text) if is_given else None
    )
    return council_acts.note_opinion(
        services(), disposition_id, opinion_given, actor=current_actor(), lang=language()
    )


@bp.post("/<uuid:disposition_id>/decision")
@bp.input(DecisionIn)
@bp.output(DispositionDocument)
def decide(disposition_id: UUID, json_data: DecisionIn) -> DispositionDocument:
    """Approve the list, or reject it."""
    given, shown = json_data, json_data.list_sha256
    actor, lang = current_actor(), language()
    if given.decision == "reject":
        rejection = DecisionRejection(reason=given.reason, list_sha256=shown)
        return decision_acts.reject(services(), disposition_id, rejection, actor=actor, lang=lang)
    approval = DecisionApproval(
        otp=given.otp, number=given.number, reason=given.reason, list_sha256=shown
    )
    return decision_acts.approve(services(), disposition_id, approval, actor=actor, lang=lang)


_ONE = "/<uuid:disposition_id>"
offer(bp, "", disposition_acts.propose, creates=True, body=(Body.LIST, "disposition:propose"))
offer(bp, f"{_ONE}/review", disposition_acts.review)
offer(bp, f"{_ONE}/votes", council_acts.vote)
offer(bp, f"{_ONE}/submit", disposition_acts.submit, location="query")
offer(bp, f"{_ONE}/decision/number", decision_number.note_number)
offer(bp, f"{_ONE}/execute", execution.execute, location="query")
