"""What pages say: words as people put them right, for the viewer; page 1, for who describes."""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access
from archive_service.catalogue.case_files.page_words import pages_put_right, words_put_right
from archive_service.catalogue.case_files.read_page_one import proposed_by_page_one
from archive_service.request import current_actor, services
from archive_service.web.fields import label_of, shown_day, shown_value
from digitize.proofreading.any_page import page_of_document

bp = Blueprint("page_words", __name__, template_folder="../templates")


@bp.get("/case-files/<code>/documents/<uuid:document_id>/words")
def show(code: str, document_id: UUID) -> Response:
    """Which pages have such words; with ``page`` all words of that one."""
    number = request.args.get("page", type=int)
    if number is None:
        return jsonify(pages_put_right(services(), code, document_id, actor=current_actor()))
    return jsonify(words_put_right(services(), code, document_id, number, actor=current_actor()))


@bp.post("/case-files/<code>/documents/<uuid:document_id>/words")
def copy(code: str, document_id: UUID) -> Response:
    """To where a person copies what was not read of a page."""
    access.require(current_actor(), "batch:edit")
    number = request.form.get("page", 0, type=int)
    found = page_of_document(services(), code, document_id, number, actor=current_actor())
    return make_response(redirect(url_for("scanning_words.page", page_id=found), code=303))


@bp.get("/case-files/<code>/documents/<uuid:document_id>/page-one")
def page_one(code: str, document_id: UUID) -> str:
    """Values that page 1 proposes, for a form that is there already; nothing where it has none."""
    found = proposed_by_page_one(services(), code, document_id, actor=current_actor())
    return render_template(
        "case_files/_page_one.html",
        proposed=[
            {
                "name": rule.name,
                "label": label_of(rule),
                "value": shown_day(value) if rule.type == "Date" else value,
                "text": shown_value(rule, value),
            }
            for rule, value in found
        ],
    )
