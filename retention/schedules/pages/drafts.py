"""A draft of a schedule on its page: begun, changed; what is wrong stands at its field."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from retention.schedules import drafts
from retention.schedules.pages.schedules import list_page, schedule_page

bp = Blueprint(
    "schedule_drafts", __name__, template_folder="../templates", url_prefix="/retention-schedules"
)


@bp.post("/drafts")
def begin() -> Response:
    """A draft of the schedule that ``source`` names; without it an empty one with this head."""
    actor, source = current_actor(), request.form.get("source", "")
    if source:
        draft: dict[str, Any] | None = drafts.begin_from(services(), source, actor=actor)
    else:
        draft, faults = drafts.begin_empty(services(), request.form, actor=actor, lang=language())
        if faults:
            return make_response(list_page(request.form, _by_field(faults)), 422)
    if draft is None:
        raise ValueError("neither a draft nor a fault")
    tell(t("pages.schedules.begun", code=draft["code"], edition=draft["edition"]))
    return _back(draft["id"])


@bp.post("/<uuid:schedule_id>/head")
def put_head(schedule_id: UUID) -> Response:
    """Change what the draft says of itself."""
    faults = drafts.put_head(
        services(), schedule_id, request.form, actor=current_actor(), lang=language()
    )
    return _answer(schedule_id, faults, "head")


@bp.post("/<uuid:schedule_id>/rules")
def put_rule(schedule_id: UUID) -> Response:
    """Add an entry, or change the one that ``was`` names."""
    was = request.form.get("was", "")
    faults = drafts.put_rule(
        services(), schedule_id, request.form, was=was, actor=current_actor(), lang=language()
    )
    return _answer(schedule_id, faults, "edit" if was else "add")


@bp.post("/<uuid:schedule_id>/rules/remove")
def remove_rule(schedule_id: UUID) -> Response:
    """Take an entry out."""
    code = request.form.get("code", "")
    drafts.remove_rule(services(), schedule_id, code, actor=current_actor())
    return _answer(schedule_id, [], "remove")


def _answer(schedule_id: UUID, faults: list[dict[str, Any]], dialog: str) -> Response:
    if faults:
        return schedule_page(
            str(schedule_id), dialog=dialog, given=request.form, faults=_by_field(faults)
        )
    tell(t(f"pages.schedules.done.{dialog}", code=request.form.get("code", "")))
    return _back(schedule_id, "entries")


def _by_field(faults: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The first fault of each field, as a sentence."""
    found: dict[str, dict[str, str]] = {}
    for fault in faults:
        text = fault["text"]
        found.setdefault(
            fault["field"], {"message": f"{text[:1].upper()}{text[1:]}.", "remedy": ""}
        )
    return found


def _back(schedule_id: object, anchor: str | None = None) -> Response:
    address = url_for("retention_schedules.show", name=schedule_id, _anchor=anchor)
    return make_response(redirect(address, code=303))
