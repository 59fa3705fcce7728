"""The copies: how they stand, and what became of the medium of a retired one."""

import datetime as dt
from typing import Any

from apiflask import APIBlueprint

from archive_service.api.idempotency import Answer, answer_once
from archive_service.domain.keeping.enrolled_copy import MediumFate
from archive_service.given import Given
from archive_service.keeping.copies.documents import CopyList, KnownCopyDocument
from archive_service.keeping.copies.listing import list_copies
from archive_service.keeping.copies.media import Statement, tell_medium
from archive_service.request import current_actor, services

bp = APIBlueprint("api_copies", __name__, tag="copies", url_prefix="/copies")


class MediumIn(Given):
    """What was done with the medium, as its minutes tell: ``by`` whom, ``how``, on which day."""

    fate: MediumFate
    on: dt.date
    by: str
    how: str
    minutes: str


@bp.get("")
@bp.output(CopyList)
def list_all() -> CopyList:
    """Every copy of the settings, and every one that was enrolled; no secret in an address."""
    return CopyList(copies=list_copies(services(), actor=current_actor()))


@bp.post("/<name>/medium")
@bp.input(MediumIn)
@bp.output(KnownCopyDocument, status_code=201)
def medium(name: str, json_data: MediumIn) -> Answer:
    """State that the medium of a retired copy was destroyed or wiped: a word, not a reading."""
    return answer_once(json_data.model_dump_json(), lambda: _stated(name, json_data))


def _stated(name: str, given: MediumIn) -> dict[str, Any]:
    statement = Statement(given.fate, given.on, given.by, given.how, given.minutes)
    tell_medium(services(), name, statement, actor=current_actor())
    known = list_copies(services(), actor=current_actor())
    return next(known_copy.as_json() for known_copy in known if known_copy.name == name)
