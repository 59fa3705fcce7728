"""The copies: how they stand, and what became of the medium of a retired one."""

from typing import Any

from apiflask import APIBlueprint

from archive_service.api.idempotency import Answer, answer_once
from archive_service.keeping.copies.documents import CopyList, KnownCopyDocument
from archive_service.keeping.copies.listing import list_copies
from archive_service.keeping.copies.media import Statement, tell_medium
from archive_service.request import current_actor, services

bp = APIBlueprint("api_copies", __name__, tag="copies", url_prefix="/copies")


@bp.get("")
@bp.output(CopyList)
def list_all() -> CopyList:
    """Every copy of the settings, and every one that was enrolled; no secret in an address."""
    return CopyList(copies=list_copies(services(), actor=current_actor()))


@bp.post("/<name>/medium")
@bp.input(Statement)
@bp.output(KnownCopyDocument, status_code=201)
def medium(name: str, json_data: Statement) -> Answer:
    """State that the medium of a retired copy was destroyed or wiped: a word, not a reading."""
    return answer_once(json_data.model_dump_json(), lambda: _stated(name, json_data))


def _stated(name: str, statement: Statement) -> dict[str, Any]:
    tell_medium(services(), name, statement, actor=current_actor())
    known = list_copies(services(), actor=current_actor())
    return next(known_copy.as_json() for known_copy in known if known_copy.name == name)
