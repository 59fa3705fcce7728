"""One case file of a list with its documents at hand, and the form that says what becomes of it."""

from functools import partial
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from archive_service import access
from archive_service.catalogue.case_files.page_document import case_page
from archive_service.catalogue.case_files.pages.at_hand import case_at_hand
from archive_service.catalogue.case_files.pages.document_list import documents_asked
from archive_service.catalogue.holdings.holds import holds_on
from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.refusals import refused_form
from retention.disposition import acts as disposition_acts
from retention.disposition.destroyed_case_file import destroyed_case_file
from retention.disposition.earlier_lists import earlier_of
from retention.disposition.listing import DispositionNotFoundError
from retention.disposition.pages.disposition import outcomes
from retention.terms.acts import explain_case_file

bp = Blueprint("disposition_item", __name__, template_folder="templates")

_AROUND = 50  # neighbours listed before and after; the list itself has them all


@bp.get("/dispositions/<uuid:disposition_id>/items/<code>")
def show(disposition_id: UUID, code: str) -> Response:
    """Its documents, why it is due, what keeps the same, what earlier lists came to.

    The form of the review stands as it was filled where that was refused.
    """
    actor = current_actor()
    disposition = disposition_acts.show(services(), disposition_id, actor=actor, lang=language())
    codes = [disposition_item.code for disposition_item in disposition.items]
    if code not in codes:
        raise DispositionNotFoundError(id=f"{disposition_id}/{code}")
    if destroyed_case_file(services(), code, actor=actor) is not None:
        return make_response(redirect(url_for("case_files.show", code=code), code=303))
    at = codes.index(code)
    item = disposition.items[at]
    page = case_page(services(), code, actor=actor, part=documents_asked(code))
    why = explain_case_file(services(), code, actor=actor, lang=language())
    at_hand = case_at_hand(page)
    here = partial(url_for, "disposition_item.show", disposition_id=disposition_id, code=code)
    refused = refused_form()
    undecided = disposition.state in ("proposed", "reviewed", "submitted")
    standing = undecided and item.state != "refused"
    shown = render_template(
        "overview/listed_case_file.html",
        here_key="dispositions",
        told=disposition,
        item=item,
        at=at,
        before=codes[at - 1] if at else None,
        after=codes[at + 1] if at + 1 < len(codes) else None,
        neighbours=disposition.items[max(at - _AROUND, 0) : at + _AROUND + 1],
        earlier=earlier_of(services(), disposition_id, code, actor=actor, lang=language()),
        holds=[hold for hold in holds_on(services(), code, actor=current_actor()) if hold.reason]
        if item.now
        else [],
        outcomes=outcomes(),
        given=refused.given
        if refused
        else {
            "outcome": (item.outcome or "").partition(":")[0],
            "years": (item.outcome or "").partition(":")[2],
            "reason": item.reason if item.outcome else "",
        },
        problem=refused and refused.problem,
        faults=refused.faults if refused else {},
        may_review=standing and access.may(actor, "disposition:review"),
        why=why.steps,
        **vars(at_hand)
        | {
            "documents": [
                document | {"href": here(document=document["ordinal"])}
                for document in at_hand.documents
            ]
        },
    )
    return make_response(shown)
