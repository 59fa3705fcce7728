"""Danh mục hồ sơ."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from archive_service.web.session import current_actor, services
from archive_service.workflow.file_plans import approve_plan, list_plans

bp = Blueprint("file_plans", __name__, url_prefix="/file-plans")


@bp.get("")
def show_list() -> str:
    plans = [plan | {"href": "#"} for plan in list_plans(services(), actor=current_actor())]
    return render_template(
        "pages/file_plans.html", here_key="file-plans", plans=plans, plan=None, may={}
    )


@bp.post("/<uuid:plan_id>/approve")
def approve(plan_id: UUID) -> Response:
    approve_plan(services(), plan_id, actor=current_actor())
    return make_response(redirect(url_for(".show_list"), code=303))
