"""The address of the archive; and what every page says of the work that waits."""

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, url_for

from archive_service import access
from archive_service.domain.account import Actor, Role
from archive_service.domain.submission import Submission, SubmissionState
from archive_service.errors import BackendError
from archive_service.request import current_actor, services
from archive_service.schemas.intake_pages import count_to_do, news
from archive_service.web.layout import t
from archive_service.web.places import places
from ingest.queue import count_waiting

bp = Blueprint("home", __name__)


@bp.get("/")
def start() -> Response:
    """The first page of the role."""
    first = places(current_actor().role.value)[0]
    return make_response(redirect(url_for(first.endpoint), code=303))


@bp.app_context_processor
def waiting() -> dict[str, Any]:
    """Numbers beside the pages of the top bar, and the notices behind the bell."""
    actor: Actor | None = g.get("actor")
    if actor is None or g.get("person") is None:
        return {}
    try:
        with services().read_only() as session:
            if actor.role is Role.OFFICER:
                told = [_notice(row) for row in news(session, actor=actor)]
                return {
                    "counts": {"my-case-files": count_to_do(session, actor=actor)},
                    "notices": told,
                }
            if access.may(actor, "submission:accept"):
                return {"counts": {"desk": count_waiting(session, actor=actor)}}
    except BackendError:  # the page of that very error is shown without numbers
        return {}
    return {}


def _notice(row: Submission) -> dict[str, Any]:
    return {
        "text": t(f"pages.mine.notice_{row.state.value}", code=row.code),
        "at": row.decided_at,
        "href": url_for("submissions.show", submission_id=row.id),
        "unread": row.state is SubmissionState.RETURNED,
    }
