"""The address of the archive; and what every page says of the work that waits."""

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, url_for
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.errors import BackendError
from archive_service.notices import inbox
from archive_service.overview.to_decide import count_to_decide
from archive_service.request import current_actor, services
from archive_service.signing.copies.waiting import count_to_seal
from archive_service.signing.desk.acts import count_to_sign
from archive_service.web.language import language
from archive_service.web.navigation import bar
from ingest.submissions.desk.queue import count_waiting
from ingest.submissions.page_queries import count_to_do
from retention.transfer.amounts import count_found
from retention.transfer.listing import waiting_here

bp = Blueprint("home", __name__, template_folder="templates")
_BEHIND_THE_BELL = 6


@bp.get("/")
def start() -> Response:
    """The first page of the role."""
    first = bar(current_actor())[0]
    return make_response(redirect(url_for(first.endpoint), code=303))


@bp.app_context_processor
def waiting() -> dict[str, Any]:
    """Numbers beside the pages of the top bar, and the notices behind the bell."""
    actor: Actor | None = g.get("actor")
    if actor is None or g.get("person") is None:
        return {}
    try:
        with services().read_only() as session:
            facts: dict[str, Any] = {"notices_unread": inbox.count_unread(session, actor=actor)}
            newest, _ = inbox.list_notices(session, actor=actor, size=_BEHIND_THE_BELL)
            facts["notices"] = [_notice(row) for row in newest]
            counts = _bar_counts(session, actor)
            in_bar = {place.key for place in bar(actor)}
            g.waiting = {key: count for key, count in counts.items() if key not in in_bar}
            return facts | {"bar_counts": counts}
    except BackendError:  # the page of that very error is shown without numbers
        return {}


def _bar_counts(session: Session, actor: Actor) -> dict[str, int]:
    """What waits on a page of the account's bar, or in a row below it, by the key of the page."""
    counts, in_bar = {}, {place.key for place in bar(actor)}
    if "signing" in in_bar:
        counts["signing"] = count_to_sign(session, actor=actor)
        if access.may(actor, "copy:sign"):
            counts["signing"] += count_to_seal(session, actor=actor)
    if actor.role is Role.OFFICER:
        counts["my-case-files"] = g.to_do if "to_do" in g else count_to_do(session, actor=actor)
        return counts
    if "desk" in in_bar and access.may(actor, "submission:accept"):
        counts["desk"] = count_waiting(session, actor=actor)
    if "approvals" in in_bar:
        counts["approvals"] = count_to_decide(session, actor=actor)
    if "case-files" in in_bar and access.may(actor, "transfer:receive"):
        counts["transfers"] = count_found(session, waiting_here(actor=actor))
        counts["case-files"] = counts["transfers"]  # from there the tabs lead on
    return counts


def _notice(row: Notice) -> dict[str, Any]:
    return {
        "id": row.id,
        "text": inbox.subject_line(row, language()),
        "at": row.told_at,
        "unread": row.read_at is None,
    }
