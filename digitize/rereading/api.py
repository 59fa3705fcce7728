"""Texts read again by another engine: proposals, their gain, the decision on them."""

from http import HTTPMethod

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import current_actor, services
from archive_service.settings import OcrModel
from digitize.rereading import acts as rereading_acts
from digitize.rereading.documents import RereadingList, ShownRereading

bp = APIBlueprint("api_rereadings", __name__, tag="rereadings", url_prefix="/rereadings")


class RereadingIn(Given):
    """These case files, or all where none is named; by the model of the settings or another."""

    codes: list[str] = Field(default=[], max_length=1000)
    model: OcrModel | None = None


@bp.get("")
@bp.output(RereadingList)
def list_all() -> RereadingList:
    """Proposals, newest first."""
    found = rereading_acts.list_rereadings(services(), actor=current_actor())
    return RereadingList(rereadings=found)


@bp.post("")
@bp.input(RereadingIn)
@bp.output(ShownRereading, status_code=201)
def propose(json_data: RereadingIn) -> Answer:
    """Have texts read again in the background; nothing changes before it is adopted."""

    def create() -> ShownRereading:
        actor = current_actor()
        made = rereading_acts.propose(
            services(), codes=json_data.codes, model=json_data.model, actor=actor
        )
        return rereading_acts.show_rereading(services(), made, actor=actor, lang=language())

    return answer_once(json_data.model_dump_json(), create)


offer(bp, "/<uuid:rereading_id>", rereading_acts.show_rereading, method=HTTPMethod.GET)
offer(bp, "/<uuid:rereading_id>/adopt", rereading_acts.adopt)
offer(bp, "/<uuid:rereading_id>/drop", rereading_acts.drop)
