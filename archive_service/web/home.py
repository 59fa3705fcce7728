"""The address of the archive: it leads to the first page of whoever asks."""

from flask import Blueprint, Response, make_response, redirect, url_for

from archive_service.web.layout import places
from archive_service.web.session import current_actor

bp = Blueprint("home", __name__)


@bp.get("/")
def start() -> Response:
    """The first page of the role."""
    first = places(current_actor().role.value)[0]
    return make_response(redirect(url_for(first.endpoint), code=303))
