"""The words of a page as people put them right, for the viewer's marks and its text."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from archive_service.catalogue.case_files.page_words import pages_put_right, words_put_right
from archive_service.request import current_actor, services

bp = Blueprint("page_words", __name__)


@bp.get("/case-files/<code>/documents/<uuid:document_id>/words")
def show(code: str, document_id: UUID) -> Response:
    """Which pages have such words; with ``page`` all words of that one."""
    number = request.args.get("page", type=int)
    if number is None:
        return jsonify(pages_put_right(services(), code, document_id, actor=current_actor()))
    return jsonify(words_put_right(services(), code, document_id, number, actor=current_actor()))
