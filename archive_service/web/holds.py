"""Tạm dừng xử lý: holds as a list; placed on the page of a case file, lifted on either."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.hold import Hold
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from archive_service.workflow.holds import lift_hold, place_holds
from retention.hold_list import count_holds, hold_documents, matching_holds

bp = Blueprint("holds", __name__)

_STATES = ("in-force", "lifted")
_COLUMNS = ("columns.case_file", *(f"pages.holds.{name}" for name in (
    "authority", "reason", "placed", "lifted", "lift_reason", "applied",
)))  # fmt: skip


@bp.get("/holds")
def show_list() -> Response:
    """Holds, the newest first, narrowed; or all of them as a table to download."""
    actor = current_actor()
    access.require(actor, "hold:list")
    given = lists.asked()
    state = lists.choice("state", _STATES)
    in_force = None if not state else state == _STATES[0]
    query = matching_holds(actor=actor, text=given.text, in_force=in_force)
    ordered = query.order_by(Hold.placed_at.desc(), Hold.id.desc())
    with services().read_only() as session:
        if given.export:
            found = hold_documents(session, session.scalars(ordered).all())
            headings = [t(key) for key in _COLUMNS]
            return lists.as_table("tam-dung-xu-ly", given.export, headings, _cells(found))
        part = ordered.limit(lists.PAGE_ROWS).offset(given.offset)
        found = hold_documents(session, session.scalars(part).all())
        total = count_holds(session, query)
    choice = {
        "name": "state",
        "label": t("columns.state"),
        "options": lists.options(
            "pages.holds.any_state", [(one, t(f"labels.hold-states.{one}")) for one in _STATES]
        ),
        "value": state,
    }
    return make_response(
        render_template(
            "pages/holds.html",
            here_key="holds",
            lead=t("pages.holds.lead"),
            tools=lists.tools(given, [choice]),
            total=total,
            holds=found,
            paging=lists.paging(given, len(found), total),
            may_lift=access.may(actor, "hold:lift"),
        )
    )


@bp.post("/case-files/<code>/holds")
def place(code: str) -> Response:
    """Hold this case file."""
    form = request.form
    place_holds(
        services(),
        [code],
        reason=form.get("reason", ""),
        authority=form.get("authority", ""),
        actor=current_actor(),
    )
    tell(t("pages.holds.done_placed", code=code))
    return _to_case_file(code)


@bp.post("/holds/<uuid:hold_id>/lift")
def lift(hold_id: UUID) -> Response:
    """Lift one hold, then show the case file."""
    reason = request.form.get("reason", "")
    told = lift_hold(services(), hold_id, reason=reason, actor=current_actor())
    tell(t("pages.holds.done_lifted", code=told["code"]))
    return _to_case_file(told["code"])


def _to_case_file(code: str) -> Response:
    return make_response(redirect(url_for("case_files.show", code=code), code=303))


def _cells(found: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for one in found:
        copies = (
            f"{copy['copy']}: {t('labels.hold-applied.' + copy['state'])}"
            for copy in one["applied"]
        )
        yield (
            one["code"],
            one["authority"],
            one["reason"],
            moment(one["placed_at"]),
            moment(one["lifted_at"]),
            one["lift_reason"],
            ", ".join(copies),
        )
