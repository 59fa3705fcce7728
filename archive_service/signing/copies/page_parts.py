"""What waits for a seal, as the pages of copies and of papers to sign show it."""

from archive_service import access
from archive_service.errors import ArchiveError, NotAllowedError
from archive_service.request import current_actor, services
from archive_service.signing.copies import orders, waiting
from archive_service.signing.copies.documents import (
    SaidDocument,
    SealDocument,
    SigningOrderDocument,
)
from archive_service.signing.seals import acts as seals_acts
from archive_service.web.errors import problem_on_page
from archive_service.web.language import language


class ShownSeal(SealDocument):
    """A seal on the page; ``refusal`` tells one who may sign, and cannot, why: beforehand."""

    may_sign: bool
    refusal: SaidDocument | None
    running: bool


def seals_shown() -> list[ShownSeal]:
    """What waits, by seal, and how far an order has come; nothing for who may not know."""
    actor = current_actor()
    if not access.may(actor, "copy:list"):
        return []
    seals = waiting.copies_summary(services(), actor=actor, lang=language(), web=True)
    may_sign = access.may(actor, "copy:sign")
    return [_seal_shown(seal, may_sign=may_sign) for seal in seals]


def _seal_shown(seal: SealDocument, *, may_sign: bool) -> ShownSeal:
    refusal = why_not_sealed(seal.agency) if may_sign else None
    signs = may_sign and refusal is None
    return seal.extended(ShownSeal, may_sign=signs, refusal=refusal, running=_runs(seal.order))


def why_not_sealed(agency: str = "") -> SaidDocument | None:
    """Why the account cannot use the seal, of its own agency where none is named."""
    actor = current_actor()
    try:
        code = agency or orders.agency_of(services(), actor)
    except NotAllowedError as of_no_agency:
        return refusal_words(of_no_agency)
    refused = seals_acts.seal_refusal(services(), code, actor=actor)
    return None if refused is None else refusal_words(refused)


def refusal_words(refused: ArchiveError) -> SaidDocument:
    """What is said of it, and what to do."""
    problem = problem_on_page(refused)
    return SaidDocument(message=problem.message, remedy=problem.remedy)


def _runs(order: SigningOrderDocument | None) -> bool:
    return order is not None and order.ended_at is None and not order.halted
