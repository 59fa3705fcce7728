"""Chờ phê duyệt: what waits for a decision of this account, with its evidence."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from archive_service import access, clock
from archive_service.domain.account import Actor
from archive_service.domain.submission import SubmissionState
from archive_service.request import current_actor, services
from archive_service.schemas.queries import submissions
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.workflow.file_plans import list_plans
from ingest.queue import waiting_submissions

bp = Blueprint("approvals", __name__)


@bp.get("/approvals")
def show() -> str:
    """What waits, and the one that is open; the first where none is named."""
    actor = current_actor()
    access.require(actor, "file-plan:approve")  # whoever accepts submissions may do this too
    waiting = [*_plans(actor), *_submissions(actor)]
    wanted = request.args.get("item", "")
    chosen = next((one for one in waiting if one["id"] == wanted), waiting[0] if waiting else None)
    return render_template(
        "pages/approvals.html",
        here_key="approvals",
        waiting=[one | {"current": one is chosen} for one in waiting],
        item=_item(chosen, actor) if chosen else None,
    )


def _plans(actor: Actor) -> list[dict[str, Any]]:
    if not access.may(actor, "file-plan:approve"):
        return []
    return [
        {
            "id": plan["id"],
            "kind": "plan",
            "title": t("pages.approvals.plan", year=plan["year"]),
            "text": t("pages.approvals.plan_entries", count=number(plan["entries"], language())),
            "by": plan["agency"],
            "href": url_for(".show", item=plan["id"]),
            "plan": plan,
        }
        for plan in list_plans(services(), actor=actor)
        if plan["state"] == "draft"
    ]


def _submissions(actor: Actor) -> list[dict[str, Any]]:
    if not access.may(actor, "submission:accept"):
        return []
    with services().read_only() as session:
        found = waiting_submissions(session, actor=actor)
    return [
        {
            "id": str(one.id),
            "kind": "submission",
            "title": one.title,
            "text": one.code,
            "by": t(
                "pages.approvals.sent_by",
                sender=one.sender,
                agency=one.agency,
                at=clock.local(one.received_at).strftime("%d/%m/%Y %H:%M"),
            ),
            "href": url_for(".show", item=one.id),
        }
        for one in found
        if one.state is SubmissionState.CHECKED
    ]


def _item(chosen: dict[str, Any], actor: Actor) -> dict[str, Any]:
    return _plan_item(chosen) if chosen["kind"] == "plan" else _submission_item(chosen, actor)


def _plan_item(chosen: dict[str, Any]) -> dict[str, Any]:
    plan = chosen["plan"]
    return {
        "title": f"{chosen['title']}, {plan['agency']}",
        "figures": [(number(plan["entries"], language()), "", t("columns.entries"))],
        "findings": plan["findings"],
        "people": [(t("columns.agency"), plan["agency"])],
        "why": t("pages.file_plans.approve_why"),
        "look": url_for("file_plans.show_list", plan=plan["id"]),
        "look_words": t("pages.approvals.see_plan"),
        "approve": url_for("file_plans.approve", plan_id=plan["id"]),
    }


def _submission_item(chosen: dict[str, Any], actor: Actor) -> dict[str, Any]:
    lang = language()
    (told,) = submissions(services(), [UUID(chosen["id"])], actor=actor, lang=lang)
    return {
        "title": told["title"],
        "figures": [
            (number(told["documents"], lang), "", t("columns.documents")),
            (size(told["size_bytes"], lang), "", t("pages.approvals.received")),
        ],
        "findings": told["findings"],
        "people": [(t("fields.code"), told["code"]), (t("pages.approvals.sender"), chosen["by"])],
        "why": t("pages.approvals.decide_at_desk"),
        "look": url_for("desk.show", submission_id=told["id"]),
        "look_words": t("pages.approvals.to_desk"),
        "approve": "",
    }
