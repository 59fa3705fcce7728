"""The paper half of case files: received against minutes, kept in boxes, lent and returned."""

from http import HTTPMethod

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery
from archive_service.api.streaming import send_bytes
from archive_service.db.paging import Order, part_of
from archive_service.domain.digitization.paper import PaperPart
from archive_service.given import Given
from archive_service.request import current_actor, services
from digitize.paper import acts as desk
from digitize.paper.documents import HandoverDocument, KeptPartList, MoveList
from digitize.paper.rules import Counted

bp = APIBlueprint("api_paper", __name__, tag="paper", url_prefix="/paper")

_BY_CODE = Order(
    columns=(PaperPart.case_code, PaperPart.ordinal), write=(str, str), read=(str, int)
)


class PaperQuery(PartQuery):
    """``text`` is part of a case file's code, of a box or its place, or what a label says."""

    text: str = ""
    lent: bool = False


class CountedIn(Given):
    """Sheets counted of one case file, in one of its boxes."""

    code: str
    sheets: int = Field(ge=1, le=1_000_000)
    box: str = ""


class HandoverIn(Given):
    """What was counted, and by whom; ``note`` says why where a count differs from the record."""

    rows: list[CountedIn] = Field(min_length=1, max_length=1000)
    giver: str = Field(max_length=200)
    receiver: str = Field("", max_length=200)
    boxes: int | None = Field(None, ge=0, le=1_000_000)
    note: str = Field("", max_length=1000)


@bp.get("")
@bp.input(PaperQuery, location="query")
@bp.output(KeptPartList)
def list_all(query_data: PaperQuery) -> KeptPartList:
    """What paper lies where; what is still to come: ``GET case-files?complete=false``."""
    query = desk.matching_parts(text=query_data.text, lent=query_data.lent, actor=current_actor())
    with services().read_only() as session:
        part = part_of(session, query, _BY_CODE, limit=query_data.limit, cursor=query_data.cursor)
        return KeptPartList(
            paper=[desk.part_document(row) for row in part.rows], cursor=part.cursor
        )


@bp.post("/handovers")
@bp.input(HandoverIn)
@bp.output(HandoverDocument, status_code=201)
def receive(json_data: HandoverIn) -> Answer:
    """Receive paper that was counted, with signed minutes in every copy."""

    def create() -> HandoverDocument:
        body = json_data.model_dump(exclude={"rows"})
        counted = [Counted(row.code.strip(), row.sheets, row.box.strip()) for row in json_data.rows]
        return desk.receive(services(), counted, actor=current_actor(), **body)

    return answer_once(json_data.model_dump_json(), create)


@bp.get("/handovers/<path:number>/minutes")
@bp.doc(responses={200: "The signed minutes, PDF/A"})
def minutes(number: str) -> Response:
    """The signed minutes of a handover."""
    data = desk.handover_paper(services(), number, actor=current_actor())
    return send_bytes(data, name=f"{number.replace('/', '-')}.pdf", media_type="application/pdf")


offer(bp, "/<code>", desk.paper_of, method=HTTPMethod.GET)


@bp.get("/<code>/moves")
@bp.output(MoveList)
def moves(code: str) -> MoveList:
    """Each move of a case file's paper, the newest first."""
    return MoveList(moves=desk.moves_of(services(), code, actor=current_actor()))


offer(bp, "/<code>/put", desk.put)
offer(bp, "/<code>/lend", desk.lend)
offer(bp, "/<code>/return", desk.give_back)
