"""An access copy for the viewer, in the pieces that it asks for."""

from uuid import UUID

from flask import Blueprint, Response, request

from archive_service.api.streaming import send, send_pieces
from archive_service.catalogue.case_files.access_copies import access_copy
from archive_service.catalogue.case_files.paged_pdf import paged_pdf
from archive_service.request import current_actor, services
from archive_service.web.language import language

bp = Blueprint("access_copies", __name__)


@bp.get("/case-files/<code>/documents/<uuid:document_id>/access-copy")
def show(code: str, document_id: UUID) -> Response:
    """The document as a PDF to be read, or one file of it."""
    made = access_copy(
        services(),
        code,
        document_id,
        actor=current_actor(),
        lang=language(),
        file_id=request.args.get("file", type=UUID),
    )
    return send_pieces(made.data, name=made.name, etag=made.etag)


@bp.get("/case-files/<code>/files/<uuid:file_id>/paged")
def paged(code: str, file_id: UUID) -> Response:
    """A PDF of many pages, in which each is found at once."""
    return send(paged_pdf(services(), code, file_id, actor=current_actor()))
