"""An access copy for the viewer, in the pieces that it asks for."""

from uuid import UUID

from flask import Blueprint, Response, request

from archive_service.api.streaming import send_pieces
from archive_service.catalogue.case_files.access_copies import access_copy
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
