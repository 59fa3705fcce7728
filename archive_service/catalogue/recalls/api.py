"""Recalls, corrections and replacements of documents: asked for, confirmed or refused."""

from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint

from archive_service import access
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall, refuse_recall
from archive_service.catalogue.recalls.documents import RecallDocument, RecallList
from archive_service.catalogue.recalls.listing import matching_recalls
from archive_service.db.paging import Order, part_of
from archive_service.domain.case_files.recall import Recall, RecallKind
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.edxml.open_recalls import ask_undecided

bp = APIBlueprint("api_recalls", __name__, tag="recalls", url_prefix="/recalls")


_NEWEST_FIRST = Order.by_moment(Recall.asked_at, Recall.id)


class RecallQuery(PartQuery):
    """Those of one case file, or in one state."""

    code: str = ""
    state: Literal["asked", "granted", "refused"] | None = None


class RecallIn(Given):
    """What is asked of one document; ``successor`` names what replaces or corrects it.

    ``declared`` says that the successor is known by its name alone: it is not in custody here.

    ``code`` names a case file in custody, ``submission`` one that nobody decided on yet.
    """

    code: str = ""
    submission: UUID | None = None
    document: str
    kind: Literal["recall", "replacement", "correction"]
    reason: str
    successor: str = ""
    declared: bool = False


@bp.get("")
@bp.input(RecallQuery, location="query")
@bp.output(RecallList)
def list_all(query_data: RecallQuery) -> RecallList:
    """Recalls the account may know of, the newest first."""
    actor = current_actor()
    access.require(actor, "recall:list")
    query = matching_recalls(actor=actor, state=query_data.state or "", code=query_data.code)
    with services().read_only() as session:
        part = part_of(
            session, query, _NEWEST_FIRST, limit=query_data.limit, cursor=query_data.cursor
        )
        found = [RecallDocument.of(row) for row in part.rows]
        return RecallList(recalls=found, cursor=part.cursor)


@bp.post("")
@bp.input(RecallIn)
@bp.output(RecallDocument, status_code=201)
def create(json_data: RecallIn) -> Answer:
    """Ask a document back, or say what replaces or corrects it."""

    def made() -> dict[str, Any]:
        wish = Wish(
            kind=RecallKind(json_data.kind),
            reason=json_data.reason,
            successor=json_data.successor,
            declared=json_data.declared,
            channel="rest",
        )
        if json_data.submission is not None:
            return ask_undecided(
                services(), json_data.submission, json_data.document, wish, actor=current_actor()
            ).as_json()
        recall = ask(services(), json_data.code, json_data.document, wish, actor=current_actor())
        return recall.as_json()

    return answer_once(json_data.model_dump_json(), made)


offer(bp, "/<uuid:recall_id>/confirm", confirm_recall)
offer(bp, "/<uuid:recall_id>/refuse", refuse_recall)
