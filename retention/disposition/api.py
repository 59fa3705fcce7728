"""Dispositions: proposed, reviewed, heard by the council, submitted, decided."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from archive_service import access, clock
from archive_service.api.errors import findings_of, not_listed
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.paging import DispositionQuery
from archive_service.api.request import language
from archive_service.db.paging import Order, part_of
from archive_service.domain.retention.disposition import CouncilDuty, Disposition, DispositionKind
from archive_service.finding_document import FindingDocument
from archive_service.request import Body, current_actor, services, takes
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.acts import NothingProposedError
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Meeting, Opinion, Seat
from retention.disposition.decision import acts as decision_acts
from retention.disposition.decision import number as decision_number
from retention.disposition.documents import DispositionDocument, DispositionList
from retention.disposition.duplicates import view as duplicates_view
from retention.disposition.duplicates.documents import KeptBeside
from retention.disposition.listing import WHOLE, disposition_documents, matching_dispositions

bp = APIBlueprint("api_dispositions", __name__, tag="dispositions", url_prefix="/dispositions")


def _moment(text: str) -> dt.datetime:
    return clock.parse_iso(text)


_NEWEST_FIRST = Order(
    columns=(Disposition.proposed_at, Disposition.id),
    write=(clock.iso, str),
    read=(_moment, UUID),
    newest_first=True,
)


@findings_of.register
def _(error: NothingProposedError, lang: str) -> list[FindingDocument]:
    return [
        not_listed("disposition", one.code, (one.refusal or {})["code"], one.reason, lang)
        for one in error.items
        if one.refusal
    ]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProposalIn(_In):
    """Case files of one agency, and what the list is for."""

    codes: list[str] = Field(min_length=1, max_length=disposition_acts.LONGEST_LIST)
    kind: DispositionKind
    reason: str


class ReviewIn(_In):
    """``outcomes`` by code: ``destroy``, ``keep:YEARS``, ``permanent`` or ``wait``."""

    outcomes: dict[str, str] = {}
    reason: str
    list_sha256: str | None = None


class SeatIn(_In):
    """One member; with an account they vote themselves."""

    name: str
    position: str
    duty: CouncilDuty = CouncilDuty.MEMBER
    account: str | None = None


class CouncilIn(_In):
    """The council and its meeting; what is not given stays as it is."""

    members: list[SeatIn] = []
    number: str | None = None
    decided_on: dt.date | None = None
    met_on: dt.date | None = None
    met_at: str | None = None
    minutes: str | None = None


class VoteIn(_In):
    """A vote on the list as a whole; ``name`` is a member whose paper is entered."""

    agrees: bool
    opinion: str = ""
    name: str = ""
    list_sha256: str | None = None


class OpinionIn(_In):
    """What the archive above says; without ``by`` it is awaited."""

    by: str = ""
    number: str = ""
    on: dt.date | None = None
    agrees: bool = True
    text: str = ""


class ShownIn(_In):
    """``list_sha256`` of the list as it was read; where it is given, another list is refused."""

    list_sha256: str | None = None


class DecisionIn(_In):
    """Approve with a code of the second factor, or reject with a reason."""

    decision: Literal["approve", "reject"]
    otp: str | None = None
    number: str = ""
    reason: str = ""
    list_sha256: str | None = None


class NumberIn(_In):
    """The number that the agency gave the decision's paper, and the day that it bears."""

    number: str
    on: dt.date


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


@bp.post("")
@bp.input(ProposalIn)
@bp.output(DispositionDocument, status_code=201)
@takes(Body.LIST, "disposition:propose")
def propose(json_data: ProposalIn) -> Answer:
    """Propose case files; those that may not be stand on the list as refused.

    Where none may be, nothing is made, and the problem names each with its reason.
    """

    def create() -> dict[str, Any]:
        return disposition_acts.propose(
            services(),
            json_data.codes,
            kind=json_data.kind,
            reason=json_data.reason,
            actor=current_actor(),
            lang=language(),
        ).as_json()

    return answer_once(json_data.model_dump_json(), create)


@bp.get("/<uuid:disposition_id>")
@bp.output(DispositionDocument)
def show(disposition_id: UUID) -> DispositionDocument:
    """One list."""
    return disposition_acts.show(services(), disposition_id, actor=current_actor(), lang=language())


@bp.post("/<uuid:disposition_id>/review")
@bp.input(ReviewIn)
@bp.output(DispositionDocument)
def review(disposition_id: UUID, json_data: ReviewIn) -> DispositionDocument:
    """Say what is to become of each case file."""
    return disposition_acts.review(
        services(),
        disposition_id,
        {code.strip(): Verdict.parse(text, code=code) for code, text in json_data.outcomes.items()},
        reason=json_data.reason,
        actor=current_actor(),
        list_sha256=json_data.list_sha256,
        lang=language(),
    )


@bp.post("/<uuid:disposition_id>/council")
@bp.input(CouncilIn)
@bp.output(DispositionDocument)
def council(disposition_id: UUID, json_data: CouncilIn) -> DispositionDocument:
    """Set up the council, or note its meeting."""
    given = json_data
    return council_acts.set_up(
        services(),
        disposition_id,
        [Seat(one.name, one.position, one.duty, one.account) for one in given.members],
        Meeting(given.number, given.decided_on, given.met_on, given.met_at, given.minutes),
        actor=current_actor(),
        lang=language(),
    )


@bp.get("/<uuid:disposition_id>/kept/<code>")
@bp.output(KeptBeside)
def show_kept(disposition_id: UUID, code: str) -> dict[str, Any]:
    """A duplicate or a draft of the list, document by document beside what keeps it."""
    return duplicates_view.compared(services(), disposition_id, code, actor=current_actor())


@bp.post("/<uuid:disposition_id>/votes")
@bp.input(VoteIn)
@bp.output(DispositionDocument)
def vote(disposition_id: UUID, json_data: VoteIn) -> DispositionDocument:
    """Vote as a member of the council."""
    return council_acts.vote(
        services(),
        disposition_id,
        agrees=json_data.agrees,
        opinion=json_data.opinion,
        name=json_data.name,
        actor=current_actor(),
        list_sha256=json_data.list_sha256,
        lang=language(),
    )


@bp.post("/<uuid:disposition_id>/opinion")
@bp.input(OpinionIn)
@bp.output(DispositionDocument)
def opinion(disposition_id: UUID, json_data: OpinionIn) -> DispositionDocument:
    """Note the opinion of the archive above, or that it is awaited."""
    given = json_data
    on = given.on or clock.today()
    said = any((given.by, given.number, given.text))
    told = Opinion(given.by, given.number, on, given.agrees, given.text) if said else None
    return council_acts.note_opinion(
        services(), disposition_id, told, actor=current_actor(), lang=language()
    )


@bp.post("/<uuid:disposition_id>/submit")
@bp.input(ShownIn, location="query")
@bp.output(DispositionDocument)
def submit(disposition_id: UUID, query_data: ShownIn) -> DispositionDocument:
    """Put the list before the head of the agency."""
    return disposition_acts.submit(
        services(),
        disposition_id,
        actor=current_actor(),
        list_sha256=query_data.list_sha256,
        lang=language(),
    )


@bp.post("/<uuid:disposition_id>/decision")
@bp.input(DecisionIn)
@bp.output(DispositionDocument)
def decide(disposition_id: UUID, json_data: DecisionIn) -> DispositionDocument:
    """Approve the list, or reject it."""
    if json_data.decision == "reject":
        return decision_acts.reject(
            services(),
            disposition_id,
            reason=json_data.reason,
            actor=current_actor(),
            list_sha256=json_data.list_sha256,
            lang=language(),
        )
    return decision_acts.approve(
        services(),
        disposition_id,
        actor=current_actor(),
        otp=json_data.otp,
        number=json_data.number,
        reason=json_data.reason,
        list_sha256=json_data.list_sha256,
        lang=language(),
    )


@bp.post("/<uuid:disposition_id>/decision/number")
@bp.input(NumberIn)
@bp.output(DispositionDocument)
def note_number(disposition_id: UUID, json_data: NumberIn) -> DispositionDocument:
    """Note the number and the day of the decision's paper, once."""
    return decision_number.note_number(
        services(),
        disposition_id,
        json_data.number,
        json_data.on,
        actor=current_actor(),
        lang=language(),
    )


@bp.post("/<uuid:disposition_id>/execute")
@bp.input(ShownIn, location="query")
@bp.output(DispositionDocument)
def execute(disposition_id: UUID, query_data: ShownIn) -> DispositionDocument:
    """Set an approved destruction going."""
    return execution.execute(
        services(),
        disposition_id,
        actor=current_actor(),
        list_sha256=query_data.list_sha256,
        lang=language(),
    )
