"""Documents offered to whoever says what replaces or corrects another."""

from archive_service import access
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.linking.links import document_at
from archive_service.catalogue.recalls.document_successors import (
    Offered,
    successors_among,
    successors_named,
)
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.text import nfc
from search.acts import find
from search.conditions import Shown
from search.documents import ToldDocument
from search.query import EmptyQueryError

_AT_MOST = 10


def offered(
    services: Services, code: str, ordinal: int, text: str, *, actor: Actor
) -> tuple[list[Offered], ToldDocument | None]:
    """What bears this name, then what the account finds by it, and what was asked in its place.

    Raises:
        CaseFileNotFoundError, DocumentNotInCaseFileError, ActNotAllowedError
    """
    text = nfc(text).strip()[:300]
    try:
        some = Shown(limit=_AT_MOST)
        result = find(services, text, actor=actor, shown=some) if text else None
    except EmptyQueryError:
        result = None
    with services.read_only() as session:
        case_file = holdings_rows.get_case_file(session, code, actor=actor)
        access.require(actor, "recall:ask", case_file)
        _, document = document_at(case_file, ordinal)
        named = successors_named(session, text, of=case_file, but=document, actor=actor)
        ids = [hit.document for hit in (result.hits if result else ()) if hit.document]
        among = successors_among(session, ids, of=case_file, but=ordinal)
    instead = result.told if result and among else None
    return list(dict.fromkeys([*named, *among])), instead
