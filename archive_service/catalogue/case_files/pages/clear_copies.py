"""Scanned pages made easy to read, for the viewer: one as a picture, its words, or all as a PDF."""

from uuid import UUID

from flask import Blueprint, Response, request

from archive_service.api.streaming import send_bytes, send_pieces
from archive_service.catalogue.case_files.clear_copies import clear_copy, clear_page
from archive_service.request import current_actor, services

bp = Blueprint(
    "clear_copies", __name__, url_prefix="/case-files/<code>/documents/<uuid:document_id>"
)


@bp.get("/clear/<int:number>")
def page(code: str, document_id: UUID, number: int) -> Response:
    """One page as a JPEG."""
    made = clear_page(services(), code, document_id, number, actor=current_actor())
    return send_bytes(made.image, name=f"{code}-{number}.jpg", media_type="image/jpeg")


@bp.get("/clear-words")
def words(code: str, document_id: UUID) -> Response:
    """The words of ``page``, each where it stands on that picture."""
    number = request.args.get("page", 1, type=int)
    made = clear_page(services(), code, document_id, number, actor=current_actor())
    return Response(made.words, mimetype="application/json")


@bp.get("/clear-copy")
def copy(code: str, document_id: UUID) -> Response:
    """All pages as a PDF."""
    made = clear_copy(services(), code, document_id, actor=current_actor())
    return send_pieces(made.data, name=made.name, etag=made.etag)
